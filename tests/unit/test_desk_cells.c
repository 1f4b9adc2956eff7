/* What a text looks like in cells, how rows break, and what writing does to a text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "gateway/desk/editor.h"
#include "gateway/desk/grid.h"

static const struct {
	const char *name, *text, *shown;
	int width;
} rows[] = {
	{"ascii", "abc", "abc", 3},
	{"hangul", "한글", "한글", 4},
	{"hangul in jamo", "\u1112\u1161\u11AB", "\u1112\u1161\u11AB", 2},
	{"half width katakana", "\uFF76", "\uFF76", 1},
	{"full width", "Ａ", "Ａ", 2},
	{"emoji", "😀", "😀", 2},
	{"a family is drawn as its first", "👨‍👩‍👧", "👨", 2},
	{"skin colour is left out", "👍🏽", "👍", 2},
	{"a flag is one sign", "🇰🇷", "🇰🇷", 2},
	{"half a flag", "🇰x", "🇰x", 2},
	{"a heart in its plain form", "\u2764\uFE0F", "\u2764", 1},
	{"a mark stands on its letter", "e\u0301", "e\u0301", 1},
	{"a mark alone gets a place", "\u0301", "\u25CC\u0301", 1},
	{"too many marks", "e\u0301\u0301\u0301\u0301\u0301", "e\u0301\u0301\u0301", 1},
	{"escape", "\033[31mx", "\u241B[31mx", 6},
	{"bell and delete", "\a\177", "\u2407\u2421", 2},
	{"C1 control",
		"\xC2\x9B"
		"31m",
		"\uFFFD31m", 4},
	{"turned direction", "a\u202Eb", "a\uFFFDb", 3},
	{"isolate", "\u2066", "\uFFFD", 1},
	{"private use", "\uE000", "\uFFFD", 1},
	{"zero width", "a\u200B\uFEFFb", "ab", 2},
	{"tag characters", "a\U000E0041b", "ab", 2},
	{"not UTF-8", "a\xFF\xC3z", "a\uFFFD\uFFFDz", 4},
	{"cut off", "\xEA\xB0", "\uFFFD", 1},
	{"tab is a blank", "a\tb", "a b", 3},
	{"line break on one line", "a\r\nb", "a\u21B5b", 2},
	{"line separator", "a\u2028b", "a\u21B5b", 2},
};

static void
texts_are_safe_and_measured(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct strbuf out = STRBUF_INIT(1024);
		cells_clean(rows[i].text, &out);
		if (strcmp(out.s, rows[i].shown) != 0 ||
			cells_width(rows[i].text) != rows[i].width)
			fail_msg("%s: '%s', %d cells", rows[i].name, out.s,
				cells_width(rows[i].text));
		strbuf_done(&out);
	}
}

static const struct {
	const char *name, *text;
	int width;
	const char *rows;
} wraps[] = {
	{"fits", "abc", 5, "abc|"},
	{"between words", "one two three", 8, "one two|three|"},
	{"a long word is cut", "abcdefghij", 4, "abcd|efgh|ij|"},
	{"a wide sign does not fit in one cell", "a한b", 2, "a|한|b|"},
	{"breaks are kept", "a\n\nb", 5, "a||b|"},
	{"hangul anywhere", "가나다라마", 6, "가나다|라마|"},
	{"a blank at the edge", "ab cd", 2, "ab|cd|"},
	{"a family is not torn", "👨‍👩‍👧👨‍👩‍👧", 3,
		"👨‍👩‍👧|👨‍👩‍👧|"},
};

static void
rows_break(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wraps); i++) {
		struct strbuf out = STRBUF_INIT(1024);
		const char *text = wraps[i].text;
		for (size_t at = 0, shown, len = strlen(text); at < len;) {
			size_t n = cells_row(text + at, len - at, wraps[i].width, &shown);
			strbuf_add(&out, text + at, shown);
			strbuf_putc(&out, '|');
			at += n;
		}
		if (strcmp(out.s, wraps[i].rows) != 0)
			fail_msg("%s: %s", wraps[i].name, out.s);
		strbuf_done(&out);
	}
}

static void
keys(struct editor *e, const char *const *names)
{
	for (; *names; names++)
		if (!editor_edit(e, *names) && !editor_insert(e, *names, strlen(*names)))
			fail_msg("'%s' was refused", *names);
}

static const struct {
	const char *name;
	const char *keys[12];
	const char *text;
	size_t cursor;
} edits[] = {
	{"typing", {"가", "나"}, "가나", 6},
	{"a sign is one step", {"a👨‍👩‍👧", "left", "b"},
		"ab👨‍👩‍👧", 2},
	{"backspace takes it whole", {"a👨‍👩‍👧", "backspace"}, "a", 1},
	{"a letter with its mark", {"ae\u0301", "backspace"}, "a", 1},
	{"delete", {"ab", "home", "delete"}, "b", 0},
	{"word", {"one two", "ctrl-w"}, "one ", 4},
	{"line", {"a\nbc", "ctrl-u"}, "a\n", 2},
	{"home and end are the line's", {"ab\ncd", "home", "x", "end", "y"}, "ab\nxcdy",
		7},
	{"nothing before the beginning", {"left", "backspace", "a"}, "a", 1},
	{"no control characters", {"a\033\001b\x7f"}, "ab", 2},
	{"no bad bytes",
		{"a\xFF"
		 "b"},
		"ab", 2},
	{"line breaks as one", {"a\r\nb\rc"}, "a\nb\nc", 5},
	{"joined signs are kept as written", {"👍🏽"}, "👍🏽", 8},
};

static void
editing(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(edits); i++) {
		struct editor e;
		editor_init(&e);
		keys(&e, edits[i].keys);
		if (strcmp(e.text.s, edits[i].text) != 0 || e.cursor != edits[i].cursor)
			fail_msg("%s: '%s' at %zu", edits[i].name, e.text.s, e.cursor);
		editor_done(&e);
	}
}

static void
the_cursor_goes_up_and_down(void **state)
{
	struct editor e;
	int row, col, count;
	(void)state;
	editor_init(&e);
	assert_true(editor_insert(&e, "abcdef\n가나다\nx", 18));
	editor_place(&e, 4, &row, &col, &count);
	assert_int_equal(row, 4); /* abcd ef 가나 다 x */
	assert_int_equal(count, 5);
	editor_up(&e, 4);
	editor_place(&e, 4, &row, &col, &count);
	assert_int_equal(row, 3);
	for (int i = 0; i < 9; i++)
		editor_up(&e, 4);
	editor_place(&e, 4, &row, &col, &count);
	assert_int_equal(row, 0);
	editor_down(&e, 4);
	editor_place(&e, 4, &row, &col, &count);
	assert_int_equal(row, 1);
	editor_end(&e);
	assert_int_equal(e.cursor, 6);
	editor_done(&e);
}

/* A last row that is full, or a break at the end, leaves the cursor on the next. */
static void
the_cursor_after_a_break(void **state)
{
	struct editor e;
	int row, col, count;
	(void)state;
	editor_init(&e);
	assert_true(editor_insert(&e, "ab\n", 3));
	editor_place(&e, 10, &row, &col, &count);
	assert_int_equal(row, 1);
	assert_int_equal(col, 0);
	assert_int_equal(count, 2);
	editor_set(&e, "");
	editor_place(&e, 10, &row, &col, &count);
	assert_int_equal(row, 0);
	assert_int_equal(count, 1);
	editor_done(&e);
}

static void
what_is_too_long_is_refused_whole(void **state)
{
	struct editor e;
	char *text = xmalloc(EDITOR_MAX + 1);
	(void)state;
	memset(text, 'x', EDITOR_MAX + 1);
	editor_init(&e);
	assert_true(editor_insert(&e, "draft", 5));
	assert_false(editor_insert(&e, text, EDITOR_MAX + 1));
	assert_false(editor_insert(&e, text, EDITOR_MAX - 4));
	assert_string_equal(e.text.s, "draft");
	assert_true(editor_insert(&e, text, EDITOR_MAX - 5));
	assert_int_equal(e.text.len, EDITOR_MAX);
	editor_done(&e);
	free(text);
}

static void
drawing_keeps_to_the_grid(void **state)
{
	struct grid g = {.rows = 0};
	struct strbuf out = STRBUF_INIT(1024);
	(void)state;
	grid_reset(&g, 3, 8);
	assert_int_equal(grid_put(&g, 0, 0, 8, STYLE_PLAIN, "한글이다"), 8);
	grid_put(&g, 0, 1, 2, STYLE_PLAIN, "x"); /* over the right half of the first */
	grid_put(&g, 1, 5, 8, STYLE_PLAIN, "한글");
	grid_put(&g, 2, 3, 99, STYLE_BOLD, "long text");
	grid_put(&g, 7, 0, 8, STYLE_PLAIN, "nowhere");
	grid_put(&g, 0, -4, 8, STYLE_PLAIN, "nowhere");
	grid_put_right(&g, 1, 0, 4, STYLE_PLAIN, "ab");
	grid_dump(&g, &out);
	assert_string_equal(out.s, " x글이다\n  ab 한…\n   long…\n");
	strbuf_done(&out);
	grid_done(&g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_safe_and_measured),
		cmocka_unit_test(rows_break),
		cmocka_unit_test(editing),
		cmocka_unit_test(the_cursor_goes_up_and_down),
		cmocka_unit_test(the_cursor_after_a_break),
		cmocka_unit_test(what_is_too_long_is_refused_whole),
		cmocka_unit_test(drawing_keeps_to_the_grid),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
