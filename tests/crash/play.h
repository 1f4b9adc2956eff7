/* One case: traffic, kills, rest, judgement. */
#ifndef MALGIL_TESTS_CRASH_PLAY_H
#define MALGIL_TESTS_CRASH_PLAY_H

#include "tests/crash/verdict.h"

enum {
	PLAY_FAULTS = 3,
};

struct play {
	char name[96];
	char faults[PLAY_FAULTS][64]; /* MALGIL_FAULT of the first lives, "" none */
	int fault_count;
	const char *trace;       /* file for MALGIL_FAULT_TRACE, or NULL */
	bool powercut, unsynced; /* the forgetting disk; synchronous = OFF */
	int cut_at; /* the disk event of the first life before which it dies, 0 none */
	int leak;   /* per cent of unsynced writes that reach the disk at once */
	int kills;  /* at random moments */
	int outgoing, incoming;
	unsigned seed;
	int64_t patience; /* ms, 0: the usual */
	bool wants_loss;  /* the verdict must find something lost */

	/* Something that goes wrong while traffic flows: `prepare` is called before the
	 * first start, `trouble` at every turn until it says false. NULL: nothing. */
	void (*prepare)(struct play *p, struct rig *rig);
	bool (*trouble)(
		struct play *p, struct rig *rig, struct traffic *t, struct strbuf *why);
	bool other_doubts;   /* a tick that is lost leaves doubts too */
	int doubts_per_life; /* on one channel, 0: one */
	int kind;            /* of the trouble */
	int stage;           /* how far that is */
	int64_t since;
	int refused_before;
};

struct play_result {
	struct verdict_count count;
	int kills, lives, refused;
	int64_t ms;
	bool passed;
	char why[256], dir[64];
};

void play(struct play *p, struct play_result *ret);
/* Its folder. */
void play_remove(const struct play_result *r);
void play_keep(const struct play_result *r, const char *to);

#endif
