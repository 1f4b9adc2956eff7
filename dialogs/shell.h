/* The durable shell around the engine: scripts from a folder, runs and timers in the
 * store, texts through the outbox.
 *
 * The engine (dialogs/step.h) is pure; this makes it true. Whatever one event causes, the
 * run's new place, its texts, timers, consent records, is one transaction with the event
 * itself: an inbound text handled twice gives one answer, and a crash leaves a
 * conversation either before a text or after it. Nothing is known here that the store
 * does not know; a new start reads it all again.
 *
 * Scripts are read from the folder that `scripts` names in malgil.cfg. A file that is
 * refused leaves its last good version in use, also over a restart, and says so in the
 * log and to the owner. Every version is kept in the store by its hash.
 *
 * Events: "dialog.started", "dialog.ended" (script: outcome), "dialog.trouble",
 * "dialog.courtesy", "dialog.loop", "dialog.page", "dialog.webhook", "score.NAME", and
 * what scripts `emit`. */
#ifndef MALGIL_DIALOGS_SHELL_H
#define MALGIL_DIALOGS_SHELL_H

#include "gateway/core/handler.h"

/* After core_start(), before the loop runs. Without `scripts` in the configuration it
 * does nothing. 0, or -errno with a sentence: the folder cannot be read, the store not
 * written. A bad script is no error here: it is reported as an event. */
int dialogs_start(struct core *core, struct strbuf *err) MUST_USE;
/* Reads the folder again and tells the runs in later ticks: steps that were renamed are
 * followed, a run whose step is gone ends. */
int dialogs_reload(struct core *core, struct strbuf *err) MUST_USE;
/* Before core_stop(). */
void dialogs_stop(struct core *core);

/* In the line of handlers, before the catch-all (core/handler.h). */
bool dialogs_handle(struct core *core, const struct inbound *in);
void dialogs_event(struct core *core, const struct event *e);
void
dialogs_ticket_event(struct core *core, enum handler_event what, const struct ticket *t);
void dialogs_wish(struct core *core, const struct message *m, struct handler_wish *ret);
bool dialogs_came_back(struct core *core, const struct inbound *in);
enum handler_asks dialogs_asks(struct core *core, const struct inbound *in);

#endif
