/* What the verbs that talk to the daemon share: finding it, asking it, and saying what it
 * refused in one sentence. */
#ifndef MALGIL_VERBS_REMOTE_H
#define MALGIL_VERBS_REMOTE_H

#include "gateway/core/config.h"
#include "gateway/net/client.h"
#include "gateway/net/json.h"
#include "gateway/verbs/verbs.h"

struct remote {
	const struct verb *verb;
	const char *config_path;
	struct config *config;
	struct client *client;
};

/* 0, or the exit code after printing why. Always closed with remote_close(). */
int remote_open(struct remote *r, const struct verb_args *args) MUST_USE;
void remote_close(struct remote *r);

/* Asks and returns the HTTP status; whatever the status the answer is in *ret_answer, for
 * json_decref(). A negative value is an exit code's opposite: the sentence is printed and
 * the verb returns -value. */
int remote_ask(struct remote *r, const struct client_request *request,
	json_t **ret_answer) MUST_USE;
/* The same for verbs to whom anything but success is a refusal: NULL after printing it.
 */
json_t *remote_get(struct remote *r, const char *path) MUST_USE;
json_t *remote_post(struct remote *r, const char *path, json_t *body_taken) MUST_USE;
/* Asks and prints: with --json the answer or, when `member` is not NULL, that member of
 * it; otherwise `for_people(answer, zone)`. Returns the exit code. */
int remote_show(struct remote *r, const struct verb_args *args, const char *path,
	const char *member, void (*for_people)(const json_t *answer, const char *zone));
/* The problem's sentence. Borrowed from the answer. */
const char *remote_sentence(const json_t *answer);

/* Verbs with words of their own ("messages show ID"): a table, and its runner. The first
 * row is done when no word is given. */
struct remote_action {
	const char *word; /* NULL ends the table */
	size_t min, max;  /* words, this one included */
	const char *needs;
	int (*run)(struct remote *r, const struct verb_args *args);
};
int remote_run(struct verb_args *args, const struct remote_action *actions);

/* "/v1/x/" + escaped word + rest, appended. */
void
remote_path(struct strbuf *out, const char *head, const char *word, const char *tail);
/* "?name=value" or "&name=value"; nothing when value is NULL. */
void remote_query(struct strbuf *path, const char *name, const char *value);

#endif
