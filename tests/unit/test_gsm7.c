/* sms/gsm7: every code of every table, packing at every fill, and what escapes mean. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "gateway/sms/gsm7_tables.h"
#include "tests/lib/random.h"

#define TABLES "tests/golden/pdu/national_tables.json"

/* Counts the codes of one JSON map that the C table has, failing on any it has otherwise.
 */
static size_t
compare_table(const json_t *map, const uint16_t table[128])
{
	size_t have = 0;

	for (int c = 0; c < 128; c++) {
		char code[3];
		const char *want;

		snprintf(code, sizeof code, "%02X", (unsigned)c & 0x7F);
		want = json_string_value(json_object_get(map, code));
		assert_int_equal(table[c], want ? strtoul(want, NULL, 16) : 0);
		have += want != NULL;
	}
	assert_int_equal(have, json_object_size(map));
	return have;
}

static void
tables_are_those_of_the_golden_file(void **state)
{
	json_t *file = json_load_file(TABLES, 0, NULL), *tables;
	size_t codes = 0;

	(void)state;
	assert_non_null(file);
	tables = json_object_get(file, "tables");
	assert_int_equal(json_object_size(tables), GSM7_LANGUAGES);
	for (uint8_t id = 0; id < GSM7_LANGUAGES; id++) {
		char key[4];
		json_t *t, *locking;

		snprintf(key, sizeof key, "%u", id);
		t = json_object_get(tables, key);
		locking = json_object_get(t, "locking");
		assert_int_equal(gsm7_has_locking(id), json_is_object(locking));
		if (json_is_object(locking))
			codes += compare_table(locking, gsm7_locking[id]);
		codes += compare_table(
			json_object_get(t, "single_shift"), gsm7_single[id]);
		if (id)
			assert_string_equal(gsm7_language_name(id),
				json_string_value(json_object_get(t, "name")));
	}
	assert_int_equal(codes, 2431);
	json_decref(file);
}

/* Decodes one code, encodes what came out, decodes that: the same character. */
static void
round_trip(const uint8_t *septets, size_t count, uint8_t single, uint8_t locking)
{
	struct strbuf once = STRBUF_INIT(16), twice = STRBUF_INIT(16);
	uint8_t back[2];
	int n;

	gsm7_to_utf8(septets, count, single, locking, &once);
	n = gsm7_from_utf8(once.s, once.len, single, locking, back, sizeof back);
	assert_in_range(n, 1, count);
	gsm7_to_utf8(back, (size_t)n, single, locking, &twice);
	assert_string_equal(once.s, twice.s);
	strbuf_done(&once);
	strbuf_done(&twice);
}

static void
every_code_of_every_table_round_trips(void **state)
{
	(void)state;
	for (uint8_t id = 0; id < GSM7_LANGUAGES; id++) {
		for (uint8_t c = 0; c < 128; c++) {
			if (gsm7_locking[id][c])
				round_trip(&c, 1, 0, id);
			if (gsm7_single[id][c])
				round_trip((uint8_t[]){0x1B, c}, 2, id, 0);
		}
	}
}

static const struct {
	const char *name;
	uint8_t septets[4];
	size_t count;
	uint8_t single, locking;
	const char *text;
} escapes[] = {
	{"euro", {0x1B, 0x65}, 2, 0, 0, "€"},
	{"unmapped escape shows the letter", {0x1B, 0x41}, 2, 0, 0, "A"},
	{"unmapped escape shows the locking letter", {0x1B, 0x0B}, 2, 0, 1, "Ğ"},
	{"escape escape is a space", {0x1B, 0x1B, 0x41}, 3, 0, 0, " A"},
	{"escape at the end is a space", {0x41, 0x1B}, 2, 0, 0, "A "},
	{"code 00 is no terminator", {0x41, 0x00, 0x42}, 3, 0, 0, "A@B"},
	{"unknown language falls back", {0x1B, 0x65, 0x41}, 3, 99, 99, "€A"},
	{"Spanish has no locking table", {0x24}, 1, 0, 2, "¤"},
	{"hole in Bengali shows the default", {0x0C}, 1, 0, 4, "ø"},
};

static void
escapes_read_as_the_clause_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(escapes); i++) {
		struct strbuf out = STRBUF_INIT(64);

		gsm7_to_utf8(escapes[i].septets, escapes[i].count, escapes[i].single,
			escapes[i].locking, &out);
		if (strcmp(out.s, escapes[i].text) != 0)
			fail_msg("%s: '%s'", escapes[i].name, out.s);
		strbuf_done(&out);
	}
}

static void
packing_round_trips_at_every_length_and_fill(void **state)
{
	struct test_random r = {7};
	uint8_t septets[200], packed[200], back[200];

	(void)state;
	for (size_t n = 0; n <= 160; n++) {
		for (unsigned fill = 0; fill < 7; fill++) {
			size_t len;

			random_octets(&r, septets, n);
			for (size_t i = 0; i < n; i++)
				septets[i] &= 0x7F;
			memset(packed, 0xAA, sizeof packed);
			len = gsm7_pack(septets, n, fill, packed);
			assert_int_equal(len, (fill + 7 * n + 7) / 8);
			assert_int_equal(packed[len], 0xAA);
			assert_int_equal(gsm7_unpack(packed, len, fill, n, back), n);
			assert_memory_equal(back, septets, n);
		}
	}
}

static void
what_has_no_septet_is_refused(void **state)
{
	static const char *const texts[] = {"`", "가", "ç", "a\xFF", "😀"};
	uint8_t septets[8];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		assert_true(
			gsm7_from_utf8(texts[i], strlen(texts[i]), 0, 0, septets, 8) < 0);
	assert_true(gsm7_from_utf8("a\0b", 3, 0, 0, septets, 8) < 0);
	assert_true(gsm7_from_utf8("12345678€", 11, 0, 0, septets, 8) < 0);
	assert_int_equal(gsm7_from_utf8("123456€", 9, 0, 0, septets, 8), 8);
}

static void
languages_have_codes(void **state)
{
	(void)state;
	assert_int_equal(gsm7_language_id("tr"), 1);
	assert_int_equal(gsm7_language_id("ur"), 13);
	assert_int_equal(gsm7_language_id("ko"), 0);
	assert_null(gsm7_language_name(14));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_are_those_of_the_golden_file),
		cmocka_unit_test(every_code_of_every_table_round_trips),
		cmocka_unit_test(escapes_read_as_the_clause_says),
		cmocka_unit_test(packing_round_trips_at_every_length_and_fill),
		cmocka_unit_test(what_has_no_septet_is_refused),
		cmocka_unit_test(languages_have_codes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
