#include "drivers/at/codes.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the above first */
#include <cmocka.h>

static const struct {
	const char *line;
	enum code_vendor vendor;
	enum code_class class;
	bool rests; /* the trouble is the channel's */
} rows[] = {
	{"+CMS ERROR: 1", VENDOR_CMS_NONE, CODE_PERMANENT, false},
	{"+CMS ERROR: 8", VENDOR_CMS_NONE, CODE_OPERATOR, true},
	{"+CMS ERROR: 27", VENDOR_CMS_NONE, CODE_TEMPORARY, false},
	{"+CMS ERROR: 38", VENDOR_CMS_NONE, CODE_TEMPORARY, true},
	{"+CMS ERROR: 0", VENDOR_CMS_NONE, CODE_UNKNOWN, false},
	{"+CMS ERROR: 128", VENDOR_CMS_NONE, CODE_PERMANENT, false},
	{"+CMS ERROR: 166", VENDOR_CMS_NONE, CODE_UNKNOWN, false},
	{"+CMS ERROR: 197", VENDOR_CMS_NONE, CODE_ACCEPTED, false},
	{"+CMS ERROR: 240", VENDOR_CMS_NONE, CODE_PERMANENT, false},
	{"+CMS ERROR: 255", VENDOR_CMS_NONE, CODE_TEMPORARY, false},
	{"+CMS ERROR: 304", VENDOR_CMS_NONE, CODE_TWICE, false},
	{"+CMS ERROR: 305", VENDOR_CMS_NONE, CODE_MODEM, false},
	{"+CMS ERROR: 310", VENDOR_CMS_NONE, CODE_OPERATOR, true},
	{"+CMS ERROR: 314", VENDOR_CMS_NONE, CODE_TEMPORARY, true},
	{"+CMS ERROR: 322", VENDOR_CMS_NONE, CODE_TEMPORARY, true},
	{"+CMS ERROR: 330", VENDOR_CMS_NONE, CODE_OPERATOR, true},
	{"+CMS ERROR: 331", VENDOR_CMS_NONE, CODE_TEMPORARY, true},
	{"+CMS ERROR: 332", VENDOR_CMS_NONE, CODE_UNKNOWN, false},
	{"+CMS ERROR: 500", VENDOR_CMS_NONE, CODE_UNKNOWN, false},
	{"+CMS ERROR: 513", VENDOR_CMS_NONE, CODE_UNKNOWN, false},
	{"+CMS ERROR: 513", VENDOR_CMS_SIEMENS, CODE_UNKNOWN, false},
	{"+CMS ERROR: 514", VENDOR_CMS_SIEMENS, CODE_TEMPORARY, true},
	{"+CMS ERROR: 514", VENDOR_CMS_NOKIA, CODE_PERMANENT, false},
	{"+CMS ERROR: 604", VENDOR_CMS_NONE, CODE_UNKNOWN, false},
	{"+CMS ERROR: 28", VENDOR_CMS_SIEMENS, CODE_PERMANENT, false},
	{"+CMS ERROR:331", VENDOR_CMS_NONE, CODE_TEMPORARY, true},
	{"+CMS ERROR: no network service", VENDOR_CMS_NONE, CODE_TEMPORARY, true},
	{"+CMS ERROR: Unknown error", VENDOR_CMS_NONE, CODE_UNKNOWN, false},
	{"+CMS ERROR:AT+CGATT?", VENDOR_CMS_NONE, CODE_UNKNOWN, false},
	{"+CMS ERROR: ", VENDOR_CMS_NONE, CODE_UNKNOWN, false},
	{"+CMS ERROR: 99999999999999999999", VENDOR_CMS_NONE, CODE_UNKNOWN, false},
	{"+CME ERROR: 10", VENDOR_CMS_NONE, CODE_OPERATOR, true},
	{"+CME ERROR: 14", VENDOR_CMS_NONE, CODE_TEMPORARY, true},
	{"+CME ERROR: SIM busy", VENDOR_CMS_NONE, CODE_TEMPORARY, true},
	{"+CME ERROR:49", VENDOR_CMS_NONE, CODE_OPERATOR, true},
	{"+CME ERROR: 100", VENDOR_CMS_NONE, CODE_UNKNOWN, false},
	{"+CME ERROR: 515", VENDOR_CMS_NONE, CODE_TEMPORARY, true},
	{"ERROR", VENDOR_CMS_NONE, CODE_UNKNOWN, false},
	{"COMMAND NOT SUPPORT", VENDOR_CMS_NONE, CODE_UNKNOWN, false},
};

static void
test_classes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct final final;
		const struct code *code;

		assert_int_equal(parse_final(rows[i].line, &final), 0);
		code = codes_find(&final, rows[i].vendor);
		if (code->class != rows[i].class || (code->rest > 0) != rows[i].rests)
			fail_msg("%s: class %d, rest %lld", rows[i].line, code->class,
				(long long)code->rest);
	}
}

/* A person reads the sentence, and no code may be without one. */
static void
test_sentences(void **state)
{
	(void)state;
	for (int c = 0; c < 700; c++) {
		assert_true(strlen(codes_cms(c, VENDOR_CMS_NONE)->sentence) > 5);
		assert_true(strlen(codes_cms(c, VENDOR_CMS_SIEMENS)->sentence) > 5);
		assert_true(strlen(codes_cms(c, VENDOR_CMS_NOKIA)->sentence) > 5);
		assert_true(strlen(codes_cme(c)->sentence) > 5);
	}
}

static void
test_not_final(void **state)
{
	static const char *const lines[] = {
		"OKAY", "+CMS", "+CMS ERRORS: 1", "+CMTI: \"SM\",1", "", "ERROR 5"};
	struct final final;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		assert_int_not_equal(parse_final(lines[i], &final), 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(test_classes),
		cmocka_unit_test(test_sentences), cmocka_unit_test(test_not_final)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
