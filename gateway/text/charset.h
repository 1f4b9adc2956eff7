/* Files as people's programs save them, to UTF-8: Excel in Korea writes CP949, Excel
 * elsewhere UTF-16 or UTF-8 with a mark. On ICU. Pure. */
#ifndef MALGIL_TEXT_CHARSET_H
#define MALGIL_TEXT_CHARSET_H

#include "gateway/base/strbuf.h"

/* What the bytes are: "UTF-8", "UTF-16LE", "UTF-16BE", "windows-949" or another name ICU
 * knows. A byte order mark decides; well-formed UTF-8 is UTF-8; zero bytes on one side
 * are UTF-16; bytes that read as CP949 are Korean when `region` is "KR"; ICU guesses the
 * rest. NULL when nothing fits. Static. */
const char *charset_guess(const void *data, size_t len, const char *region);

/* Appends the text as UTF-8, without a byte order mark. -EINVAL with a sentence naming
 * the line of what cannot be read in that charset. */
int charset_to_utf8(const char *charset, const void *data, size_t len, struct strbuf *out,
	struct strbuf *err) MUST_USE;

#endif
