/* A script among its siblings: loaded, judged, and its .talk played. */
#include "gateway/verbs/check_script.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "dialogs/lint.h"
#include "dialogs/measure.h"
#include "dialogs/talk.h"
#include "gateway/verbs/rehearse.h"

struct siblings {
	const struct script *scripts[256];
	struct script_set set;
};

static bool
is_cfg(const char *name)
{
	size_t n = strlen(name);
	return n > 4 && !strcmp(name + n - 4, ".cfg");
}

/* The scripts beside PATH, which itself comes first. One that does not load speaks when
 * it is checked itself. */
static void
load_siblings(struct siblings *b, const char *path, struct script *mine)
{
	char dir[400], full[700];
	const char *slash = strrchr(path, '/');
	struct strbuf unread AUTO(strbuf_done) = STRBUF_SENTENCE;
	snprintf(dir, sizeof(dir), "%.*s", slash ? (int)(slash - path) : 1,
		slash ? path : ".");
	b->scripts[0] = mine;
	b->set = (struct script_set){b->scripts, 1};
	DIR *d = opendir(dir);
	for (struct dirent *e;
		d && (e = readdir(d)) && b->set.count < ARRAY_LEN(b->scripts);) {
		struct script *s;
		snprintf(full, sizeof(full), "%s/%s", dir, e->d_name);
		if (is_cfg(e->d_name) &&
			strcmp(e->d_name, slash ? slash + 1 : path) != 0 &&
			script_recognise(full) && script_load(full, &s, &unread) == 0)
			b->scripts[b->set.count++] = s;
	}
	if (d)
		closedir(d);
}

static void
free_siblings(struct siblings *b)
{
	for (size_t i = 0; i < b->set.count; i++)
		script_free((struct script *)b->scripts[i]);
}

/* Prints what was found of this file; true when nothing forbids it. */
static bool
print_findings(const struct lint *l, const char *path)
{
	size_t n = strlen(path), errors = 0;
	for (size_t i = 0; i < l->count; i++) {
		const char *s = l->found[i].sentence;
		if (strncmp(s, path, n) != 0 || s[n] != ':')
			continue; /* a sibling's own */
		fprintf(stderr, "%s\n", s);
		errors += l->found[i].error;
	}
	return !errors;
}

static bool
lint_file(const char *path, struct script *script, const struct rules *rules)
{
	struct siblings beside;
	struct lint l = {0};
	load_siblings(&beside, path, script);
	lint_script(&l, script, &beside.set, rules);
	/* Keywords are reported at the later of two files: here that is this one. */
	beside.scripts[0] = beside.scripts[beside.set.count - 1];
	beside.scripts[beside.set.count - 1] = script;
	lint_set(&l, &beside.set);
	bool good = print_findings(&l, path);
	lint_done(&l);
	free_siblings(&beside);
	return good;
}

static bool
run_talk(const struct verb *verb, const char *path, const struct rules *rules,
	bool *ret_there)
{
	char talk[700];
	struct strbuf err = STRBUF_INIT(8192);
	struct talk_options o = {.rules = rules};
	snprintf(talk, sizeof(talk), "%.*s.talk", (int)(strlen(path) - strlen(".cfg")),
		path);
	*ret_there = is_cfg(path) && access(talk, R_OK) == 0;
	bool good = !*ret_there || talk_run(talk, path, &o, &err) == 0;
	if (!good)
		verb_refuse(verb, "%s", err.s);
	strbuf_done(&err);
	return good;
}

/* ---- lengths ---- */

struct table {
	const char *path;
	size_t texts, most;
	bool too_long;
};

static void
print_text(void *ctx, const struct measured *m)
{
	struct table *t = ctx;
	t->texts++;
	t->most = MAX(t->most, m->worst);
	t->too_long |= m->too_long;
	printf("%s:%u: %s %s%s%s: %s, %zu segment%s %s (%zu of %zu)", t->path, m->line,
		m->step, m->what, *m->lang ? " " : "", m->lang,
		message_class_name(m->cls), m->segments, m->segments == 1 ? "" : "s",
		m->encoding, m->units, m->room);
	if (m->worst > m->segments)
		printf(", at worst %zu", m->worst);
	if (*m->values)
		printf(" (letters: %s)", m->values);
	if (m->cost_milli)
		printf(", at most %lld.%lld", (long long)(m->cost_milli / 1000),
			(long long)(m->cost_milli % 1000 / 100));
	puts("");
	if (m->too_long)
		fprintf(stderr,
			"%s:%u: warning: with the words a promotion needs this is %zu "
			"segments, more than one from a SIM may have "
			"(policy.sim_ad_parts): "
			"it would not be sent%s\n",
			t->path, m->line, m->segments,
			m->may_answer ? ", but in answer to a text of theirs" : "");
}

int
check_script(const struct verb *verb, const char *config, const char *path)
{
	struct script *script;
	struct rehearsal shop;
	struct strbuf err = STRBUF_INIT(64 * 1024);
	bool talks = false, good = false;
	if (rehearsal_open(config, path, &shop, &err) < 0) {
		verb_refuse(verb, "%s", err.s);
		strbuf_done(&err);
		return EXIT_REFUSED;
	}
	if (script_load(path, &script, &err) < 0) {
		verb_refuse(verb, "%s", err.s);
		strbuf_done(&err);
		rehearsal_close(&shop);
		return EXIT_REFUSED;
	}
	struct table table = {.path = path};
	measure_script(script, &shop.rules, print_text, &table);
	size_t steps = script->step_count;
	bool journey = script->is_journey;
	good = lint_file(path, script, &shop.rules) &&
	       run_talk(verb, path, &shop.rules, &talks);
	if (good)
		printf("%s: good. %s, %zu step%s, %zu text%s of at most %zu "
		       "segment%s%s\n",
			path, journey ? "journey" : "dialog", steps,
			steps == 1 ? "" : "s", table.texts, table.texts == 1 ? "" : "s",
			table.most, table.most == 1 ? "" : "s",
			talks ? ", its .talk went as written" : "");
	rehearsal_close(&shop);
	strbuf_done(&err);
	return good ? EXIT_DONE : EXIT_REFUSED;
}
