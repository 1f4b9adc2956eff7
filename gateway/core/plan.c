#include "gateway/core/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/utf8.h>
#include <unicode/utrans.h>
#include <unicode/ustring.h>

#include "gateway/core/budget.h"
#include "gateway/core/wording.h"
#include "gateway/sms/gsm7.h"
#include "gateway/sms/segment.h"
#include "gateway/store/contacts.h"

/* ---- the text in GSM 7-bit characters alone ---- */

/* One character that the alphabet lacks, as near as it has it: "“" as a plain quote. */
static bool
replace(UTransliterator *trans, UChar32 c, struct strbuf *out)
{
	UChar wide[16];
	UErrorCode status = U_ZERO_ERROR;
	int32_t n = 0, limit, at = 0;
	U16_APPEND_UNSAFE(wide, n, c);
	limit = n;
	utrans_transUChars(trans, wide, &n, ARRAY_LEN(wide), 0, &limit, &status);
	if (U_FAILURE(status) || !n)
		return false;
	while (at < n) {
		uint8_t pair[2];
		U16_NEXT(wide, at, n, c);
		if (!gsm7_from_scalar((uint32_t)c, 0, 0, pair))
			return false;
		strbuf_utf8(out, (uint32_t)c);
	}
	return true;
}

static bool
in_gsm(const char *text, struct strbuf *out)
{
	UErrorCode status = U_ZERO_ERROR;
	UChar id[32];
	u_uastrcpy(id, "Latin-ASCII");
	UTransliterator *trans =
		utrans_openU(id, -1, UTRANS_FORWARD, NULL, 0, NULL, &status);
	bool good = U_SUCCESS(status);
	size_t at = 0, len = strlen(text);
	while (good && at < len) {
		uint8_t pair[2];
		UChar32 c;
		U8_NEXT((const uint8_t *)text, at, len, c);
		if (c >= 0 && gsm7_from_scalar((uint32_t)c, 0, 0, pair))
			strbuf_utf8(out, (uint32_t)c);
		else
			good = c >= 0 && replace(trans, c, out);
	}
	if (trans)
		utrans_close(trans);
	return good;
}

/* Offered only where it saves something. */
static void
offer_gsm(struct plan *p)
{
	static struct segment_plan segments;
	struct segment_options options = {.alphabet = SEGMENT_FORCE_GSM7};
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(256 * 1024);
	if (!strcmp(p->encoding, "gsm7") || !in_gsm(p->text, &text) ||
		segment_plan(text.s, text.len, &options, &segments, NULL) < 0 ||
		(int)segments.count >= p->segments)
		return;
	p->gsm = xstrdup(text.s);
	p->gsm_segments = (int)segments.count;
}

/* ---- lengths on the country's clouds ---- */

static void
measure_euckr(const struct core *core, struct plan *p)
{
	const struct pack *pack = packs_country(core->config->packs, p->country);
	size_t where;
	if (!pack || !pack->charset || strcmp(pack->charset, "euc-kr") != 0)
		return;
	p->euckr_bytes = wording_euckr_bytes(p->text, &where);
	int64_t n = (int64_t)p->euckr_bytes;
	p->euckr_kind = !n                     ? "not in EUC-KR"
			: n <= pack->sms_bytes ? "SMS"
			: n <= pack->lms_bytes ? "LMS"
					       : "too long";
}

/* ---- the place ---- */

static void
find_place(struct core *core, uint64_t contact, struct plan *p)
{
	struct place place;
	struct contact c;
	places_find(core->config->packs->places, p->phone, &place);
	bool known = contact && contact_load(core->db, contact, &c);
	bool told = known && *c.zone;
	snprintf(p->zone, sizeof(p->zone), "%s",
		told               ? c.zone
		: place.zone_count ? place.zones[0]
				   : core->config->zone);
	p->ambiguous = !told && place.zone_count > 1;
	memcpy(p->country, place.country, sizeof(p->country));
	snprintf(p->region, sizeof(p->region), "%s",
		known && *c.region ? c.region : place.region);
}

static int
try(struct core *core, const struct outbox_request *request, struct plan *ret,
	struct strbuf *err)
{
	struct outbox_trial trial;
	struct outbox_request now = *request;
	now.at = 0;
	int r = outbox_try(core, &now, &trial, err);
	if (r)
		return r;
	*ret = (struct plan){.verdict = trial.verdict,
		.text = trial.text,
		.segments = trial.parts,
		.units = trial.units,
		.at = core_now(core)};
	memcpy(ret->phone, trial.phone, sizeof(ret->phone));
	memcpy(ret->encoding, trial.encoding, sizeof(ret->encoding));
	ret->cost =
		budget_cost(core, *trial.verdict.channel ? trial.verdict.channel : NULL,
			ret->phone, ret->segments);
	char *bare = xstrndup(request->text, request->text_len);
	ret->turned = wording_changes_alphabet(bare, ret->text);
	free(bare);
	find_place(core, trial.contact, ret);
	offer_gsm(ret);
	measure_euckr(core, ret);
	return 0;
}

int
plan_make(struct core *core, const struct outbox_request *request, struct plan *ret,
	struct strbuf *err)
{
	/* Another moment is looked at by another clock: everything reads the one of core.
	 */
	const struct clock *real = core->clock;
	bool odd = core->clock_odd;
	struct clock_sim then;
	if (request->at) {
		clock_sim_init(&then, request->at);
		core->clock = &then.clock;
		core->clock_odd = false;
	}
	int r = try(core, request, ret, err);
	core->clock = real;
	core->clock_odd = odd;
	return r;
}

void
plan_done(struct plan *p)
{
	free(p->text);
	free(p->gsm);
}
