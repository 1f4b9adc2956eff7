/* Telling the owner what cannot wait.
 *
 * Always an event "owner.alert", which webhooks and streams carry; and a text to
 * owner.phone where owner.alert says "sms" (which it does when nothing is said). What is
 * about a channel that fails never counts on that channel: it leaves by another one, or
 * it waits, is said in `malgil channels status` and the log, and leaves by whichever
 * works first. */
#ifndef MALGIL_CORE_OWNER_H
#define MALGIL_CORE_OWNER_H

#include "gateway/core/core.h"

void owner_alert(struct core *core, const char *text);
/* About a channel that does not work. */
void owner_alert_about(struct core *core, const struct channel *ch, const char *text);
/* Every minute: what waits is tried again; what waited a week is dropped, with an event.
 */
void owner_look(struct core *core);
/* Texts that could not reach the owner yet, newest first, at most `max` of them shown. */
int owner_waiting(struct db *db, int max,
	void (*each)(void *arg, int64_t at, const char *about, const char *text),
	void *arg);
/* A text to the owner that is no alert (the monthly digest); 0 when it was accepted. */
int owner_text(struct core *core, const char *text, const char *origin, const char *key,
	int64_t at, struct strbuf *err) MUST_USE;

#endif
