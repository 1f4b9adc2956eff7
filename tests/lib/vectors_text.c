#include "tests/lib/vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "gateway/sms/dcs.h"
#include "gateway/sms/gsm7.h"
#include "gateway/sms/segment.h"

/* ---- segmentation ---- */

static void
input_text(const json_t *input, struct strbuf *out)
{
	const json_t *repeat = json_object_get(input, "text_repeat");

	if (vector_text(input, "text"))
		strbuf_puts(out, vector_text(input, "text"));
	for (size_t i = 0; i < json_array_size(repeat); i++) {
		const json_t *pair = json_array_get(repeat, i);

		for (json_int_t n = json_integer_value(json_array_get(pair, 1)); n > 0;
			n--)
			strbuf_puts(out, json_string_value(json_array_get(pair, 0)));
	}
}

static bool
plan_matches(const json_t *want, const struct segment_plan *plan)
{
	json_t *units = json_object_get(want, "units_per_segment");
	json_t *max = json_object_get(want, "max_units_per_segment");

	VECTOR_CHECK((int64_t)plan->count == vector_int(want, "segments"), "%zu segments",
		plan->count);
	for (size_t i = 0; i < json_array_size(units); i++)
		VECTOR_CHECK(plan->segments[i].units ==
				     json_integer_value(json_array_get(units, i)),
			"segment %zu has %u units", i, plan->segments[i].units);
	for (size_t i = 0; max && i < plan->count; i++)
		VECTOR_CHECK(plan->segments[i].units <= json_integer_value(max),
			"segment %zu", i);
	if (json_object_get(want, "septets"))
		VECTOR_CHECK((int64_t)plan->units == vector_int(want, "septets"),
			"%zu septets", plan->units);
	if (json_object_get(want, "single_shift"))
		VECTOR_CHECK(plan->single_shift == vector_int(want, "single_shift"),
			"single shift %u", plan->single_shift);
	return true;
}

bool
vector_check_segment_count(const json_t *v)
{
	const json_t *in = vector_input(v),
		     *shifts = json_object_get(in, "allow_single_shift");
	struct segment_options options = {
		.ref16 = vector_int(in, "concat_ref_bits") == 16};
	struct strbuf text = STRBUF_INIT(VECTOR_TEXT), err = STRBUF_SENTENCE;
	struct segment_plan plan;
	bool same;

	for (size_t i = 0; i < json_array_size(shifts); i++)
		options.national |= 1u << json_integer_value(json_array_get(shifts, i));
	input_text(in, &text);
	same = segment_plan(text.s, text.len, &options, &plan, &err) == 0 &&
	       plan_matches(vector_expected(v), &plan);
	if (same && plan.count == SEGMENT_MAX) {
		strbuf_puts(&text, "A");
		same = segment_plan(text.s, text.len, &options, &plan, &err) < 0 &&
		       err.len;
	}
	strbuf_done(&text);
	strbuf_done(&err);
	return same;
}

/* The source's own options: 1 plain; else its 8-bit coding, or five octets of header
 * beside the concatenation. Those go by capacity, as the planner itself does. */
bool
vector_check_segment(const json_t *v)
{
	const char *test = vector_text(json_object_get(v, "source"), "test");
	const json_t *units = json_object_get(vector_expected(v), "units_per_segment");
	size_t header = strstr(test, "UDH") || strstr(test, "template") ? 6 + 5 : 6;
	size_t left = strlen(vector_text(vector_input(v), "text")), room;
	struct sms_dcs dcs;

	sms_dcs_decode((uint8_t)vector_int(vector_expected(v), "dcs"), &dcs);
	if (dcs.alphabet == SMS_GSM7 && header == 6)
		VECTOR_CHECK(vector_check_segment_count(v), "planned otherwise");
	room = segment_capacity(dcs.alphabet, header);
	for (size_t i = 0; i < json_array_size(units); i++) {
		size_t n = MIN(left, room);

		VECTOR_CHECK(
			(json_int_t)n == json_integer_value(json_array_get(units, i)),
			"part %zu takes %zu", i, n);
		left -= n;
	}
	VECTOR_CHECK(left == 0, "%zu left over", left);
	return true;
}

/* ---- the alphabet ---- */

static size_t
unpack_input(const json_t *v, uint8_t septets[512])
{
	const json_t *in = vector_input(v);
	uint8_t packed[512];
	size_t len = vector_octets(vector_text(in, "packed"), packed, sizeof packed);

	return gsm7_unpack(packed, len, (unsigned)vector_int(in, "fill_bits"),
		(size_t)vector_int(in, "septets"), septets);
}

static bool
septets_read(const json_t *v, const uint8_t *septets, size_t count)
{
	struct strbuf out = STRBUF_INIT(VECTOR_TEXT);
	bool same;

	gsm7_to_utf8(septets, count, (uint8_t)vector_int(vector_input(v), "single_shift"),
		(uint8_t)vector_int(vector_input(v), "locking_shift"), &out);
	same = strcmp(out.s, vector_text(vector_expected(v), "text")) == 0;
	if (!same)
		print_error("  read as %s\n", out.s);
	strbuf_done(&out);
	return same;
}

bool
vector_check_gsm7_unpack(const json_t *v)
{
	uint8_t septets[512];
	size_t count = unpack_input(v, septets);

	VECTOR_CHECK((int64_t)count == vector_int(vector_input(v), "septets"),
		"%zu septets", count);
	return septets_read(v, septets, count);
}

bool
vector_check_septets_decode(const json_t *v)
{
	uint8_t septets[512];

	return septets_read(v, septets,
		vector_octets(vector_text(vector_input(v), "septets_hex"), septets,
			sizeof septets));
}

bool
vector_check_septets_unpack(const json_t *v)
{
	uint8_t septets[512], want[512];
	size_t count = unpack_input(v, septets);

	VECTOR_CHECK(
		count == vector_octets(vector_text(vector_expected(v), "septets_hex"),
				 want, sizeof want),
		"%zu septets", count);
	VECTOR_CHECK(memcmp(septets, want, count) == 0, "other septets");
	return true;
}

bool
vector_check_gsm7_pack(const json_t *v)
{
	const char *text = vector_text(vector_input(v), "text");
	uint8_t septets[512], packed[512], want[512];
	int count = gsm7_from_utf8(text, strlen(text), 0, 0, septets, sizeof septets);
	size_t len;

	VECTOR_CHECK(
		count == vector_int(vector_expected(v), "septets"), "%d septets", count);
	len = gsm7_pack(septets, (size_t)count, 0, packed);
	VECTOR_CHECK(len == vector_octets(vector_text(vector_expected(v), "packed"), want,
				    sizeof want),
		"%zu octets", len);
	VECTOR_CHECK(memcmp(packed, want, len) == 0, "other octets");
	return true;
}
