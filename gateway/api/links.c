/* GET /l/CODE: where the short links in texts lead. Open to anybody, and only to the
 * addresses that stand in texts we wrote. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "gateway/api/call.h"
#include "gateway/api/resources.h"
#include "gateway/core/offers.h"

struct way {
	struct strbuf url;
	enum visit_answer answer;
};

static void
free_way(void *state)
{
	struct way *way = state;
	strbuf_done(&way->url);
	free(way);
}

/* For people with a telephone in their hand. */
static void
say(struct request *rq, int status, const char *ko, const char *en)
{
	struct strbuf body = STRBUF_INIT(4096);
	strbuf_printf(&body,
		"<!doctype html><meta charset=utf-8><meta name=viewport "
		"content=\"width=device-width\"><title>%s</title><p lang=ko>%s</p><p "
		"lang=en>%s</p>\n",
		en, ko, en);
	request_reply_as(rq, status, "text/html; charset=utf-8", &body);
}

static void
answer(struct request *rq)
{
	struct call *call = (struct call *)rq;
	struct way *way = rq->state;
	struct strbuf body = STRBUF_INIT(64);
	switch (way->answer) {
	case VISIT_GONE: say(rq, 404, "없는 주소예요.", "There is nothing here."); return;
	case VISIT_OVER:
		say(rq, 410, "기한이 지난 주소예요.", "This link has expired.");
		return;
	case VISIT_GOES: break;
	}
	strbuf_puts(&body, "\n");
	request_reply_as(rq, 302, "text/plain", &body);
	MHD_add_response_header(call->response, "Location", way->url.s);
	MHD_add_response_header(call->response, "Referrer-Policy", "no-referrer");
	MHD_add_response_header(call->response, "X-Robots-Tag", "noindex");
}

static bool
looks_ahead(const struct call *call)
{
	static const char *const heads[] = {
		"Purpose", "Sec-Purpose", "X-Purpose", "X-Moz"};
	for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
		const char *said = call_header(call, heads[i]);
		if (!strncasecmp(said, "prefetch", 8) || !strncasecmp(said, "preview", 7))
			return true;
	}
	return false;
}

void
link_get(struct request *rq)
{
	const struct call *call = (const struct call *)rq;
	struct way *way = xcalloc(1, sizeof(*way));
	strbuf_init(&way->url, 4096);
	rq->state = way;
	rq->state_free = free_way;
	struct visit visit = {.agent = call_header(call, "User-Agent"),
		.head = call->head_only,
		.ahead = looks_ahead(call)};
	way->answer = offer_visit(rq->core, rq->param, &visit, &way->url);
	request_after_commit(rq, answer);
}
