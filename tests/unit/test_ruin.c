/* A store that no waiting heals: damaged, or removed under the gateway. Nothing is
 * promised any more, and the loop ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>

#include "tests/lib/rig.h"

static struct rig r;

static int
try_send(void)
{
	struct outbox_receipt receipt;
	struct strbuf err = STRBUF_SENTENCE;
	struct outbox_request request = {.to = "+821011110001",
		.text = "hi",
		.text_len = 2,
		.cls = CLASS_SERVICE,
		.msg_class = -1};
	int n = outbox_accept(&r.core, &request, &receipt, &err);
	strbuf_done(&err);
	return n;
}

static void
assert_ended(const char *word)
{
	assert_true(r.core.store_ruined);
	assert_true(r.core.store_sick);
	assert_non_null(strstr(r.core.store_trouble.s, word));
	assert_int_equal(try_send(), -EAGAIN);
	for (size_t i = 0; i < r.send_count; i++)
		assert_false(r.sends[i].released);
}

static void
a_removed_file_promises_nothing(void **state)
{
	(void)state;
	assert_int_equal(unlink(db_path(r.core.db)), 0);
	assert_int_equal(try_send(), 0); /* this tick is lost: its client hears 503 */
	rig_run(&r, 0);
	assert_ended("removed");
}

static void
a_replaced_file_is_noticed_without_a_write(void **state)
{
	(void)state;
	char other[128];
	snprintf(other, sizeof(other), "%s/other", r.dir);
	int fd = open(other, O_CREAT | O_WRONLY, 0600);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(rename(other, db_path(r.core.db)), 0);
	rig_run(&r, 5 * SECOND);
	assert_ended("replaced");
}

static void
a_damaged_file_ends_it(void **state)
{
	(void)state;
	char junk[4096];
	assert_int_equal(try_send(), 0);
	rig_run(&r, 0);
	rig_sent(&r, 1);
	r.send_count = 0;
	db_checkpoint(r.core.db);
	memset(junk, 0xA5, sizeof(junk));
	int fd = open(db_path(r.core.db), O_WRONLY);
	assert_true(fd >= 0);
	off_t size = lseek(fd, 0, SEEK_END);
	for (off_t at = sizeof(junk); at < size; at += (off_t)sizeof(junk))
		assert_int_equal(pwrite(fd, junk, sizeof(junk), at), sizeof(junk));
	close(fd);
	db_run(r.core.db, "PRAGMA shrink_memory", "");
	assert_int_equal(try_send(), -EAGAIN);
	rig_run(&r, 0);
	assert_ended("backup");
}

static int
open_rig(void **state)
{
	(void)state;
	rig_open(&r, false);
	return 0;
}

static int
close_rig(void **state)
{
	(void)state;
	rig_close(&r);
	return 0;
}

#define ON_RIG(test) cmocka_unit_test_setup_teardown(test, open_rig, close_rig)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON_RIG(a_removed_file_promises_nothing),
		ON_RIG(a_replaced_file_is_noticed_without_a_write),
		ON_RIG(a_damaged_file_ends_it),
	};
	rig_watches = true;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
