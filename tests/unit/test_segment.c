/* sms/segment and sms/join: what the planner promises of any text, and that the parts
 * give the text back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <unicode/utf8.h>

#include "gateway/sms/dcs.h"
#include "gateway/sms/gsm7.h"
#include "gateway/sms/join.h"
#include "gateway/sms/segment.h"
#include "tests/lib/random.h"

#define TURKISH (1u << 1)
#define ALL     0x3FFEu

static int
plan(const char *text, struct segment_options options, struct segment_plan *ret)
{
	return segment_plan(text, strlen(text), &options, ret, NULL);
}

/* Encodes a segment as a SUBMIT and decodes it again. */
static void
submit_and_decode(
	const char *text, const struct segment_plan *p, size_t i, struct pdu *ret)
{
	struct submit_options options = {.to = "+821012345678",
		.msg_class = -1,
		.ref = 0xBEEF,
		.validity = 4 * 3600};
	struct strbuf out = STRBUF_INIT(256), err = STRBUF_SENTENCE;

	assert_int_equal(segment_submit(text, p, i, &options, &out, &err), 0);
	assert_true(out.len <= 1 + 1 + 12 + 1 + 1 + 7 + 1 + 140);
	assert_int_equal(
		pdu_decode((const uint8_t *)out.s, out.len, PDU_FROM_PHONE, ret, &err),
		0);
	assert_int_equal(ret->warning_count, 0);
	strbuf_done(&out);
	strbuf_done(&err);
}

static void
check_segment(const char *text, const struct segment_plan *p, size_t i)
{
	const struct segment *s = &p->segments[i];
	struct pdu pdu;

	submit_and_decode(text, p, i, &pdu);
	/* Alone it reads as its own piece of the text: no pair of any kind was cut. */
	assert_int_equal(pdu.text_len, s->to - s->from);
	assert_memory_equal(pdu.text, text + s->from, pdu.text_len);
	assert_true(s->units <= segment_capacity(p->alphabet, pdu.payload_at));
	assert_int_equal(pdu.alphabet, p->alphabet);
	assert_int_equal(pdu.concat.total, p->count > 1 ? p->count : 0);
	if (p->count > 1) {
		assert_int_equal(pdu.concat.seq, i + 1);
		assert_int_equal(pdu.concat.ref_bits, p->ref16 ? 16 : 8);
		assert_int_equal(pdu.concat.ref, p->ref16 ? 0xBEEF : 0xEF);
	}
}

/* All parts in a shuffled order, one of them twice. */
static void
check_join(const char *text, const struct segment_plan *p, struct test_random *r)
{
	struct pdu *pdus = xcalloc(p->count, sizeof *pdus);
	size_t *order = xcalloc(p->count, sizeof *order);
	struct strbuf out = STRBUF_INIT(1 << 20);
	struct join join;

	for (size_t i = 0; i < p->count; i++) {
		size_t k = random_below(r, (unsigned)i + 1);

		submit_and_decode(text, p, i, &pdus[i]);
		order[i] = order[k];
		order[k] = i;
	}
	join_open(&join, &pdus[order[0]]);
	assert_int_equal(join_add(&join, &pdus[order[0]]), JOIN_DUPLICATE);
	for (size_t i = 1; i < p->count; i++) {
		assert_false(join_complete(&join));
		assert_int_equal(join_add(&join, &pdus[order[i]]), JOIN_ADDED);
	}
	assert_true(join_complete(&join));
	join_text(join.parts, join.total, &out);
	assert_int_equal(out.len, strlen(text));
	assert_string_equal(out.s, text);
	strbuf_done(&out);
	free(order);
	free(pdus);
}

static void
check_plan(const char *text, const struct segment_plan *p, struct test_random *r)
{
	size_t at = 0, units = 0;

	assert_in_range(p->count, 1, SEGMENT_MAX);
	for (size_t i = 0; i < p->count; i++) {
		assert_int_equal(p->segments[i].from, at);
		assert_true(p->segments[i].to > at || !*text);
		at = p->segments[i].to;
		units += p->segments[i].units;
		check_segment(text, p, i);
	}
	assert_int_equal(at, strlen(text));
	assert_int_equal(units, p->units);
	if (p->count > 1)
		check_join(text, p, r);
}

static void
any_text_comes_back_from_its_segments(void **state)
{
	struct test_random r = {20261121};

	(void)state;
	for (int round = 0; round < 3000; round++) {
		struct segment_options options = {.ref16 = random_bool(&r)};
		struct strbuf text = STRBUF_INIT(1 << 20);
		struct segment_plan p;

		if (random_bool(&r))
			options.national = (uint32_t)random_next(&r) & ALL;
		if (random_below(&r, 4) == 0)
			options.alphabet = SEGMENT_FORCE_UCS2;
		random_text(&r, 1 + random_below(&r, 31), random_below(&r, 400), &text);
		assert_int_equal(segment_plan(text.s, text.len, &options, &p, NULL), 0);
		check_plan(text.s, &p, &r);
		strbuf_done(&text);
	}
}

static void
a_nul_in_a_text_survives(void **state)
{
	static const char text[] = "a\0b";
	struct segment_options options = {0};
	struct segment_plan p;
	struct pdu pdu;

	(void)state;
	assert_int_equal(segment_plan(text, 3, &options, &p, NULL), 0);
	assert_int_equal(p.alphabet, SMS_UCS2);
	submit_and_decode(text, &p, 0, &pdu);
	assert_int_equal(pdu.text_len, 3);
	assert_memory_equal(pdu.text, text, 3);
}

/* ---- choices ---- */

static const struct {
	const char *name, *unit;
	size_t times;
	struct segment_options options;
	enum sms_alphabet alphabet;
	uint8_t single, locking;
	size_t count;
} choices[] = {
	{"empty text", "", 0, {0}, SMS_GSM7, 0, 0, 1},
	{"160 letters", "a", 160, {0}, SMS_GSM7, 0, 0, 1},
	{"161 letters", "a", 161, {0}, SMS_GSM7, 0, 0, 2},
	{"306 letters", "a", 306, {0}, SMS_GSM7, 0, 0, 2},
	{"307 letters", "a", 307, {0}, SMS_GSM7, 0, 0, 3},
	{"305 letters, wide reference", "a", 305, {.ref16 = true}, SMS_GSM7, 0, 0, 3},
	{"70 Hangul", "가", 70, {0}, SMS_UCS2, 0, 0, 1},
	{"71 Hangul", "가", 71, {0}, SMS_UCS2, 0, 0, 2},
	{"134 Hangul", "가", 134, {0}, SMS_UCS2, 0, 0, 2},
	{"135 Hangul", "가", 135, {0}, SMS_UCS2, 0, 0, 3},
	{"133 Hangul, wide reference", "가", 133, {.ref16 = true}, SMS_UCS2, 0, 0, 3},
	{"35 emoji", "😀", 35, {0}, SMS_UCS2, 0, 0, 1},
	{"36 emoji", "😀", 36, {0}, SMS_UCS2, 0, 0, 2},
	{"67 emoji: no pair is cut at 67", "😀", 67, {0}, SMS_UCS2, 0, 0, 3},
	{"80 euro", "€", 80, {0}, SMS_GSM7, 0, 0, 1},
	{"153 euro: no escape is cut at 153", "€", 153, {0}, SMS_GSM7, 0, 0, 3},
	{"Turkish without leave", "ğ", 10, {0}, SMS_UCS2, 0, 0, 1},
	{"Turkish, single shift", "ğ", 77, {.national = TURKISH}, SMS_GSM7, 1, 0, 1},
	{"Turkish, locking shift", "ğ", 155, {.national = TURKISH}, SMS_GSM7, 0, 1, 1},
	{"Turkish, too long for one", "ğ", 156, {.national = TURKISH}, SMS_GSM7, 0, 1, 2},
	{"leave changes no plain text", "a", 160, {.national = ALL}, SMS_GSM7, 0, 0, 1},
	{"a locking table beats 160 septets of euro", "€", 81, {.national = TURKISH},
		SMS_GSM7, 0, 1, 1},
	{"Hindi", "हि", 60, {.national = ALL}, SMS_GSM7, 0, 6, 1},
	{"forced UCS-2", "a", 71, {.alphabet = SEGMENT_FORCE_UCS2}, SMS_UCS2, 0, 0, 2},
	{"255 segments", "a", 255 * 153, {0}, SMS_GSM7, 0, 0, 255},
};

static void
the_cheapest_way_is_chosen(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(choices); i++) {
		struct strbuf text = STRBUF_INIT(1 << 20);
		struct segment_plan p;

		for (size_t n = 0; n < choices[i].times; n++)
			strbuf_puts(&text, choices[i].unit);
		assert_int_equal(plan(text.s, choices[i].options, &p), 0);
		if (p.alphabet != choices[i].alphabet ||
			p.single_shift != choices[i].single ||
			p.locking_shift != choices[i].locking ||
			p.count != choices[i].count)
			fail_msg("%s: %s, shifts %u %u, %zu segments", choices[i].name,
				sms_alphabet_name(p.alphabet), p.single_shift,
				p.locking_shift, p.count);
		strbuf_done(&text);
	}
}

/* A shift of one language beside the lock of another, and both of one. */
static void
shifts_combine_when_that_is_cheapest(void **state)
{
	struct strbuf text = STRBUF_INIT(4096);
	struct segment_plan p;

	(void)state;
	/* 140 letters only the Turkish lock has as one septet, and four of Portugal's
	 * own. */
	for (int i = 0; i < 140; i++)
		strbuf_puts(&text, "ş");
	strbuf_puts(&text, "ãõãõ");
	assert_int_equal(plan(text.s, (struct segment_options){.national = ALL}, &p), 0);
	assert_int_equal(p.count, 1);
	assert_int_equal(p.locking_shift, 1);
	assert_int_equal(p.single_shift, 3);
	check_segment(text.s, &p, 0);
	strbuf_done(&text);
}

static const struct {
	const char *name;
	size_t letters;      /* Hangul in front */
	const char *cluster; /* then this, then 70 Hangul */
	size_t first;        /* characters of the first segment */
} edges[] = {
	{"a family stays whole", 60, "👨‍👩‍👧‍👦", 60},
	{"a flag stays whole", 65, "🇰🇷", 65},
	{"a mark stays on its letter", 66, "e\xCC\x81", 66},
	{"a skin tone stays on its hand", 65, "👍🏽", 65},
	{"what ends at the edge is not moved", 66, "x", 67},
};

static void
clusters_are_not_split(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(edges); i++) {
		struct strbuf text = STRBUF_INIT(4096);
		struct segment_plan p;
		int32_t chars = 0, at = 0;

		for (size_t n = 0; n < edges[i].letters; n++)
			strbuf_puts(&text, "가");
		strbuf_puts(&text, edges[i].cluster);
		for (int n = 0; n < 70; n++)
			strbuf_puts(&text, "나");
		assert_int_equal(plan(text.s, (struct segment_options){0}, &p), 0);
		while (at < (int32_t)p.segments[0].to) {
			U8_FWD_1_UNSAFE(text.s, at);
			chars++;
		}
		if ((size_t)chars != edges[i].first)
			fail_msg("%s: %d characters", edges[i].name, chars);
		strbuf_done(&text);
	}
}

/* A cluster longer than a segment has to break, but only between characters. */
static void
a_cluster_too_long_is_split_between_characters(void **state)
{
	struct strbuf text = STRBUF_INIT(4096);
	struct test_random r = {3};
	struct segment_plan p;

	(void)state;
	strbuf_puts(&text, "e");
	for (int i = 0; i < 200; i++)
		strbuf_puts(&text, "\xCC\x81");
	assert_int_equal(plan(text.s, (struct segment_options){0}, &p), 0);
	assert_int_equal(p.count, 3);
	check_plan(text.s, &p, &r);
	strbuf_done(&text);
}

static const struct {
	const char *name, *text;
	size_t len;
	struct segment_options options;
	const char *sentence; /* a piece of it */
} refusals[] = {
	{"not UTF-8", "ab\xFF", 3, {0}, "byte 2"},
	{"half a character", "\xEA\xB0", 2, {0}, "not UTF-8"},
	{"an encoded surrogate", "\xED\xA0\x80", 3, {0}, "not UTF-8"},
	{"Hangul forced into 7 bits", "a가", 4, {.alphabet = SEGMENT_FORCE_GSM7},
		"U+AC00"},
};

static void
refusals_are_sentences(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
		struct strbuf err = STRBUF_SENTENCE;
		struct segment_plan p;

		assert_int_equal(segment_plan(refusals[i].text, refusals[i].len,
					 &refusals[i].options, &p, &err),
			-22);
		if (!strstr(err.s, refusals[i].sentence))
			fail_msg("%s: '%s'", refusals[i].name, err.s);
		strbuf_done(&err);
	}
}

static void
more_than_255_segments_are_refused(void **state)
{
	struct strbuf text = STRBUF_INIT(1 << 20), err = STRBUF_SENTENCE;
	struct segment_options options = {0};
	struct segment_plan p;

	(void)state;
	for (int i = 0; i < 255 * 153 + 1; i++)
		strbuf_putc(&text, 'a');
	assert_true(segment_plan(text.s, text.len, &options, &p, &err) < 0);
	assert_non_null(strstr(err.s, "255"));
	strbuf_reset(&text);
	for (int i = 0; i < 300000; i++)
		strbuf_putc(&text, 'a');
	assert_true(segment_plan(text.s, text.len, &options, &p, &err) < 0);
	strbuf_done(&text);
	strbuf_done(&err);
}

static void
a_name_is_no_destination(void **state)
{
	struct submit_options options = {.to = "Malgil", .msg_class = -1};
	struct strbuf out = STRBUF_INIT(256), err = STRBUF_SENTENCE;
	struct segment_plan p;

	(void)state;
	assert_int_equal(plan("hi", (struct segment_options){0}, &p), 0);
	assert_true(segment_submit("hi", &p, 0, &options, &out, &err) < 0);
	assert_non_null(strstr(err.s, "Malgil"));
	strbuf_done(&out);
	strbuf_done(&err);
}

static void
submit_carries_its_options(void **state)
{
	struct submit_options options = {
		.to = "1234", .report = true, .msg_class = 0, .validity = 4 * 3600};
	struct strbuf out = STRBUF_INIT(256);
	struct segment_plan p;
	struct pdu pdu;

	(void)state;
	assert_int_equal(plan("hi", (struct segment_options){0}, &p), 0);
	assert_int_equal(segment_submit("hi", &p, 0, &options, &out, NULL), 0);
	assert_int_equal(
		pdu_decode((const uint8_t *)out.s, out.len, PDU_FROM_PHONE, &pdu, NULL),
		0);
	assert_true(pdu.srr);
	assert_int_equal(pdu.msg_class, 0);
	assert_int_equal(pdu.vp.seconds, 4 * 3600);
	assert_int_equal(pdu.mr, 0);
	assert_int_equal(pdu.address.toa, 0x81);
	strbuf_done(&out);
}

/* ---- joining what others split ---- */

static struct pdu
raw_part(enum sms_alphabet alphabet, const char *octets, size_t len, uint8_t seq)
{
	struct pdu pdu = {.alphabet = alphabet, .ud_len = len, .udl = (uint8_t)len};

	pdu.concat = (struct sms_concat){.ref = 1, .ref_bits = 8, .total = 3, .seq = seq};
	memcpy(pdu.ud, octets, len);
	return pdu;
}

static const struct {
	const char *name;
	enum sms_alphabet alphabet;
	struct {
		const char *octets;
		size_t len;
	} parts[3]; /* len 0: missing */
	const char *text;
} joins[] = {
	{"surrogates cut", SMS_UCS2, {{"\xD8\x3D", 2}, {"\xDE\x01", 2}, {"\0A", 2}},
		"😁A"},
	{"a unit cut in the middle", SMS_UCS2,
		{{"\xAC\x00\xAC", 3}, {"\x01\x00", 2}, {"A", 1}}, "가각A"},
	{"a stray last octet", SMS_UCS2, {{"\0A\0", 3}, {"\0B", 2}, {"\0C", 2}}, "ABC"},
	{"a gap", SMS_UCS2, {{"\0A", 2}, {NULL, 0}, {"\0C", 2}}, "A" JOIN_GAP "C"},
	{"a gap at the end is one gap", SMS_UCS2, {{"\0A", 2}, {NULL, 0}, {NULL, 0}},
		"A" JOIN_GAP},
	{"half a pair before a gap", SMS_UCS2,
		{{"\xD8\x3D", 2}, {NULL, 0}, {"\xDE\x01", 2}},
		"\uFFFD" JOIN_GAP "\uFFFD"},
	{"KS C 5601 cut in the middle", SMS_KSC5601,
		{{"\xB0\xA1\xB3", 3}, {"\xAA", 1}, {"\xB4\xD9", 2}}, "가나다"},
	{"8-bit parts have no text", SMS_8BIT, {{"ab", 2}, {"cd", 2}, {"ef", 2}}, ""},
};

static void
parts_are_joined_before_they_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(joins); i++) {
		struct strbuf out = STRBUF_INIT(4096);
		struct pdu pdus[3];
		const struct pdu *order[3];

		for (uint8_t k = 0; k < 3; k++) {
			size_t len = joins[i].parts[k].len;

			pdus[k] = raw_part(joins[i].alphabet,
				len ? joins[i].parts[k].octets : "", len, k + 1);
			order[k] = len ? &pdus[k] : NULL;
		}
		join_text(order, 3, &out);
		if (strcmp(out.s, joins[i].text) != 0)
			fail_msg("%s: '%s'", joins[i].name, out.s);
		strbuf_done(&out);
	}
}

static void
an_escape_cut_in_two_is_mended(void **state)
{
	/* One septet each: 1B, 65. */
	struct pdu a = raw_part(SMS_GSM7, "\x1B", 1, 1),
		   b = raw_part(SMS_GSM7, "\x65", 1, 2);
	const struct pdu *order[] = {&a, &b};
	struct strbuf out = STRBUF_INIT(64);

	(void)state;
	join_text(order, 2, &out);
	assert_string_equal(out.s, "€");
	strbuf_done(&out);
}

static void
keys_and_contents_keep_messages_apart(void **state)
{
	struct pdu first = raw_part(SMS_UCS2, "\0A", 2, 1), same = first, other = first;
	struct pdu stranger = raw_part(SMS_UCS2, "\0B", 2, 2), wide = stranger;
	struct join join;

	(void)state;
	join_open(&join, &first);
	assert_int_equal(join_add(&join, &same), JOIN_DUPLICATE);
	other.ud[1] = 'X';
	assert_int_equal(join_add(&join, &other), JOIN_CONFLICT);
	strcpy(stranger.address.text, "+1");
	assert_int_equal(join_add(&join, &stranger), JOIN_STRANGER);
	wide.concat.ref_bits = 16;
	assert_int_equal(join_add(&join, &wide), JOIN_STRANGER);
	wide.concat.ref_bits = 8;
	wide.concat.total = 4;
	assert_int_equal(join_add(&join, &wide), JOIN_STRANGER);
	wide.concat.total = 0;
	assert_int_equal(join_add(&join, &wide), JOIN_STRANGER);
	assert_int_equal(join.have, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_text_comes_back_from_its_segments),
		cmocka_unit_test(a_nul_in_a_text_survives),
		cmocka_unit_test(the_cheapest_way_is_chosen),
		cmocka_unit_test(shifts_combine_when_that_is_cheapest),
		cmocka_unit_test(clusters_are_not_split),
		cmocka_unit_test(a_cluster_too_long_is_split_between_characters),
		cmocka_unit_test(refusals_are_sentences),
		cmocka_unit_test(more_than_255_segments_are_refused),
		cmocka_unit_test(a_name_is_no_destination),
		cmocka_unit_test(submit_carries_its_options),
		cmocka_unit_test(parts_are_joined_before_they_are_read),
		cmocka_unit_test(an_escape_cut_in_two_is_mended),
		cmocka_unit_test(keys_and_contents_keep_messages_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
