#include "gateway/core/wal.h"

#include <stdlib.h>

#include "gateway/base/fault.h"
#include "gateway/store/reader.h"

#define LOOK      500
#define LOOK_BUSY 50
#define WORTH     2048  /* pages worth moving: 8 MiB */
#define WORTH_FEW 32    /* the same where a test waits for its fault point */
#define LARGE     16384 /* pages worth a pause */
#define FEW       512   /* pages the loop itself may move: about a millisecond */
#define ROUNDS    4
#define CALM      64            /* pages between two looks: nobody is in a hurry */
#define WASH_BY   (15 * MINUTE) /* not put off for longer */

struct wal {
	struct core *core;
	struct reader *thread;
	struct loop_timer timer;
	bool moving, large, wash;
	int left;        /* pages the last round left, -1: it could not */
	int seen;        /* pages at the last look */
	int64_t wash_by; /* 0: nothing is to be washed */
};

/* In its thread. While it moves pages the loop goes on writing others, so it goes round
 * again: each round has less to do. */
static void
move(struct db *db, void *arg)
{
	struct wal *w = arg;
	w->left = -1;
	for (int i = 0; db && i < ROUNDS; i++) {
		w->left = db_checkpoint(db);
		if (w->left <= 0)
			break;
	}
}

/* Under steady load the thread never quite arrives, and a log that is never empty grows
 * for ever: the loop moves the last pages itself, between two transactions. The next
 * commit then begins the log anew, over what was there: where somebody was forgotten the
 * file is emptied too. */
static void
finish(void *arg, bool committed)
{
	struct wal *w = arg;
	struct core *core = w->core;
	bool near = w->left >= 0 && (w->left < FEW || w->large);
	w->moving = false;
	if (committed && near && w->wash)
		core->wash_log = db_log_wash(core->db) != 0;
	else if (!w->left)
		db_log_moved(core->db);
	else if (committed && near)
		db_checkpoint(core->db);
}

static void
on_moved(void *arg)
{
	struct wal *w = arg;
	loop_after_commit(w->core->loop, finish, w);
}

/* Emptying a file that was full takes the disk a tenth of a second, which the loop
 * waits: a moment is looked for when little is written. */
static bool
may_wash(struct wal *w, int pages)
{
	int64_t now = clock_mono(w->core->clock);
	bool calm = pages >= w->seen && pages - w->seen < CALM; /* less: begun anew */
	w->seen = pages;
	if (!w->core->wash_log)
		w->wash_by = 0;
	else if (!w->wash_by)
		w->wash_by = now + WASH_BY;
	return w->wash_by && (calm || now >= w->wash_by);
}

static void
on_timer(void *arg)
{
	struct wal *w = arg;
	int pages = db_log_pages(w->core->db);
	if (!w->moving)
		w->wash = may_wash(w, pages);
	bool worth = pages > (fault_armed ? WORTH_FEW : WORTH) || w->wash;
	loop_timer_in(&w->timer, worth || fault_armed ? LOOK_BUSY : LOOK);
	if (!worth || w->moving)
		return;
	w->large = pages > LARGE;
	w->moving = reader_submit(w->thread, move, on_moved, NULL, w) == 0;
}

struct wal *
wal_new(struct core *core)
{
	struct wal *w = xcalloc(1, sizeof(*w));
	w->core = core;
	w->thread = reader_new(core->loop, core->config->store);
	loop_timer_init(&w->timer, core->loop, on_timer, w);
	loop_timer_in(&w->timer, LOOK);
	return w;
}

void
wal_free(struct wal *w)
{
	if (!w)
		return;
	loop_timer_stop(&w->timer);
	reader_free(w->thread);
	loop_forget(w->core->loop, w);
	free(w);
}
