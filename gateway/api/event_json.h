/* An event as JSON: the same in lists and in streams. */
#ifndef MALGIL_API_EVENT_JSON_H
#define MALGIL_API_EVENT_JSON_H

#include "gateway/core/shop_events.h"
#include "gateway/net/jsonw.h"
#include "gateway/store/lists.h"

/* The members, without the brackets. */
void event_write(
	struct jsonw *w, const struct event_item *e, const struct channel_names *names);

/* Takes one that somebody told, as POST /v1/events has it. Always to be released with
 * shop_event_answer_done(). */
void event_take(struct core *core, const json_t *object, struct shop_event_answer *ret);

#endif
