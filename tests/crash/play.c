#include "tests/crash/play.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	PATIENCE = 25 * 1000, /* ms for a case */
	READY_WAIT = 10 * 1000,
	STOP_WAIT = 10 * 1000,
	TURN = 2, /* ms to wait when there is nothing to do */
};

struct game {
	struct play *p;
	struct rig rig;
	struct traffic t;
	struct strbuf why;
	char environment[6][160];
	int killed_at_random;
	int64_t kill_at; /* mono, 0: not decided yet */
	int kill_mood;
	int submits_seen;
};

/* ---- the daemon's environment ---- */

static void
set_environment(struct game *g)
{
	const struct play *p = g->p;
	const char *so = getenv("POWERCUT_SO");
	size_t n = 0;
	if (p->powercut) {
		snprintf(g->environment[0], 160, "LD_PRELOAD=%s",
			so ? so : "build/tests/crash/powercut.so");
		snprintf(g->environment[1], 160, "POWERCUT_LEAK=%d", p->leak);
		snprintf(g->environment[2], 160, "POWERCUT_SEED=%u", p->seed);
		for (int i = 0; i < 3; i++)
			g->rig.environment[n++] = g->environment[i];
		g->rig.environment[n++] = "POWERCUT=1";
	}
	if (p->unsynced)
		g->rig.environment[n++] = "MALGIL_SYNCHRONOUS=OFF";
	if (p->trace) {
		snprintf(g->environment[3], 160, "MALGIL_FAULT_TRACE=%s", p->trace);
		g->rig.environment[n++] = g->environment[3];
	}
}

static void
mark_life(const struct game *g)
{
	FILE *f = g->p->trace ? fopen(g->p->trace, "ae") : NULL;
	if (!f)
		return;
	fprintf(f, "life %d\n", g->rig.lives);
	fclose(f);
}

static bool
start_life(struct game *g)
{
	char extra[96] = "";
	const struct play *p = g->p;
	int life = g->rig.lives;
	if (life < p->fault_count && p->faults[life][0])
		snprintf(extra, sizeof(extra), "MALGIL_FAULT=%s", p->faults[life]);
	else if (life == 0 && p->cut_at)
		snprintf(extra, sizeof(extra), "POWERCUT_KILL_AT=%d", p->cut_at);
	g->kill_at = 0;
	g->submits_seen = g->t.submits;
	mark_life(g);
	return rig_start(&g->rig, *extra ? extra : NULL);
}

/* After its end by itself, or at a loss of patience. */
static void
complain(struct game *g, const char *what)
{
	if (!g->why.len)
		strbuf_set(&g->why,
			"%s (status %x, %d of %d accepted, %d of %d injected, "
			"%d on air, %d reported)",
			what, (unsigned)g->rig.status, g->t.accepted, g->t.outgoing,
			g->t.injected, g->t.incoming, g->t.submits, g->t.reports);
	rig_log(&g->rig, "FAULT %s", g->why.s);
}

/* ---- kills at random ---- */

/* Half of them while messages fly, half at any time of a life, its set-up included. */
static void
kill_at_random(struct game *g)
{
	struct play *p = g->p;
	if (g->killed_at_random >= p->kills || !g->rig.daemon)
		return;
	int64_t now = rig_mono();
	if (!g->kill_at) {
		g->kill_mood = rand_r(&p->seed) % 2;
		g->kill_at = now + (g->kill_mood ? 20000 : rand_r(&p->seed) % 650);
	}
	if (g->kill_mood && g->t.submits > g->submits_seen) {
		g->kill_at = now + rand_r(&p->seed) % 40;
		g->kill_mood = 0;
	}
	if (now < g->kill_at)
		return;
	rig_log(&g->rig, "kill");
	rig_kill(&g->rig, SIGKILL);
	g->killed_at_random++;
}

/* With kills to come some traffic is kept for after them. */
static void
share_traffic(struct game *g)
{
	const struct play *p = g->p;
	int shares = p->kills + 1, now = g->killed_at_random + 1;
	g->t.may_send = p->outgoing * now / shares;
	g->t.may_inject = p->incoming * now / shares;
}

/* ---- the turns ---- */

static bool
expected_end(const struct game *g)
{
	const struct play *p = g->p;
	if (!rig_was_killed(&g->rig))
		return false;
	int life = g->rig.lives - 1;
	return (life < p->fault_count && p->faults[life][0]) ||
	       (life == 0 && p->cut_at) || g->killed_at_random > 0 || p->trouble;
}

/* True while the case goes on. */
static bool
turn(struct game *g)
{
	struct play *p = g->p;
	if (!g->rig.daemon) {
		if (!expected_end(g)) {
			complain(g, "the daemon ended by itself");
			return false;
		}
		if (!start_life(g)) {
			complain(g, "the daemon could not be started");
			return false;
		}
	}
	share_traffic(g);
	kill_at_random(g);
	traffic_ledger(&g->t);
	bool troubled = p->trouble && p->trouble(p, &g->rig, &g->t, &g->why);
	bool busy = traffic_step(&g->t);
	rig_watch(&g->rig, busy ? 0 : TURN);
	bool done =
		!troubled && g->killed_at_random >= p->kills && traffic_settled(&g->t);
	return !done && !g->why.len;
}

static bool
stop(struct game *g)
{
	int64_t until = rig_mono() + STOP_WAIT;
	rig_log(&g->rig, "stop");
	rig_kill(&g->rig, SIGTERM);
	while (g->rig.daemon && rig_mono() < until)
		rig_watch(&g->rig, 100);
	if (g->rig.daemon)
		complain(g, "the daemon did not stop");
	return !g->rig.daemon;
}

/* A fault on the way out is a kill like any other: one more life, one more rest. */
static void
run(struct game *g)
{
	int64_t until = rig_mono() + (g->p->patience ? g->p->patience : PATIENCE);
	bool again = start_life(g);
	while (again) {
		while (rig_mono() < until && turn(g))
			;
		if (g->why.len)
			return;
		if (rig_mono() >= until) {
			complain(g, "it never came to rest");
			return;
		}
		again = stop(g) && rig_was_killed(&g->rig) && expected_end(g);
		if (!again && !g->why.len && g->rig.status != 0)
			complain(g, "the daemon did not stop cleanly");
	}
}

/* ---- the end ---- */

static void
conclude(struct game *g, struct play_result *ret)
{
	const struct play *p = g->p;
	const struct verdict_rules rules = {.doubts_per_life = MAX(p->doubts_per_life, 1),
		.other_doubts = p->other_doubts};
	int planned = p->kills + (p->cut_at > 0);
	for (int i = 0; i < p->fault_count; i++)
		planned += p->faults[i][0] != '\0';
	if (!g->why.len && g->rig.kills != planned && !p->trouble)
		strbuf_set(&g->why, "%d of %d kills took place", g->rig.kills, planned);
	if (!g->why.len && g->t.odd)
		strbuf_set(&g->why, "a request was refused oddly: %s", g->t.odd_answer);
	if (g->rig.daemon)
		rig_kill(&g->rig, SIGKILL);
	verdict_give(&g->t, &rules, &ret->count);
	bool good = !g->why.len && !ret->count.faults;
	/* Where loss is wanted a case that could not come to rest has found it too. */
	bool loss = ret->count.lost > 0;
	ret->passed = p->wants_loss ? loss : good;
	snprintf(ret->why, sizeof(ret->why), "%s%s%s", g->why.s, g->why.len ? "; " : "",
		ret->count.first);
	if (p->wants_loss && !loss)
		snprintf(ret->why, sizeof(ret->why),
			"nothing was lost, though nothing was synced");
}

void
play(struct play *p, struct play_result *ret)
{
	struct game *g = xcalloc(1, sizeof(*g));
	struct strbuf err = STRBUF_SENTENCE;
	int64_t from = rig_mono();
	*ret = (struct play_result){.passed = false};
	*g = (struct game){.p = p, .why = STRBUF_SENTENCE};
	g->rig.latency = p->kills ? "4" : "1";
	g->rig.report_delay = "10";
	g->t = (struct traffic){
		.rig = &g->rig, .outgoing = p->outgoing, .incoming = p->incoming};
	set_environment(g);
	if (rig_open(&g->rig, &err)) {
		if (p->prepare)
			p->prepare(p, &g->rig);
		run(g);
		conclude(g, ret);
	} else {
		snprintf(ret->why, sizeof(ret->why), "%s", err.s);
	}
	rig_close(&g->rig);
	ret->kills = g->rig.kills;
	ret->lives = g->rig.lives;
	ret->refused = g->t.refused;
	ret->ms = rig_mono() - from;
	memcpy(ret->dir, g->rig.dir, sizeof(ret->dir));
	strbuf_done(&g->why);
	strbuf_done(&err);
	free(g);
}

static void
run_tool(const char *tool, const char *option, const char *from, const char *to)
{
	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0) {
		execlp(tool, tool, option, from, to, (char *)NULL);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
}

void
play_remove(const struct play_result *r)
{
	run_tool("rm", "-rf", r->dir, NULL);
}

void
play_keep(const struct play_result *r, const char *to)
{
	run_tool("rm", "-rf", to, NULL);
	run_tool("cp", "-a", r->dir, to);
}
