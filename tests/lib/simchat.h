/* A simulated network in this process, and a client at one of its modems.
 *
 * Time is simulated: chat_pass() moves it. Bytes travel over the real pty, so an
 * expectation waits for them, with a deadline. What the modem says is compared with CR
 * removed and LF written as '|', so "\r\nOK\r\n" reads "|OK|". */
#ifndef MALGIL_TESTS_SIMCHAT_H
#define MALGIL_TESTS_SIMCHAT_H

#include "drivers/sim/modem.h"

struct simchat {
	char dir[64];
	struct clock_sim clock;
	struct loop *loop;
	struct sim *sim;
	int fd; /* the client at modem0, -1: none */
	struct strbuf heard;
};

/* `options` may be NULL; its dir is set here. The client is at modem0 with echo off. */
void chat_open(struct simchat *c, const struct sim_options *options);
void chat_close(struct simchat *c);
void chat_dial(struct simchat *c); /* opens modem0 (again) */
void chat_say(struct simchat *c, const char *bytes);
/* The next thing heard is exactly this. */
void chat_expect(struct simchat *c, const char *where, const char *folded);
/* Nothing is heard, and nothing is on its way. */
void chat_silent(struct simchat *c, const char *where);
void chat_pass(struct simchat *c, int64_t ms);
void chat_tell(struct simchat *c, const char *command); /* must succeed */
/* Lines of the ledger that hold both needles (NULL: any). */
int chat_ledger(struct simchat *c, const char *kind, const char *needle);

struct chat_row {
	const char *name, *say, *expect;
};
void chat_rows(struct simchat *c, const struct chat_row *rows, size_t count);

/* A SUBMIT to 01012345678 saying "hello world", with and without a report, and its 0x1A.
 */
#define CHAT_PDU    "0011000B811010325476F80000FF0BE8329BFD06DDDF723619\x1a"
#define CHAT_REPORT "0031000B811010325476F80000FF0BE8329BFD06DDDF723619\x1a"

#endif
