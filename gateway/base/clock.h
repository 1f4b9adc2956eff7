/* Time is handed in: nothing above this port calls the operating system for it.
 *
 * Promises of every clock:
 *  1. `mono` never goes backwards and is what deadlines are made of.
 *  2. `wall` is milliseconds since 1970-01-01 UTC; it may jump either way.
 *  3. Both advance at the same rate while nobody sets the wall clock.
 *  4. Reading is cheap and never blocks. */
#ifndef MALGIL_BASE_CLOCK_H
#define MALGIL_BASE_CLOCK_H

#include "gateway/base/def.h"

struct clock {
	int64_t (*mono)(const struct clock *c);
	int64_t (*wall)(const struct clock *c);
};

static inline int64_t
clock_mono(const struct clock *c)
{
	return c->mono(c);
}

static inline int64_t
clock_wall(const struct clock *c)
{
	return c->wall(c);
}

/* The machine's clocks. Never freed. */
const struct clock *clock_real(void);

/* A clock that stands still until told to move. */
struct clock_sim {
	struct clock clock; /* hand out &sim.clock */
	int64_t mono;
	int64_t wall;
};

void clock_sim_init(struct clock_sim *sim, int64_t wall);
void clock_sim_advance(struct clock_sim *sim, int64_t ms); /* ms >= 0, moves both */
void clock_sim_set_wall(struct clock_sim *sim, int64_t wall);

#endif
