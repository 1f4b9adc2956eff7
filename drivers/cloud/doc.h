/* What a provider sent, an answer or a webhook, and how a path finds a value in it:
 *   /a/0/b       a JSON pointer into the thing being read (RFC 6901)
 *   //a/b        the same from the top of the document
 *   Name         a form or query parameter; else the key of a JSON object
 *   field:Name   the same, for names such as "body"
 *   header:Name  query:name  body (the whole of it, as it came)
 *   regex:PATTERN  the first group (else the whole) of the first match in the body
 *   =text        the text itself
 * Numbers are compared as text. Pure. */
#ifndef MALGIL_CLOUD_DOC_H
#define MALGIL_CLOUD_DOC_H

#include "drivers/cloud/profile.h"
#include "gateway/core/raw.h"
#include "gateway/net/json.h"

struct cloud_doc {
	const char *body;
	size_t len;
	const char *query; /* as it came */
	const struct raw_field *headers;
	size_t header_count;
	bool form;    /* the body is a form */
	json_t *json; /* NULL when it is none */
	char *owned;  /* of what was unwrapped */
};

/* Reads the body as JSON, or a form, by what it looks like. Always succeeds. */
void cloud_doc_open(struct cloud_doc *d, const char *body, size_t len, const char *query,
	const struct raw_field *headers, size_t header_count);
/* The document is the JSON in a text at `path` (profile.unwrap). */
void cloud_doc_unwrap(struct cloud_doc *d, const char *path);
void cloud_doc_close(struct cloud_doc *d);

/* Appends the value; false when there is none (an empty text counts as none where
 * nothing is appended). `element` NULL: the top. */
bool cloud_pick(const struct cloud_doc *d, const json_t *element, const char *path,
	struct strbuf *out);
/* The first of several that has a value. */
bool cloud_pick_any(const struct cloud_doc *d, const json_t *element,
	const struct cloud_texts *paths, struct strbuf *out);
/* All of them, joined by ':'; false when one is missing. */
bool cloud_pick_all(const struct cloud_doc *d, const json_t *element,
	const struct cloud_texts *paths, struct strbuf *out);
/* Do all, or any, of the rules hold? A rule without value, or with "*", asks only that
 * there be one. */
bool cloud_rules_hold(const struct cloud_doc *d, const json_t *element,
	const struct cloud_pairs *rules);
bool cloud_rule_holds(
	const struct cloud_doc *d, const json_t *element, const struct cloud_pair *rule);
/* Is it a path? -EINVAL with a sentence. */
int cloud_path_check(const char *path, struct strbuf *err) MUST_USE;

#endif
