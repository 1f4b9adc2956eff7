/* sms/pdu: what is encoded decodes to itself, what is broken is read as far as it goes,
 * and no octets at all do harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/sms/dcs.h"
#include "gateway/sms/pdu.h"
#include "gateway/sms/timestamp.h"
#include "gateway/sms/userdata.h"
#include "gateway/sms/validity.h"
#include "tests/lib/random.h"

/* ---- random PDUs ---- */

static void
random_address(struct test_random *r, struct sms_address *ret)
{
	static const char *const names[] = {
		"Malgil", "a[]{}€", "SHOP 24", "ÆØÅ", "12345678901"};
	char number[24] = "+";
	size_t n = random_below(r, 20) + 1, at = random_bool(r);

	if (random_below(r, 4) == 0) {
		assert_int_equal(
			sms_address_parse(
				names[random_below(r, ARRAY_LEN(names))], ret, NULL),
			0);
		return;
	}
	for (size_t i = 0; i < n; i++)
		number[at++] = "0123456789*#abc"[random_below(r, 15)];
	number[at] = '\0';
	assert_int_equal(sms_address_parse(number, ret, NULL), 0);
}

static void
random_time(struct test_random *r, struct sms_time *ret)
{
	int quarters = (int)random_below(r, 159) - 79;

	/* 1990 to 2089, clear of the ends whatever the zone. */
	ret->wall =
		(INT64_C(631238400) + (int64_t)(random_next(r) % 3155000000u)) * SECOND;
	ret->offset_minutes = 15 * quarters;
	ret->minus_zero = quarters == 0 && random_bool(r);
	ret->valid = true;
}

static void
random_validity(struct test_random *r, struct sms_validity *ret)
{
	const char *oddity = NULL;
	uint8_t octets[7] = {0};
	struct sms_time time = {0};

	switch (random_below(r, 4)) {
	case 0: *ret = (struct sms_validity){.format = VP_NONE, .seconds = -1}; return;
	case 1: sms_validity_relative(random_below(r, 40000000), ret); return;
	case 2:
		octets[0] = (uint8_t)(random_below(r, 3) | random_bool(r) << 6);
		octets[1] = octets[0] & 7 ? (uint8_t)random_next(r) : 0;
		assert_int_equal(
			sms_validity_decode(VP_ENHANCED, octets, 7, ret, &oddity, NULL),
			7);
		assert_null(oddity);
		return;
	}
	random_time(r, &time);
	assert_int_equal(sms_time_encode(&time, octets), 0);
	assert_int_equal(
		sms_validity_decode(VP_ABSOLUTE, octets, 7, ret, &oddity, NULL), 7);
}

/* A header of up to four elements that mean something. */
static size_t
random_header(struct test_random *r, uint8_t *h)
{
	static const struct {
		uint8_t iei, len;
	} kinds[] = {{0x00, 3}, {0x08, 4}, {0x04, 2}, {0x05, 4}, {0x24, 1}, {0x25, 1},
		{0x70, 9}};
	size_t n = 1, count = random_below(r, 5);

	for (size_t i = 0; i < count; i++) {
		size_t k = random_below(r, ARRAY_LEN(kinds));

		h[n] = kinds[k].iei;
		h[n + 1] = kinds[k].len;
		random_octets(r, h + n + 2, kinds[k].len);
		if (k < 2) { /* part 2 of 3 */
			h[n + kinds[k].len] = 3;
			h[n + kinds[k].len + 1] = 2;
		}
		n += 2u + kinds[k].len;
	}
	h[0] = (uint8_t)(n - 1);
	return count ? n : 0;
}

static void
random_user_data(struct test_random *r, struct pdu *pdu)
{
	struct strbuf text = STRBUF_INIT(4096);
	uint8_t header[140];
	size_t n = random_header(r, header);
	unsigned kind = random_below(r, 3);

	if (kind == SMS_GSM7)
		random_text(r, RANDOM_ASCII | RANDOM_GSM, random_below(r, 40), &text);
	else
		random_text(r, 31, random_below(r, 3), &text);
	pdu->msg_class = (int8_t)((int)random_below(r, 5) - 1);
	pdu->dcs = sms_dcs_octet((enum sms_alphabet)kind, pdu->msg_class);
	pdu->has_dcs = true;
	assert_int_equal(pdu_put_text(pdu, header, n, (enum sms_alphabet)kind, text.s,
				 text.len, NULL),
		0);
	strbuf_done(&text);
}

static void
random_pdu(struct test_random *r, enum pdu_type type, struct pdu *pdu)
{
	memset(pdu, 0, sizeof *pdu);
	pdu->type = type;
	pdu->mr = (uint8_t)random_next(r);
	pdu->pid = (uint8_t)random_next(r);
	pdu->has_pid = true;
	pdu->mms = random_bool(r);
	pdu->lp = random_bool(r);
	pdu->rp = random_bool(r);
	pdu->sri = random_bool(r);
	pdu->rd = random_bool(r);
	pdu->srr = random_bool(r);
	pdu->srq = random_bool(r);
	pdu->status = (uint8_t)random_next(r);
	random_address(r, &pdu->address);
	random_time(r, &pdu->scts);
	random_time(r, &pdu->discharge);
	random_validity(r, &pdu->vp);
	if (type != PDU_STATUS_REPORT || random_bool(r))
		random_user_data(r, pdu);
	else
		pdu->has_pid = random_bool(r);
}

static void
assert_time_equal(const struct sms_time *a, const struct sms_time *b)
{
	assert_true(b->valid);
	assert_int_equal(a->wall, b->wall);
	assert_int_equal(a->offset_minutes, b->offset_minutes);
	assert_int_equal(a->minus_zero, b->minus_zero);
}

static void
assert_user_data_equal(const struct pdu *a, const struct pdu *b)
{
	assert_int_equal(a->has_ud, b->has_ud);
	assert_int_equal(a->udhi, b->udhi);
	assert_int_equal(a->udl, b->udl);
	assert_int_equal(a->ud_len, b->ud_len);
	assert_memory_equal(a->ud, b->ud, a->ud_len);
	assert_int_equal(a->payload_at, b->payload_at);
	if (a->has_ud) {
		assert_int_equal(a->dcs, b->dcs);
		assert_int_equal(a->alphabet, b->alphabet);
		assert_int_equal(a->msg_class, b->msg_class);
	}
}

static void
assert_submit_equal(const struct pdu *a, const struct pdu *b)
{
	assert_int_equal(a->mr, b->mr);
	assert_int_equal(a->rd, b->rd);
	assert_int_equal(a->srr, b->srr);
	assert_int_equal(a->rp, b->rp);
	assert_int_equal(a->vp.format, b->vp.format);
	assert_int_equal(a->vp.seconds, b->vp.seconds);
	assert_memory_equal(a->vp.octets, b->vp.octets, 7);
	assert_string_equal(a->vp.iso, b->vp.iso);
}

static void
assert_fields_equal(const struct pdu *a, const struct pdu *b)
{
	assert_int_equal(a->type, b->type);
	assert_string_equal(a->address.text, b->address.text);
	assert_int_equal(a->address.toa, b->address.toa);
	assert_int_equal(a->has_pid, b->has_pid);
	if (a->has_pid)
		assert_int_equal(a->pid, b->pid);
	assert_user_data_equal(a, b);
	if (a->type == PDU_SUBMIT) {
		assert_submit_equal(a, b);
		return;
	}
	assert_int_equal(a->mms, b->mms);
	assert_int_equal(a->lp, b->lp);
	assert_time_equal(&a->scts, &b->scts);
	if (a->type == PDU_STATUS_REPORT) {
		assert_int_equal(a->mr, b->mr);
		assert_int_equal(a->srq, b->srq);
		assert_int_equal(a->status, b->status);
		assert_time_equal(&a->discharge, &b->discharge);
	} else {
		assert_int_equal(a->sri, b->sri);
		assert_int_equal(a->rp, b->rp);
	}
}

static void
what_is_encoded_decodes_to_itself(void **state)
{
	static const enum pdu_type types[] = {PDU_DELIVER, PDU_SUBMIT, PDU_STATUS_REPORT};
	struct test_random r = {42};

	(void)state;
	for (int round = 0; round < 20000; round++) {
		enum pdu_type type = types[round % 3];
		struct strbuf out = STRBUF_INIT(256), again = STRBUF_INIT(256);
		struct strbuf err = STRBUF_SENTENCE;
		struct pdu a, b;

		random_pdu(&r, type, &a);
		assert_int_equal(pdu_encode(&a, &out, &err), 0);
		assert_int_equal(
			pdu_decode((const uint8_t *)out.s, out.len,
				type == PDU_SUBMIT ? PDU_FROM_PHONE : PDU_TO_PHONE, &b,
				&err),
			0);
		assert_fields_equal(&a, &b);
		assert_int_equal(b.trailing, 0);
		assert_int_equal(b.tpdu_len, out.len);
		assert_int_equal(pdu_encode(&b, &again, &err), 0);
		assert_int_equal(again.len, out.len);
		assert_memory_equal(again.s, out.s, out.len);
		strbuf_done(&out);
		strbuf_done(&again);
		strbuf_done(&err);
	}
}

/* ---- the small reports and the command, octet by octet ---- */

static const struct {
	const char *name, *hex;
	enum pdu_direction way;
	enum pdu_type type;
	int fcs; /* -1: none */
} others[] = {
	{"deliver report, accepted", "0000", PDU_FROM_PHONE, PDU_DELIVER_REPORT, -1},
	{"deliver report, no interworking", "008000", PDU_FROM_PHONE, PDU_DELIVER_REPORT,
		0x80},
	{"deliver report, memory full", "00D300", PDU_FROM_PHONE, PDU_DELIVER_REPORT,
		0xD3},
	{"deliver report with data", "00D3077F04026869", PDU_FROM_PHONE,
		PDU_DELIVER_REPORT, 0xD3},
	{"submit report, accepted", "010062111271000063", PDU_TO_PHONE, PDU_SUBMIT_REPORT,
		-1},
	{"submit report, refused", "01C30062111271000063", PDU_TO_PHONE,
		PDU_SUBMIT_REPORT, 0xC3},
	{"command: delete 7", "02050002070B918201326547F800", PDU_FROM_PHONE, PDU_COMMAND,
		-1},
	{"command with data", "22050001070B918201326547F8024142", PDU_FROM_PHONE,
		PDU_COMMAND, -1},
};

static int
read_hex(const char *hex, enum pdu_direction way, struct pdu *ret, struct strbuf *err)
{
	struct sms_address smsc;
	uint8_t tpdu[256];
	int len = pdu_from_hex(hex, false, &smsc, tpdu, err);

	return len < 0 ? len : pdu_decode(tpdu, (size_t)len, way, ret, err);
}

static void
reports_and_commands_go_both_ways(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		struct strbuf out = STRBUF_INIT(256), hex = STRBUF_INIT(1024);
		struct strbuf err = STRBUF_SENTENCE;
		struct pdu pdu;

		if (read_hex(others[i].hex, others[i].way, &pdu, &err) < 0)
			fail_msg("%s: %s", others[i].name, err.s);
		assert_int_equal(pdu.type, others[i].type);
		assert_int_equal(pdu.has_fcs ? pdu.fcs : -1, others[i].fcs);
		assert_int_equal(pdu.warning_count, 0);
		assert_int_equal(pdu_encode(&pdu, &out, &err), 0);
		strbuf_hex(&hex, out.s, out.len);
		assert_string_equal(hex.s, others[i].hex);
		strbuf_done(&out);
		strbuf_done(&hex);
		strbuf_done(&err);
	}
}

static void
a_command_names_its_message(void **state)
{
	struct pdu pdu;

	(void)state;
	assert_int_equal(
		read_hex("22050001070B918201326547F8024142", PDU_FROM_PHONE, &pdu, NULL),
		0);
	assert_int_equal(pdu.mr, 5);
	assert_int_equal(pdu.command, 1);
	assert_int_equal(pdu.command_mr, 7);
	assert_string_equal(pdu.address.text, "+28102356748");
	assert_int_equal(pdu.ud_len, 2);
	assert_memory_equal(pdu.ud, "AB", 2);
}

static void
waiting_messages_say_what_waits(void **state)
{
	struct pdu pdu;

	(void)state;
	/* DCS C8: voice mail waits, forget the text; element 01 counts two of them. */
	assert_int_equal(read_hex("4401800500C8702002619570"
				  "2B06040102000200",
				 PDU_TO_PHONE, &pdu, NULL),
		0);
	assert_true(pdu.mwi && pdu.mwi_active && !pdu.mwi_store);
	assert_int_equal(pdu.mwi_kind, WAITING_VOICEMAIL);
	assert_int_equal(pdu.mwi_count, 2);
	/* DCS D0: nothing waits any more, keep the text. */
	assert_int_equal(
		read_hex("0401800500D07020026195702B0120", PDU_TO_PHONE, &pdu, NULL), 0);
	assert_true(pdu.mwi && !pdu.mwi_active && pdu.mwi_store);
	assert_int_equal(pdu.mwi_count, -1);
	/* An ordinary message says nothing. */
	assert_int_equal(read_hex("040180050000702002619570"
				  "2B0120",
				 PDU_TO_PHONE, &pdu, NULL),
		0);
	assert_false(pdu.mwi);
}

/* ---- tolerance ---- */

#define SCTS "62111271000063"
#define HEAD "040B918201326547F8" /* DELIVER from +28102356748 */
#define SR   "06070B918201326547F8" SCTS SCTS

static const struct {
	const char *name, *hex;
	const char *text;    /* NULL: refused */
	const char *warning; /* a piece of the first; NULL: none */
} broken[] = {
	{"whole", HEAD "0000" SCTS "02E834", "hi", NULL},
	{"time is not a date", HEAD "0000FFFFFFFFFFFFFF02E834", "hi", "not a date"},
	{"30 February",
		HEAD "000062200371000063"
		     "02E834",
		"hi", "not a date"},
	{"octets behind", HEAD "0000" SCTS "02E834FFFF", "hi", "octets follow"},
	{"user data cut", HEAD "0008" SCTS "06AC00AC", "가", "shorter"},
	{"user data missing", HEAD "0008" SCTS "06", NULL, NULL},
	{"no user data", HEAD "0008" SCTS "00", "", NULL},
	{"odd UCS-2", HEAD "0008" SCTS "03AC0041", "가", "UCS-2"},
	{"lone surrogate", HEAD "0008" SCTS "04D83D0041", "\uFFFDA", "UCS-2"},
	{"reserved coding", HEAD "0090" SCTS "02E834", "hi", "reserved"},
	{"header longer than the data",
		"440B918201326547F8"
		"0000" SCTS "03414243",
		"Aè\r", "header is longer"},
	{"element cut",
		"440B918201326547F8"
		"0008" SCTS "080300090141420041",
		"䅂A", "cut off"},
	{"part 0 of 2",
		"440B918201326547F8"
		"0008" SCTS "080500030102000041",
		"A", "impossible"},
	{"part 3 of 2",
		"440B918201326547F8"
		"0008" SCTS "080500030102030041",
		"A", "impossible"},
	{"concatenation of four octets",
		"440B918201326547F8"
		"0008" SCTS "08050003010201"
		"0041",
		"A", NULL},
	{"KS C 5601", HEAD "0084" SCTS "04B0A1B3AA", "가나", NULL},
	{"KS C 5601 with one bad pair", HEAD "0084" SCTS "0AB0A1B3AAB4D9B320B6F3",
		"가나다\uFFFD 라", "KS C 5601"},
	{"KS C 5601 that is UCS-2", HEAD "0084" SCTS "04AC01D130", "각터", "KS C 5601"},
	{"address with a fill inside",
		"040B918201F26547F8"
		"0000" SCTS "02E834",
		"hi", "fill"},
	{"address of 30 digits",
		"041E918201326547F8"
		"0000" SCTS "02E834",
		NULL, NULL},
	{"report", SR "00", "", NULL},
	{"report padded", SR "00FFFFFFFF", "", "octets follow"},
	{"report with an empty indicator", SR "0000", "", NULL},
	{"report that announces what is not there", SR "0007", "", "announces"},
	{"report cut in its status", SR, NULL, NULL},
	{"report with endless indicators", SR "008080", "", "announces"},
	{"type 3", "03", NULL, NULL},
};

static void
broken_pdus_are_read_as_far_as_they_go(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(broken); i++) {
		struct strbuf err = STRBUF_SENTENCE;
		struct pdu pdu;
		int r = read_hex(broken[i].hex, PDU_TO_PHONE, &pdu, &err);
		const char *warning =
			r == 0 && pdu.warning_count ? pdu.warnings[0] : NULL;

		if (r < 0 && broken[i].text)
			fail_msg("%s: refused: %s", broken[i].name, err.s);
		if (r < 0)
			assert_true(err.len > 10);
		else if (!broken[i].text || strcmp(pdu.text, broken[i].text) != 0)
			fail_msg("%s: read as '%s'", broken[i].name, pdu.text);
		else if (!warning != !broken[i].warning ||
			 (warning && !strstr(warning, broken[i].warning)))
			fail_msg("%s: warning '%s'", broken[i].name,
				warning ? warning : "");
		strbuf_done(&err);
	}
}

static void
any_octets_do_no_harm(void **state)
{
	struct test_random r = {99};
	uint8_t octets[256];
	size_t read = 0;

	(void)state;
	for (int round = 0; round < 200000; round++) {
		size_t len = random_below(&r, sizeof octets);
		enum pdu_direction way = random_bool(&r) ? PDU_TO_PHONE : PDU_FROM_PHONE;
		struct strbuf err = STRBUF_SENTENCE;
		struct pdu pdu;

		random_octets(&r, octets, len);
		if (len > 3 && random_bool(&r)) /* an address that may pass */
			octets[1] &= 0x0F;
		if (pdu_decode(octets, len, way, &pdu, &err) == 0) {
			read++;
			assert_true(pdu.ud_len <= 140 && pdu.payload_at <= pdu.ud_len);
			assert_int_equal(pdu.text[pdu.text_len], 0);
		} else {
			assert_true(err.len > 10);
		}
		strbuf_done(&err);
	}
	assert_true(read > 1000);
}

/* ---- hexadecimal ---- */

static const struct {
	const char *name, *hex;
	bool has_smsc;
	int len; /* of the TPDU; -1: refused */
	const char *smsc;
} hexes[] = {
	{"lower case and a line end", "0791448720003023aBcD\r\n", true, 2,
		"+447802000332"},
	{"no service centre", "00AB", true, 1, ""},
	{"none asked for", "00AB", false, 2, ""},
	{"nothing behind the service centre", "00", true, -1, NULL},
	{"service centre cut", "0791AB", true, -1, NULL},
	{"service centre of 20 octets",
		"14919191919191919191919191919191919191919191919191", true, -1, NULL},
	{"odd", "ABC", false, -1, NULL},
	{"empty", "", false, -1, NULL},
	{"not hexadecimal", "0G", false, -1, NULL},
};

static void
hexadecimal_is_checked(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(hexes); i++) {
		struct strbuf err = STRBUF_SENTENCE;
		struct sms_address smsc = {0};
		uint8_t tpdu[256];
		int len =
			pdu_from_hex(hexes[i].hex, hexes[i].has_smsc, &smsc, tpdu, &err);

		if (hexes[i].len < 0 ? len >= 0 || err.len < 10 : len != hexes[i].len)
			fail_msg("%s: %d %s", hexes[i].name, len, err.s);
		if (len >= 0)
			assert_string_equal(smsc.text, hexes[i].smsc);
		strbuf_done(&err);
	}
}

static void
encoding_is_strict(void **state)
{
	struct pdu pdu = {.type = PDU_DELIVER, .udl = 5, .ud_len = 5, .dcs = 4};
	struct strbuf out = STRBUF_INIT(256), err = STRBUF_SENTENCE;

	(void)state;
	assert_int_equal(sms_address_parse("+821012345678", &pdu.address, &err), 0);
	assert_true(pdu_encode(&pdu, &out, &err) < 0); /* no time */
	pdu.scts = (struct sms_time){.valid = true, .wall = 1700000000 * SECOND};
	assert_int_equal(pdu_encode(&pdu, &out, &err), 0);
	strbuf_reset(&out);
	pdu.udl = 6;
	assert_true(pdu_encode(&pdu, &out, &err) < 0);
	pdu.udl = 5;
	pdu.udhi = true;
	pdu.ud[0] = 5;
	assert_true(pdu_encode(&pdu, &out, &err) < 0);
	pdu.ud[0] = 4;
	assert_int_equal(pdu_encode(&pdu, &out, &err), 0);
	strbuf_reset(&out);
	pdu.address.toa = 0x81; /* and a '+' in the text */
	assert_true(pdu_encode(&pdu, &out, &err) < 0);
	assert_int_equal(out.len, 0);
	strbuf_done(&out);
	strbuf_done(&err);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_encoded_decodes_to_itself),
		cmocka_unit_test(reports_and_commands_go_both_ways),
		cmocka_unit_test(a_command_names_its_message),
		cmocka_unit_test(waiting_messages_say_what_waits),
		cmocka_unit_test(broken_pdus_are_read_as_far_as_they_go),
		cmocka_unit_test(any_octets_do_no_harm),
		cmocka_unit_test(hexadecimal_is_checked),
		cmocka_unit_test(encoding_is_strict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
