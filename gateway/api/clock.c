/* Whether the computer's clock is believed, and the owner's word that it is right. */
#include "gateway/api/resources.h"
#include "gateway/core/almanac.h"
#include "gateway/net/jsonw.h"

static const char *
state_of(const struct core *core)
{
	if (core->clock_odd)
		return "wrong";
	return almanac_newest(core) == core->clock_believed ? "accepted" : "right";
}

static void
answer(struct request *rq)
{
	const struct core *core = rq->core;
	struct strbuf body = STRBUF_INIT(4096);
	struct jsonw w = {&body};
	jsonw_open(&w, NULL, '{');
	jsonw_text(&w, "state", state_of(core));
	jsonw_time(&w, "now", core_now(core));
	jsonw_time(&w, "newest", almanac_newest(core));
	jsonw_time(&w, "built", almanac_built());
	if (core->clock_odd)
		jsonw_text(&w, "why",
			almanac_behind(core)
				? "the store knows a later moment than the clock says"
				: "the clock is before the day this program was built");
	jsonw_close(&w, '}');
	request_reply(rq, 200, &body);
}

void
clock_get(struct request *rq)
{
	almanac_look(rq->core);
	answer(rq);
}

void
clock_post_accept(struct request *rq)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	if (almanac_accept(rq->core, rq->agent, &err))
		request_problem(rq, 409, "%s", err.s);
	else
		request_after_commit(rq, answer);
}
