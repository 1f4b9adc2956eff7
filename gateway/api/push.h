/* Telling others what happens: webhooks are a push view of the event log.
 *
 * Each webhook of the configuration has a cursor in the log. What it wants to hear of
 * becomes a row of `deliveries`, a small window of them at a time, and is sent in order,
 * one after the other: the next one leaves when the one before was answered 2xx; that is
 * written down for a few of them together. A try that fails is repeated with growing
 * pauses for two days; then the delivery is dead, which is an event, and the next one has
 * its turn. Dead ones and any part of the log can be sent again. An answer of 410 means
 * "no more": the webhook is disabled until a person enables it or its url changes, and
 * goes on where it stopped.
 *
 * Callbacks that single requests asked for (Twilio's StatusCallback and sms_url, Kannel's
 * dlr-url) are one more cursor, "@callbacks": many at once, in order for each message or
 * contact, at most a few for each host, and a host that does not answer waits without
 * holding up the others.
 *
 * At least once: a delivery whose answer was lost is sent again under the same id, which
 * is how a receiver knows it. Everything is in the store; what is in memory here is made
 * from it. Addresses inside the shop's network are reached only where the configuration
 * allows it, whatever a name resolves to (net/reach.h). */
#ifndef MALGIL_API_PUSH_H
#define MALGIL_API_PUSH_H

#include "gateway/core/core.h"
#include "gateway/store/hooks.h"

#define PUSH_CALLBACKS "@callbacks"

/* Begins; sets core->push. New webhooks begin with what happens from now on. */
void push_start(struct core *core);
/* What is under way is dropped, and sent again at the next start. */
void push_stop(struct core *core);

/* In the line of handlers (core/handler.h): hears that there is something to tell. */
void push_event(struct core *core, const struct event *e);

/* A request's message is to be told of: in this tick's transaction. */
void push_callback(struct core *core, const struct callback *callback);

/* ---- what people do: 0; -ENOENT no such webhook; -EBUSY; -EINVAL; -EPERM; each with a
 * sentence ---- */

/* Sends a delivery of its own at once, out of order, tried once. `done` hears in a later
 * tick what became of it, unless push_test_forget(arg) was called. -EBUSY when many are
 * under way. */
int push_test(struct core *core, const char *name,
	void (*done)(void *arg, const struct delivery *d), void *arg,
	struct strbuf *err) MUST_USE;
void push_test_forget(struct core *core, const void *arg);
/* Events from `from` up to and with `to` (0: the newest) as new deliveries, before
 * whatever is new. -EBUSY while an earlier replay is under way. */
int push_replay(struct core *core, const char *name, uint64_t from, uint64_t to,
	struct strbuf *err) MUST_USE;
/* One delivery again, under its id; or (0) all dead ones. How many in *ret. */
int push_again(struct core *core, const char *name, uint64_t delivery, int *ret,
	struct strbuf *err) MUST_USE;
/* Gives up what is first in line and stands in everybody's way. */
int push_skip(struct core *core, const char *name, struct strbuf *err) MUST_USE;
/* Enabling also tries what is first in line at once. */
int push_enable(
	struct core *core, const char *name, bool enabled, struct strbuf *err) MUST_USE;

#endif
