/* One opener at a time. */
#include "gateway/base/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
/* cmocka wants the above first */
#include <cmocka.h>

/* Two names for one device are one device; a lock whose writer is gone is no lock. */
static void
test_lock(void **state)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct lock first, second;
	char dir[] = "/tmp/malgil-at-XXXXXX", device[64], other[64], stale[256],
	     name[128];
	FILE *f;
	int fd, again;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(device, sizeof(device), "%s/ttyX", dir);
	snprintf(other, sizeof(other), "%s/byname", dir);
	fd = open(device, O_RDWR | O_CREAT, 0600);
	assert_int_equal(symlink(device, other), 0);
	again = open(other, O_RDWR);
	assert_int_equal(lock_take(&first, dir, device, fd, &err), 0);
	assert_int_equal(lock_take(&second, dir, other, again, &err), -EBUSY);
	assert_non_null(strstr(err.s, "is in use"));
	assert_non_null(strstr(err.s, "another channel of this gateway"));
	lock_drop(&second);
	assert_int_equal(access(first.path, F_OK), 0);
	snprintf(stale, sizeof(stale), "%s", first.path);
	lock_drop(&first);
	assert_int_not_equal(access(stale, F_OK), 0);
	close(fd);

	/* Somebody else's: pid 1 always lives. Then nobody's. */
	f = fopen(stale, "w");
	assert_non_null(f);
	fprintf(f, "%10d\n", 1);
	fclose(f);
	assert_int_equal(lock_take(&second, dir, other, again, &err), -EBUSY);
	assert_non_null(strstr(err.s, "process 1 holds"));
	f = fopen(stale, "w");
	assert_non_null(f);
	fprintf(f, "%10d\n", 0x3fffffff);
	fclose(f);
	assert_int_equal(lock_take(&second, dir, other, again, &err), 0);
	lock_drop(&second);
	close(again);
	unlink(device);
	unlink(other);
	snprintf(name, sizeof(name), "%s", dir);
	assert_int_equal(rmdir(name), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_lock)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
