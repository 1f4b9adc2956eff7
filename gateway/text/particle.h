/* Which Korean particle follows a word: 은 or 는, 이 or 가, 으로 or 로. It depends on the
 * last sound of the word as it is read aloud, also when that is a digit (3: 삼, 10: 십,
 * 10^8: 억), a Latin letter or word (SMS: 에스엠에스, gel: 젤), a unit (30%: 퍼센트, 5kg:
 * 킬로그램). What stands in brackets after the word is not read: 홍길동(40)은. Pure. */
#ifndef MALGIL_TEXT_PARTICLE_H
#define MALGIL_TEXT_PARTICLE_H

#include "gateway/base/strbuf.h"

enum particle_end {
	PARTICLE_OPEN,    /* ends in a vowel */
	PARTICLE_CLOSED,  /* ends in a consonant */
	PARTICLE_RIEUL,   /* ends in ㄹ, after which 로 stays short */
	PARTICLE_UNKNOWN, /* nobody can tell: a symbol, another script */
};

enum particle_end particle_end(const char *word);

/* Is "은/는" (either order) a pair of particles? */
bool particle_known(const char *pair);
/* Appends the one that fits `word`; "은(는)" when nobody can tell. The pair is known. */
void particle_add(const char *word, const char *pair, struct strbuf *out);

#endif
