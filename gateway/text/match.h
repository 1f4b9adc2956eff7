/* Does a reply mean this word? Works on normalised texts (text/words.h), knows Korean
 * particles and verb endings: 주문이, 배송은요, 취소해 주세요 are 주문, 배송, 취소, but
 * 배송지 is not 배송. A reply that negates is no match for a word inside it ("취소 안
 * 할래요"). Pure. */
#ifndef MALGIL_TEXT_MATCH_H
#define MALGIL_TEXT_MATCH_H

#include "gateway/text/words.h"

enum match_mode {
	MATCH_DEFAULT,    /* answers: any word; keywords: first word */
	MATCH_EXACT,      /* the whole reply, letter by letter once normalised */
	MATCH_WORD,       /* the whole reply but for particles, endings and courtesy */
	MATCH_FIRST_WORD, /* the reply begins with it */
	MATCH_ANY_WORD,   /* it is one of the reply's words */
	MATCH_PHRASE,     /* its words stand side by side in the reply, as they are */
};

/* "first-word" to the mode; false for a name it does not know. */
bool match_mode_read(const char *name, enum match_mode *ret);

bool match_word(const char *normalised, const char *word, enum match_mode mode);
bool match_list(const char *normalised, const struct wordset *list, enum match_mode mode);

/* Is `said` the word `word`, with at most particles and endings behind it? */
bool match_inflected(const char *said, const char *word);

struct match_choice {
	const struct wordset *words;
	enum match_mode mode;
	bool strict; /* consent: exact only, never a guess */
};

#define MATCH_NONE SIZE_MAX

/* The choice a reply means: by exact words, then by number ("1번이요"), then by word,
 * then, when `fuzzy` > 0, by distance over the whole reply: at most `fuzzy` syllables or
 * letters, for words of four letters or three syllables and more. Two that fit alike are
 * no match. */
size_t match_choose(const char *reply, const struct match_choice *choices, size_t count,
	unsigned fuzzy);

#endif
