/* A pseudo-terminal between the real AT driver and a transcript: the end that is the
 * modem's. The transcript's own fake core lies behind the driver, so that `struct
 * channel` is this one here, and whatever includes this links nothing of core/. */
#ifndef MALGIL_TESTS_WIRE_H
#define MALGIL_TESTS_WIRE_H

#include "drivers/at/at.h"
#include "drivers/at/modem.h"

enum {
	WIRE_EVENTS = 256,
	WIRE_NOTES = 16,
	WIRE_PATIENCE = 3000, /* real ms for bytes to pass a pseudo-terminal */
};

struct note {
	char key[96], value[32];
};

struct channel {
	struct channel_identity who;
	int sim_mr;
	const char *file; /* the transcript, and where in it we are */
	unsigned line;
	struct clock_sim clock;
	struct loop *loop;
	struct driver *driver;
	struct conf *conf;
	char dir[64], device[96], lock_dir[96];
	int master;
	unsigned opens;
	uint64_t told, heard; /* bytes to and from the driver since the port was opened */
	struct strbuf config, heard_bytes;
	char *event[WIRE_EVENTS];
	size_t events, event_next;
	struct note note[WIRE_NOTES];
	size_t notes;
	char facts[160];
	bool hold, fail_commit, trickle, taken;
	const char *eol;
	uint64_t pending;      /* the send that waits for this tick's commit */
	uint64_t next_attempt; /* sent from inside the next outcome */
	char next_hex[512];
};

/* Fails the test with the line of the transcript, the last of the wire and what nobody
 * expected. */
void wire_fail(struct channel *ch, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* A fresh device under the same name; the driver opens it. */
void wire_open(struct channel *ch);
/* Turns the loop until both sides have everything the other wrote. */
void wire_settle(struct channel *ch);
/* The next thing the driver wrote, false when it is silent: a line without CR, a text
 * with
 * "^Z" at its end, or "^[". A CR right after ESC belongs to it. */
bool wire_take(struct channel *ch, char *ret, size_t size);
/* The modem says this. */
void wire_tell(struct channel *ch, const char *bytes, size_t len);
/* What it should be; and the next thing it told its core, as a glob. */
void wire_expect(struct channel *ch, const char *want);
void wire_expect_event(struct channel *ch, const char *want);

#endif
