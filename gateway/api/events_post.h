/* One event as the shop's systems say it in JSON: read, and taken in this tick's
 * transaction. */
#ifndef MALGIL_API_EVENTS_POST_H
#define MALGIL_API_EVENTS_POST_H

#include "gateway/core/shop_events.h"

/* Always to be released with shop_event_answer_done(). */
void
event_take_json(struct core *core, const json_t *object, struct shop_event_answer *ret);

#endif
