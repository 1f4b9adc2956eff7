#include "gateway/base/clock.h"

#include <time.h>

static int64_t
read_ms(clockid_t id)
{
	struct timespec ts;
	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int64_t
real_mono(const struct clock *c)
{
	(void)c;
	return read_ms(CLOCK_MONOTONIC);
}

static int64_t
real_wall(const struct clock *c)
{
	(void)c;
	return read_ms(CLOCK_REALTIME);
}

const struct clock *
clock_real(void)
{
	static const struct clock real = {real_mono, real_wall};
	return &real;
}

static int64_t
sim_mono(const struct clock *c)
{
	return ((const struct clock_sim *)c)->mono;
}

static int64_t
sim_wall(const struct clock *c)
{
	return ((const struct clock_sim *)c)->wall;
}

void
clock_sim_init(struct clock_sim *sim, int64_t wall)
{
	*sim = (struct clock_sim){.clock = {sim_mono, sim_wall}, .mono = 1, .wall = wall};
}

void
clock_sim_advance(struct clock_sim *sim, int64_t ms)
{
	sim->mono += ms;
	sim->wall += ms;
}

void
clock_sim_set_wall(struct clock_sim *sim, int64_t wall)
{
	sim->wall = wall;
}
