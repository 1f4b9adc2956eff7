#include "dialogs/run.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
run_init(struct run *run, uint64_t id)
{
	*run = (struct run){.id = id};
}

void
run_forget(struct run_frame *f)
{
	for (size_t i = 0; i < f->var_count; i++) {
		free(f->vars[i].name);
		free(f->vars[i].text);
	}
	free(f->vars);
	f->vars = NULL;
	f->var_count = 0;
}

void
run_done(struct run *run)
{
	for (size_t i = 0; i < RUN_FRAMES; i++)
		run_forget(&run->frames[i]);
	*run = (struct run){0};
}

struct run_frame *
run_top(struct run *run)
{
	return &run->frames[run->depth ? run->depth - 1 : 0];
}

static struct run_var *
find(const struct run_frame *f, const char *name)
{
	for (size_t i = 0; i < f->var_count; i++)
		if (!strcmp(f->vars[i].name, name))
			return &f->vars[i];
	return NULL;
}

void
run_set(struct run_frame *f, const char *name, const struct value *v)
{
	struct run_var *var = find(f, name);
	char *text = v->text ? xstrdup(v->text) : NULL;
	if (!var && f->var_count == RUN_VARS) {
		free(text);
		return;
	}
	if (!var) {
		f->vars = xrealloc(f->vars, (f->var_count + 1) * sizeof(*f->vars));
		var = &f->vars[f->var_count++];
		*var = (struct run_var){.name = xstrdup(name)};
	}
	free(var->text);
	var->text = text;
	var->kind = v->kind;
	var->number = v->number;
	var->time = v->time;
}

void
run_drop(struct run_frame *f, const char *name)
{
	struct run_var *v = find(f, name);
	if (!v)
		return;
	free(v->name);
	free(v->text);
	*v = f->vars[--f->var_count];
}

void
run_unset(struct run_frame *f, const char *prefix)
{
	size_t n = strlen(prefix), kept = 0;
	for (size_t i = 0; i < f->var_count; i++) {
		struct run_var *v = &f->vars[i];
		if (!strncmp(v->name, prefix, n) && (!v->name[n] || v->name[n] == '.')) {
			free(v->name);
			free(v->text);
		} else
			f->vars[kept++] = *v;
	}
	f->var_count = kept;
}

bool
run_get(const struct run_frame *f, const char *name, struct value *ret)
{
	const struct run_var *v = find(f, name);
	if (!v || v->kind == VALUE_MISSING)
		return false;
	*ret = (struct value){v->kind, v->number, v->time, v->text};
	return true;
}

/* ---- as text: "key value" lines, \ and line ends escaped ---- */

static void
add_escaped(struct strbuf *out, const char *s)
{
	for (; *s; s++) {
		if (*s == '\n')
			strbuf_puts(out, "\\n");
		else if (*s == '\\')
			strbuf_puts(out, "\\\\");
		else
			strbuf_putc(out, *s);
	}
}

/* Names too may have anything in them: a file's, or a column's of somebody's database. */
static void
add_name(struct strbuf *out, const char *s)
{
	for (; *s; s++) {
		if (*s == ' ' || *s == '\n' || *s == '\t' || *s == '\r' || *s == '\v' ||
			*s == '\f')
			strbuf_puts(out, "\\s");
		else if (*s == '\\')
			strbuf_puts(out, "\\\\");
		else
			strbuf_putc(out, *s);
	}
	strbuf_putc(out, ' ');
}

void
run_encode(const struct run *run, struct strbuf *out)
{
	strbuf_printf(out,
		"run 1 %" PRIu64 " %d %u %u %u %u %d %d %" PRId64 " %" PRId64 "\n",
		run->id, (int)run->state, run->visit, run->tries, run->nudges, run->waits,
		run->resume_verb, run->answering, run->last_text, run->started);
	strbuf_printf(out, "outcome %s\n", run->outcome);
	for (unsigned i = 0; i < run->depth; i++) {
		const struct run_frame *f = &run->frames[i];
		strbuf_puts(out, "frame ");
		add_name(out, f->script);
		strbuf_printf(out, "%s %s\n", f->hash, f->step);
		for (size_t k = 0; k < f->var_count; k++) {
			const struct run_var *v = &f->vars[k];
			strbuf_printf(out, "var %d %.17g %" PRId64 " %d ", (int)v->kind,
				v->number, v->time, v->text != NULL);
			add_name(out, v->name);
			add_escaped(out, v->text ? v->text : "");
			strbuf_putc(out, '\n');
		}
	}
}

static void
unescape(char *s)
{
	char *to = s;
	for (; *s; s++) {
		if (*s == '\\' && s[1]) {
			s++;
			*to++ = *s == 'n' ? '\n' : *s == 's' ? ' ' : *s;
		} else
			*to++ = *s;
	}
	*to = '\0';
}

static bool
decode_var(struct run *run, char *line)
{
	struct value v = {0};
	int kind, has_text, used = 0;
	char name[300];
	if (!run->depth || sscanf(line, "var %d %lf %" SCNd64 " %d %299s%n", &kind,
				   &v.number, &v.time, &has_text, name, &used) != 5)
		return false;
	if (line[used] != ' ' || kind < VALUE_MISSING || kind > VALUE_LIST)
		return false;
	unescape(line + used + 1);
	unescape(name);
	v.kind = (enum value_kind)kind;
	v.text = has_text ? line + used + 1 : NULL;
	if ((v.kind == VALUE_TEXT || v.kind == VALUE_LIST) != (v.text != NULL))
		return false;
	run_set(run_top(run), name, &v);
	return true;
}

static bool
decode_line(struct run *run, char *line)
{
	int state = -1, resume = 0, answering = 0;
	if (!strncmp(line, "run ", 4)) {
		int n = sscanf(line,
			"run 1 %" SCNu64 " %d %u %u %u %u %d %d %" SCNd64 " %" SCNd64,
			&run->id, &state, &run->visit, &run->tries, &run->nudges,
			&run->waits, &resume, &answering, &run->last_text, &run->started);
		run->state = (enum run_state)state;
		run->resume_verb = resume != 0;
		run->answering = answering != 0;
		return n == 10 && state >= RUN_NEW && state <= RUN_ENDED;
	}
	if (!strncmp(line, "outcome ", 8)) {
		snprintf(run->outcome, sizeof(run->outcome), "%s", line + 8);
		return true;
	}
	if (!strncmp(line, "frame ", 6) && run->depth < RUN_FRAMES) {
		struct run_frame *f = &run->frames[run->depth++];
		char script[2 * sizeof(f->script)];
		if (sscanf(line, "frame %127s %16s %63s", script, f->hash, f->step) != 3)
			return false;
		unescape(script);
		if (strlen(script) >= sizeof(f->script))
			return false;
		memcpy(f->script, script, strlen(script) + 1);
		return true;
	}
	return decode_var(run, line);
}

int
run_decode(const char *text, struct run *ret)
{
	struct run run;
	run_init(&run, 0);
	char *copy = xstrdup(text), *save = NULL;
	bool good = !strncmp(text, "run 1 ", 6);
	for (char *line = strtok_r(copy, "\n", &save); good && line;
		line = strtok_r(NULL, "\n", &save))
		good = decode_line(&run, line);
	free(copy);
	if (!good || (!run.depth && run.state != RUN_NEW && run.state != RUN_ENDED)) {
		run_done(&run);
		return -EINVAL;
	}
	*ret = run;
	return 0;
}
