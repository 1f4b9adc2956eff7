/* What leaves next. The queue is the database: a message is `ready` there when it is
 * queued and the first of its contact (by class, then age; none while one is in flight).
 * In memory there is only a small window per route: a cache of the first few ready rows,
 * so a million waiting messages cost nothing. A reply that arrives displaces window
 * entries by itself.
 *
 * A route is 0 (any channel) or a channel's id (asked for, or pinned by a part that
 * left). */
#ifndef MALGIL_CORE_QUEUE_H
#define MALGIL_CORE_QUEUE_H

#include "gateway/core/core.h"
#include "gateway/store/messages.h"

struct queue *queue_new(struct core *core);
void queue_free(struct queue *q);
/* Forgets the windows: the store may have been rolled back under them. */
void queue_reload(struct queue *q);

/* Call whenever something about a contact's messages changed: chooses its next message,
 * and asks for a pump before this tick's commit if there is one. */
void queue_settle(struct queue *q, uint64_t contact);

/* A held message may leave: queued, and ready at once where nothing else of the
 * contact's waits. queue_settle() is not needed then. */
void queue_take(struct queue *q, struct message *m);

/* Is a customer's text being handled, or the answer to one on its way to a channel? Work
 * that can wait stands back for a moment: `yields` is its own count of how often it did
 * so in a row, for it is not to wait for ever. */
bool queue_yields(struct queue *q, int *yields);

/* The most urgent message channel `id` may take: true and the entry. Entries may be out
 * of date: the taker loads the row and looks. queue_drop() forgets one that was taken or
 * wrong. */
bool queue_peek(struct queue *q, uint64_t channel, struct queue_entry *ret);
void queue_drop(struct queue *q, uint64_t channel, uint64_t message);

/* Many ready rows were written at once: the windows look again. */
void queue_grown(struct queue *q);

/* Something was held, or its time changed: the wake-up timer is set again. */
void queue_alarm(struct queue *q);

#endif
