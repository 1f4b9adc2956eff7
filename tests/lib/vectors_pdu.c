#include "tests/lib/vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "gateway/sms/dcs.h"
#include "gateway/sms/join.h"
#include "gateway/verbs/pdu_json.h"

/* ---- decode and encode ---- */

bool
vector_check_decode(const json_t *v)
{
	bool smsc = !json_is_false(json_object_get(v, "has_smsc"));
	struct vector_reading r;
	json_t *got;
	bool same;

	VECTOR_CHECK(vector_read(vector_text(v, "pdu"), smsc, vector_direction(v), &r),
		"refused: %s", r.why);
	got = pdu_to_json(&r.pdu, smsc ? &r.smsc : NULL);
	same = vector_same("", json_object_get(v, "expected"), got) &&
	       (!json_object_get(v, "derived") ||
		       vector_same("", json_object_get(v, "derived"), got));
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
	const char *format = vector_text(vp, "format");

	if (!format || strcmp(format, "none") == 0)
		return;
	if (strcmp(format, "relative") == 0) {
		ret->format = VP_RELATIVE;
		ret->octets[0] = (uint8_t)vector_int(vp, "octet");
		return;
	}
	ret->format = strcmp(format, "absolute") == 0 ? VP_ABSOLUTE : VP_ENHANCED;
	vector_octets(vector_text(vp, "octets"), ret->octets, 7);
}

static bool
build_user_data(const json_t *f, struct pdu *pdu)
{
	uint8_t header[140], data[140];
	size_t n = 1, i;
	json_t *element;
	struct sms_dcs dcs;
	const char *text = vector_text(f, "text");
	size_t len = json_string_length(json_object_get(f, "text"));

	if (!json_object_get(f, "udl"))
		return true;
	json_array_foreach(json_object_get(f, "udh"), i, element)
	{
		header[n] = (uint8_t)vector_int(element, "iei");
		header[n + 1] = (uint8_t)vector_octets(vector_text(element, "data"),
			header + n + 2, sizeof header - n - 2);
		n += 2u + header[n + 1];
	}
	header[0] = (uint8_t)(n - 1);
	pdu->single_shift = (uint8_t)vector_int(f, "single_shift");
	pdu->locking_shift = (uint8_t)vector_int(f, "locking_shift");
	sms_dcs_decode(pdu->dcs, &dcs);
	if (dcs.alphabet == SMS_8BIT) {
		text = (char *)data;
		len = vector_octets(vector_text(f, "data_hex"), data, sizeof data);
	}
	return pdu_put_text(pdu, header, n > 1 ? n : 0, dcs.alphabet, text, len, NULL) ==
	       0;
}

/* A struct pdu from nothing but the vector's fields. */
static bool
build_pdu(const json_t *f, struct pdu *pdu)
{
	const char *type = vector_text(f, "type");

	memset(pdu, 0, sizeof *pdu);
	pdu->type = strcmp(type, "SMS-DELIVER") == 0  ? PDU_DELIVER
		    : strcmp(type, "SMS-SUBMIT") == 0 ? PDU_SUBMIT
						      : PDU_STATUS_REPORT;
	if (sms_address_parse(vector_text(f, "number"), &pdu->address, NULL) < 0)
		return false;
	if (json_object_get(f, "toa"))
		pdu->address.toa = (uint8_t)vector_int(f, "toa");
	pdu->mr = (uint8_t)vector_int(f, "mr");
	pdu->srr = json_is_true(json_object_get(f, "srr"));
	pdu->has_pid = json_object_get(f, "pid") != NULL;
	pdu->pid = (uint8_t)vector_int(f, "pid");
	pdu->has_dcs = json_object_get(f, "dcs") != NULL;
	pdu->dcs = (uint8_t)vector_int(f, "dcs");
	pdu->status = (uint8_t)vector_int(f, "status");
	if (vector_text(f, "scts"))
		pdu->scts = time_of(vector_text(f, "scts"));
	if (vector_text(f, "discharge"))
		pdu->discharge = time_of(vector_text(f, "discharge"));
	build_validity(json_object_get(f, "vp"), &pdu->vp);
	return build_user_data(f, pdu);
}

static bool
encodes_to(const struct pdu *pdu, const struct vector_reading *r)
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

bool
vector_check_encode(const json_t *v)
{
	bool smsc = !json_is_false(json_object_get(v, "has_smsc"));
	json_t *fields = json_copy(json_object_get(v, "derived"));
	struct vector_reading r;
	struct pdu pdu;
	bool built;

	if (!fields)
		fields = json_object();
	json_object_update(fields, json_object_get(v, "expected"));
	built = build_pdu(fields, &pdu);
	json_decref(fields);
	VECTOR_CHECK(vector_check_decode(v), "does not decode to its fields");
	VECTOR_CHECK(vector_read(vector_text(v, "pdu"), smsc, vector_direction(v), &r),
		"refused");
	VECTOR_CHECK(encodes_to(&r.pdu, &r), "decoding and encoding changes it");
	VECTOR_CHECK(built, "its fields do not make a PDU");
	/* Two flags no field names. */
	pdu.mms = r.pdu.mms;
	pdu.rd = r.pdu.rd;
	VECTOR_CHECK(encodes_to(&pdu, &r), "its fields encode to something else");
	return true;
}

bool
vector_check_reject(const json_t *v)
{
	const char *hex = vector_text(v, "pdu") ? vector_text(v, "pdu")
						: vector_text(vector_input(v), "raw");
	const char *lenient = vector_text(json_object_get(v, "lenient"), "text");
	bool smsc = !json_is_false(json_object_get(v, "has_smsc"));
	const char *direction = vector_text(v, "direction");
	enum pdu_direction way = vector_direction(v);
	struct vector_reading r;

	/* Sources that name no direction know only DELIVER, SUBMIT and STATUS-REPORT. */
	(void)vector_read(hex, smsc, way, &r);
	if (!direction && r.len > 0 && (r.tpdu[0] & 3) == 1)
		way = PDU_FROM_PHONE;
	if (!vector_read(hex, smsc, way, &r)) {
		VECTOR_CHECK(strlen(r.why) > 10, "refused without a sentence");
		return true;
	}
	VECTOR_CHECK(r.pdu.warning_count > 0, "accepted without a warning");
	VECTOR_CHECK(
		!lenient || strcmp(r.pdu.text, lenient) == 0, "text is '%s'", r.pdu.text);
	return true;
}

/* ---- parts ---- */

static struct pdu parts[16];

static bool
join_gives(const struct pdu *const order[], size_t count, const json_t *want)
{
	struct strbuf out = STRBUF_INIT(VECTOR_TEXT);
	struct join join;
	bool same;

	join_open(&join, order[0]);
	for (size_t i = 1; i < count; i++)
		VECTOR_CHECK(join_add(&join, order[i]) == JOIN_ADDED,
			"part %zu does not join", i);
	VECTOR_CHECK(
		join_add(&join, order[0]) == JOIN_DUPLICATE, "a duplicate was taken");
	VECTOR_CHECK(join_complete(&join), "not complete");
	join_text(join.parts, join.total, &out);
	same = strcmp(out.s, vector_text(want, "text")) == 0;
	if (!same)
		print_error("  joined: %s\n", out.s);
	strbuf_done(&out);
	return same;
}

bool
vector_check_reassemble(const json_t *v)
{
	const json_t *pdus = json_object_get(vector_input(v), "pdus");
	const struct pdu *order[ARRAY_LEN(parts)], *reverse[ARRAY_LEN(parts)];
	size_t count = json_array_size(pdus);
	struct strbuf unused = STRBUF_SENTENCE;

	for (size_t i = 0; i < count; i++) {
		struct sms_address smsc;
		uint8_t tpdu[256];
		int len = pdu_from_hex(json_string_value(json_array_get(pdus, i)), true,
			&smsc, tpdu, &unused);

		VECTOR_CHECK(len > 0 && pdu_decode(tpdu, (size_t)len,
						vector_direction(vector_input(v)),
						&parts[i], &unused) == 0,
			"part %zu refused", i);
		order[i] = reverse[count - 1 - i] = &parts[i];
	}
	strbuf_done(&unused);
	VECTOR_CHECK(join_gives(order, count, vector_expected(v)), "in order");
	VECTOR_CHECK(join_gives(reverse, count, vector_expected(v)), "in reverse");
	return true;
}

bool
vector_check_ucs2_join(const json_t *v)
{
	const json_t *hex = json_object_get(vector_input(v), "parts_hex");
	const char *want = vector_text(
		vector_expected(v), vector_must_reject(v) ? "lenient_text" : "text");
	const struct pdu *order[ARRAY_LEN(parts)];
	struct strbuf out = STRBUF_INIT(VECTOR_TEXT);
	size_t count = json_array_size(hex);
	bool same;

	for (size_t i = 0; i < count; i++) {
		parts[i] = (struct pdu){.alphabet = SMS_UCS2};
		parts[i].ud_len = vector_octets(
			json_string_value(json_array_get(hex, i)), parts[i].ud, 140);
		order[i] = &parts[i];
	}
	join_text(order, count, &out);
	same = strcmp(out.s, want) == 0;
	strbuf_done(&out);
	VECTOR_CHECK(same, "joined differently");
	return true;
}
