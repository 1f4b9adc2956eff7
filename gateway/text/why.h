/* The sentences of the gates in Korean, for a shop owner who asks why. The gates speak
 * English alone: what they say is stored with the message, and programs read it. Pure. */
#ifndef MALGIL_TEXT_WHY_H
#define MALGIL_TEXT_WHY_H

#include "gateway/base/strbuf.h"

/* Appends `rule` in Korean; what has no translation, such as a modem's own words, is
 * appended as it is. True when it was translated. */
bool why_korean(const char *rule, struct strbuf *out);
/* Every pattern that can be translated, for the tests: NULL after the last. */
const char *why_pattern(size_t i);

#endif
