/* A provider as data: what etc/providers/NAME.cfg says, read strictly. How each setting
 * is written, and how to add a provider without a line of C, is in drivers/README.md.
 *
 * A profile holds no secret: it names those it needs, and the channel says in which file
 * or variable of the environment each one is. Reading names every mistake with its file
 * and line; so does the lint, which fills every template with sample values. */
#ifndef MALGIL_CLOUD_PROFILE_H
#define MALGIL_CLOUD_PROFILE_H

#include "gateway/base/conf.h"
#include "gateway/net/sign.h"

struct cloud_texts {
	char **list;
	size_t count;
};

/* "k" and "v": a field and its template, a header, a rule, a row of a map. */
struct cloud_pair {
	char *k, *v;   /* v NULL: any value will do */
	bool raw;      /* v was a number or a truth: put into JSON as it is */
	bool optional; /* left out when its value is empty */
	bool list;     /* the value becomes a JSON list of one */
};
struct cloud_pairs {
	struct cloud_pair *list;
	size_t count;
};

struct cloud_body {
	char *type;                /* "form", "json", "none" */
	struct cloud_pairs fields; /* JSON: k is a pointer, "/to/0/number" */
	char *content;             /* JSON template; wins over the fields */
};

struct cloud_auth {
	char *type;                   /* none basic header hmac aws_sigv4 jwt field */
	char *user, *pass;            /* basic, aws_sigv4 */
	char *header, *value;         /* header, hmac, jwt */
	char *alg, *key, *enc, *base; /* hmac: key names a secret */
	char *provider;               /* aws_sigv4: "aws:amz:REGION:SERVICE" */
	char *claims;                 /* jwt */
};

struct cloud_call {
	char *method, *url;
	struct cloud_pairs headers;
	struct cloud_body *body;
	struct cloud_auth *auth;
	int64_t timeout;
	struct cloud_texts ok_http;
	struct cloud_pairs ok_if, fail_if;
	struct cloud_texts id;
	char *each, *state, *price, *currency;
	struct cloud_pairs match;
	int64_t every;
	struct {
		struct cloud_texts code, text;
	} * error;
	struct cloud_variant {
		struct cloud_texts category, class;
		char *url, *method;
		struct cloud_body *body;
		struct cloud_pairs headers;
	} * variants;
	size_t variant_count;
};

struct cloud_class {
	char *name;
	int64_t max_bytes;
};

/* How requests are told to be the provider's. */
struct cloud_verify {
	char *scheme; /* none token basic hmac hash ed25519 jwt sns */
	char *from, *key, *user, *alg, *enc, *base, *base_get;
	char *separator;   /* several signatures in one header: any one will do */
	char *timestamp;   /* where the moment of signing is: "header:X" ... */
	char *unit;        /* of it: "s" (default), "ms" */
	int64_t tolerance; /* how old it may be */
	struct cloud_texts url_variants;
	struct cloud_canon {
		char *kv, *pair, *lead;
		bool dedup, urlenc;
		struct cloud_texts exclude;
		struct cloud_pairs replace;
	} * params, *query;
	char *body_hash;           /* "query:bodySHA256": JSON bodies are hashed there */
	struct cloud_pairs claims; /* jwt: what a claim must be, templates */
	char *topic;               /* sns: the topic that is ours, a template */
	int64_t reply_bad;
};

struct cloud_reply {
	int64_t http;
	char *type, *body;
};

/* How a request, or an answer, is read: one for each kind of thing it may bring. */
struct cloud_reading {
	struct cloud_pairs match;
	char *each; /* a list, or an object of things; NULL the whole */
	struct cloud_texts id;
	char *from, *to, *text, *time, *charset; /* inbound */
	char *optout_hint;
	struct cloud_texts optout_words;
	char *ref, *total, *part;                     /* of a part of a long text */
	char *key, *state, *phone, *price, *currency; /* status */
	struct cloud_texts code, why;
	struct cloud_pairs map, map_prefix;
	struct cloud_reply *reply;
};

struct cloud_profile {
	struct conf *document;
	char *name, *title, *inbound_none;
	struct cloud_texts secrets;
	struct cloud_pairs defaults; /* of what {cfg:...} names */
	char *number_format, *charset, *from_format;
	struct cloud_class *classes;
	size_t class_count;
	char *encoding_gsm7, *encoding_ucs2;
	struct cloud_call *send, *poll, *lookup, *fetch;
	struct cloud_throttle {
		struct cloud_texts http, codes, retry_after;
		char *unit;          /* of what a body says: "s" (default), "ms" */
		int64_t rate, burst; /* messages a second, 0 no limit */
	} * throttle;
	struct cloud_errors {
		struct cloud_texts temporary, optout, invalid, auth, credit, blocked,
			permanent, doubt;
	} * errors;
	struct cloud_verify *verify;
	size_t verify_count;
	struct cloud_reading *inbound, *status, *optout;
	size_t inbound_count, status_count, optout_count;
	char *unwrap; /* the document is JSON in a string of the JSON */
	struct cloud_reply *reply;
};

/* The file; -EINVAL or -errno with a line for every mistake. */
int cloud_profile_load(
	const char *path, struct cloud_profile **ret, struct strbuf *err) MUST_USE;
/* The same from memory. */
int cloud_profile_parse(const char *name, const char *text, size_t len,
	struct cloud_profile **ret, struct strbuf *err) MUST_USE;
/* Reads it and says in a sentence what it can. */
int
cloud_profile_about(const char *path, struct strbuf *ret, struct strbuf *err) MUST_USE;
void cloud_profile_free(struct cloud_profile *p);

/* What a code means. CLOUD_NONE: nothing is said about it. */
enum cloud_error {
	CLOUD_NONE,
	CLOUD_TEMPORARY,
	CLOUD_OPTOUT,
	CLOUD_INVALID,
	CLOUD_AUTH,
	CLOUD_CREDIT,
	CLOUD_BLOCKED,
	CLOUD_PERMANENT,
	CLOUD_DOUBT,
};
const char *cloud_error_name(enum cloud_error e);
enum cloud_error cloud_error_of(const struct cloud_profile *p, const char *code);
/* "1xxx" fits 1062, "-6*" fits -6001: x is a digit, * the rest. */
bool cloud_code_fits(const char *pattern, const char *code);

/* Lint: every template filled with samples, every name known. For the loader. */
int cloud_profile_lint(const struct cloud_profile *p, struct strbuf *err) MUST_USE;

#endif
