/* /hooks/CHANNEL: where a provider of a cloud channel calls us. Open to anybody; the
 * channel's driver alone knows what proves that it is the provider. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/api/access.h"
#include "gateway/api/resources.h"
#include "gateway/core/channel_inside.h"

#define FIELDS     100
#define ANSWER_MAX (64u * 1024)

struct hook {
	struct raw_request raw;
	struct raw_field fields[FIELDS];
	struct raw_response answer;
	struct strbuf url;
};

static void
free_hook(void *state)
{
	struct hook *hook = state;
	strbuf_done(&hook->answer.body);
	strbuf_done(&hook->url);
	free(hook);
}

static enum MHD_Result
take_field(void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct hook *hook = arg;
	(void)kind;
	if (hook->raw.header_count == FIELDS)
		return MHD_NO;
	hook->fields[hook->raw.header_count++] =
		(struct raw_field){name, value ? value : ""};
	return MHD_YES;
}

/* What the provider was told to call, which is what it signs. */
static void
write_url(struct hook *hook, const struct call *call)
{
	const char *base = call->rq.core->config->api_public;
	size_t n = base ? strlen(base) : 0;
	while (n && base[n - 1] == '/')
		n--;
	if (n)
		strbuf_add(&hook->url, base, n);
	else
		strbuf_printf(&hook->url, "%s://%s",
			call->api->certificate ? "https" : "http",
			call_header(call, "Host"));
	strbuf_puts(&hook->url, call->target);
}

static void
fill(struct hook *hook, struct call *call)
{
	const char *query = strchr(call->target, '?');
	MHD_get_connection_values(call->connection, MHD_HEADER_KIND, take_field, hook);
	strbuf_init(&hook->url, 64 * 1024);
	write_url(hook, call);
	struct raw_request *raw = &hook->raw;
	raw->method = call->rq.route->method;
	raw->url = hook->url.s;
	raw->target = call->target;
	raw->query = query ? query + 1 : "";
	raw->peer = call->api->local ? "" : call->rq.via;
	raw->path = call->path;
	raw->headers = hook->fields;
	raw->body = call->rq.body.s;
	raw->len = call->rq.body.len;
	/* "/hooks/" and the channel's name */
	const char *name = raw->path + strlen("/hooks/");
	raw->rest = name + strcspn(name, "/");
}

static void
answer(struct request *rq)
{
	struct hook *hook = rq->state;
	if (!hook->answer.body.cap) /* an empty body has no buffer to hand over */
		strbuf_puts(&hook->answer.body, "\n");
	request_reply_as(rq, hook->answer.status, hook->answer.type, &hook->answer.body);
}

static int
status_of(int r)
{
	switch (r) {
	case -EACCES: return 403;
	case -EINVAL: return 400;
	case -ENOENT: return 404;
	default: return 503;
	}
}

static struct channel *
wanted(const struct call *call)
{
	char name[ROUTE_PARAM_MAX];
	const char *at = call->path + strlen("/hooks/");
	snprintf(name, sizeof(name), "%.*s", (int)MIN(strcspn(at, "/"), sizeof(name) - 1),
		at);
	struct channel *ch = channel_find(call->rq.core, name);
	return ch && ch->driver && ch->config->ops->webhook ? ch : NULL;
}

/* Whoever guesses signatures costs no more than whoever guesses tokens. */
void
hooks_call(struct request *rq)
{
	struct call *call = (struct call *)rq;
	struct channel *ch = wanted(call);
	if (!ch) {
		request_problem(rq, 404, "no channel of that name is called here");
		return;
	}
	if (rq->core->store_sick || rq->core->low_disk) {
		request_problem(
			rq, 503, "the store cannot take anything right now; try again");
		return;
	}
	struct hook *hook = xcalloc(1, sizeof(*hook));
	rq->state = hook;
	rq->state_free = free_hook;
	hook->answer = (struct raw_response){.status = 200,
		.type = "text/plain; charset=utf-8",
		.body = STRBUF_INIT(ANSWER_MAX)};
	fill(hook, call);
	int r = ch->config->ops->webhook(ch->driver, &hook->raw, &hook->answer);
	int64_t wait = r == -EACCES ? access_guessed(call) : 0;
	if (wait) {
		request_problem(rq, 429,
			"too much that is wrong came from your address; wait a little");
		access_retry_after(call, wait);
	} else if (r) {
		request_problem(rq, status_of(r), "%s",
			hook->answer.body.len ? hook->answer.body.s : "refused");
	} else {
		request_after_commit(rq, answer);
	}
}
