/* The hourly look through all people dies half way: as somebody who fits now is let in,
 * before its place is kept and after. Who fits is told once and has one entry, whoever
 * does not is told nothing. The hour passes while nobody lives: the look's own clock is
 * put back in the store.
 *
 * The script's texts have '[' in them, which the verdict takes for nobody's message. */
#include "tests/crash/scripted.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

enum { PEOPLE = 8, FIT = 5 };

static const char script[] =
	"format = 1;\njourney = { title = \"t\"; class = \"service\";\n"
	"trigger = { segment = \"contact.tags has ready\"; };\nsteps = {\n"
	"one = { say = \"[F1] it is time\"; end = \"done\"; };\n}; };\n";

static void
prepare(struct play *p, struct rig *rig)
{
	scripted_prepare(p, rig, "fits.cfg", script);
}

static void
phone_of(int person, char ret[32])
{
	snprintf(ret, 32, "+8210%08d", 81000000 + person);
}

/* True when it was answered: no answer, or 503, and it is said again. */
static bool
tag(const struct rig *rig, int person, struct strbuf *why)
{
	struct strbuf answer = STRBUF_INIT(1 << 16);
	char phone[32], path[80];
	phone_of(person, phone);
	snprintf(path, sizeof(path), "/v1/contacts/%%2B%s/tags", phone + 1);
	int status = rig_http(rig, "POST", path,
		person < FIT ? "{\"add\":[\"ready\"]}" : "{\"add\":[\"other\"]}",
		&answer);
	if (status && status != 200 && status != 503)
		strbuf_set(why, "a tag was refused: %d %.200s", status, answer.s);
	strbuf_done(&answer);
	return status == 200;
}

/* Two hours pass. */
static bool
let_time_pass(const struct rig *rig)
{
	char path[160];
	sqlite3 *db = NULL;
	rig_path(rig, "malgil.db", path);
	bool done =
		sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
		sqlite3_exec(db,
			"UPDATE scans SET since = since - 7200000, until = until - "
			"7200000",
			NULL, NULL, NULL) == SQLITE_OK &&
		sqlite3_changes(db) == 1;
	sqlite3_close(db);
	return done;
}

/* True when everybody who fits was told. */
static bool
all_were_told(const struct rig *rig, struct strbuf *why)
{
	int done = 0;
	for (int i = 0; i < PEOPLE; i++) {
		char phone[32];
		phone_of(i, phone);
		int times = rig_shown(rig, phone, "[F1]");
		if (times > (i < FIT))
			strbuf_set(why, "%s was told %d times", phone, times);
		done += times;
	}
	return done == FIT;
}

enum { FIRST_LOOK = PEOPLE, WATCH };

/* stage: people who were tagged, after a first look that found nobody. */
static bool
look(struct play *p, struct rig *rig, struct traffic *t, struct strbuf *why)
{
	t->outgoing = t->incoming = 0;
	if (p->stage == 0 && rig->ready &&
		rig_number(rig, "SELECT count(*) FROM scans WHERE since > "
				"0 AND since = until") != 1)
		return true;
	if (rig->ready && p->stage < PEOPLE) {
		p->stage += tag(rig, p->stage, why);
	} else if (p->stage == FIRST_LOOK) {
		rig_kill(rig, SIGKILL);
		p->stage += let_time_pass(rig);
	} else if (p->stage == WATCH && all_were_told(rig, why) && rig->daemon &&
		   rig->kills > 1 &&
		   rig_number(rig, "SELECT count(*) FROM entries WHERE live = 1") == 0) {
		int entries = rig_number(rig, "SELECT count(*) FROM entries");
		if (entries != FIT)
			strbuf_set(why, "%d entries of %d who fit", entries, FIT);
		return false;
	}
	return !why->len;
}

void
cases_scanning(bool quick, void (*add)(void *arg, const struct play *p), void *arg)
{
	/* The first life ends when its people are there, the next where this says. */
	static const struct {
		const char *second, *third;
		bool powercut;
	} rows[] = {{"journeys.scanned:1", "journeys.scanned:2", true},
		{"journeys.scanned:2", "", false},
		{"journeys.entered:3", "journeys.scanned:1", true}};
	for (size_t i = 0; i < (quick ? 1 : ARRAY_LEN(rows)); i++) {
		struct play p = {.trouble = look,
			.prepare = prepare,
			.powercut = rows[i].powercut,
			.leak = rows[i].powercut ? 30 : 0,
			.fault_count = 3};
		snprintf(p.faults[1], 64, "%s", rows[i].second);
		snprintf(p.faults[2], 64, "%s", rows[i].third);
		snprintf(p.name, sizeof(p.name), "a look through all: %s %s%s%s",
			p.powercut ? "powercut" : "kill", rows[i].second,
			*rows[i].third ? ", " : "", rows[i].third);
		add(arg, &p);
	}
}
