/* The shop's platforms as data: what a webhook of theirs means. A profile is a file
 * (etc/sources/NAME.cfg, described in etc/sources/README.md) that says how a call proves
 * that it is genuine, which calls matter, and where in their JSON the facts stand; no
 * profile needs a line of C. Pure but for reading the files: bytes in, facts out. What
 * becomes of the facts is api/sources.c's. */
#ifndef MALGIL_CORE_SOURCES_H
#define MALGIL_CORE_SOURCES_H

#include "gateway/base/conf.h"
#include "gateway/core/source_sheet.h"
#include "gateway/net/json.h"

#define SOURCES_MAX 16

struct source_profile;
/* 0; -EINVAL or -errno with file, line and sentence for every mistake. */
int source_profile_load(
	const char *path, struct source_profile **ret, struct strbuf *err) MUST_USE;
void source_profile_free(struct source_profile *profile);
/* "Shopify: 5 kinds of calls". */
void source_profile_about(const struct source_profile *profile, struct strbuf *ret);

/* What it says about the platform's spreadsheet; NULL: it is about webhooks. */
const struct source_sheet *source_profile_sheet(const struct source_profile *profile);

/* What malgil.cfg says under `sources`: NAME = { profile = "shopify"; secret = "..."; },
 * or NAME = { profile = "smartstore"; folder = "..."; keep = "30d"; } for spreadsheets.
 */
struct source {
	char *name, *profile_name, *secret, *folder;
	int64_t keep; /* ms: how long files that were read lie there */
	struct source_profile *profile;
};
struct sources {
	struct source list[SOURCES_MAX];
	size_t count;
};
/* `base` is the configuration's path: profiles are looked for in "sources" beside it,
 * then among those that come with the program; one with a slash is a path. Always to be
 * released with sources_done(). */
int sources_read(const struct conf_node *root, const char *base, struct sources *ret,
	struct strbuf *err) MUST_USE;
void sources_done(struct sources *sources);
const struct source *source_find(const struct sources *sources, const char *name);

/* A call as it came. `header` gives the value of a header, "" none. */
struct source_call {
	const char *body;
	size_t len;
	const char *(*header)(const void *arg, const char *name);
	const void *arg;
};
/* Over the bytes as they came, in a time that does not tell how much was right. */
bool source_genuine(const struct source *source, const struct source_call *call);
/* Which call this is: its topic and its own id (a digest of the bytes where the platform
 * gives none). False: one the profile passes over, such as a greeting. */
bool source_known(const struct source *source, const struct source_call *call,
	struct strbuf *ret_topic, struct strbuf *ret_key);

/* What a call says. */
struct source_facts {
	json_t *events;    /* a list, each as POST /v1/events takes it */
	json_t *order;     /* as POST /v1/orders takes it; NULL none */
	json_t *consent;   /* phone, action, at, source; NULL none */
	char subject[128]; /* the order's number; "" none */
	int64_t said;      /* when the platform last changed it, 0 unknown */
};
/* 0; -ENOENT: nothing in it matters; -EINVAL with a sentence. */
int source_understand(const struct source *source, const char *topic, const char *body,
	size_t len, struct source_facts *ret, struct strbuf *err) MUST_USE;
void source_facts_done(struct source_facts *facts);

#endif
