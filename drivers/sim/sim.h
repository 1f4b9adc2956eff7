/* The other end of the wire: a simulated network of AT modems on ptys, and handsets.
 *
 * Any client that speaks 27.005 in PDU mode can send and receive through it; nothing here
 * knows the gateway. The pieces: pty (a serial port), modem (a life, a wire, settings),
 * commands and sms (what it answers), submit and receive (out and in), storage (slots),
 * fault (what goes wrong), network (who has which number, parcels on their way, reports),
 * handset (texts joined, scripts that reply), ledger (the sworn statement), control (a
 * socket for whoever conducts the test). Single-threaded, and deterministic for a given
 * seed. */
#ifndef MALGIL_SIM_SIM_H
#define MALGIL_SIM_SIM_H

#include "gateway/base/loop.h"
#include "gateway/base/strbuf.h"

enum { SIM_MODEMS_MAX = 64 };

struct sim_options {
	unsigned modems;      /* 1..SIM_MODEMS_MAX */
	const char *dir;      /* made when missing */
	int64_t latency;      /* ms from 0x1A to +CMGS */
	int64_t report_delay; /* ms from on air to the status report */
	unsigned storage;     /* slots on each SIM, 1..255 */
	const char *pin;      /* every SIM's PIN, NULL: none */
	uint64_t seed;
	const char *country; /* ISO 3166-1 alpha-2: numbers, SMSC, operator, zone */
	const char *faults;  /* file, NULL: none */
	const char *script;  /* file, NULL: none */
};
#define SIM_OPTIONS_DEFAULT                                                              \
	{                                                                                \
		.modems = 1, .dir = ".", .storage = 30, .country = "KR"                  \
	}

struct sim;

/* Makes DIR/modem0.., DIR/control and DIR/ledger.jsonl (truncated: a ledger tells of one
 * network). Refuses a directory in which another network lives. NULL with a sentence. */
struct sim *
sim_open(struct loop *loop, const struct sim_options *options, struct strbuf *err);
/* Takes everything away but the ledger. */
void sim_close(struct sim *sim);

/* errno of the ledger line that could not be written, 0 while the ledger is whole. */
int sim_broken(const struct sim *sim);

/* One line of the control protocol, as over the socket: 0, or -EINVAL etc.; the answer
 * without its "ok" or "error" in `answer`. `attach` needs the socket. */
int sim_command(struct sim *sim, const char *line, struct strbuf *answer) MUST_USE;

/* A handset at the terminal: texts to `number` are printed, lines typed go to `to` (a
 * modem's name or a number). Returns when input ends and what it sent was taken, 0 or
 * -errno with a sentence. */
int sim_phone(
	const char *dir, const char *number, const char *to, struct strbuf *err) MUST_USE;

/* One line of the control protocol to the network in `dir`: 0 with the answer after "ok",
 * or -errno with the sentence after "error". */
int sim_tell(const char *dir, const char *line, struct strbuf *answer) MUST_USE;

#endif
