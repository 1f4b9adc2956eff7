/* Bytes that change on the disk: met when the store is opened, by the nightly look, or at
 * the first use; always said, with the way back; never served. */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>

#include "gateway/core/checkup.h"
#include "gateway/store/copy.h"
#include "gateway/store/restore.h"
#include "gateway/store/sound.h"
#include "tests/lib/rig.h"

#define PEOPLE 300

static char dir[64], path[128], wal[160], url[160];

static int
up(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/malgil-damage-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/malgil.db", dir);
	snprintf(wal, sizeof(wal), "%s-wal", path);
	snprintf(url, sizeof(url), "sqlite:%s", path);
	return 0;
}

static int
down(void **state)
{
	(void)state;
	char command[128];
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command);
}

static void
clear(void)
{
	char command[128];
	snprintf(command, sizeof(command), "rm -f '%s'/*", dir);
	assert_int_equal(system(command), 0);
}

static void
put_people(struct db *db, int from, int to)
{
	char name[64];
	for (int i = from; i < to; i++) {
		snprintf(name, sizeof(name), "key %06d", i);
		db_run(db, "INSERT INTO meta(key, value) VALUES($1, 'x')", "t", name);
		assert_int_equal(db_commit(db), 0);
	}
}

/* A store whose log still has everything, as a power cut leaves it: the files are copied
 * while they are open. */
static void
make_store(bool keep_log)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct db *db = NULL;
	char cut[200], cut_wal[200];
	assert_int_equal(db_open(url, DB_WRITER, &db, &err), 0);
	assert_true(db_checkpoint(db) >= 0);
	put_people(db, 0, PEOPLE);
	if (!keep_log) {
		db_close(db);
		return;
	}
	snprintf(cut, sizeof(cut), "%s.cut", path);
	snprintf(cut_wal, sizeof(cut_wal), "%s.cut", wal);
	assert_int_equal(file_copy_large(path, cut), 0);
	assert_int_equal(file_copy_large(wal, cut_wal), 0);
	db_close(db);
	assert_int_equal(rename(cut, path), 0);
	assert_int_equal(rename(cut_wal, wal), 0);
}

static void
flip(const char *file, off_t at, size_t len)
{
	unsigned char byte;
	int fd = open(file, O_RDWR);
	assert_true(fd >= 0);
	for (size_t i = 0; i < len; i++) {
		assert_int_equal(pread(fd, &byte, 1, at + (off_t)i), 1);
		byte ^= 0x5A;
		assert_int_equal(pwrite(fd, &byte, 1, at + (off_t)i), 1);
	}
	close(fd);
}

static off_t
size_of(const char *file)
{
	struct stat st;
	assert_int_equal(stat(file, &st), 0);
	return st.st_size;
}

static int
try_open(struct strbuf *err, int64_t *ret_people)
{
	struct db *db = NULL;
	int r = db_open(url, DB_WRITER, &db, err);
	*ret_people = r ? -1
			: db_number(db, 0,
				  "SELECT count(*) FROM meta WHERE key LIKE 'key %'", "");
	db_close(db);
	return r;
}

static void
assert_refused(const char *what)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	int64_t people;
	int r = try_open(&err, &people);
	if (r != -EBADMSG || !strstr(err.s, "restore --recover") ||
		!strstr(err.s, "nothing was changed"))
		fail_msg("%s: %d with %lld rows: %s", what, r, (long long)people, err.s);
}

/* Recovers it; how many of the rows are there again. */
static int64_t
recover(void)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct restore_wish wish = {.store = path, .now = clock_wall(clock_real())};
	struct restore_report report;
	int64_t people = 0;
	int r = restore_prepare(&wish, &report, &err);
	restore_report_done(&report);
	if (!r)
		r = restore_finish(path, NULL, &err);
	if (!r)
		r = try_open(&err, &people);
	if (r)
		fail_msg("recovering: %s", err.s);
	return people;
}

/* ---- the log ---- */

static void
a_damaged_log_is_not_cut_off_in_silence(void **state)
{
	(void)state;
	static const struct {
		const char *what;
		off_t in_frame;
		size_t len;
	} rows[] = {
		{"a byte of the page", 24 + 2000, 1},
		{"the page's number", 2, 2},
		{"the sum", 16, 8},
		{"the salts", 8, 8},
		{"all of the frame's head", 0, 24},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		make_store(true);
		off_t frames = (size_of(wal) - 32) / (24 + 4096);
		assert_true(frames >= PEOPLE);
		flip(wal, 32 + frames / 2 * (24 + 4096) + rows[i].in_frame, rows[i].len);
		assert_refused(rows[i].what);
		int64_t saved = recover();
		if (saved < PEOPLE / 4 || saved >= PEOPLE)
			fail_msg("%s: %lld recovered", rows[i].what, (long long)saved);
		clear();
	}
}

static void
a_log_whose_head_is_damaged_is_not_ignored(void **state)
{
	(void)state;
	make_store(true);
	flip(wal, 1, 2);
	assert_refused("the magic");
	flip(wal, 1, 2);
	flip(wal, 20, 1);
	assert_refused("a salt");
}

/* What a power cut does: the last transaction is torn, or was never written. */
static void
a_torn_end_is_no_damage(void **state)
{
	(void)state;
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	int64_t people;
	for (int i = 0; i < 4; i++) {
		make_store(true);
		off_t size = size_of(wal);
		if (i == 0)
			flip(wal, size - 2000, 100);
		else if (i == 1)
			flip(wal, size - 4096 - 24, 24);
		else
			assert_int_equal(truncate(wal, size - (i == 2 ? 1000 : 4110)), 0);
		if (try_open(&err, &people) != 0 || people != PEOPLE - 1)
			fail_msg("%d: %lld: %s", i, (long long)people, err.s);
		clear();
	}
	make_store(true);
	assert_int_equal(try_open(&err, &people), 0);
	assert_int_equal(people, PEOPLE);
}

/* ---- pages ---- */

static void
a_damaged_page_is_met_when_it_is_opened(void **state)
{
	(void)state;
	static const char *const roots[] = {"meta", "messages", "messages_state", NULL};
	for (size_t i = 0; roots[i]; i++) {
		struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
		struct db *db = NULL;
		make_store(false);
		assert_int_equal(db_open(url, DB_READER, &db, &err), 0);
		int64_t page = db_number(db, 0,
			"SELECT rootpage FROM sqlite_schema WHERE name = $1", "t",
			roots[i]);
		db_close(db);
		assert_true(page > 1);
		flip(path, (page - 1) * 4096, 8);
		assert_refused(roots[i]);
		int64_t saved = recover();
		if (strcmp(roots[i], "meta") != 0)
			assert_int_equal(saved, PEOPLE);
		clear();
	}
}

static void
a_damaged_head_is_refused_and_put_right(void **state)
{
	(void)state;
	static const off_t places[] = {0, 15, 16, 21};
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		make_store(false);
		flip(path, places[i], 1);
		assert_refused("the head");
		assert_int_equal(recover(), PEOPLE);
		clear();
	}
}

/* ---- at night ---- */

static struct rig r;

static int
open_rig(void **state)
{
	(void)state;
	rig_open_with(&r, false, "owner = { phone = \"+821099990000\"; };", NULL);
	return 0;
}

static int
close_rig(void **state)
{
	(void)state;
	rig_close(&r);
	return 0;
}

/* Where the text stands last in the file: the index was made after the table. */
static void
flip_last(const char *file, const char *text)
{
	size_t len = (size_t)size_of(file), n = strlen(text);
	char *bytes = malloc(len);
	int fd = open(file, O_RDONLY);
	assert_non_null(bytes);
	assert_int_equal(read(fd, bytes, len), len);
	close(fd);
	off_t at = -1;
	for (size_t i = 0; i + n <= len; i++)
		if (!memcmp(bytes + i, text, n))
			at = (off_t)i;
	free(bytes);
	assert_true(at > 0);
	flip(file, at, 1);
}

/* An index that lost an entry serves for months, and wrongly. */
static void
a_quiet_damage_is_found_at_night_and_told(void **state)
{
	(void)state;
	db_run(r.core.db, "DELETE FROM meta WHERE key = 'checkup.night'", "");
	struct checkup *c = checkup_new(&r.core);
	rig_run(&r, 2 * MINUTE);
	clock_sim_advance(&r.clock, DAY);
	int64_t good = 0;
	for (int i = 0; i < 5000 && !good; i++) {
		rig_run(&r, MINUTE);
		poll(NULL, 0, 1);
		good = rig_count(
			&r, "SELECT count(*) FROM meta WHERE key = 'checkup.good'");
	}
	assert_int_equal(good, 1);
	assert_int_equal(
		rig_count(&r, "SELECT count(*) FROM events WHERE name = 'store.damaged'"),
		0);
	db_run(r.core.db, "CREATE TABLE odd(a TEXT)", "");
	db_run(r.core.db, "CREATE INDEX odd_a ON odd(a)", "");
	db_run(r.core.db, "INSERT INTO odd VALUES('what nobody looks at')", "");
	rig_run(&r, 0);
	assert_true(db_checkpoint(r.core.db) >= 0);
	flip_last(db_path(r.core.db), "what nobody looks at");
	clock_sim_advance(&r.clock, DAY);
	int64_t said = 0;
	for (int i = 0; i < 5000 && !said; i++) {
		rig_run(&r, MINUTE);
		poll(NULL, 0, 1);
		said = rig_count(&r, "SELECT count(*) FROM events WHERE name = "
				     "'store.damaged' AND detail LIKE 'odd: %'");
	}
	assert_int_equal(said, 1);
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM events WHERE name = "
				       "'owner.alert' AND detail LIKE '%--recover%'"),
		1);
	checkup_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_damaged_log_is_not_cut_off_in_silence, up, down),
		cmocka_unit_test_setup_teardown(
			a_log_whose_head_is_damaged_is_not_ignored, up, down),
		cmocka_unit_test_setup_teardown(a_torn_end_is_no_damage, up, down),
		cmocka_unit_test_setup_teardown(
			a_damaged_page_is_met_when_it_is_opened, up, down),
		cmocka_unit_test_setup_teardown(
			a_damaged_head_is_refused_and_put_right, up, down),
		cmocka_unit_test_setup_teardown(
			a_quiet_damage_is_found_at_night_and_told, open_rig, close_rig),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
