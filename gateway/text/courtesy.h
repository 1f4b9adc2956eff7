/* Thanks, a nod, a thumb: what ends a conversation and wants no answer. Pure. */
#ifndef MALGIL_TEXT_COURTESY_H
#define MALGIL_TEXT_COURTESY_H

#include "gateway/base/strbuf.h"

/* Is the whole text courtesy: thanks, yes, ok, in any row ("넵 감사합니다!", "ok thx 👍"),
 * or only pictures? Anything asked, or any other word, is not. `normalised` as words.h
 * gives it. */
bool courtesy_only(const char *text, const char *normalised);

#endif
