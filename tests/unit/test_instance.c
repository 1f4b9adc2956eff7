/* One store is served by one computer, from one place, with a run_dir of its own: what
 * happens when a copy of it is started, here or elsewhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <errno.h>

#include "gateway/base/clock.h"
#include "gateway/store/copy.h"
#include "gateway/store/instance.h"
#include "gateway/store/meta.h"

static char dir[64];

static int
up(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/malgil-instance-XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int
down(void **state)
{
	(void)state;
	char command[128];
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command);
}

static const char *
in_dir(const char *name)
{
	static char paths[4][200];
	static int turn;
	char *path = paths[turn++ % 4];
	snprintf(path, sizeof(paths[0]), "%s/%s", dir, name);
	return path;
}

static struct db *
open_store(const char *name)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct db *db = NULL;
	char url[256];
	snprintf(url, sizeof(url), "sqlite:%s", in_dir(name));
	if (db_open(url, DB_WRITER, &db, &err) != 0)
		fail_msg("%s: %s", name, err.s);
	return db;
}

/* Serves that store for a moment. `why` NULL: it may; else the sentence has it. */
static void
claim(struct db *db, const char *run_dir, const char *folder, const char *why)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	int r = instance_claim(db, run_dir ? in_dir(run_dir) : NULL,
		folder ? in_dir(folder) : NULL, clock_wall(clock_real()), &err);
	if ((r == 0) != (why == NULL) || (why && !strstr(err.s, why)))
		fail_msg("%s: %d %s", why ? why : "it may", r, err.s);
}

static void
copy_store(const char *from, const char *to)
{
	assert_int_equal(file_copy_large(in_dir(from), in_dir(to)), 0);
}

static void
a_run_dir_belongs_to_one_store(void **state)
{
	(void)state;
	assert_int_equal(mkdir(in_dir("run"), 0700), 0);
	assert_int_equal(mkdir(in_dir("run2"), 0700), 0);
	struct db *one = open_store("one.db"), *two = open_store("two.db");
	claim(one, "run", NULL, NULL);
	claim(one, "run", NULL, NULL);
	claim(two, "run", NULL, "belongs to another store");
	claim(two, "run2", NULL, NULL);
	db_close(two);
	/* the sentence says what to do when that one is over */
	assert_int_equal(unlink(in_dir("run/instance")), 0);
	two = open_store("two.db");
	claim(two, "run", NULL, NULL);
	claim(one, "run", NULL, "belongs to another store");
	db_close(one);
	db_close(two);
	/* a store that is gone holds nothing */
	assert_int_equal(unlink(in_dir("two.db")), 0);
	one = open_store("one.db");
	claim(one, "run", NULL, NULL);
	/* half a file says nothing either */
	FILE *f = fopen(in_dir("run/instance"), "w");
	assert_non_null(f);
	fputs("\n\xFF", f);
	fclose(f);
	claim(one, "run", NULL, NULL);
	db_close(one);
}

static void
a_copy_on_this_computer_is_refused(void **state)
{
	(void)state;
	struct db *one = open_store("one.db");
	claim(one, NULL, NULL, NULL);
	db_close(one);
	copy_store("one.db", "copy.db");
	struct db *copy = open_store("copy.db");
	claim(copy, NULL, NULL, "is a copy of");
	claim(copy, NULL, NULL, "move --here");
	/* it was moved, not copied */
	assert_int_equal(unlink(in_dir("one.db")), 0);
	claim(copy, NULL, NULL, NULL);
	db_close(copy);
}

/* Another computer is another fingerprint in the store. */
static void
become_another_computer(struct db *db)
{
	meta_set_text(db, "host", "feedfeedfeedfeed");
	meta_set_text(db, "host.name", "old-pc");
	assert_int_equal(db_commit(db), 0);
}

static void
a_copy_on_another_computer_is_refused(void **state)
{
	(void)state;
	struct db *one = open_store("one.db");
	claim(one, NULL, NULL, NULL);
	become_another_computer(one);
	claim(one, NULL, NULL, "'old-pc'");
	claim(one, NULL, NULL, "move --here");
	instance_release(one);
	assert_int_equal(db_commit(one), 0);
	claim(one, NULL, NULL, NULL);
	db_close(one);
}

static void
plug_card(const char *name, const char *address, const char *kind)
{
	static const char *const files[] = {"address", "addr_assign_type"};
	char path[300];
	snprintf(path, sizeof(path), "%s/%s", in_dir("net"), name);
	assert_int_equal(mkdir(path, 0700), 0);
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		snprintf(path, sizeof(path), "%s/%s/%s", in_dir("net"), name, files[i]);
		FILE *f = fopen(path, "w");
		assert_non_null(f);
		fprintf(f, "%s\n", i ? kind : address);
		fclose(f);
	}
	snprintf(path, sizeof(path), "%s/%s/device", in_dir("net"), name);
	if (strcmp(name, "veth0") != 0)
		assert_int_equal(mkdir(path, 0700), 0);
}

static void
pull_cards(void)
{
	char command[128];
	snprintf(command, sizeof(command), "rm -rf '%s/net'/*", dir);
	assert_int_equal(system(command), 0);
}

/* The machine's id and the name are the same; the cards are not. */
static void
a_copied_disk_is_refused(void **state)
{
	(void)state;
	char net[128];
	snprintf(net, sizeof(net), "%s", in_dir("net"));
	instance_net_folder = net;
	assert_int_equal(mkdir(in_dir("net"), 0700), 0);
	struct db *db = open_store("one.db");
	claim(db, NULL, NULL, NULL); /* no card to be seen */
	plug_card("eth0", "02:11:22:33:44:55", "0");
	plug_card("wlan0", "02:11:22:33:44:66", "0");
	plug_card("lo", "00:00:00:00:00:00", "0");
	plug_card("veth0", "02:11:22:33:44:77", "0");
	claim(db, NULL, NULL, NULL);
	pull_cards();
	claim(db, NULL, NULL, NULL); /* a driver that comes late */
	plug_card("eth1", "02:11:22:33:44:66", "0");
	plug_card("eth0", "02:11:22:33:44:99", "0");
	claim(db, NULL, NULL, NULL); /* one of them is known */
	pull_cards();
	plug_card("eth0", "02:aa:22:33:44:55", "0");
	plug_card("usb0", "02:11:22:33:44:66", "1"); /* made up at each start */
	plug_card("veth0", "02:11:22:33:44:66", "0");
	claim(db, NULL, NULL, "other network cards");
	claim(db, NULL, NULL, "move --here");
	instance_release(db);
	assert_int_equal(db_commit(db), 0);
	claim(db, NULL, NULL, NULL);
	db_close(db);
	instance_net_folder = "/sys/class/net";
}

/* Both have the share of the backups: whoever was told to serve wins, the other one finds
 * the note, also when nothing in its own store says so. */
static void
the_one_left_behind_finds_the_note(void **state)
{
	(void)state;
	int64_t now = clock_wall(clock_real());
	assert_int_equal(mkdir(in_dir("share"), 0700), 0);
	struct db *old = open_store("old.db");
	claim(old, NULL, "share", NULL);
	assert_int_equal(instance_note(old, in_dir("share"), now), 0);
	db_close(old);
	copy_store("old.db", "new.db");
	struct db *new = open_store("new.db");
	become_another_computer(new);
	claim(new, NULL, "share", "'old-pc'");
	instance_release(new); /* move --here */
	assert_int_equal(db_commit(new), 0);
	assert_int_equal(instance_note(new, in_dir("share"), now), 0);
	claim(new, NULL, "share", NULL);
	old = open_store("old.db");
	claim(old, NULL, "share", "out of date");
	claim(old, NULL, NULL, NULL); /* without the share it cannot know */
	db_close(old);
	db_close(new);
}

/* One file on a share, opened by two: the lock of the first one holds. */
static void
one_file_is_served_once(void **state)
{
	(void)state;
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct db *one = open_store("one.db"), *two = NULL;
	char url[256];
	snprintf(url, sizeof(url), "sqlite:%s", in_dir("one.db"));
	assert_true(db_open(url, DB_WRITER, &two, &err) < 0);
	assert_true(err.len > 20);
	db_close(one);
	assert_int_equal(db_open(url, DB_WRITER, &two, &err), 0);
	db_close(two);
}

static void
a_sealed_one_serves_nowhere(void **state)
{
	(void)state;
	struct db *db = open_store("one.db");
	claim(db, NULL, NULL, NULL);
	instance_seal(db, clock_wall(clock_real()));
	assert_int_equal(db_commit(db), 0);
	claim(db, NULL, NULL, "is sealed");
	instance_unseal(db);
	assert_int_equal(db_commit(db), 0);
	claim(db, NULL, NULL, NULL);
	db_close(db);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_run_dir_belongs_to_one_store, up, down),
		cmocka_unit_test_setup_teardown(
			a_copy_on_this_computer_is_refused, up, down),
		cmocka_unit_test_setup_teardown(
			a_copy_on_another_computer_is_refused, up, down),
		cmocka_unit_test_setup_teardown(a_copied_disk_is_refused, up, down),
		cmocka_unit_test_setup_teardown(
			the_one_left_behind_finds_the_note, up, down),
		cmocka_unit_test_setup_teardown(one_file_is_served_once, up, down),
		cmocka_unit_test_setup_teardown(a_sealed_one_serves_nowhere, up, down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
