/* Troubles that are not kills: a disk that is full or fails and heals, a store that
 * somebody else holds, one that is damaged, one that is served already.
 *
 * Each is a function called at every turn of a case. While it says true the case is not
 * over; what it finds wrong it writes into `why`. */
#include "tests/crash/cases.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	EPISODES = 5,
	BEFORE = 10,      /* messages accepted before, and between, two episodes */
	ENOUGH = 3,       /* refusals that make an episode */
	HEALED_IN = 8000, /* ms */
};

/* ---- a disk that refuses for a while ---- */

static void
file_set(const struct rig *rig, const char *name, const char *content)
{
	char path[160];
	rig_path(rig, name, path);
	FILE *f = fopen(path, "we");
	if (f) {
		fputs(content, f);
		fclose(f);
	}
}

static void
file_remove(const struct rig *rig, const char *name)
{
	char path[160];
	rig_path(rig, name, path);
	unlink(path);
}

/* stage: 2n between episodes, 2n + 1 inside one. An episode begins after some traffic, is
 * over when requests were refused for it, and must be followed by accepted ones. */
static bool
episodes(struct play *p, struct rig *rig, struct traffic *t, struct strbuf *why,
	void (*set)(struct rig *rig, bool on))
{
	int done = p->stage / 2;
	int64_t now = rig_mono();
	/* What is not sent now must not keep us from asking. */
	t->window = p->stage % 2 ? INT_MAX : 0;
	t->pace = p->stage % 2 ? 50 : p->stage ? 2 : 0;
	if (p->stage % 2 == 0 && done < EPISODES) {
		/* The first under full sail, the others whenever it has healed. */
		if (t->accepted >= BEFORE * (done + 1) && t->submits >= BEFORE / 2) {
			rig_log(rig, "trouble begins");
			set(rig, true);
			p->refused_before = t->refused;
			p->stage++;
		} else if (done && now - p->since > HEALED_IN &&
			   t->accepted < BEFORE * done + 2) {
			strbuf_set(why, "nothing was accepted %d ms after it had healed",
				HEALED_IN);
		}
	} else if (p->stage % 2 == 1 && t->refused >= p->refused_before + ENOUGH) {
		rig_log(rig, "trouble ends");
		set(rig, false);
		p->since = now;
		p->stage++;
	} else if (p->stage % 2 == 1 && t->accepted == t->outgoing) {
		strbuf_set(why, "everything was accepted while nothing could be written");
	}
	return p->stage < 2 * EPISODES;
}

static void
set_full(struct rig *rig, bool on)
{
	if (on)
		file_set(rig, "full", "");
	else
		file_remove(rig, "full");
}

static void
set_failing(struct rig *rig, bool on)
{
	if (on)
		file_set(rig, "failing", "");
	else
		file_remove(rig, "failing");
}

static void
set_free(struct rig *rig, bool on)
{
	file_set(rig, "free", on ? "1000000" : "1000000000000");
}

/* The shim's switches are files of the case's folder, which has its name only now. */
static void
point_to(const struct rig *rig, const char *variable, const char *name)
{
	char path[160];
	rig_path(rig, name, path);
	setenv(variable, path, 1);
}

static bool
disk_full(struct play *p, struct rig *rig, struct traffic *t, struct strbuf *why)
{
	return episodes(p, rig, t, why, set_full);
}

static bool
disk_fails(struct play *p, struct rig *rig, struct traffic *t, struct strbuf *why)
{
	return episodes(p, rig, t, why, set_failing);
}

static bool
disk_low(struct play *p, struct rig *rig, struct traffic *t, struct strbuf *why)
{
	bool more = episodes(p, rig, t, why, set_free);
	if (p->stage % 2)
		t->pace = 250; /* the disk is looked at every other second */
	return more;
}

static void
prepare_disk(struct play *p, struct rig *rig)
{
	(void)p;
	point_to(rig, "POWERCUT_FULL_WHEN", "full");
	point_to(rig, "POWERCUT_EIO_WHEN", "failing");
	point_to(rig, "POWERCUT_FREE", "free");
	set_free(rig, false);
}

/* ---- somebody else holds the store ---- */

static sqlite3 *holder;

static void
set_held(struct rig *rig, bool on)
{
	char path[160];
	rig_path(rig, "malgil.db", path);
	if (!on) {
		sqlite3_close(holder);
		holder = NULL;
		return;
	}
	if (sqlite3_open(path, &holder) != SQLITE_OK)
		abort();
	sqlite3_busy_timeout(holder, 5000);
	if (sqlite3_exec(holder, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
		abort();
}

static bool
store_held(struct play *p, struct rig *rig, struct traffic *t, struct strbuf *why)
{
	return episodes(p, rig, t, why, set_held);
}

/* ---- a daemon that must refuse to start ---- */

/* Starts another daemon on the same configuration: it must exit 1 with a sentence that
 * has `word` in it, while `rig`'s own, if any, goes on. */
static bool
must_refuse(struct rig *rig, const char *word, struct strbuf *why)
{
	struct rig other = *rig;
	char path[160], line[1024] = "";
	other.daemon = 0;
	other.ready_fd = other.daemon_fd = -1;
	rig_path(rig, "malgil.log", path);
	FILE *f = fopen(path, "ae");
	if (!f)
		abort();
	long before = ftell(f);
	fclose(f);
	bool ready = rig_start(&other, NULL) && rig_await_ready(&other, 10000);
	while (!ready && rig_watch(&other, 100))
		;
	if (ready) {
		rig_kill(&other, SIGKILL);
		strbuf_set(why, "a daemon started that should have refused (%s)", word);
		return false;
	}
	f = fopen(path, "re");
	bool found = false;
	if (f && fseek(f, before, SEEK_SET) == 0)
		while (!found && fgets(line, sizeof(line), f))
			found = !strncmp(line, "malgil serve: ", 14) &&
				strstr(line, word);
	if (f)
		fclose(f);
	bool exited = WIFEXITED(other.status) && WEXITSTATUS(other.status) == 1;
	if (!exited || !found)
		strbuf_set(why, "refusing (%s) ended with status %x and said: %s", word,
			(unsigned)other.status, line);
	return exited && found;
}

static bool
second_daemon(struct play *p, struct rig *rig, struct traffic *t, struct strbuf *why)
{
	if (p->stage == 0 && t->accepted >= BEFORE) {
		must_refuse(rig, "another malgil is serving", why);
		p->stage = 1;
	}
	return p->stage == 0;
}

/* Overwrites a part of the file with nonsense, as failing hardware does; `back` keeps it.
 */
static void
damage(const char *path, off_t at, char *back, size_t len, bool undo)
{
	char junk[256];
	int fd = open(path, O_RDWR | O_CLOEXEC);
	memset(junk, 0xA5, sizeof(junk));
	if (fd < 0 || len > sizeof(junk) ||
		(!undo && pread(fd, back, len, at) != (ssize_t)len) ||
		pwrite(fd, undo ? back : junk, len, at) != (ssize_t)len)
		abort();
	close(fd);
}

/* After some traffic the daemon is stopped, its store damaged in several ways, each
 * refused and undone; then the rest must go on as if nothing had been. */
static bool
damaged_store(struct play *p, struct rig *rig, struct traffic *t, struct strbuf *why)
{
	static const struct {
		const char *what;
		int at;
	} spots[] = {{"the header", 0}, {"the schema", 100}, {"a page", 5 * 4096}};
	char path[160], back[256];
	if (p->stage == 0 && t->accepted >= BEFORE) {
		rig_log(rig, "stop, to be damaged");
		rig_kill(rig, SIGTERM);
		while (rig_watch(rig, 100))
			;
		rig_path(rig, "malgil.db", path);
		for (size_t i = 0; i < ARRAY_LEN(spots) && !why->len; i++) {
			damage(path, spots[i].at, back, sizeof(back), false);
			if (!must_refuse(rig, "damaged", why))
				strbuf_printf(why, " (%s)", spots[i].what);
			damage(path, spots[i].at, back, sizeof(back), true);
		}
		p->stage = 1;
		if (!rig_start(rig, NULL))
			strbuf_set(why, "the daemon could not be started again");
	}
	return p->stage == 0;
}

/* At the start a store that somebody writes is refused; afterwards it is served. */
static bool
locked_at_start(struct play *p, struct rig *rig, struct traffic *t, struct strbuf *why)
{
	if (p->stage == 0 && t->accepted >= BEFORE) {
		rig_kill(rig, SIGTERM);
		while (rig_watch(rig, 100))
			;
		set_held(rig, true);
		must_refuse(rig, "locked", why);
		set_held(rig, false);
		p->stage = 1;
		if (!rig_start(rig, NULL))
			strbuf_set(why, "the daemon could not be started again");
	}
	return p->stage == 0;
}

/* ---- the list ---- */

void
cases_trouble(void (*add)(void *arg, const struct play *p), void *arg)
{
	static const struct {
		const char *name;
		bool (*trouble)(struct play *p, struct rig *rig, struct traffic *t,
			struct strbuf *why);
		bool shim;
	} troubles[] = {
		{"disk full, again and again", disk_full, true},
		{"disk fails to sync, again and again", disk_fails, true},
		{"disk below the reserve, again and again", disk_low, true},
		{"store held by another program, again and again", store_held, false},
		{"store locked at the start", locked_at_start, false},
		{"second daemon on the same store", second_daemon, false},
		{"store damaged", damaged_store, false},
	};
	for (size_t i = 0; i < ARRAY_LEN(troubles); i++) {
		struct play p = {.trouble = troubles[i].trouble,
			.powercut = troubles[i].shim,
			.prepare = troubles[i].shim ? prepare_disk : NULL,
			.other_doubts = true,
			.doubts_per_life = EPISODES};
		snprintf(p.name, sizeof(p.name), "trouble: %s", troubles[i].name);
		add(arg, &p);
	}
}
