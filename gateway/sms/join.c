#include "gateway/sms/join.h"

#include <string.h>

#include "gateway/sms/gsm7.h"
#include "gateway/sms/userdata.h"

#define RUN_MAX (255 * UD_MAX_SEPTETS)

static bool
same_coding(const struct pdu *a, const struct pdu *b)
{
	return a->alphabet == b->alphabet && a->compressed == b->compressed &&
	       a->single_shift == b->single_shift && a->locking_shift == b->locking_shift;
}

static size_t
payload_len(const struct pdu *part)
{
	return part->ud_len - part->payload_at;
}

void
join_octets(const struct pdu *const parts[], size_t count, struct strbuf *out)
{
	for (size_t i = 0; i < count; i++)
		if (parts[i])
			strbuf_add(out, parts[i]->ud + parts[i]->payload_at,
				payload_len(parts[i]));
}

static void
septets_text(const struct pdu *const run[], size_t count, struct strbuf *out)
{
	struct strbuf septets = STRBUF_INIT(RUN_MAX);
	uint8_t part[UD_MAX_SEPTETS];
	for (size_t i = 0; i < count; i++)
		strbuf_add(&septets, part, sms_userdata_septets(run[i], part));
	gsm7_to_utf8((const uint8_t *)septets.s, septets.len, run[0]->single_shift,
		run[0]->locking_shift, out);
	strbuf_done(&septets);
}

/* An odd part is half of a code unit split over two parts as long as all of them together
 * are even; otherwise its last octet is a stray one. */
static void
utf16_gather(const struct pdu *const run[], size_t count, struct strbuf *octets)
{
	size_t total = 0;
	for (size_t i = 0; i < count; i++)
		total += payload_len(run[i]);
	for (size_t i = 0; i < count; i++)
		strbuf_add(octets, run[i]->ud + run[i]->payload_at,
			payload_len(run[i]) & ~(total & 1));
}

static void
run_text(const struct pdu *const run[], size_t count, struct strbuf *out)
{
	struct strbuf octets = STRBUF_INIT(RUN_MAX);
	if (run[0]->compressed)
		return;
	switch (run[0]->alphabet) {
	case SMS_GSM7: septets_text(run, count, out); break;
	case SMS_UCS2:
		utf16_gather(run, count, &octets);
		sms_utf16_to_utf8((const uint8_t *)octets.s, octets.len, out);
		break;
	case SMS_KSC5601:
		join_octets(run, count, &octets);
		sms_ksc5601_to_utf8((const uint8_t *)octets.s, octets.len, out);
		break;
	case SMS_8BIT: break;
	}
	strbuf_done(&octets);
}

void
join_text(const struct pdu *const parts[], size_t count, struct strbuf *out)
{
	size_t i = 0;
	while (i < count) {
		size_t end = i + 1;
		if (!parts[i]) {
			while (end < count && !parts[end])
				end++;
			strbuf_puts(out, JOIN_GAP);
		} else {
			while (end < count && parts[end] &&
				same_coding(parts[i], parts[end]))
				end++;
			run_text(parts + i, end - i, out);
		}
		i = end;
	}
}

static bool
same_key(const struct pdu *a, const struct pdu *b)
{
	return a->type == b->type && a->concat.ref == b->concat.ref &&
	       a->concat.ref_bits == b->concat.ref_bits &&
	       a->concat.total == b->concat.total &&
	       strcmp(a->address.text, b->address.text) == 0;
}

static const struct pdu *
any_part(const struct join *join)
{
	size_t i = 0;
	while (!join->parts[i])
		i++;
	return join->parts[i];
}

void
join_open(struct join *join, const struct pdu *part)
{
	*join = (struct join){.total = part->concat.total, .have = 1};
	join->parts[part->concat.seq - 1] = part;
}

enum join_result
join_add(struct join *join, const struct pdu *part)
{
	const struct pdu **place;
	if (part->concat.total == 0 || !same_key(any_part(join), part))
		return JOIN_STRANGER;
	place = &join->parts[part->concat.seq - 1];
	if (*place) {
		bool same = (*place)->dcs == part->dcs && (*place)->udl == part->udl &&
			    (*place)->ud_len == part->ud_len &&
			    memcmp((*place)->ud, part->ud, part->ud_len) == 0;
		return same ? JOIN_DUPLICATE : JOIN_CONFLICT;
	}
	*place = part;
	join->have++;
	return JOIN_ADDED;
}
