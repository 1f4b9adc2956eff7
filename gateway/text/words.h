/* What somebody wrote, made comparable: ICU NFKC and case folding, width, punctuation,
 * quotes and emoji at the edges, runs of space. "  ‘ＳＴＯＰ!!’ 🙏 " and "stop" are the
 * same. Pure. */
#ifndef MALGIL_TEXT_WORDS_H
#define MALGIL_TEXT_WORDS_H

#include "gateway/base/strbuf.h"

/* Replaces the content of `out`. Text that is not UTF-8 gives an empty result. */
void words_normalise(const char *text, struct strbuf *out);

/* Is a normalised text one of the words of a comma-separated list (each compared
 * normalised)? */
bool words_in(const char *normalised, const char *list);

/* Does one of the list's words or phrases stand in the text, as whole words? */
bool words_contain(const char *normalised, const char *list);

/* The first word of a normalised text into `ret` (truncated to fit). Returns what follows
 * it. */
const char *words_first(const char *normalised, char *ret, size_t size);

bool words_have_digit(const char *normalised);

#endif
