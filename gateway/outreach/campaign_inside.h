/* Inside of outreach/campaign*.c. */
#ifndef MALGIL_OUTREACH_CAMPAIGN_INSIDE_H
#define MALGIL_OUTREACH_CAMPAIGN_INSIDE_H

#include "gateway/outreach/walk.h"

/* A campaign under way: its row is the truth, this is what was read ahead of it. */
struct active {
	struct active *next;
	uint64_t id;
	struct spec *spec;
	struct crowd crowd; /* of the round it is in */
	int64_t pass;       /* the round `crowd` and the page are of; -1 none */
	uint64_t ids[WALK_PAGE];
	size_t count, at;
	uint64_t from; /* the page begins behind that contact */
	bool filled, last, reading;
	struct audience_pace pace;
	int64_t look_again; /* wall: nothing to do before; 0 now */
};

struct job;
struct campaigns {
	struct core *core;
	struct loop_timer timer;
	struct active *list;
	uint64_t turn;    /* whose turn it was */
	struct job *jobs; /* in the reader thread */
	int yields;       /* to a reply, in a row */
	struct planning *planning;
	/* The last one a gate asked of. */
	struct {
		uint64_t id;
		int64_t updated;
		struct spec *spec;
		struct crowd crowd;
	} asked;
};

void campaigns_wake(struct core *core);
void campaigns_touch(struct core *core, uint64_t id);
int campaign_move(
	struct core *core, struct campaign_row *row, const char *state, const char *why);
/* The spec and audience of a row; `extra` is a stage's rule. -EINVAL, -ENOENT. */
int campaign_read(struct core *core, const char *spec_text, const char *extra,
	struct spec **ret_spec, struct crowd *ret_crowd, struct strbuf *err);
/* campaign_codes.c: one more text of a plan draws from this pool; what the pools have. */
void codes_want(struct campaign_plan *plan, const char *pool);
void codes_count(struct core *core, struct campaign_plan *plan);
void planning_stop(struct campaigns *all);

#endif
