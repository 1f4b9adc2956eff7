/* The desk's line to the gateway: requests of the model out, answers and events back in.
 * Says when the line is up, down or refused, and tries again by itself. */
#ifndef MALGIL_DESK_LINK_H
#define MALGIL_DESK_LINK_H

#include "gateway/base/loop.h"
#include "gateway/desk/model.h"

struct link;

/* Everything is copied; `changed(arg)` is called whenever the model may look different.
 * `socket` NULL: over `url`, with `token` (NULL none). */
struct link_options {
	const char *socket, *url, *token;
	void (*changed)(void *arg);
	void *arg;
};
struct link *link_new(struct loop *loop, struct desk *d, const struct link_options *how);
void link_free(struct link *l);
/* Carries out what the model asks for. */
void link_pump(struct link *l);

#endif
