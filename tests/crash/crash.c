/* `make crash`: the daemon dies at every place where a crash could matter and comes
 * back; then what the simulated network swears to is compared with what the store says.
 *
 *	crash [--quick] [--seed N] [--jobs N] [--keep DIR] [GLOB]
 *
 * A line for each case; the folder of one that fails is kept under DIR. GLOB chooses
 * among their names. */
#include "tests/crash/cases.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct totals {
	int passed, failed, kills, doubts, settled, in_doubt, reports_lost, refused;
};

static struct totals totals;
static const char *keep = "build/crash";

static void
put_away(const struct play *p, const struct play_result *r)
{
	char to[256];
	if (!*r->dir)
		return;
	snprintf(to, sizeof(to), "%s/%s", keep, p->name);
	for (char *c = to + strlen(keep) + 1; *c; c++)
		if (*c == '/' || *c == ' ' || *c == ':')
			*c = '-';
	if (!r->passed) {
		mkdir(keep, 0755);
		play_keep(r, to);
	}
	play_remove(r);
}

/* In a process of its own: the line, and the figures for whoever adds them up. */
static void
run_case(struct play *p, int fd)
{
	struct play_result r;
	char line[512];
	play(p, &r);
	put_away(p, &r);
	int n = snprintf(line, sizeof(line),
		"%-46s %s %6lld ms  kills %d doubts %d%s%s\n", p->name,
		r.passed ? "ok    " : "FAILED", (long long)r.ms, r.kills, r.count.doubts,
		r.passed ? "" : ": ", r.passed ? "" : r.why);
	if (write(STDOUT_FILENO, line, MIN((size_t)n, sizeof(line) - 1)) < 0)
		_exit(2);
	struct totals t = {r.passed, !r.passed, r.kills, r.count.doubts, r.count.settled,
		r.count.in_doubt, r.count.reports_lost, r.refused};
	_exit(write(fd, &t, sizeof(t)) == sizeof(t) ? 0 : 2);
}

static void
add_up(int fd)
{
	struct totals t;
	int *to = (int *)&totals;
	while (read(fd, &t, sizeof(t)) == sizeof(t))
		for (size_t i = 0; i < sizeof(t) / sizeof(int); i++)
			to[i] += ((const int *)&t)[i];
}

static void
run_all(struct play *plays, size_t count, int jobs)
{
	int fds[2], running = 0, started = 0;
	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0)
		abort();
	for (size_t i = 0; i < count || running;) {
		if (i < count && running < jobs) {
			fflush(NULL);
			if (fork() == 0)
				run_case(&plays[i], fds[1]);
			i++, running++, started++;
			continue;
		}
		running -= wait(NULL) > 0;
		add_up(fds[0]);
	}
	totals.failed +=
		started - totals.passed - totals.failed; /* died without a word */
	close(fds[0]);
	close(fds[1]);
}

int
main(int argc, char **argv)
{
	struct cases_wanted wanted = {.seed = 1, .glob = "*"};
	int jobs = 3;
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--quick"))
			wanted.quick = true;
		else if (!strcmp(argv[i], "--seed") && i + 1 < argc)
			wanted.seed = (unsigned)atoi(argv[++i]);
		else if (!strcmp(argv[i], "--jobs") && i + 1 < argc)
			jobs = atoi(argv[++i]);
		else if (!strcmp(argv[i], "--keep") && i + 1 < argc)
			keep = argv[++i];
		else
			wanted.glob = argv[i];
	}
	int64_t from = rig_mono();
	size_t count = 0;
	struct play *plays = cases_list(&wanted, &count);
	if (!plays)
		return 1;
	printf("seed %u, %zu cases, %d at a time\n", wanted.seed, count, jobs);
	run_all(plays, count, jobs);
	printf("%d kills, %d doubts, %d of them settled by evidence; %d receipts died "
	       "with the "
	       "daemon; %d requests refused; %lld s\n",
		totals.kills, totals.doubts, totals.settled, totals.reports_lost,
		totals.refused, (long long)(rig_mono() - from) / 1000);
	printf("crash: %d passed, %d failed\n", totals.passed, totals.failed);
	free(plays);
	return totals.failed || !totals.passed;
}
