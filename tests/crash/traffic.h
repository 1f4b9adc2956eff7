/* What goes out and what comes in during a case, and how far it has got.
 *
 * Every text carries its own name in every part of it ("m0042 m0042 ..."), so that the
 * network's ledger can be compared with what was asked for, part by part. */
#ifndef MALGIL_TESTS_CRASH_TRAFFIC_H
#define MALGIL_TESTS_CRASH_TRAFFIC_H

#include "tests/crash/rig.h"

enum {
	TRAFFIC_MAX = 400,
	TRAFFIC_PARTS = 8,
	TRAFFIC_WINDOW = 48, /* parts offered and not yet on air */
};

struct traffic {
	struct rig *rig;
	int outgoing, incoming;   /* how many there are to be */
	int may_send, may_inject; /* how many of them now */
	int window; /* parts that may be offered and not yet on air, 0 the usual */
	int64_t pace, offered;  /* ms between two offers; when the last was made */
	int accepted, injected; /* the first so many of each */
	int spoken;             /* texts that the case itself made customers write */
	int asked_for;          /* messages that the case itself asked for */
	int refused;            /* 503 with a sentence */
	int odd;                /* any other refusal */
	char odd_answer[256];
	int parts_offered;
	bool adopted; /* the SIMs are known to be ours: texts may be injected */
	int ready_seen;

	long ledger_at;       /* bytes of the ledger read */
	int submits, reports; /* lines in it */
	int64_t submitted;    /* when the last of the former was seen */
	int64_t asked;        /* when the daemon was last asked how far it is */
	int64_t quiet;        /* since when nothing but reports is missing */
};

/* The i-th message and text. `ret_to` is E.164. */
void traffic_message(int i, char ret_to[32], struct strbuf *ret_text);
void traffic_text(int i, char ret_from[32], struct strbuf *ret_text);
bool traffic_is_stop(int i); /* the i-th text */
int traffic_modem(int i);    /* it comes in by */

/* Offers what may be offered now. True when something was done. */
bool traffic_step(struct traffic *t);
/* Reads what is new in the ledger. */
void traffic_ledger(struct traffic *t);
/* Everything was offered and has come to rest: asked at most every few ms. */
bool traffic_settled(struct traffic *t);

#endif
