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

struct wal {
	struct core *core;
	struct reader *thread;
	struct loop_timer timer;
	bool moving, large;
	int left; /* pages the last round left, -1: it could not */
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
	if (committed && near && core->wash_log)
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

static void
on_timer(void *arg)
{
	struct wal *w = arg;
	int pages = db_log_pages(w->core->db);
	bool worth = pages > (fault_armed ? WORTH_FEW : WORTH) || w->core->wash_log;
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
