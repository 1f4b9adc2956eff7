/* An event as JSON: the same in lists and in streams. */
#ifndef MALGIL_API_EVENT_JSON_H
#define MALGIL_API_EVENT_JSON_H

#include "gateway/net/jsonw.h"
#include "gateway/store/lists.h"

/* The members, without the brackets. */
void event_write(
	struct jsonw *w, const struct event_item *e, const struct channel_names *names);

#endif
