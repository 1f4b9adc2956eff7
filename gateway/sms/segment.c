#include "gateway/sms/segment.h"

#include <errno.h>
#include <stdlib.h>
#include <unicode/ubrk.h>
#include <unicode/utf16.h>
#include <unicode/utf8.h>

#include "gateway/sms/gsm7.h"
#include "gateway/sms/gsm7_tables.h"
#include "gateway/sms/userdata.h"

#define LANGUAGES_MASK ((1u << GSM7_LANGUAGES) - 1)
/* No text longer than this many bytes fits in 255 segments whatever the alphabet. */
#define TEXT_MAX (SEGMENT_MAX * UD_MAX_SEPTETS * 4)

/* One character of the text, and where each table has it. */
struct unit {
	uint32_t at; /* byte offset */
	uint32_t scalar;
	uint16_t locking, single; /* bit N: in that table of language N */
	bool starts_cluster;
};

struct scan {
	const char *text;
	size_t len;
	struct unit *units; /* one more at the end, at == len */
	size_t count;
	bool has_clusters; /* starts_cluster was worked out */
};

/* ---- reading the text ---- */

/* Which of the allowed languages' tables hold the character. */
static void
tables_with(uint32_t scalar, uint32_t allowed, struct unit *unit)
{
	uint8_t pair[2];
	for (uint8_t id = 0; id < GSM7_LANGUAGES; id++) {
		if (!(allowed >> id & 1))
			continue;
		if (gsm7_from_scalar(scalar, id, id, pair) == 1 && gsm7_has_locking(id))
			unit->locking |= (uint16_t)(1u << id);
		if (unit->locking && allowed == 1)
			return; /* nobody will ask for the dearer place */
		for (int c = 0; scalar && c < 128; c++)
			if (gsm7_single[id][c] == scalar)
				unit->single |= (uint16_t)(1u << id);
	}
}

static int
scan_text(struct scan *scan, uint32_t allowed, struct strbuf *err)
{
	size_t at = 0, len = scan->len;
	if (len > TEXT_MAX) {
		strbuf_set(err, "The text needs more than %d messages", SEGMENT_MAX);
		return -EINVAL;
	}
	scan->units = xcalloc(len + 1, sizeof *scan->units);
	while (at < len) {
		struct unit *unit = &scan->units[scan->count++];
		UChar32 c;
		unit->at = (uint32_t)at;
		U8_NEXT((const uint8_t *)scan->text, at, len, c);
		if (c < 0) {
			strbuf_set(err, "The text is not UTF-8 at byte %u", unit->at);
			return -EINVAL;
		}
		unit->scalar = (uint32_t)c;
		unit->starts_cluster = true;
		tables_with(unit->scalar, allowed, unit);
	}
	scan->units[scan->count].at = (uint32_t)len;
	scan->units[scan->count].starts_cluster = true;
	return 0;
}

static void
scan_done(struct scan *scan)
{
	free(scan->units);
}

/* Costly and needed only where there is something to split. Without ICU's data every
 * character counts as a cluster of its own. */
static void
find_clusters(struct scan *scan)
{
	UErrorCode status = U_ZERO_ERROR;
	UText *utext = utext_openUTF8(NULL, scan->text, (int64_t)scan->len, &status);
	UBreakIterator *it = ubrk_open(UBRK_CHARACTER, "", NULL, 0, &status);
	size_t i = 0;

	scan->has_clusters = true;
	ubrk_setUText(it, utext, &status);
	if (U_SUCCESS(status)) {
		for (int32_t edge = ubrk_next(it); edge != UBRK_DONE;
			edge = ubrk_next(it))
			while (++i < scan->count && scan->units[i].at < (uint32_t)edge)
				scan->units[i].starts_cluster = false;
	}
	if (it)
		ubrk_close(it);
	utext_close(utext);
}

/* ---- trying one way of writing it ---- */

size_t
segment_capacity(enum sms_alphabet alphabet, size_t header_octets)
{
	if (header_octets >= UD_MAX_OCTETS)
		return 0;
	switch (alphabet) {
	case SMS_GSM7: return UD_MAX_SEPTETS - sms_udh_septets(header_octets);
	case SMS_UCS2: return (UD_MAX_OCTETS - header_octets) / 2;
	case SMS_8BIT:
	case SMS_KSC5601: return UD_MAX_OCTETS - header_octets;
	}
	return 0;
}

static size_t
header_octets(const struct segment_plan *plan, bool concatenated)
{
	size_t elements = 0;
	if (concatenated)
		elements += plan->ref16 ? 6 : 5;
	if (plan->single_shift)
		elements += 3;
	if (plan->locking_shift)
		elements += 3;
	return elements ? 1 + elements : 0;
}

/* Units the character takes, 0 when it cannot be written that way. */
static size_t
unit_cost(const struct unit *unit, const struct segment_plan *plan)
{
	if (plan->alphabet == SMS_UCS2)
		return (size_t)U16_LENGTH(unit->scalar);
	if (unit->locking >> plan->locking_shift & 1)
		return 1;
	return unit->single >> plan->single_shift & 1 ? 2 : 0;
}

/* Sum of all costs into plan->units; the index of the first character without one, or the
 * count when all have. */
static size_t
measure(const struct scan *scan, struct segment_plan *plan)
{
	size_t i;
	plan->units = 0;
	for (i = 0; i < scan->count; i++) {
		size_t cost = unit_cost(&scan->units[i], plan);
		if (cost == 0)
			break;
		plan->units += cost;
	}
	return i;
}

/* The end of the segment that starts at `first`: as far as `room` units go, then back to
 * the last edge of a cluster if there is one. */
static size_t
segment_end(const struct scan *scan, const struct segment_plan *plan, size_t first,
	size_t room, size_t *ret_units)
{
	size_t used = 0, edge = first, edge_used = 0, i;
	for (i = first; i < scan->count; i++) {
		size_t cost = unit_cost(&scan->units[i], plan);
		if (scan->units[i].starts_cluster) {
			edge = i;
			edge_used = used;
		}
		if (used + cost > room)
			break;
		used += cost;
	}
	if (i < scan->count && edge > first) {
		i = edge;
		used = edge_used;
	}
	*ret_units = used;
	return i;
}

/* Lays out a measured plan. False when it takes more than 255 segments. */
static bool
lay_out(struct scan *scan, struct segment_plan *plan)
{
	bool one = plan->units <=
		   segment_capacity(plan->alphabet, header_octets(plan, false));
	size_t room = segment_capacity(plan->alphabet, header_octets(plan, !one));
	size_t i = 0;
	if (!one && !scan->has_clusters)
		find_clusters(scan);
	plan->count = 0;
	do {
		struct segment *s = &plan->segments[plan->count];
		size_t units;
		if (plan->count == SEGMENT_MAX)
			return false;
		s->from = scan->units[i].at;
		i = segment_end(scan, plan, i, room, &units);
		s->to = scan->units[i].at;
		s->units = (uint16_t)units;
		plan->count++;
	} while (i < scan->count);
	return true;
}

/* ---- choosing ---- */

/* Among plans of equal length: the default alphabet; then a single shift, which a phone
 * that does not know the table still shows nearly right; a locking shift, which it does
 * not; both; UCS-2. */
static int
rank(const struct segment_plan *plan)
{
	if (plan->alphabet == SMS_UCS2)
		return 4;
	return (plan->single_shift != 0) + 2 * (plan->locking_shift != 0);
}

static bool
better(const struct segment_plan *plan, const struct segment_plan *best)
{
	if (best->count == 0 || plan->count != best->count)
		return best->count == 0 || plan->count < best->count;
	if (rank(plan) != rank(best))
		return rank(plan) < rank(best);
	return plan->units < best->units;
}

/* Tries one way; returns the index of the first character it lacks. */
static size_t
try(struct scan *scan, enum sms_alphabet alphabet, unsigned single, unsigned locking,
	struct segment_plan *best)
{
	struct segment_plan plan;
	size_t lacking;
	plan.alphabet = alphabet;
	plan.single_shift = (uint8_t)single;
	plan.locking_shift = (uint8_t)locking;
	plan.ref16 = best->ref16;
	lacking = measure(scan, &plan);
	if (lacking == scan->count && lay_out(scan, &plan) && better(&plan, best))
		*best = plan;
	return lacking;
}

static void
try_national(struct scan *scan, uint32_t allowed, struct segment_plan *best)
{
	for (uint8_t single = 0; single < GSM7_LANGUAGES; single++) {
		for (uint8_t locking = 0; locking < GSM7_LANGUAGES; locking++) {
			if (!(allowed >> single & allowed >> locking & 1))
				continue;
			if ((single | locking) && gsm7_has_locking(locking))
				try(scan, SMS_GSM7, single, locking, best);
		}
	}
}

static int
refuse(const struct scan *scan, size_t lacking, struct strbuf *err)
{
	const struct unit *unit = &scan->units[lacking];
	if (lacking == scan->count)
		strbuf_set(err, "The text needs more than %d messages", SEGMENT_MAX);
	else
		strbuf_set(err, "\"%.*s\" (U+%04X) is not in the GSM 7-bit alphabet",
			(int)(unit[1].at - unit[0].at), scan->text + unit->at,
			unit->scalar);
	return -EINVAL;
}

int
segment_plan(const char *text, size_t len, const struct segment_options *options,
	struct segment_plan *ret_plan, struct strbuf *err)
{
	uint32_t allowed = (options->national & LANGUAGES_MASK) | 1;
	struct scan scan = {.text = text, .len = len};
	struct segment_plan best = {.ref16 = options->ref16};
	size_t lacking = 0;
	if (scan_text(&scan, allowed, err) < 0) {
		scan_done(&scan);
		return -EINVAL;
	}
	if (options->alphabet != SEGMENT_FORCE_UCS2) {
		lacking = try(&scan, SMS_GSM7, 0, 0, &best);
		if (allowed != 1 && best.count != 1)
			try_national(&scan, allowed, &best);
	}
	if (options->alphabet != SEGMENT_FORCE_GSM7 && best.count != 1)
		lacking = try(&scan, SMS_UCS2, 0, 0, &best);
	if (best.count)
		*ret_plan = best;
	else
		refuse(&scan, lacking, err);
	scan_done(&scan);
	return best.count ? 0 : -EINVAL;
}
