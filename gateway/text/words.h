/* What somebody wrote, made comparable: ICU NFKC and case folding, width, punctuation,
 * quotes and emoji at the edges, runs of space. "  ‘ＳＴＯＰ!!’ 🙏 " and "stop" are the
 * same. Lists of words go the same way (NFKC makes ㅇㅇ conjoining jamo). Pure. */
#ifndef MALGIL_TEXT_WORDS_H
#define MALGIL_TEXT_WORDS_H

#include "gateway/base/strbuf.h"

/* Replaces the content of `out`. Text that is not UTF-8 gives an empty result. */
void words_normalise(const char *text, struct strbuf *out);
/* The same, but punctuation stays: for numbers, dates and patterns. Blanks are single. */
void words_fold(const char *text, struct strbuf *out);

/* Is a normalised text one of the words of a comma-separated list (each compared
 * normalised)? */
bool words_in(const char *normalised, const char *list);

/* Does one of the list's words or phrases stand in the text, as whole words? */
bool words_contain(const char *normalised, const char *list);

/* The first word of a normalised text into `ret` (truncated to fit). Returns what follows
 * it. */
const char *words_first(const char *normalised, char *ret, size_t size);

bool words_have_digit(const char *normalised);

/* Nothing but thanks and nods: "네 감사합니다~", "넵!", "ok thanks", "👍", "ㅎㅎ". Takes
 * the text as it was written. */
bool words_courtesy(const char *text);

/* A comma-separated list, normalised once. Empty members are left out. */
struct wordset {
	char **words;
	size_t count;
};

void wordset_init(struct wordset *list, const char *text);
void wordset_done(struct wordset *list);
bool wordset_has(const struct wordset *list, const char *normalised);

#endif
