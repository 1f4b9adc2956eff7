/* Writing JSON: appended to a buffer, commas and escapes put by themselves. Whatever it
 * is given it writes well-formed JSON: what is not UTF-8 becomes U+FFFD. */
#ifndef MALGIL_NET_JSONW_H
#define MALGIL_NET_JSONW_H

#include "gateway/base/strbuf.h"

struct jsonw {
	struct strbuf *out;
	bool comma; /* the next value needs one before it */
};

/* `name` is NULL for elements of a list. `bracket` is '{' or '[', and '}' or ']'. */
void jsonw_open(struct jsonw *w, const char *name, char bracket);
void jsonw_close(struct jsonw *w, char bracket);
void jsonw_text(struct jsonw *w, const char *name, const char *text); /* NULL: null */
void jsonw_some(struct jsonw *w, const char *name, const char *text); /* NULL, "": null */
void jsonw_int(struct jsonw *w, const char *name, int64_t value);
void jsonw_real(struct jsonw *w, const char *name, double value); /* three digits */
void jsonw_bool(struct jsonw *w, const char *name, bool value);
void jsonw_null(struct jsonw *w, const char *name);
void jsonw_id(struct jsonw *w, const char *name, uint64_t id);    /* text; 0: null */
void jsonw_time(struct jsonw *w, const char *name, int64_t wall); /* UTC; 0: null */

#endif
