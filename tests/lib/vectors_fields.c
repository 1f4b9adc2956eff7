#include "tests/lib/vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "gateway/sms/dcs.h"
#include "gateway/sms/timestamp.h"
#include "gateway/sms/userdata.h"
#include "gateway/sms/validity.h"
#include "gateway/verbs/pdu_json.h"

/* ---- fields ---- */

bool
vector_check_address(const json_t *v)
{
	bool smsc = strcmp(vector_text(vector_input(v), "kind"), "smsc") == 0;
	struct strbuf err = STRBUF_SENTENCE;
	struct sms_address address = {0};
	uint8_t field[64];
	size_t len = vector_octets(
		vector_text(vector_input(v), "address_hex"), field, sizeof field);
	int n = smsc ? sms_smsc_decode(field, len, &address, &err)
		     : sms_address_decode(field, len, &address, &err);
	bool sentence = err.len > 10;

	strbuf_done(&err);
	if (vector_must_reject(v)) {
		VECTOR_CHECK(n < 0 ? sentence : address.oddity != NULL, "taken as '%s'",
			address.text);
		return true;
	}
	VECTOR_CHECK(
		n == vector_int(vector_expected(v), "octets_consumed"), "%d octets", n);
	VECTOR_CHECK(strcmp(address.text, vector_text(vector_expected(v), "number")) == 0,
		"'%s'", address.text);
	return true;
}

static bool
elements_match(const json_t *expected, const struct pdu *pdu)
{
	json_t *got = pdu_to_json(pdu, NULL);
	json_t *concat = json_object_get(expected, "concat");
	json_t *ports = json_object_get(expected, "ports");
	bool same =
		(!concat ||
			vector_same("concat", concat, json_object_get(got, "concat"))) &&
		(!ports || vector_same("ports", ports, json_object_get(got, "ports")));

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

bool
vector_check_udh(const json_t *v)
{
	struct pdu pdu = {.msg_class = -1};
	uint8_t ie[140];

	vector_octets(vector_text(vector_input(v), "ie_hex"), ie, sizeof ie);
	add_element(&pdu, ie[0], ie + 2, ie[1]);
	return elements_match(vector_expected(v), &pdu);
}

bool
vector_check_udh_concat(const json_t *v)
{
	json_t *e = json_array_get(json_object_get(vector_input(v), "udh"), 0);
	struct pdu pdu = {.msg_class = -1};
	uint8_t data[140];
	size_t len = vector_octets(vector_text(e, "data"), data, sizeof data);

	add_element(&pdu, (uint8_t)vector_int(e, "iei"), data, (uint8_t)len);
	return elements_match(vector_expected(v), &pdu);
}

bool
vector_check_udh_block(const json_t *v)
{
	struct sms_udh_element elements[PDU_MAX_ELEMENTS];
	const json_t *want = json_object_get(vector_expected(v), "udh");
	uint8_t block[140], data[140];
	size_t count, len = vector_octets(vector_text(vector_input(v), "udh_hex"), block,
			      sizeof block);
	int n = sms_udh_decode(block, len, elements, PDU_MAX_ELEMENTS, &count, NULL);

	if (vector_must_reject(v)) {
		VECTOR_CHECK(n < 0, "taken");
		return true;
	}
	VECTOR_CHECK(
		n == vector_int(vector_expected(v), "octets_consumed"), "%d octets", n);
	VECTOR_CHECK(count == json_array_size(want), "%zu elements", count);
	for (size_t i = 0; i < count; i++) {
		json_t *e = json_array_get(want, i);

		len = vector_octets(vector_text(e, "data"), data, sizeof data);
		VECTOR_CHECK(elements[i].iei == vector_int(e, "iei") &&
				     elements[i].len == len &&
				     memcmp(elements[i].data, data, len) == 0,
			"element %zu", i);
	}
	return true;
}

bool
vector_check_vp(const json_t *v)
{
	static const char *const names[] = {"none", "enhanced", "relative", "absolute"};
	const char *oddity = NULL, *format = vector_text(vector_input(v), "format");
	struct sms_validity vp;
	uint8_t octets[16];
	size_t len = vector_octets(
		       vector_text(vector_input(v), "octets"), octets, sizeof octets),
	       f = 0;
	int n;

	while (strcmp(names[f], format) != 0)
		f++;
	n = sms_validity_decode((enum vp_format)f, octets, len, &vp, &oddity, NULL);
	if (vector_must_reject(v)) {
		VECTOR_CHECK(n < 0 || oddity, "taken");
		return true;
	}
	VECTOR_CHECK(n == (int)len && !oddity, "%d octets", n);
	if (json_object_get(vector_expected(v), "seconds"))
		VECTOR_CHECK(vp.seconds == vector_int(vector_expected(v), "seconds"),
			"%lld s", (long long)vp.seconds);
	return true;
}

bool
vector_check_vp_relative(const json_t *v)
{
	uint8_t octet = pdu_validity_octet(vector_int(vector_input(v), "seconds"));

	VECTOR_CHECK(octet == vector_int(vector_expected(v), "octet"), "octet %u", octet);
	VECTOR_CHECK(
		pdu_validity_seconds(octet) == vector_int(vector_expected(v), "seconds"),
		"seconds");
	return true;
}

bool
vector_check_timestamp(const json_t *v)
{
	struct sms_time time;
	uint8_t octets[8];
	char iso[SMS_TIME_ISO];
	size_t len = vector_octets(
		vector_text(vector_input(v), "octets"), octets, sizeof octets);

	if (len < 7) {
		/* Fewer octets than a stamp never reach its decoder: the PDU's does. */
		uint8_t deliver[16] = {0x04, 0x04, 0x91, 0x36, 0x19, 0, 0};
		struct pdu pdu;

		memcpy(deliver + 7, octets, len);
		VECTOR_CHECK(vector_must_reject(v), "short but wanted");
		VECTOR_CHECK(pdu_decode(deliver, 7 + len, PDU_TO_PHONE, &pdu, NULL) < 0,
			"taken");
		return true;
	}
	sms_time_decode(octets, &time);
	sms_time_iso(&time, iso);
	if (vector_must_reject(v)) {
		VECTOR_CHECK(!time.valid, "read as %s", iso);
		return true;
	}
	VECTOR_CHECK(strcmp(iso, vector_text(vector_expected(v), "time")) == 0,
		"read as %s", iso);
	return true;
}

bool
vector_check_dcs(const json_t *v)
{
	struct sms_dcs dcs;

	sms_dcs_decode((uint8_t)vector_int(vector_input(v), "dcs"), &dcs);
	VECTOR_CHECK(strcmp(sms_alphabet_name(dcs.alphabet),
			     vector_text(vector_expected(v), "alphabet")) == 0,
		"%s", sms_alphabet_name(dcs.alphabet));
	return true;
}

bool
vector_check_tp_status(const json_t *v)
{
	static const char *const names[] = {
		[REPORT_DELIVERED] = "complete",
		[REPORT_FORWARDED] = "complete",
		[REPORT_PENDING] = "temporary-retrying",
		[REPORT_EXPIRED] = "permanent",
		[REPORT_FAILED] = "permanent",
		[REPORT_GAVE_UP] = "temporary-final",
	};
	uint8_t st = (uint8_t)vector_int(vector_input(v), "st");
	enum report_class class = pdu_status_class(st);
	const json_t *want = vector_expected(v);
	const char *name = vector_text(want, "class");

	if (!name)
		name = vector_text(want, "class_if_range_based");
	/* A reserved value is to be treated as 63, which is final. */
	if (strcmp(name, "reserved") == 0)
		name = "temporary-final";
	VECTOR_CHECK(strcmp(names[class], name) == 0, "%s", names[class]);
	VECTOR_CHECK(*pdu_status_name(st), "no name");
	if (json_object_get(want, "final"))
		VECTOR_CHECK((class != REPORT_PENDING) ==
				     json_is_true(json_object_get(want, "final")),
			"final");
	VECTOR_CHECK((class == REPORT_DELIVERED) ==
			     json_is_true(json_object_get(want, "delivered")),
		"delivered");
	return true;
}

bool
vector_check_dlr_match(const json_t *v)
{
	const json_t *in = vector_input(v);
	struct vector_reading r;

	VECTOR_CHECK(
		vector_read(vector_text(in, "report_pdu"),
			json_is_true(json_object_get(in, "has_smsc")), PDU_TO_PHONE, &r),
		"refused: %s", r.why);
	VECTOR_CHECK(r.pdu.mr == vector_int(in, "mr"), "reference %u", r.pdu.mr);
	VECTOR_CHECK(
		sms_address_same(vector_text(in, "submitted_to"), r.pdu.address.text) ==
			json_is_true(json_object_get(vector_expected(v), "match")),
		"%s", r.pdu.address.text);
	return true;
}
