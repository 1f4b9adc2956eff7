/* verbs/print: widths, times and distances as people read them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <locale.h>

#include "gateway/verbs/print.h"

static const struct {
	const char *text;
	int cells;
} widths[] = {
	{"", 0},
	{"abc", 3},
	{"말길", 4},
	{"é", 1},
	{"e\xcc\x81", 1}, /* combining acute */
	{"a\x1b[31m", 6}, /* escape counts as the one character shown for it */
	{"\xff", 1},
};

static void
texts_take_their_cells(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(widths); i++) {
		print_message("'%s'\n", widths[i].text);
		assert_int_equal(print_width(widths[i].text), widths[i].cells);
	}
}

/* 04:48:16 on Sunday 22 November 2026 in Seoul. */
#define NOW INT64_C(1795290496000)

static const struct {
	const char *iso, *time, *distance;
} times[] = {
	{"2026-11-21T19:48:16.000Z", "Sun 22 Nov 04:48:16", "now"},
	{"2026-11-21T19:48:46Z", "Sun 22 Nov 04:48:46", "in 30 s"},
	{"2026-11-21T19:38:16Z", "Sun 22 Nov 04:38:16", "10 min ago"},
	{"2026-11-21T00:00:00Z", "Sat 21 Nov 09:00:00", "19 h ago"},
	{"2026-11-25T00:00:00+09:00", "Wed 25 Nov 00:00:00", "in 2 d"},
	{"2027-01-01T00:00:00+09:00", "Fri 01 Jan 2027 00:00:00", "in 39 d"},
	{"2025-12-31T23:59:59+09:00", "Wed 31 Dec 2025 23:59:59", "325 d ago"},
	{"1969-12-30T00:00:00+09:00", "Tue 30 Dec 1969 00:00:00", "20781 d ago"},
	{NULL, "-", ""},
	{"nonsense", "-", ""},
};

static void
times_are_local(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(times); i++) {
		char text[40];
		print_message("%s\n", times[i].iso ? times[i].iso : "none");
		print_time(times[i].iso, "Asia/Seoul", NOW, text);
		assert_string_equal(text, times[i].time);
		print_distance(times[i].iso, NOW, text);
		assert_string_equal(text, times[i].distance);
	}
}

/* What a table prints, read back from a file that stands in for standard output. */
static void
print_captured(void (*print)(void), char *ret, size_t size)
{
	FILE *f = tmpfile();
	assert_non_null(f);
	fflush(stdout);
	int real = dup(STDOUT_FILENO);
	dup2(fileno(f), STDOUT_FILENO);
	print();
	fflush(stdout);
	dup2(real, STDOUT_FILENO);
	close(real);
	rewind(f);
	ret[fread(ret, 1, size - 1, f)] = '\0';
	fclose(f);
}

static void
a_table(void)
{
	static const char *const titles[] = {"ID", "", "TEXT"};
	struct print_table t;
	print_table_init(&t, titles, ARRAY_LEN(titles));
	print_cell(&t, "1");
	print_cell(&t, "말");
	print_cell_short(&t, "one\ntwo \x1b[2J three", 12);
	print_cell(&t, "12345");
	print_cell(&t, NULL);
	print_cell_short(&t, "말길말길말길", 8);
	print_table_end(&t);
}

static void
columns_line_up_and_nothing_commands_the_terminal(void **state)
{
	(void)state;
	char text[1024];
	print_captured(a_table, text, sizeof(text));
	assert_string_equal(text, "ID         TEXT\n"
				  "1      말  one two ?[2…\n"
				  "12345  -   말길말…\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_take_their_cells),
		cmocka_unit_test(times_are_local),
		cmocka_unit_test(columns_line_up_and_nothing_commands_the_terminal),
	};
	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
