/* Devices named by what they are: the names, what fits them, and the folder that stands
 * for a machine's ports. */
#include <pty.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "drivers/at/find.h"

static void
a_name_is_read(void **state)
{
	static const struct {
		const char *device;
		enum find_by by; /* FIND_PATH: not a name of this kind */
		const char *what, *serial, *dir, *sentence; /* sentence: it is refused */
	} rows[] = {
		{"serial:/dev/ttyUSB0", FIND_PATH, "", "", "", NULL},
		{"tcp:localhost:2001", FIND_PATH, "", "", "", NULL},
		{"serial:imei=490154203237518", FIND_IMEI, "490154203237518", "", "",
			NULL},
		{"serial:usb=12D1:1506", FIND_USB, "12d1:1506", "", "", NULL},
		{"serial:usb=12d1:1506:A:1", FIND_USB, "12d1:1506", "A:1", "", NULL},
		{"tty:iccid=8982300000000000001@/run/x", FIND_ICCID,
			"8982300000000000001", "", "/run/x", NULL},
		{"serial:imei=49015420323751x", FIND_IMEI, "", "", "",
			"expected 15 digits"},
		{"serial:imei=", FIND_IMEI, "", "", "", "expected 15 digits"},
		{"serial:iccid=123", FIND_ICCID, "", "", "", "18 to 20 digits"},
		{"serial:usb=12d1-1506", FIND_USB, "", "", "", "VID:PID"},
		{"serial:usb=12d1:15067", FIND_USB, "", "", "", "VID:PID"},
		{"tty:imei=490154203237518@relative", FIND_IMEI, "", "", "",
			"in a folder"},
		{"tty:imei=490154203237518", FIND_IMEI, "", "", "", "in a folder"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
		struct find f;
		int r = 0;
		bool named = find_parse(rows[i].device, &f, &r, &err);
		assert_int_equal(named, rows[i].by != FIND_PATH);
		if ((r != 0) != (rows[i].sentence != NULL) ||
			(r && !strstr(err.s, rows[i].sentence)))
			fail_msg("%s: %d %s", rows[i].device, r, err.s);
		if (r || !named)
			continue;
		assert_int_equal(f.by, rows[i].by);
		assert_string_equal(f.what, rows[i].what);
		assert_string_equal(f.serial, rows[i].serial);
		assert_string_equal(f.dir, rows[i].dir);
	}
}

static void
check_digits_and_versions_do_not_matter(void **state)
{
	(void)state;
	assert_true(find_same_imei("490154203237518", "4901542032375101"));
	assert_true(find_same_imei("49015420323751", "490154203237518"));
	assert_false(find_same_imei("490154203237518", "490154203237526"));
	assert_false(find_same_imei("", "490154203237518"));
	assert_false(find_same_imei("", ""));
	assert_true(find_same_iccid("8982300000000000001", "89823000000000000018"));
	assert_true(find_same_iccid("898230000000000000", "8982300000000000001"));
	assert_false(find_same_iccid("8982300000000000001", "8982300000000000002"));
	assert_false(find_same_iccid("898", "898"));
}

static void
write_beside(const char *dir, const char *name, const char *text)
{
	char path[128];
	snprintf(path, sizeof(path), "%s/%s.usb", dir, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void
a_folder_stands_for_the_ports(void **state)
{
	char dir[] = "/tmp/malgil-find-XXXXXX", path[128], name[64], command[160];
	struct find_port ports[FIND_MAX];
	int master, slave;
	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(openpty(&master, &slave, name, NULL, NULL), 0);
	static const char *const names[] = {"ttyUSB10", "ttyUSB2", "gone"};
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		assert_int_equal(symlink(i < 2 ? name : "/nowhere", path), 0);
	}
	write_beside(dir, "ttyUSB10", "12D1:1506:A77\n");
	write_beside(dir, "ttyUSB2", "rubbish\n");
	struct find f = {.by = FIND_IMEI};
	snprintf(f.dir, sizeof(f.dir), "%s", dir);
	/* In the order of their numbers; what is no device is not among them. */
	assert_int_equal(find_list(&f, ports), 2);
	snprintf(path, sizeof(path), "tty:%s/ttyUSB2", dir);
	assert_string_equal(ports[0].device, path);
	assert_string_equal(ports[0].usb, "");
	assert_string_equal(ports[1].usb, "12d1:1506");
	assert_string_equal(ports[1].serial, "A77");
	f.by = FIND_USB;
	strcpy(f.what, "12d1:1506");
	assert_int_equal(find_list(&f, ports), 1);
	strcpy(f.serial, "B");
	assert_int_equal(find_list(&f, ports), 0);
	strcpy(f.dir, "/nowhere");
	assert_int_equal(find_list(&f, ports), 0);
	close(master);
	close(slave);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	assert_int_equal(system(command), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(a_name_is_read),
		cmocka_unit_test(check_digits_and_versions_do_not_matter),
		cmocka_unit_test(a_folder_stands_for_the_ports)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
