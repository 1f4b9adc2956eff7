/* Every vector of tests/golden/pdu/public.json, by its op. A vector names the public test
 * it came from; `expected` is what that source asserts, `derived` what an independent
 * decoder that agrees with it reads besides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <jansson.h>

#include "gateway/sms/dcs.h"
#include "gateway/sms/gsm7.h"
#include "gateway/sms/join.h"
#include "gateway/sms/segment.h"
#include "gateway/sms/timestamp.h"
#include "gateway/sms/userdata.h"
#include "gateway/sms/validity.h"
#include "gateway/verbs/pdu_json.h"

#define GOLDEN       "tests/golden/pdu/public.json"
#define TEXT_CEILING (1 << 20)

static json_t *golden;

/* ---- small tools ---- */

static const char *
text_of(const json_t *o, const char *name)
{
	return json_string_value(json_object_get(o, name));
}

static int64_t
int_of(const json_t *o, const char *name)
{
	return json_integer_value(json_object_get(o, name));
}

static const json_t *
input_of(const json_t *v)
{
	return json_object_get(v, "input");
}

static const json_t *
expected_of(const json_t *v)
{
	return json_object_get(v, "expected");
}

static bool
must_reject(const json_t *v)
{
	return json_is_true(json_object_get(expected_of(v), "reject"));
}

/* A failed check of a vector says why; the caller adds its id and goes on. */
#define CHECK(condition, ...)                                                            \
	do {                                                                             \
		if (!(condition)) {                                                      \
			print_error("  " __VA_ARGS__);                                   \
			print_error("\n");                                               \
			return false;                                                    \
		}                                                                        \
	} while (0)

static size_t
octets_of(const char *hex, uint8_t *ret, size_t max)
{
	size_t n = strlen(hex) / 2;

	assert_true(n <= max);
	for (size_t i = 0; i < n; i++) {
		char pair[3] = {hex[2 * i], hex[2 * i + 1], 0};

		ret[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return n;
}

static bool
same_json(const char *name, json_t *want, json_t *got)
{
	const char *key;
	json_t *value;
	char *a, *b;
	bool same =
		json_is_null(want) ? !got || json_is_null(got) : json_equal(want, got);

	if (!same && json_is_object(want) && json_is_object(got)) {
		same = true;
		json_object_foreach(want, key, value) same &=
			same_json(key, value, json_object_get(got, key));
		return same;
	}
	if (!same) {
		a = json_dumps(want, JSON_ENCODE_ANY);
		b = got ? json_dumps(got, JSON_ENCODE_ANY) : strdup("nothing");
		print_error("  %s: expected %s, got %s\n", name, a, b);
		free(a);
		free(b);
	}
	return same;
}

static enum pdu_direction
direction_of(const json_t *v)
{
	const char *d = text_of(v, "direction");

	return d && strcmp(d, "MO") == 0 ? PDU_FROM_PHONE : PDU_TO_PHONE;
}

struct reading {
	struct sms_address smsc;
	uint8_t tpdu[256];
	int len;
	struct pdu pdu;
	char why[256];
};

static bool
read_hex(const char *hex, bool has_smsc, enum pdu_direction way, struct reading *r)
{
	struct strbuf err = STRBUF_SENTENCE;
	int ok;

	r->len = pdu_from_hex(hex, has_smsc, &r->smsc, r->tpdu, &err);
	ok = r->len < 0 ? r->len
			: pdu_decode(r->tpdu, (size_t)r->len, way, &r->pdu, &err);
	snprintf(r->why, sizeof r->why, "%s", err.s);
	strbuf_done(&err);
	return ok == 0;
}

/* ---- decode and encode ---- */

static bool
check_decode(const json_t *v)
{
	bool smsc = !json_is_false(json_object_get(v, "has_smsc"));
	struct reading r;
	json_t *got;
	bool same;

	CHECK(read_hex(text_of(v, "pdu"), smsc, direction_of(v), &r), "refused: %s",
		r.why);
	got = pdu_to_json(&r.pdu, smsc ? &r.smsc : NULL);
	same = same_json("", json_object_get(v, "expected"), got) &&
	       (!json_object_get(v, "derived") ||
		       same_json("", json_object_get(v, "derived"), got));
	json_decref(got);
	return same;
}

/* "2015-05-17T23:02:50+08:00" */
static struct sms_time
time_of(const char *iso)
{
	struct tm tm = {0};
	int zh, zm;
	char sign;
	struct sms_time t = {.valid = true};

	assert_int_equal(sscanf(iso, "%d-%d-%dT%d:%d:%d%c%d:%d", &tm.tm_year, &tm.tm_mon,
				 &tm.tm_mday, &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &sign,
				 &zh, &zm),
		9);
	tm.tm_year -= 1900;
	tm.tm_mon--;
	t.offset_minutes = (sign == '-' ? -1 : 1) * (60 * zh + zm);
	t.wall = timegm(&tm) * SECOND - t.offset_minutes * MINUTE;
	return t;
}

static void
build_validity(const json_t *vp, struct sms_validity *ret)
{
	const char *format = text_of(vp, "format");

	if (!format || strcmp(format, "none") == 0)
		return;
	if (strcmp(format, "relative") == 0) {
		ret->format = VP_RELATIVE;
		ret->octets[0] = (uint8_t)int_of(vp, "octet");
		return;
	}
	ret->format = strcmp(format, "absolute") == 0 ? VP_ABSOLUTE : VP_ENHANCED;
	octets_of(text_of(vp, "octets"), ret->octets, 7);
}

static bool
build_user_data(const json_t *f, struct pdu *pdu)
{
	uint8_t header[140], data[140];
	size_t n = 1, i;
	json_t *element;
	struct sms_dcs dcs;
	const char *text = text_of(f, "text");
	size_t len = json_string_length(json_object_get(f, "text"));

	if (!json_object_get(f, "udl"))
		return true;
	json_array_foreach(json_object_get(f, "udh"), i, element)
	{
		header[n] = (uint8_t)int_of(element, "iei");
		header[n + 1] = (uint8_t)octets_of(
			text_of(element, "data"), header + n + 2, sizeof header - n - 2);
		n += 2u + header[n + 1];
	}
	header[0] = (uint8_t)(n - 1);
	pdu->single_shift = (uint8_t)int_of(f, "single_shift");
	pdu->locking_shift = (uint8_t)int_of(f, "locking_shift");
	sms_dcs_decode(pdu->dcs, &dcs);
	if (dcs.alphabet == SMS_8BIT) {
		text = (char *)data;
		len = octets_of(text_of(f, "data_hex"), data, sizeof data);
	}
	return pdu_put_text(pdu, header, n > 1 ? n : 0, dcs.alphabet, text, len, NULL) ==
	       0;
}

/* A struct pdu from nothing but the vector's fields. */
static bool
build_pdu(const json_t *f, struct pdu *pdu)
{
	const char *type = text_of(f, "type");

	memset(pdu, 0, sizeof *pdu);
	pdu->type = strcmp(type, "SMS-DELIVER") == 0  ? PDU_DELIVER
		    : strcmp(type, "SMS-SUBMIT") == 0 ? PDU_SUBMIT
						      : PDU_STATUS_REPORT;
	if (sms_address_parse(text_of(f, "number"), &pdu->address, NULL) < 0)
		return false;
	if (json_object_get(f, "toa"))
		pdu->address.toa = (uint8_t)int_of(f, "toa");
	pdu->mr = (uint8_t)int_of(f, "mr");
	pdu->srr = json_is_true(json_object_get(f, "srr"));
	pdu->has_pid = json_object_get(f, "pid") != NULL;
	pdu->pid = (uint8_t)int_of(f, "pid");
	pdu->has_dcs = json_object_get(f, "dcs") != NULL;
	pdu->dcs = (uint8_t)int_of(f, "dcs");
	pdu->status = (uint8_t)int_of(f, "status");
	if (text_of(f, "scts"))
		pdu->scts = time_of(text_of(f, "scts"));
	if (text_of(f, "discharge"))
		pdu->discharge = time_of(text_of(f, "discharge"));
	build_validity(json_object_get(f, "vp"), &pdu->vp);
	return build_user_data(f, pdu);
}

static bool
encodes_to(const struct pdu *pdu, const struct reading *r)
{
	struct strbuf out = STRBUF_INIT(256), err = STRBUF_SENTENCE;
	int ok = pdu_encode(pdu, &out, &err);
	bool same = ok == 0 && out.len == (size_t)r->len &&
		    memcmp(out.s, r->tpdu, out.len) == 0;

	if (!same) {
		struct strbuf hex = STRBUF_INIT(1024);

		strbuf_hex(&hex, out.s, out.len);
		print_error("  encoded as %s %s\n", hex.s, err.s);
		strbuf_done(&hex);
	}
	strbuf_done(&out);
	strbuf_done(&err);
	return same;
}

static bool
check_encode(const json_t *v)
{
	bool smsc = !json_is_false(json_object_get(v, "has_smsc"));
	json_t *fields = json_copy(json_object_get(v, "derived"));
	struct reading r;
	struct pdu pdu;
	bool built;

	if (!fields)
		fields = json_object();
	json_object_update(fields, json_object_get(v, "expected"));
	built = build_pdu(fields, &pdu);
	json_decref(fields);
	CHECK(check_decode(v), "does not decode to its fields");
	CHECK(read_hex(text_of(v, "pdu"), smsc, direction_of(v), &r), "refused");
	CHECK(encodes_to(&r.pdu, &r), "decoding and encoding changes it");
	CHECK(built, "its fields do not make a PDU");
	/* Two flags no field names. */
	pdu.mms = r.pdu.mms;
	pdu.rd = r.pdu.rd;
	CHECK(encodes_to(&pdu, &r), "its fields encode to something else");
	return true;
}

static bool
check_reject(const json_t *v)
{
	const char *hex =
		text_of(v, "pdu") ? text_of(v, "pdu") : text_of(input_of(v), "raw");
	const char *lenient = text_of(json_object_get(v, "lenient"), "text");
	bool smsc = !json_is_false(json_object_get(v, "has_smsc"));
	const char *direction = text_of(v, "direction");
	enum pdu_direction way = direction_of(v);
	struct reading r;

	/* Sources that name no direction know only DELIVER, SUBMIT and STATUS-REPORT. */
	(void)read_hex(hex, smsc, way, &r);
	if (!direction && r.len > 0 && (r.tpdu[0] & 3) == 1)
		way = PDU_FROM_PHONE;
	if (!read_hex(hex, smsc, way, &r)) {
		CHECK(strlen(r.why) > 10, "refused without a sentence");
		return true;
	}
	CHECK(r.pdu.warning_count > 0, "accepted without a warning");
	CHECK(!lenient || strcmp(r.pdu.text, lenient) == 0, "text is '%s'", r.pdu.text);
	return true;
}

/* ---- parts ---- */

static struct pdu parts[16];

static bool
join_gives(const struct pdu *const order[], size_t count, const json_t *want)
{
	struct strbuf out = STRBUF_INIT(TEXT_CEILING);
	struct join join;
	bool same;

	join_open(&join, order[0]);
	for (size_t i = 1; i < count; i++)
		CHECK(join_add(&join, order[i]) == JOIN_ADDED, "part %zu does not join",
			i);
	CHECK(join_add(&join, order[0]) == JOIN_DUPLICATE, "a duplicate was taken");
	CHECK(join_complete(&join), "not complete");
	join_text(join.parts, join.total, &out);
	same = strcmp(out.s, text_of(want, "text")) == 0;
	if (!same)
		print_error("  joined: %s\n", out.s);
	strbuf_done(&out);
	return same;
}

static bool
check_reassemble(const json_t *v)
{
	const json_t *pdus = json_object_get(input_of(v), "pdus");
	const struct pdu *order[ARRAY_LEN(parts)], *reverse[ARRAY_LEN(parts)];
	size_t count = json_array_size(pdus);
	struct strbuf unused = STRBUF_SENTENCE;

	for (size_t i = 0; i < count; i++) {
		struct sms_address smsc;
		uint8_t tpdu[256];
		int len = pdu_from_hex(json_string_value(json_array_get(pdus, i)), true,
			&smsc, tpdu, &unused);

		CHECK(len > 0 && pdu_decode(tpdu, (size_t)len, direction_of(input_of(v)),
					 &parts[i], &unused) == 0,
			"part %zu refused", i);
		order[i] = reverse[count - 1 - i] = &parts[i];
	}
	strbuf_done(&unused);
	CHECK(join_gives(order, count, expected_of(v)), "in order");
	CHECK(join_gives(reverse, count, expected_of(v)), "in reverse");
	return true;
}

static bool
check_ucs2_join(const json_t *v)
{
	const json_t *hex = json_object_get(input_of(v), "parts_hex");
	const char *want =
		text_of(expected_of(v), must_reject(v) ? "lenient_text" : "text");
	const struct pdu *order[ARRAY_LEN(parts)];
	struct strbuf out = STRBUF_INIT(TEXT_CEILING);
	size_t count = json_array_size(hex);
	bool same;

	for (size_t i = 0; i < count; i++) {
		parts[i] = (struct pdu){.alphabet = SMS_UCS2};
		parts[i].ud_len = octets_of(
			json_string_value(json_array_get(hex, i)), parts[i].ud, 140);
		order[i] = &parts[i];
	}
	join_text(order, count, &out);
	same = strcmp(out.s, want) == 0;
	strbuf_done(&out);
	CHECK(same, "joined differently");
	return true;
}

/* ---- segmentation ---- */

static void
input_text(const json_t *input, struct strbuf *out)
{
	const json_t *repeat = json_object_get(input, "text_repeat");

	if (text_of(input, "text"))
		strbuf_puts(out, text_of(input, "text"));
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

	CHECK((int64_t)plan->count == int_of(want, "segments"), "%zu segments",
		plan->count);
	for (size_t i = 0; i < json_array_size(units); i++)
		CHECK(plan->segments[i].units ==
				json_integer_value(json_array_get(units, i)),
			"segment %zu has %u units", i, plan->segments[i].units);
	for (size_t i = 0; max && i < plan->count; i++)
		CHECK(plan->segments[i].units <= json_integer_value(max), "segment %zu",
			i);
	if (json_object_get(want, "septets"))
		CHECK((int64_t)plan->units == int_of(want, "septets"), "%zu septets",
			plan->units);
	if (json_object_get(want, "single_shift"))
		CHECK(plan->single_shift == int_of(want, "single_shift"),
			"single shift %u", plan->single_shift);
	return true;
}

static bool
check_segment_count(const json_t *v)
{
	const json_t *in = input_of(v),
		     *shifts = json_object_get(in, "allow_single_shift");
	struct segment_options options = {.ref16 = int_of(in, "concat_ref_bits") == 16};
	struct strbuf text = STRBUF_INIT(TEXT_CEILING), err = STRBUF_SENTENCE;
	struct segment_plan plan;
	bool same;

	for (size_t i = 0; i < json_array_size(shifts); i++)
		options.national |= 1u << json_integer_value(json_array_get(shifts, i));
	input_text(in, &text);
	same = segment_plan(text.s, text.len, &options, &plan, &err) == 0 &&
	       plan_matches(expected_of(v), &plan);
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
static bool
check_segment(const json_t *v)
{
	const char *test = text_of(json_object_get(v, "source"), "test");
	const json_t *units = json_object_get(expected_of(v), "units_per_segment");
	size_t header = strstr(test, "UDH") || strstr(test, "template") ? 6 + 5 : 6;
	size_t left = strlen(text_of(input_of(v), "text")), room;
	struct sms_dcs dcs;

	sms_dcs_decode((uint8_t)int_of(expected_of(v), "dcs"), &dcs);
	if (dcs.alphabet == SMS_GSM7 && header == 6)
		CHECK(check_segment_count(v), "planned otherwise");
	room = segment_capacity(dcs.alphabet, header);
	for (size_t i = 0; i < json_array_size(units); i++) {
		size_t n = MIN(left, room);

		CHECK((json_int_t)n == json_integer_value(json_array_get(units, i)),
			"part %zu takes %zu", i, n);
		left -= n;
	}
	CHECK(left == 0, "%zu left over", left);
	return true;
}

/* ---- the alphabet ---- */

static size_t
unpack_input(const json_t *v, uint8_t septets[512])
{
	const json_t *in = input_of(v);
	uint8_t packed[512];
	size_t len = octets_of(text_of(in, "packed"), packed, sizeof packed);

	return gsm7_unpack(packed, len, (unsigned)int_of(in, "fill_bits"),
		(size_t)int_of(in, "septets"), septets);
}

static bool
septets_read(const json_t *v, const uint8_t *septets, size_t count)
{
	struct strbuf out = STRBUF_INIT(TEXT_CEILING);
	bool same;

	gsm7_to_utf8(septets, count, (uint8_t)int_of(input_of(v), "single_shift"),
		(uint8_t)int_of(input_of(v), "locking_shift"), &out);
	same = strcmp(out.s, text_of(expected_of(v), "text")) == 0;
	if (!same)
		print_error("  read as %s\n", out.s);
	strbuf_done(&out);
	return same;
}

static bool
check_gsm7_unpack(const json_t *v)
{
	uint8_t septets[512];
	size_t count = unpack_input(v, septets);

	CHECK((int64_t)count == int_of(input_of(v), "septets"), "%zu septets", count);
	return septets_read(v, septets, count);
}

static bool
check_septets_decode(const json_t *v)
{
	uint8_t septets[512];

	return septets_read(v, septets,
		octets_of(text_of(input_of(v), "septets_hex"), septets, sizeof septets));
}

static bool
check_septets_unpack(const json_t *v)
{
	uint8_t septets[512], want[512];
	size_t count = unpack_input(v, septets);

	CHECK(count == octets_of(
			       text_of(expected_of(v), "septets_hex"), want, sizeof want),
		"%zu septets", count);
	CHECK(memcmp(septets, want, count) == 0, "other septets");
	return true;
}

static bool
check_gsm7_pack(const json_t *v)
{
	const char *text = text_of(input_of(v), "text");
	uint8_t septets[512], packed[512], want[512];
	int count = gsm7_from_utf8(text, strlen(text), 0, 0, septets, sizeof septets);
	size_t len;

	CHECK(count == int_of(expected_of(v), "septets"), "%d septets", count);
	len = gsm7_pack(septets, (size_t)count, 0, packed);
	CHECK(len == octets_of(text_of(expected_of(v), "packed"), want, sizeof want),
		"%zu octets", len);
	CHECK(memcmp(packed, want, len) == 0, "other octets");
	return true;
}

/* ---- fields ---- */

static bool
check_address(const json_t *v)
{
	bool smsc = strcmp(text_of(input_of(v), "kind"), "smsc") == 0;
	struct strbuf err = STRBUF_SENTENCE;
	struct sms_address address = {0};
	uint8_t field[64];
	size_t len = octets_of(text_of(input_of(v), "address_hex"), field, sizeof field);
	int n = smsc ? sms_smsc_decode(field, len, &address, &err)
		     : sms_address_decode(field, len, &address, &err);
	bool sentence = err.len > 10;

	strbuf_done(&err);
	if (must_reject(v)) {
		CHECK(n < 0 ? sentence : address.oddity != NULL, "taken as '%s'",
			address.text);
		return true;
	}
	CHECK(n == int_of(expected_of(v), "octets_consumed"), "%d octets", n);
	CHECK(strcmp(address.text, text_of(expected_of(v), "number")) == 0, "'%s'",
		address.text);
	return true;
}

static bool
elements_match(const json_t *expected, const struct pdu *pdu)
{
	json_t *got = pdu_to_json(pdu, NULL);
	json_t *concat = json_object_get(expected, "concat");
	json_t *ports = json_object_get(expected, "ports");
	bool same = (!concat || same_json("concat", concat,
					json_object_get(got, "concat"))) &&
		    (!ports || same_json("ports", ports, json_object_get(got, "ports")));

	json_decref(got);
	return same;
}

static void
add_element(struct pdu *pdu, uint8_t iei, const uint8_t *data, uint8_t len)
{
	pdu->type = PDU_DELIVER;
	pdu->has_ud = pdu->udhi = true;
	pdu->elements[pdu->element_count++] =
		(struct sms_udh_element){.iei = iei, .len = len, .data = data};
	sms_udh_interpret(pdu);
}

static bool
check_udh(const json_t *v)
{
	struct pdu pdu = {.msg_class = -1};
	uint8_t ie[140];

	octets_of(text_of(input_of(v), "ie_hex"), ie, sizeof ie);
	add_element(&pdu, ie[0], ie + 2, ie[1]);
	return elements_match(expected_of(v), &pdu);
}

static bool
check_udh_concat(const json_t *v)
{
	json_t *e = json_array_get(json_object_get(input_of(v), "udh"), 0);
	struct pdu pdu = {.msg_class = -1};
	uint8_t data[140];
	size_t len = octets_of(text_of(e, "data"), data, sizeof data);

	add_element(&pdu, (uint8_t)int_of(e, "iei"), data, (uint8_t)len);
	return elements_match(expected_of(v), &pdu);
}

static bool
check_udh_block(const json_t *v)
{
	struct sms_udh_element elements[PDU_MAX_ELEMENTS];
	const json_t *want = json_object_get(expected_of(v), "udh");
	uint8_t block[140], data[140];
	size_t count,
		len = octets_of(text_of(input_of(v), "udh_hex"), block, sizeof block);
	int n = sms_udh_decode(block, len, elements, PDU_MAX_ELEMENTS, &count, NULL);

	if (must_reject(v)) {
		CHECK(n < 0, "taken");
		return true;
	}
	CHECK(n == int_of(expected_of(v), "octets_consumed"), "%d octets", n);
	CHECK(count == json_array_size(want), "%zu elements", count);
	for (size_t i = 0; i < count; i++) {
		json_t *e = json_array_get(want, i);

		len = octets_of(text_of(e, "data"), data, sizeof data);
		CHECK(elements[i].iei == int_of(e, "iei") && elements[i].len == len &&
				memcmp(elements[i].data, data, len) == 0,
			"element %zu", i);
	}
	return true;
}

static bool
check_vp(const json_t *v)
{
	static const char *const names[] = {"none", "enhanced", "relative", "absolute"};
	const char *oddity = NULL, *format = text_of(input_of(v), "format");
	struct sms_validity vp;
	uint8_t octets[16];
	size_t len = octets_of(text_of(input_of(v), "octets"), octets, sizeof octets),
	       f = 0;
	int n;

	while (strcmp(names[f], format) != 0)
		f++;
	n = sms_validity_decode((enum vp_format)f, octets, len, &vp, &oddity, NULL);
	if (must_reject(v)) {
		CHECK(n < 0 || oddity, "taken");
		return true;
	}
	CHECK(n == (int)len && !oddity, "%d octets", n);
	if (json_object_get(expected_of(v), "seconds"))
		CHECK(vp.seconds == int_of(expected_of(v), "seconds"), "%lld s",
			(long long)vp.seconds);
	return true;
}

static bool
check_vp_relative(const json_t *v)
{
	uint8_t octet = pdu_validity_octet(int_of(input_of(v), "seconds"));

	CHECK(octet == int_of(expected_of(v), "octet"), "octet %u", octet);
	CHECK(pdu_validity_seconds(octet) == int_of(expected_of(v), "seconds"),
		"seconds");
	return true;
}

static bool
check_timestamp(const json_t *v)
{
	struct sms_time time;
	uint8_t octets[8];
	char iso[SMS_TIME_ISO];
	size_t len = octets_of(text_of(input_of(v), "octets"), octets, sizeof octets);

	if (len < 7) {
		/* Fewer octets than a stamp never reach its decoder: the PDU's does. */
		uint8_t deliver[16] = {0x04, 0x04, 0x91, 0x36, 0x19, 0, 0};
		struct pdu pdu;

		memcpy(deliver + 7, octets, len);
		CHECK(must_reject(v), "short but wanted");
		CHECK(pdu_decode(deliver, 7 + len, PDU_TO_PHONE, &pdu, NULL) < 0,
			"taken");
		return true;
	}
	sms_time_decode(octets, &time);
	sms_time_iso(&time, iso);
	if (must_reject(v)) {
		CHECK(!time.valid, "read as %s", iso);
		return true;
	}
	CHECK(strcmp(iso, text_of(expected_of(v), "time")) == 0, "read as %s", iso);
	return true;
}

static bool
check_dcs(const json_t *v)
{
	struct sms_dcs dcs;

	sms_dcs_decode((uint8_t)int_of(input_of(v), "dcs"), &dcs);
	CHECK(strcmp(sms_alphabet_name(dcs.alphabet),
		      text_of(expected_of(v), "alphabet")) == 0,
		"%s", sms_alphabet_name(dcs.alphabet));
	return true;
}

static bool
check_tp_status(const json_t *v)
{
	static const char *const names[] = {
		[REPORT_DELIVERED] = "complete",
		[REPORT_FORWARDED] = "complete",
		[REPORT_PENDING] = "temporary-retrying",
		[REPORT_EXPIRED] = "permanent",
		[REPORT_FAILED] = "permanent",
		[REPORT_GAVE_UP] = "temporary-final",
	};
	uint8_t st = (uint8_t)int_of(input_of(v), "st");
	enum report_class class = pdu_status_class(st);
	const json_t *want = expected_of(v);
	const char *name = text_of(want, "class");

	if (!name)
		name = text_of(want, "class_if_range_based");
	/* A reserved value is to be treated as 63, which is final. */
	if (strcmp(name, "reserved") == 0)
		name = "temporary-final";
	CHECK(strcmp(names[class], name) == 0, "%s", names[class]);
	CHECK(*pdu_status_name(st), "no name");
	if (json_object_get(want, "final"))
		CHECK((class != REPORT_PENDING) ==
				json_is_true(json_object_get(want, "final")),
			"final");
	CHECK((class == REPORT_DELIVERED) ==
			json_is_true(json_object_get(want, "delivered")),
		"delivered");
	return true;
}

static bool
check_dlr_match(const json_t *v)
{
	const json_t *in = input_of(v);
	struct reading r;

	CHECK(read_hex(text_of(in, "report_pdu"),
		      json_is_true(json_object_get(in, "has_smsc")), PDU_TO_PHONE, &r),
		"refused: %s", r.why);
	CHECK(r.pdu.mr == int_of(in, "mr"), "reference %u", r.pdu.mr);
	CHECK(sms_address_same(text_of(in, "submitted_to"), r.pdu.address.text) ==
			json_is_true(json_object_get(expected_of(v), "match")),
		"%s", r.pdu.address.text);
	return true;
}

/* ---- running them ---- */

static const struct {
	const char *op;
	bool (*check)(const json_t *vector);
} checks[] = {
	{"decode", check_decode},
	{"encode", check_encode},
	{"reject", check_reject},
	{"reassemble", check_reassemble},
	{"ucs2-join", check_ucs2_join},
	{"segment-count", check_segment_count},
	{"segment", check_segment},
	{"gsm7-pack", check_gsm7_pack},
	{"gsm7-unpack", check_gsm7_unpack},
	{"septets-unpack", check_septets_unpack},
	{"septets-decode", check_septets_decode},
	{"address", check_address},
	{"udh", check_udh},
	{"udh-concat", check_udh_concat},
	{"udh-block", check_udh_block},
	{"vp", check_vp},
	{"vp-relative", check_vp_relative},
	{"timestamp", check_timestamp},
	{"dcs", check_dcs},
	{"tp-status", check_tp_status},
	{"dlr-match", check_dlr_match},
};

static size_t
run_op(size_t check, size_t *ret_failed)
{
	const json_t *v;
	size_t i, ran = 0;

	json_array_foreach(json_object_get(golden, "vectors"), i, v)
	{
		if (strcmp(text_of(v, "op"), checks[check].op) != 0)
			continue;
		ran++;
		if (!checks[check].check(v)) {
			print_error("%s %s\n", checks[check].op, text_of(v, "id"));
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
		strcmp(text_of(v, "op"), checks[c].op) == 0;
	assert_int_equal(known, json_array_size(json_object_get(golden, "vectors")));
	assert_int_equal(known, int_of(golden, "count"));
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
