/* The copies of each night: when they are made, and what a disk that is full, or away,
 * comes to. */
#include <dirent.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "gateway/core/keep.h"
#include "gateway/store/copy.h"
#include "gateway/store/vault.h"
#include "gateway/text/zone.h"
#include "tests/lib/rig.h"

static struct rig r;
static char folder[64];

static int
up(void **state)
{
	(void)state;
	char extra[200];
	snprintf(folder, sizeof(folder), "/tmp/malgil-night-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(extra, sizeof(extra),
		"owner = { phone = \"+821099990000\"; backup = \"%s\"; };", folder);
	rig_open_with(&r, false, extra, NULL);
	return 0;
}

static int
down(void **state)
{
	(void)state;
	char command[128];
	rig_close(&r);
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	return system(command);
}

static size_t
copies(void)
{
	struct vault_list list;
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	if (vault_read(folder, NULL, VAULT_COPY, &list, &err) < 0)
		return 0;
	size_t n = list.count;
	vault_done(&list);
	return n;
}

static int64_t
hour(void)
{
	int64_t now = core_now(&r.core);
	return (now + zone_offset(r.core.config->zone, now)) / HOUR % 24;
}

/* The copy is made in a thread: the clock stands still meanwhile. */
static void
settle(void)
{
	struct keep_state k;
	int i = 0;
	loop_turn(r.loop);
	keep_state(&r.core, &k);
	while (k.running && i++ < 20000) {
		poll(NULL, 0, 1);
		loop_turn(r.loop);
		keep_state(&r.core, &k);
	}
	loop_turn(r.loop);
}

/* An hour, a quarter at a time. */
static void
an_hour(void)
{
	for (int i = 0; i < 4; i++) {
		rig_run(&r, 15 * MINUTE);
		settle();
	}
}

static void
once_each_night_at_three(void **state)
{
	(void)state;
	struct keep_state k;
	int nights = 0;
	an_hour(); /* a first one, whatever the hour */
	assert_int_equal(copies(), 1);
	for (int i = 0; i < 72; i++) {
		keep_state(&r.core, &k);
		int64_t good = k.good;
		an_hour();
		keep_state(&r.core, &k);
		if (k.good == good)
			continue;
		nights++;
		if (hour() < 3 || hour() > 4)
			fail_msg("a copy at %d", (int)hour());
	}
	assert_int_equal(nights, 3);
	assert_true(copies() >= 3);
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM events WHERE name = "
				       "'backup.failed'"),
		0);
}

/* A disk that is full says so, keeps the copies it has, and is tried again. */
static void
a_full_disk_is_said_and_tried_again(void **state)
{
	(void)state;
	struct rlimit was, small;
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct keep_state k;
	while (!copies())
		an_hour();
	size_t had = copies();
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	small = was;
	small.rlim_cur = 64 * 1024;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(keep_backup(&r.core, &err), 0);
	/* the thread has its errand; the store itself writes nothing while it copies */
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	for (int i = 0; i < 20000; i++) {
		keep_state(&r.core, &k);
		if (!k.running)
			break;
		poll(NULL, 0, 1);
		if (i == 200)
			assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
		if (i >= 200)
			loop_turn(r.loop);
	}
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	settle();
	keep_state(&r.core, &k);
	assert_true(strlen(k.why) > 10);
	assert_int_equal(copies(), had);
	DIR *dir = opendir(folder);
	struct dirent *e;
	assert_non_null(dir);
	while ((e = readdir(dir)))
		if (strstr(e->d_name, ".part"))
			fail_msg("%s is left", e->d_name);
	closedir(dir);
	assert_int_equal(
		rig_count(&r, "SELECT count(*) FROM events WHERE name = "
			      "'owner.alert' AND detail LIKE 'The backup failed%'"),
		1);
	assert_int_equal(keep_backup(&r.core, &err), 0);
	settle();
	assert_int_equal(copies(), had + 1);
}

/* A stick that was pulled: said after two nights, once a day, and over when it is back.
 */
static void
a_stick_that_is_away_is_missed(void **state)
{
	(void)state;
	char away[80];
	snprintf(away, sizeof(away), "%s.away", folder);
	while (!copies())
		an_hour();
	assert_int_equal(rename(folder, away), 0);
	for (int i = 0; i < 75; i++)
		an_hour();
	int64_t said = rig_count(&r, "SELECT count(*) FROM events WHERE name = "
				     "'owner.alert' AND detail LIKE 'The last good%'");
	assert_in_range(said, 1, 2);
	assert_int_equal(rename(away, folder), 0);
	size_t had = copies();
	for (int i = 0; i < 3; i++)
		an_hour();
	assert_int_equal(copies(), had + 1);
	struct keep_state k;
	keep_state(&r.core, &k);
	assert_string_equal(k.why, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(once_each_night_at_three, up, down),
		cmocka_unit_test_setup_teardown(
			a_full_disk_is_said_and_tried_again, up, down),
		cmocka_unit_test_setup_teardown(a_stick_that_is_away_is_missed, up, down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
