/* One serial port as the modem sees it: a pseudo-terminal whose slave a client opens.
 *
 * The slave stays open here too, so a client may come and go without the master falling
 * into EIO. Who holds the port is learned from the kernel (inotify on the slave): while
 * nobody does, what the modem says is lost and what was left unread is dropped, as on a
 * real line. Unplugging closes both ends; a client then reads end of file or EIO, as with
 * USB. */
#ifndef MALGIL_SIM_PTY_H
#define MALGIL_SIM_PTY_H

#include "gateway/base/loop.h"
#include "gateway/base/strbuf.h"

struct sim_pty {
	struct loop *loop;
	int master, slave, notify; /* -1 while unplugged */
	struct loop_watch *watch, *notify_watch;
	char link[256];       /* the name clients open */
	char path[64];        /* the slave itself */
	int clients;          /* open descriptors of others */
	struct strbuf out;    /* said but not yet on the line */
	int64_t drip;         /* ms between pieces, 0: everything at once */
	size_t piece;         /* bytes a piece */
	uint64_t said, heard; /* bytes put on the line, bytes taken from it */
	bool throttled;       /* the reader is slow: wait for LOOP_WRITE */
	struct loop_timer timer;
	void (*received)(void *arg, const uint8_t *bytes, size_t len);
	void *arg;
};

/* Prepares an unplugged port. */
void sim_pty_init(struct sim_pty *p, struct loop *loop,
	void (*received)(void *arg, const uint8_t *bytes, size_t len), void *arg);
/* Makes a new pseudo-terminal and points the symlink `link` at it. A port that was
 * plugged already moves: the new terminal exists before the old one goes, so its name
 * differs. 0 or -errno with a sentence. */
int sim_pty_plug(struct sim_pty *p, const char *link, struct strbuf *err) MUST_USE;
void sim_pty_unplug(struct sim_pty *p); /* the symlink goes too */
void sim_pty_done(struct sim_pty *p);

static inline bool
sim_pty_plugged(const struct sim_pty *p)
{
	return p->master >= 0;
}

/* True when somebody holds the port open at this moment. */
bool sim_pty_held(struct sim_pty *p);

/* Queues bytes; sim_pty_flush() puts them on the line. Past 256 KB unread they are lost.
 */
void sim_pty_say(struct sim_pty *p, const void *bytes, size_t len);
void sim_pty_flush(struct sim_pty *p);

#endif
