/* Every vector of tests/golden/pdu/public.json, by its op: the checks are in
 * tests/lib/vectors.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "tests/lib/vectors.h"

#define GOLDEN "tests/golden/pdu/public.json"

static json_t *golden;

static const struct {
	const char *op;
	bool (*check)(const json_t *vector);
} checks[] = {
	{"decode", vector_check_decode},
	{"encode", vector_check_encode},
	{"reject", vector_check_reject},
	{"reassemble", vector_check_reassemble},
	{"ucs2-join", vector_check_ucs2_join},
	{"segment-count", vector_check_segment_count},
	{"segment", vector_check_segment},
	{"gsm7-pack", vector_check_gsm7_pack},
	{"gsm7-unpack", vector_check_gsm7_unpack},
	{"septets-unpack", vector_check_septets_unpack},
	{"septets-decode", vector_check_septets_decode},
	{"address", vector_check_address},
	{"udh", vector_check_udh},
	{"udh-concat", vector_check_udh_concat},
	{"udh-block", vector_check_udh_block},
	{"vp", vector_check_vp},
	{"vp-relative", vector_check_vp_relative},
	{"timestamp", vector_check_timestamp},
	{"dcs", vector_check_dcs},
	{"tp-status", vector_check_tp_status},
	{"dlr-match", vector_check_dlr_match},
};

static size_t
run_op(size_t check, size_t *ret_failed)
{
	const json_t *v;
	size_t i, ran = 0;

	json_array_foreach(json_object_get(golden, "vectors"), i, v)
	{
		if (strcmp(vector_text(v, "op"), checks[check].op) != 0)
			continue;
		ran++;
		if (!checks[check].check(v)) {
			print_error("%s %s\n", checks[check].op, vector_text(v, "id"));
			(*ret_failed)++;
		}
	}
	return ran;
}

/* One op by its index in the table. */
static void
test_op(void **state)
{
	size_t failed = 0;

	assert_true(run_op((size_t)(uintptr_t)*state, &failed) > 0);
	assert_int_equal(failed, 0);
}

/* No vector is left out: each has an op of the table, and the file is whole. */
static void
test_every_vector_has_a_check(void **state)
{
	const json_t *v;
	size_t i, known = 0;

	(void)state;
	json_array_foreach(json_object_get(golden, "vectors"), i,
		v) for (size_t c = 0; c < ARRAY_LEN(checks); c++) known +=
		strcmp(vector_text(v, "op"), checks[c].op) == 0;
	assert_int_equal(known, json_array_size(json_object_get(golden, "vectors")));
	assert_int_equal(known, vector_int(golden, "count"));
}

int
main(void)
{
	struct CMUnitTest tests[ARRAY_LEN(checks) + 1];
	json_error_t error;
	int r;

	golden = json_load_file(GOLDEN, 0, &error);
	if (!golden) {
		fprintf(stderr, "%s: %s\n", GOLDEN, error.text);
		return 1;
	}
	for (size_t i = 0; i < ARRAY_LEN(checks); i++)
		tests[i] = (struct CMUnitTest){.name = checks[i].op,
			.test_func = test_op,
			.initial_state = (void *)(uintptr_t)i};
	tests[ARRAY_LEN(checks)] =
		(struct CMUnitTest)cmocka_unit_test(test_every_vector_has_a_check);
	r = cmocka_run_group_tests(tests, NULL, NULL);
	json_decref(golden);
	return r;
}
