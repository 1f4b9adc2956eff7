/* net/json: strict reading, walking a list by its elements, writing that cannot fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>

#include "gateway/net/json.h"
#include "gateway/net/jsonw.h"

static const struct {
	const char *name, *text;
	size_t len; /* 0: strlen */
	bool good;
} readings[] = {
	{"object", "{\"a\":1}", 0, true},
	{"scalar", "\"a\"", 0, true},
	{"blanks around", " \n[1]\t ", 0, true},
	{"hangul", "\"말길\"", 0, true},
	{"surrogate pair", "\"\\ud83d\\ude00\"", 0, true},
	{"empty", "", 0, false},
	{"two values", "1 2", 0, false},
	{"name twice", "{\"a\":1,\"a\":2}", 0, false},
	{"bad UTF-8", "\"\xff\"", 0, false},
	{"overlong UTF-8", "\"\xc0\xaf\"", 0, false},
	{"zero character", "\"\\u0000\"", 0, false},
	{"zero byte", "\"a\0b\"", 5, false},
	{"lone surrogate", "\"\\ud83d\"", 0, false},
	{"trailing comma", "[1,]", 0, false},
	{"unclosed", "{\"a\":1", 0, false},
};

static void
reading_is_strict(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(readings); i++) {
		struct strbuf err = STRBUF_SENTENCE;
		size_t len = readings[i].len ? readings[i].len : strlen(readings[i].text);
		json_t *value = json_read(readings[i].text, len, &err);
		print_message("%s\n", readings[i].name);
		assert_int_equal(value != NULL, readings[i].good);
		assert_int_equal(err.len > 0, !readings[i].good);
		json_decref(value);
		strbuf_done(&err);
	}
}

static void
depth_is_bounded(void **state)
{
	(void)state;
	struct strbuf text = STRBUF_INIT(4096), err = STRBUF_SENTENCE;
	for (int depth = JSON_DEPTH - 1; depth <= JSON_DEPTH + 1; depth++) {
		strbuf_reset(&text);
		for (int i = 0; i < depth; i++)
			strbuf_putc(&text, '[');
		strbuf_puts(&text, "\"[[[[ brackets in a text do not count \\\"[[[[\"");
		for (int i = 0; i < depth; i++)
			strbuf_putc(&text, ']');
		json_t *value = json_read(text.s, text.len, &err);
		assert_int_equal(value != NULL, depth <= JSON_DEPTH);
		json_decref(value);
	}
	assert_string_equal(err.s, "the JSON is nested deeper than 32 levels");
	strbuf_done(&text);
	strbuf_done(&err);
}

static const struct {
	const char *text;
	bool ndjson;
	const char *items; /* joined by '|'; NULL: refused */
} lists[] = {
	{"[]", false, ""},
	{" [ ] ", false, ""},
	{"[1,2]", false, "1|2"},
	{"[ {\"a\":[1,2]} , \"x,]\" ]", false, "{\"a\":[1,2]} |\"x,]\" "},
	{"[\"\\\"],\",2]", false, "\"\\\"],\"|2"},
	{"[{\"unclosed\":]", false, NULL},
	{"[1,]", false, NULL},
	{"[,1]", false, NULL},
	{"[1", false, NULL},
	{"[\"1]", false, NULL},
	{"[1] 2", false, NULL},
	{"[1]]", false, NULL},
	{"{}", false, NULL},
	{"", false, NULL},
	{"", true, ""},
	{"\n\n", true, ""},
	{"1\n2", true, "1|2"},
	{"{\"a\":1}\r\n\r\n{\"b\":[2,3]}\n", true, "{\"a\":1}\r|{\"b\":[2,3]}"},
};

static void
lists_are_walked_element_by_element(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		struct json_items items;
		struct strbuf err = STRBUF_SENTENCE, seen = STRBUF_INIT(256);
		const char *text;
		size_t len, count = 0;
		print_message("%s\n", lists[i].text);
		int r = json_items_open(lists[i].text, strlen(lists[i].text),
			lists[i].ndjson, &items, &err);
		assert_int_equal(r, lists[i].items ? 0 : -EINVAL);
		if (r == 0) {
			size_t expected = json_items_count(&items);
			for (; json_items_next(&items, &text, &len); count++) {
				strbuf_puts(&seen, count ? "|" : "");
				strbuf_add(&seen, text, len);
			}
			assert_string_equal(seen.s, lists[i].items);
			assert_int_equal(count, expected);
		}
		strbuf_done(&err);
		strbuf_done(&seen);
	}
}

static void
writing_puts_commas_and_nulls(void **state)
{
	(void)state;
	struct strbuf out = STRBUF_INIT(1024);
	struct jsonw w = {&out};
	jsonw_open(&w, NULL, '{');
	jsonw_id(&w, "id", UINT64_C(9223372036854775807));
	jsonw_id(&w, "none", 0);
	jsonw_some(&w, "empty", "");
	jsonw_text(&w, "text", "");
	jsonw_time(&w, "at", 1000);
	jsonw_time(&w, "never", 0);
	jsonw_bool(&w, "yes", true);
	jsonw_real(&w, "real", 0.25);
	jsonw_real(&w, "nan", 0.0 / 0.0 * (double)out.len);
	jsonw_open(&w, "list", '[');
	jsonw_int(&w, NULL, -1);
	jsonw_open(&w, NULL, '{');
	jsonw_close(&w, '}');
	jsonw_text(&w, NULL, "a\nb\xed\xa0\x80");
	jsonw_close(&w, ']');
	jsonw_null(&w, "last");
	jsonw_close(&w, '}');
	assert_string_equal(out.s,
		"{\"id\":\"9223372036854775807\",\"none\":null,\"empty\":null,\"text\":"
		"\"\","
		"\"at\":\"1970-01-01T00:00:01.000Z\",\"never\":null,\"yes\":true,"
		"\"real\":0.250,\"nan\":null,\"list\":[-1,{},\"a\\u000ab"
		"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"],\"last\":null}");
	strbuf_done(&out);
}

static const struct {
	const char *text;
	bool good;
} texts[] = {
	{"", true},
	{"plain", true},
	{"\x7f", true},
	{"말길 \xf0\x9f\x98\x80 \xf4\x8f\xbf\xbf", true},
	{"\xc2\x80", true},
	{"\xe0\xa0\x80", true},
	{"\x80", false},
	{"\xc1\x80", false},
	{"\xe0\x9f\x80", false},
	{"\xed\xa0\x80", false},
	{"\xf0\x8f\x80\x80", false},
	{"\xf4\x90\x80\x80", false},
	{"\xf5\x80\x80\x80", false},
	{"cut \xe2\x82", false},
	{"cut \xf0\x9f\x98", false},
};

static void
utf8_is_what_unicode_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		print_message("row %zu\n", i);
		assert_int_equal(json_utf8(texts[i].text), texts[i].good);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reading_is_strict),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(lists_are_walked_element_by_element),
		cmocka_unit_test(writing_puts_commas_and_nulls),
		cmocka_unit_test(utf8_is_what_unicode_says),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
