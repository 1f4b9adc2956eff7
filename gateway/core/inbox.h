/* The way in. A tick stores what a driver received, byte for byte; a later one looks
 * inside: duplicates, parts of long texts, the contact, consent words, then whoever
 * answers. */
#ifndef MALGIL_CORE_INBOX_H
#define MALGIL_CORE_INBOX_H

#include "gateway/core/driver.h"
#include "gateway/core/core.h"

struct inbox *inbox_new(struct core *core);
void inbox_free(struct inbox *inbox);

/* Stores it, unless these bytes were here already: the driver may acknowledge either way
 * once the tick is committed. */
void inbox_stage(struct core *core, struct channel *ch, const struct incoming *in);

/* A whole text, as a provider gives it: on the same way as one of a modem. The message's
 * id, 0 when the store refuses. `partial` as in messages.reason, "" whole. */
struct inbox_whole {
	const char *from, *text;
	int64_t at, sent_at;
	const char *partial;
};
uint64_t
inbox_text(struct core *core, struct channel *ch, const struct inbox_whole *text);

/* For what the driver cannot get again (`token` 0: handed over and kept by nobody): held
 * in memory until the tick that wrote it is durable, or the store is well again. */
void inbox_keep(struct core *core, const struct channel *ch, const struct incoming *in);
/* The tick was committed: what it staged needs no keeping. */
void inbox_committed(struct core *core);

/* Something that came in waits to be handled in one of the next ticks. */
bool inbox_busy(const struct core *core);

/* At start: counts one more start for what was never finished, sets aside what ended the
 * program twice, and goes on with the rest. */
void inbox_recover(struct core *core);

/* Goes on after a lost tick, without counting a start; what was kept is staged again. */
void inbox_resume(struct core *core);

#endif
