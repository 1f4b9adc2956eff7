#include "dialogs/variants.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* FNV-1a, with a mark behind each text so that two cannot flow into each other. */
static void
stir(uint64_t *h, const char *text)
{
	for (const char *p = text ? text : ""; *p; p++)
		*h = (*h ^ (unsigned char)*p) * UINT64_C(1099511628211);
	*h = (*h ^ 0xFF) * UINT64_C(1099511628211);
}

void
variants_print(const struct step *step, char ret[17])
{
	uint64_t h = UINT64_C(14695981039346656037);
	stir(&h, step->winner.by);
	for (size_t i = 0; i < step->variant_count; i++) {
		const struct script_variant *v = &step->variants[i];
		stir(&h, v->name);
		for (size_t k = 0; k < v->say.count; k++) {
			stir(&h, v->say.variants[k].lang);
			stir(&h, template_source(v->say.variants[k].body));
		}
	}
	snprintf(ret, 17, "%016" PRIx64, h);
}

int
variants_find(const struct step *step, const char *name)
{
	for (size_t i = 0; i < step->variant_count; i++)
		if (!strcmp(step->variants[i].name, name))
			return (int)i;
	return -1;
}

static void
keep_figures(struct variant_test *t, const struct step *step, const struct share *of)
{
	struct strbuf text = STRBUF_INIT(sizeof(t->figures));
	for (size_t i = 0; i < step->variant_count; i++)
		strbuf_printf(&text, "%s %" PRId64 " %" PRId64 "\n",
			step->variants[i].name, of[i].n, of[i].of);
	snprintf(t->figures, sizeof(t->figures), "%s", text.s);
	strbuf_done(&text);
}

/* What this look may use up of the doubt that `sure` leaves. */
static double
bar_of(const struct variant_test *t, const struct step *step, bool last)
{
	double doubt =
		(100 - (double)(step->winner.sure ? step->winner.sure : VARIANTS_SURE)) /
		100;
	return ldexp(doubt, -(int)MIN(t->looks, 60) - (last ? 0 : 1));
}

static void
look(struct variant_test *t, const struct step *step, const struct contest *c)
{
	t->looks++;
	t->judged = true;
	t->p = c->p;
	t->bar = c->bar;
	t->low = c->low;
	t->high = c->high;
	snprintf(t->best, sizeof(t->best), "%s", step->variants[c->best].name);
	snprintf(t->second, sizeof(t->second), "%s", step->variants[c->second].name);
}

bool
variants_judge(struct variant_test *t, const struct step *step, const struct share *of,
	int64_t now)
{
	struct contest c;
	int64_t did = 0,
		min = step->winner.min_each ? step->winner.min_each : VARIANTS_MIN;
	bool last = step->winner.stop && now - t->since >= step->winner.stop;
	size_t n = MIN(step->variant_count, (size_t)CONTEST_MAX);
	for (size_t i = 0; i < n; i++)
		did += of[i].of;
	keep_figures(t, step, of);
	t->counted = now;
	proportion_contest(of, n, min, bar_of(t, step, last), &c);
	bool enough = c.verdict != PROPORTION_NOT_ENOUGH;
	if (enough && (last || did >= t->next)) {
		look(t, step, &c);
		t->next = 2 * did;
		snprintf(t->verdict, sizeof(t->verdict), "%s",
			c.verdict == PROPORTION_DIFFERENT
				? "decided"
				: proportion_name(PROPORTION_SAME));
	} else if (!t->looks) {
		snprintf(t->verdict, sizeof(t->verdict), "%s",
			proportion_name(PROPORTION_NOT_ENOUGH));
	}
	bool won = enough && !strcmp(t->verdict, "decided");
	if (!won && !last)
		return false;
	snprintf(t->state, sizeof(t->state), won ? "decided" : "over");
	snprintf(t->winner, sizeof(t->winner), "%s", won ? t->best : "");
	t->decided = now;
	return true;
}

/* "of" and "n" of a variant, from the row's figures. */
static struct share
figure(const struct variant_test *t, const char *name)
{
	struct share s = {0, 0};
	size_t n = strlen(name);
	for (const char *p = t->figures; *p; p += strcspn(p, "\n"), p += *p == '\n')
		if (!strncmp(p, name, n) && p[n] == ' ')
			sscanf(p + n, " %" SCNd64 " %" SCNd64, &s.n, &s.of);
	return s;
}

void
variants_say(const struct variant_test *t, struct strbuf *out)
{
	struct share a = figure(t, t->best), b = figure(t, t->second);
	strbuf_printf(out, "%s, step %s: ", t->script, t->step);
	if (*t->winner)
		strbuf_printf(out, "'%s' wins by %s, ", t->winner, t->judge);
	else
		strbuf_printf(out, "%s by %s", *t->verdict ? t->verdict : "not counted",
			t->judge);
	if (!*t->winner && t->judged)
		strbuf_puts(out, ": ");
	if (t->judged)
		strbuf_printf(out,
			"%s%s%s%" PRId64 " of %" PRId64 " against %" PRId64 " of %" PRId64
			" of '%s' (p %.4f, %s %.4f)",
			*t->winner ? "" : "'", *t->winner ? "" : t->best,
			*t->winner ? "" : "' ", a.of, a.n, b.of, b.n, t->second, t->p,
			t->p <= t->bar ? "below" : "not below", t->bar);
	if (!strcmp(t->state, "over"))
		strbuf_puts(out, "; its time is over, the shares stay as they are");
}
