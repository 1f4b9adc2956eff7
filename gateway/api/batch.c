/* POST /v1/messages/batch: up to 1000 messages, each accepted or refused by itself. */
#include "gateway/api/accept.h"
#include "gateway/api/items.h"
#include "gateway/api/resources.h"

static void
take(struct core *core, const char *json, size_t len, struct jsonw *members,
	struct item_answer *ret)
{
	struct accepted a = {0};
	bool good = accept_message(core, json, len, &a);
	ret->status = a.status;
	if (good) {
		accepted_write(members, &a);
	} else {
		snprintf(ret->field, sizeof(ret->field), "%s", a.field);
		strbuf_set(&ret->why, "%s", a.why.s);
	}
	accepted_done(&a);
}

void
messages_batch(struct request *rq)
{
	items_post_list(rq, "messages", take);
}
