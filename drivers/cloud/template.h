/* Texts with holes: "Bearer {secret:key}", "{\"to\":{msg.to}}". What is put into a hole
 * is escaped by where the hole is: percent-encoded in an address, a string of its own or
 * part of one in JSON, without line ends in a header. A profile never splices.
 *
 * A hole is {NAME} or {NAME|MODIFIER;MODIFIER}, NAME of small letters, digits, '.', '_',
 * '-' and ':'; any other brace is itself. {json:NAME} is a whole JSON string wherever it
 * stands. Modifiers: prefix=X and suffix=X (only around something), else=X (instead of
 * nothing), base64, lower, upper, digits. Pure. */
#ifndef MALGIL_CLOUD_TEMPLATE_H
#define MALGIL_CLOUD_TEMPLATE_H

#include "gateway/base/strbuf.h"

enum tpl_context { TPL_PLAIN, TPL_URL, TPL_HEADER, TPL_JSON };

struct tpl_scope {
	/* Appends the value; false when there is no such name. */
	bool (*value)(void *arg, const char *name, struct strbuf *out);
	void *arg;
};

/* Appends the filled text. False when a name is unknown, a modifier is none, or the
 * buffer is full: a sentence in `err`. */
bool tpl_fill(const char *text, enum tpl_context context, const struct tpl_scope *scope,
	struct strbuf *out, struct strbuf *err) MUST_USE;
/* Calls `each` for every name used. */
void tpl_names(const char *text, void (*each)(void *arg, const char *name), void *arg);

/* Percent-encodes all but unreserved characters (RFC 3986 2.3) and those of `keep`. */
void tpl_url_encode(struct strbuf *out, const char *s, size_t len, const char *keep);

#endif
