/* Shared by the files of phone.h, and by nobody else:
 *
 *   phone.c    the thread, its jobs and letters
 *   direct.c   reports that libgammu throws away
 *   connect.c  from nothing to a phone that answers, and back
 *   talk.c     jobs, messages, calls: everything said to a phone that is there */
#ifndef MALGIL_GAMMU_PHONE_INSIDE_H
#define MALGIL_GAMMU_PHONE_INSIDE_H

#include "drivers/gammu/library.h"
#include <pthread.h>

#include "drivers/gammu/phone.h"
#include "gateway/base/lock.h"

#define HEARD_MAX 64

struct phone {
	/* under `lock`: both threads' */
	pthread_mutex_t lock;
	pthread_cond_t wake, ended_too;
	struct job *first, **last;
	bool stop, hurry, ended, abandoned;
	GSM_StateMachine *sm; /* NULL: not connected; the driver may only abort it */
	char wire[4096];
	size_t wire_total;

	/* set before the thread begins, then read by it alone */
	struct gammu_config *config;
	char *lock_dir;
	struct mailbox *to;
	void *arg;
	pthread_t thread;
	bool is_at;

	/* the thread's own */
	struct lock device_lock;
	int guard;        /* the device, open and locked; -1 none */
	const char *lost; /* NULL: the phone is there */
	char smsc[32];
	char line[512]; /* of libgammu's log, being put together */
	size_t line_len;
	bool secret; /* a PIN is on the wire: nothing is noted */

	struct {
		uint64_t attempt; /* 0 none */
		bool answered;
		int status, reference;
	} send;
	uint64_t doubtful; /* attempt whose answer may still come, 0 none */

	struct place heard[HEARD_MAX]; /* announced, to be read */
	size_t heard_count;
	bool heard_more; /* or direct: look at everything */
	bool announces;  /* the phone says when something came */
	int64_t swept, rang;
	const char *keeps; /* reports while nobody listens: "kept", "lost"; NULL, ""
			      unknown */
	size_t direct_len; /* octets of the report that the next line holds, 0 none */
	unsigned silent;   /* looks in a row that brought no answer */
};

void *phone_main(void *arg);
int64_t phone_now(void);
void phone_post(struct phone *p, const struct letter *letter);
bool phone_hurried(struct phone *p);
void phone_pause(struct phone *p, int64_t ms); /* a hurry ends it */
bool phone_wait_pin(struct phone *p, char *ret, size_t size);
void phone_refuse(struct phone *p, const struct job *job, const char *why);

/* connect.c: false with the reason in `ret_down`. */
bool phone_connect(struct phone *p, struct letter *ret_down);
void phone_disconnect(struct phone *p);

/* direct.c: a line the phone said, the n-th of what it said at once, from 1. */
void phone_line(struct phone *p, long number, const char *line);

/* talk.c */
void phone_callbacks(struct phone *p);
void phone_do(struct phone *p, const struct job *job);
void phone_listen(struct phone *p);
/* Reports stored before this connection. */
void phone_reports(struct phone *p);
/* Everything stored, then who we are connected to. False when the phone fell silent. */
void phone_sweep(struct phone *p);

#endif
