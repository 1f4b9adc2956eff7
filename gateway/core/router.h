/* Which channel a text should take, when nobody asked for one and no part of it has left:
 * by class, number, health, room, price and what already waits. A message in doubt, or
 * begun, is pinned and never comes here; an answer leaves from the number that was
 * texted.
 *
 * Rules stand in malgil.cfg (`routes`), and the first that fits counts. Without one, SIMs
 * come before providers, which cost by the text. What the router chose it may take back
 * while the text waits: when a channel has been unwell for longer than `failover`, its
 * texts go to the next. */
#ifndef MALGIL_CORE_ROUTER_H
#define MALGIL_CORE_ROUTER_H

#include "gateway/base/conf.h"
#include "gateway/base/strbuf.h"

struct config;
struct core;
struct channel;
struct message;
struct routes;
struct router;

/* Reads `routes` of a configuration whose channels are read. `node` NULL: none. */
int routes_read(const struct config *config, const struct conf_node *node,
	struct routes **ret, struct strbuf *err) MUST_USE;
void routes_free(struct routes *routes);

/* May a text stay with the channel its recipient knows: no rule of the owner's gives
 * another, or an order of preference, to its class and number. */
bool
router_keeps(const struct core *core, const struct message *m, const struct channel *ch);
/* The channel the contact knows us by, where the text may stay with it; NULL: none.
 * `last` is the one that texted them last, 0 none. A promotion waits for it; another text
 * prefers it. */
struct channel *router_known(struct core *core, const struct message *m, uint64_t last);

struct router *router_new(struct core *core);
void router_free(struct router *router);

/* The channel for a text that `asker` could take: `asker` itself, or another that should
 * have it instead. Never NULL. */
struct channel *
router_choose(struct core *core, const struct message *m, struct channel *asker);
/* A channel is no longer well, or is again. */
void router_wake(struct core *core);

#endif
