#include "gateway/outreach/walk.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gateway/core/offers.h"
#include "gateway/outreach/campaign_inside.h"
#include "gateway/outreach/compose.h"
#include "gateway/store/attributes.h"

bool
walk_pass(const struct spec *spec, int64_t pass, enum walk_kind *ret)
{
	int64_t rounds = spec->winner.test ? 2 : (int64_t)spec->stage_count + 1;
	if (pass < rounds)
		*ret = spec->winner.test   ? pass ? WALK_REST : WALK_TEST
		       : pass < rounds - 1 ? WALK_STAGE
					   : WALK_ALL;
	else if (pass == rounds && spec->remind_after)
		*ret = WALK_REMIND;
	else
		return false;
	return true;
}

/* ---- whom ---- */

/* Whom the first text reached who did not do what it was for. */
static size_t
read_reminded(struct db *db, struct walk_page *p)
{
	return db_ids(
		db_select(db,
			"SELECT k.contact FROM campaign_members k JOIN messages m ON "
			"m.key "
			"= 'c' || CAST(k.campaign AS TEXT) || ':' || CAST(k.contact AS "
			"TEXT) JOIN charges g ON g.message = m.id WHERE k.campaign = $1 "
			"AND k.contact > $2 AND k.what = 'sent' AND (m.state = 'sent' OR "
			"m.state = 'delivered') AND NOT EXISTS (SELECT 1 FROM "
			"shop_events "
			"e WHERE e.contact = k.contact AND e.name = $3 AND e.at >= g.at) "
			"ORDER BY k.contact LIMIT $4",
			"uuti", p->campaign, p->after, p->spec->goal, (int64_t)WALK_PAGE),
		p->ids, WALK_PAGE);
}

void
walk_read(struct db *db, struct walk_page *p)
{
	p->count = p->kind == WALK_REMIND ? read_reminded(db, p)
					  : crowd_page(db, p->crowd, p->now, p->after,
						    p->ids, WALK_PAGE);
}

/* ---- who gets what ---- */

static const struct spec_variant *
choose(const struct walk_step *s, uint64_t contact)
{
	int64_t at = split_percent(s->row->id, contact, SPLIT_VARIANT), sum = 0;
	for (size_t i = 0; *s->row->winner && i < s->spec->variant_count; i++)
		if (!strcmp(s->spec->variants[i].name, s->row->winner))
			return &s->spec->variants[i];
	for (size_t i = 0; i < s->spec->variant_count; i++) {
		sum += s->spec->variants[i].share;
		if (at < sum)
			return &s->spec->variants[i];
	}
	return &s->spec->variants[0];
}

/* A code is not drawn for whoever will not get it: the gates will say why. */
static bool
would_go(const struct walk_step *s, uint64_t contact)
{
	struct contact c;
	struct consent_state consent;
	if (!contact_load(s->core->db, contact, &c) || *c.stopped || c.dead_since)
		return false;
	if (s->spec->cls != CLASS_MARKETING)
		return true;
	consent_derive(s->core->db, contact, &consent);
	return consent.granted;
}

struct taking {
	struct walk_step *s;
	uint64_t contact;
	struct strbuf *text, *err;
};

static void
want_code(void *arg, const char *pool)
{
	codes_want(arg, pool);
}

/* Their own text, or none when it is the one all share. */
static int
write_text(struct taking *t, const char *variant, const struct spec_text *text,
	const char **ret)
{
	struct walk_step *s = t->s;
	struct strbuf missing AUTO(strbuf_done) = STRBUF_INIT(256);
	bool draws = spec_draws(text) && would_go(s, t->contact);
	struct compose c = {s->core, s->row->id, t->contact, s->spec->name, variant,
		!s->dry && draws, s->plan && draws ? want_code : NULL, s->plan};
	*ret = compose_shared(text);
	if (*ret)
		return 0;
	strbuf_reset(t->text);
	if (compose_text(&c, text, t->text, &missing) < 0) {
		strbuf_set(t->err, "there is nothing left for {%s}", missing.s);
		return -ENODATA;
	}
	*ret = t->text->s;
	return 0;
}

static void
count_variant(struct walk_step *s, const struct spec_variant *v, const char *text)
{
	struct campaign_plan *p = s->plan;
	if (!p)
		return;
	size_t i = (size_t)(v - s->spec->variants);
	snprintf(p->variants[i].name, sizeof(p->variants[i].name), "%s", v->name);
	p->variants[i].count++;
	if (!*p->sample)
		snprintf(p->sample, sizeof(p->sample), "%s", text);
}

static int
take_first(struct taking *t)
{
	struct walk_step *s = t->s;
	const struct spec *spec = s->spec;
	struct db *db = s->core->db;
	uint64_t id = s->row->id;
	int64_t now = core_now(s->core);
	const char *text;
	if (s->kind != WALK_TEST && s->row->pass > 0 &&
		campaign_member_known(db, id, t->contact))
		return 0;
	if (s->kind == WALK_TEST &&
		split_percent(id, t->contact, SPLIT_TEST) >= spec->winner.test)
		return 0;
	if (split_percent(id, t->contact, SPLIT_HOLDOUT) < spec->holdout) {
		if (s->plan)
			s->plan->holdout++;
		if (!s->dry)
			campaign_member_add(db, id, t->contact, "", "holdout", "", now);
		return 0;
	}
	const struct spec_variant *v = choose(s, t->contact);
	int r = write_text(t, v->name, &v->text, &text);
	if (r < 0)
		return r;
	count_variant(s, v, text);
	audience_add(db, s->audience, t->contact,
		spec->variant_count == 1 && compose_shared(&v->text) ? NULL : text);
	if (!s->dry)
		campaign_member_add(db, id, t->contact, v->name, "sent", "", now);
	return 0;
}

static int
take_one(struct taking *t)
{
	const char *text;
	if (t->s->kind != WALK_REMIND)
		return take_first(t);
	int r = write_text(t, "remind", &t->s->spec->remind, &text);
	if (!r)
		audience_add(t->s->core->db, t->s->audience, t->contact, text);
	return r;
}

/* ---- their messages ---- */

static void
tag_them(const struct walk_step *s, const uint64_t *ids, size_t count)
{
	for (size_t i = 0; *s->spec->tag && !s->dry && i < count; i++) {
		char key[64];
		snprintf(key, sizeof(key), "c%" PRIu64 ":%" PRIu64, s->row->id, ids[i]);
		db_run(s->core->db,
			"INSERT INTO tags(contact, name, at) SELECT contact, $2, $3 FROM "
			"messages WHERE key = $1 AND (state = 'queued' OR state = "
			"'held') "
			"ON CONFLICT (contact, name) DO NOTHING",
			"tti", key, s->spec->tag, core_now(s->core));
	}
}

/* Whose text the codes and links that were just drawn went into. */
static void
bind_drawn(const struct walk_step *s, const char *key, const uint64_t *ids, size_t count)
{
	for (size_t i = 0; !s->dry && i < count; i++) {
		const struct spec_variant *v = choose(s, ids[i]);
		bool remind = s->kind == WALK_REMIND;
		char whose[96];
		int64_t print;
		if (!spec_draws(remind ? &s->spec->remind : &v->text))
			continue;
		snprintf(whose, sizeof(whose), "%s:%" PRIu64, key, ids[i]);
		uint64_t message = message_by_key(s->core->db, whose, &print);
		const char *step = remind ? "remind" : *v->name ? v->name : "text";
		if (message)
			offers_bind(s->core, message,
				&(struct offer_for){.contact = ids[i],
					.run = s->row->id,
					.script = s->spec->name,
					.step = step,
					.now = core_now(s->core)});
	}
}

struct audience_wish
walk_wish(const struct walk_step *s)
{
	static char key[40]; /* one campaign is walked at a time */
	const struct spec *spec = s->spec;
	const struct spec_text *text =
		s->kind == WALK_REMIND ? &spec->remind : &spec->variants[0].text;
	const char *shared = compose_shared(text);
	int64_t started = s->row->started ? s->row->started : core_now(s->core);
	snprintf(key, sizeof(key), "c%" PRIu64 "%s", s->row->id,
		s->kind == WALK_REMIND ? "r" : "");
	return (struct audience_wish){.audience = s->audience,
		.text = shared ? shared : "-", /* everybody has their own */
		.cls = spec->cls,
		.origin = "campaign",
		.channel = *spec->channel ? spec->channel : NULL,
		.key = key,
		.slot = *spec->slot && s->kind != WALK_REMIND ? spec->slot : NULL,
		.at = spec->at,
		.expires = spec->expires ? MAX(started, spec->at) + spec->expires : 0,
		.skip_capped = spec->skip_capped,
		.dry = s->dry};
}

int
walk_take(struct walk_step *s, const uint64_t *ids, size_t count, uint64_t *ret_last,
	struct strbuf *err)
{
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(SPEC_TEXT * 4);
	struct taking t = {s, 0, &text, err};
	uint64_t cursor = 0;
	size_t n = 0;
	int dry = 0, r;
	for (; n < count && !dry; n++) {
		t.contact = ids[n];
		dry = take_one(&t);
		if (!dry)
			*ret_last = ids[n];
	}
	struct audience_wish wish = walk_wish(s);
	r = audience_admit(s->core, &wish, &cursor, (int)count, s->sums, err);
	audience_clear(s->core->db, s->audience, (int)count);
	tag_them(s, ids, n);
	bind_drawn(s, wish.key, ids, n);
	return r < 0 ? r : dry;
}
