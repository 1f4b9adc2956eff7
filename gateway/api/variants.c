#include "gateway/api/variants.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "dialogs/variants.h"

#define TESTS 500

/* A line of the figures: "name people did". */
static void
write_figure(struct jsonw *w, const char *line)
{
	char name[VARIANT_NAME];
	int64_t people = 0, did = 0;
	size_t n = strcspn(line, " ");
	snprintf(name, sizeof(name), "%.*s", (int)n, line);
	sscanf(line + n, " %" SCNd64 " %" SCNd64, &people, &did);
	jsonw_open(w, NULL, '{');
	jsonw_text(w, "name", name);
	jsonw_int(w, "people", people);
	jsonw_int(w, "did", did);
	if (people)
		jsonw_real(w, "percent", 100.0 * (double)did / (double)people);
	else
		jsonw_null(w, "percent");
	jsonw_close(w, '}');
}

/* Six digits: a p of 0.0004 is not 0. */
static void
write_small(struct jsonw *w, const char *name, bool known, double value)
{
	char text[32];
	snprintf(text, sizeof(text), "%.6f", value);
	jsonw_text(w, name, known ? text : NULL);
}

static void
write_test(void *arg, const struct variant_test *t)
{
	struct jsonw *w = arg;
	struct strbuf says = STRBUF_SENTENCE;
	variants_say(t, &says);
	jsonw_open(w, NULL, '{');
	jsonw_text(w, "script", t->script);
	jsonw_text(w, "step", t->step);
	jsonw_text(w, "by", t->judge);
	jsonw_text(w, "state", t->state);
	jsonw_some(w, "winner", t->winner);
	jsonw_text(w, "verdict", *t->verdict ? t->verdict : "not counted yet");
	jsonw_text(w, "says", says.s);
	jsonw_open(w, "texts", '[');
	for (const char *p = t->figures; *p; p += strcspn(p, "\n"), p += *p == '\n')
		write_figure(w, p);
	jsonw_close(w, ']');
	jsonw_some(w, "best", t->best);
	jsonw_some(w, "second", t->second);
	write_small(w, "p", t->judged, t->p);
	write_small(w, "bar", t->judged, t->bar);
	if (t->judged) {
		jsonw_real(w, "low", 100 * t->low);
		jsonw_real(w, "high", 100 * t->high);
	} else {
		jsonw_null(w, "low");
		jsonw_null(w, "high");
	}
	jsonw_int(w, "looks", t->looks);
	jsonw_time(w, "since", t->since);
	jsonw_time(w, "counted", t->counted);
	jsonw_time(w, "decided", t->decided);
	jsonw_close(w, '}');
	strbuf_done(&says);
}

void
variant_tests_write(struct jsonw *w, const char *name, struct db *db, const char *script)
{
	jsonw_open(w, name, '[');
	variant_tests_list(db, script, TESTS, write_test, w);
	jsonw_close(w, ']');
}
