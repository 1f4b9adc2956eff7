/* Texts out: which class each has, and whether the run waits until it has left. */
#include "dialogs/engine.h"

#include <stdio.h>
#include <string.h>

#include "gateway/text/words.h"
#include "gateway/text/zone.h"

/* What advertises is marketing whatever the script calls it. Else a text is a reply only
 * when the customer's own text caused it, and then a marketing script's answers are
 * replies too, unless the step itself says marketing. What the clock sends is service at
 * best. */
static enum message_class
class_of(const struct engine *e, const struct step *s, const struct script_text *t)
{
	enum message_class declared = s->cls           ? s->cls
				      : e->script->cls ? e->script->cls
						       : CLASS_MARKETING;
	if (t->offers)
		return CLASS_MARKETING;
	if (declared == CLASS_MARKETING)
		return e->caused && s->cls == CLASS_UNSAID ? CLASS_REPLY
							   : CLASS_MARKETING;
	return e->caused ? CLASS_REPLY : CLASS_SERVICE;
}

/* Does a consent of this script name the step among its wording? */
static bool
is_cited(const struct script *script, const char *step)
{
	for (size_t i = 0; i < script->step_count; i++) {
		const char *w = script->steps[i].consent.wording;
		for (; w && *w; w += strcspn(w, ","), w += *w == ',') {
			w += strspn(w, " ");
			size_t n = strcspn(w, ", ");
			if (n == strlen(step) && !memcmp(w, step, n))
				return true;
		}
	}
	return false;
}

/* The text shown by a step whose wording may be cited as proof is remembered. */
static void
remember(struct engine *e, const struct step *s, const char *text)
{
	char name[80];
	if (!is_cited(e->script, s->name))
		return;
	snprintf(name, sizeof(name), "shown.%s", s->name);
	run_set(engine_frame(e), name, &(struct value){.kind = VALUE_TEXT, .text = text});
}

static struct effect *
emit(struct engine *e, const struct step *s, const struct script_text *t)
{
	const char *text = t->count ? facts_text(e, t) : NULL;
	if (t->count && !text && e->out->last && e->out->last->kind == EFFECT_TROUBLE)
		e->out->last->cls = class_of(e, s, t);
	if (!text || !*text)
		return NULL;
	struct effect *f = engine_effect(e, EFFECT_SAY);
	f->text = text;
	f->cls = class_of(e, s, t);
	f->basis = s->basis ? s->basis : e->script->basis;
	if (!f->basis && is_cited(e->script, s->name))
		f->basis = "asked"; /* for their consent: reports are of how many */
	f->part = ++e->parts;
	e->run->last_text = e->env->now;
	remember(e, s, text);
	return f;
}

bool
say_text(struct engine *e, const struct step *s, const struct script_text *t,
	bool may_wait)
{
	struct effect *f = emit(e, s, t);
	if (f)
		f->waits = may_wait && f->cls != CLASS_REPLY;
	return f && f->waits;
}

/* The same run always gets the same variant. */
static size_t
drawn(const struct engine *e, const struct step *s)
{
	uint64_t h = e->run->id;
	/* splitmix64's finisher: runs a beat apart must not fall alike. */
	h = (h ^ h >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	h = (h ^ h >> 27) * UINT64_C(0x94D049BB133111EB);
	int64_t at = (int64_t)((h ^ h >> 31) % 100);
	size_t i = 0;
	while (i + 1 < s->variant_count && at >= s->variants[i].share)
		at -= s->variants[i++].share;
	return i;
}

/* What has won, or else the lot. A run that began before keeps its lot. */
bool
say_variants(struct engine *e, const struct step *s)
{
	const char *winner =
		e->env->winner && s->winner.by
			? e->env->winner(e->env->ctx, e->script, s, e->run->started)
			: NULL;
	size_t i = drawn(e, s);
	for (size_t k = 0; winner && k < s->variant_count; k++)
		if (!strcmp(s->variants[k].name, winner))
			i = k;
	struct effect *f = emit(e, s, &s->variants[i].say);
	if (f) {
		f->variant = s->variants[i].name;
		f->waits = f->cls != CLASS_REPLY;
	}
	return f && f->waits;
}

void
say_nudge(struct engine *e, const struct step *s, const struct script_text *t)
{
	int64_t last = e->run->last_text + zone_offset(e->env->zone, e->run->last_text);
	int64_t now = e->env->now + zone_offset(e->env->zone, e->env->now);
	if (last / DAY != now / DAY)
		return; /* another day: it would be a new conversation */
	struct effect *f = emit(e, s, t);
	if (f)
		f->nudge = true;
}
