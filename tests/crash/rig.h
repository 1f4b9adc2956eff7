/* What a crash case is played on: a folder, a simulated network, a daemon that dies and
 * comes back. Nothing here judges; see verdict.h.
 *
 * Both programs die with the case (PR_SET_PDEATHSIG), so nothing outlives a broken one.
 */
#ifndef MALGIL_TESTS_CRASH_RIG_H
#define MALGIL_TESTS_CRASH_RIG_H

#include <stdarg.h>
#include <stdio.h>
#include <sys/types.h>

#include "gateway/base/strbuf.h"

enum {
	RIG_MODEMS = 2,
	RIG_LIVES = 32, /* starts of the daemon in one case */
};

struct rig {
	char dir[64];
	const char *latency, *report_delay; /* of the network, ms */
	const char *
		environment[8]; /* "NAME=VALUE" for every life of the daemon, NULL ends */

	pid_t sim, daemon;
	int ready_fd, daemon_fd; /* its stdout; its pidfd */
	bool ready;              /* gateway.ready was said in this life */
	int status;              /* of the last life, as waitpid() tells */
	int lives, kills;
	int64_t born[RIG_LIVES + 1], died[RIG_LIVES + 1]; /* wall ms of each life */
	FILE *log;
};

/* Where scratch folders and files go. */
const char *rig_scratch(void);

int64_t rig_mono(void);
int64_t rig_wall(void);

/* Makes the folder, its configuration and the network. False with a sentence. */
bool rig_open(struct rig *rig, struct strbuf *err);
/* Ends whatever still runs. The folder stays. */
void rig_close(struct rig *rig);

/* Starts the daemon; `extra` is one more "NAME=VALUE", or NULL. */
bool rig_start(struct rig *rig, const char *extra);
/* Waits at most `ms` for the daemon's word or end; keeps `ready` and, when it has ended,
 * `status` and the pid 0 up to date. True while it lives. */
bool rig_watch(struct rig *rig, int ms);
/* Waits until it is ready or has ended. */
bool rig_await_ready(struct rig *rig, int ms);
void rig_kill(struct rig *rig, int signal);
bool rig_was_killed(const struct rig *rig);

/* One line to the network's control socket; true when it answered "ok". */
bool rig_sim(const struct rig *rig, struct strbuf *answer, const char *fmt, ...)
	PRINTF_LIKE(3, 4);

/* One request over the daemon's socket. The HTTP status and the body, or 0 when the
 * connection was refused or broken. */
int rig_http(const struct rig *rig, const char *method, const char *path,
	const char *body, struct strbuf *ret_body);

void rig_path(const struct rig *rig, const char *name, char ret[160]);
void rig_log(struct rig *rig, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Writes a file of the case's folder, "we" anew or "ae" at its end. */
bool rig_put(const struct rig *rig, const char *name, const char *mode, const char *text);
/* How often a text with `mark` in it has come to that handset. */
int rig_shown(const struct rig *rig, const char *phone, const char *mark);
/* The one number a query of the daemon's store gives, -1 none. */
int rig_number(const struct rig *rig, const char *sql);

#endif
