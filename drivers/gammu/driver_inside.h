/* Shared by the files of the driver that run in the loop's thread, and by nobody else:
 *
 *   driver.c      up and down, who it is, letters, the driver's table of operations
 *   driver_in.c   messages in: the places they lie in, telling, deleting
 *   driver_out.c  messages out: one at a time, and what became of it */
#ifndef MALGIL_GAMMU_DRIVER_INSIDE_H
#define MALGIL_GAMMU_DRIVER_INSIDE_H

#include "drivers/gammu/phone.h"

#define SLOTS_MAX 1024

enum sending_state {
	SENDING_NONE,
	SENDING_HELD,  /* not released yet */
	SENDING_ASKED, /* the phone has it to do */
	SENDING_BEGUN, /* it may leave any moment */
};

/* A place that holds a message somebody has been told of. */
struct slot {
	uint64_t token, hash;
	struct place place;
	size_t len;
	int64_t told; /* mono */
	bool committed, stuck;
	unsigned refused;
};

struct driver {
	struct driver_env env;
	struct gammu_config *config; /* the phone's too: it may outlive us */
	struct mailbox *mailbox;
	struct phone *phone;

	bool connected, told, registered, taken, up;
	struct channel_identity who;
	struct letter down; /* said when the send has its outcome */
	bool down_waits;

	struct {
		enum sending_state state;
		struct job job;
		uint64_t given_up; /* answered "unknown" by us; its end may yet be told */
		struct loop_timer timer;
	} out;

	struct slot slots[SLOTS_MAX];
	size_t slot_count;
	uint64_t next_token;
	bool storage_high;

	uint64_t ussd; /* ticket, 0 none */
	struct loop_timer ussd_timer;
};

/* driver.c */
void gammu_decide(struct driver *d); /* may the channel send? says so when that changed */
void gammu_on_down(struct driver *d, const struct letter *l);

/* driver_in.c */
void gammu_on_incoming(struct driver *d, const struct letter *l);
void gammu_on_deleted(struct driver *d, const struct letter *l);
void gammu_committed(struct driver *d, uint64_t token);

/* driver_out.c */
void gammu_send(struct driver *d, const struct outgoing *out);
void gammu_release(struct driver *d, uint64_t attempt);
void gammu_withdraw(struct driver *d, uint64_t attempt);
bool gammu_is_sending(const struct driver *d); /* the phone has it */
void gammu_answer(struct driver *d, const struct outcome *outcome);
void gammu_answer_later(struct driver *d, const char *why);
void gammu_on_overdue(void *driver);
void gammu_on_begun(struct driver *d, const struct letter *l);
void gammu_on_outcome(struct driver *d, const struct letter *l);
/* What became of a send that was answered "unknown" before. */
void gammu_on_late(struct driver *d, uint64_t attempt, const struct outcome *o);

#endif
