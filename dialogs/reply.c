/* What a text means to the step that waits: local words, answers, what it accepts, rows.
 */
#include "dialogs/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/text/match.h"
#include "gateway/text/numeral.h"

static bool
proves_consent(const struct script *script, const struct step *s)
{
	/* A question cited as the wording of a consent is never guessed at. */
	for (size_t i = 0; i < script->step_count; i++) {
		const char *w = script->steps[i].consent.wording;
		const char *at = w ? strstr(w, s->name) : NULL;
		size_t n = strlen(s->name);
		if (at && script->steps[i].consent.grant &&
			(at == w || strchr(", ", at[-1])) &&
			(!at[n] || strchr(", ", at[n])))
			return true;
	}
	return false;
}

static bool
read_answer(
	const struct script *script, const struct step *s, const char *text, size_t *ret)
{
	struct match_choice choices[SCRIPT_CHOICES];
	size_t n = MIN(s->answers.count, ARRAY_LEN(choices));
	for (size_t i = 0; i < n; i++)
		choices[i] = (struct match_choice){.words = &s->answers.items[i].is,
			.mode = s->answers.items[i].match};
	unsigned fuzzy = proves_consent(script, s) ? 0 : (unsigned)s->fuzzy;
	*ret = match_choose(text, choices, n, fuzzy);
	return *ret != MATCH_NONE;
}

/* A value of a row to choose from, and which row; NULL for any other variable. */
static const char *
row_value(const struct step *s, const struct run_var *v, size_t *ret_row)
{
	size_t n = strlen(s->choose);
	if (strncmp(v->name, s->choose, n) != 0 || v->name[n] != '.' || !v->text)
		return NULL;
	*ret_row = strtoul(v->name + n + 1, NULL, 10);
	return *ret_row && *ret_row <= STEP_ROWS ? v->text : NULL;
}

/* How many of its words, of two syllables at least, the reply holds: 백자요, 백자 거로.
 */
static unsigned
words_shared(const char *said, const char *value)
{
	struct strbuf field = STRBUF_INIT(4096);
	char word[96];
	unsigned shared = 0;
	words_normalise(value, &field);
	for (const char *rest = field.s; *rest;) {
		rest = words_first(rest, word, sizeof(word));
		shared += strlen(word) > 3 && match_word(said, word, MATCH_ANY_WORD);
	}
	strbuf_done(&field);
	return shared;
}

/* The row with which the reply shares the most words; none when two are even. */
static size_t
row_by_words(const struct step *s, const struct run_frame *f, const char *said)
{
	unsigned shared[STEP_ROWS + 1] = {0};
	size_t row, best = 0;
	bool tie = false;
	for (size_t i = 0; i < f->var_count; i++) {
		const char *value = row_value(s, &f->vars[i], &row);
		if (value)
			shared[row] += words_shared(said, value);
	}
	for (row = 1; row <= STEP_ROWS; row++) {
		tie = shared[row] == shared[best] || (tie && shared[row] < shared[best]);
		if (shared[row] > shared[best])
			best = row;
	}
	return shared[best] && !tie ? best : 0;
}

/* By number, else by the one row in which the words stand, or most of them. */
static bool
read_row(const struct step *s, const struct run *run, const char *text, size_t *ret)
{
	const struct run_frame *f = &run->frames[run->depth - 1];
	struct numeral number;
	struct value count = {0};
	char name[128];
	size_t found = 0;
	snprintf(name, sizeof(name), "%s.count", s->choose);
	if (!run_get(f, name, &count))
		return false;
	if (numeral_read(text, &number) || numeral_find(text, &number)) {
		*ret = (size_t)number.value;
		if (number.value >= 1 && number.value <= count.number &&
			number.value == (double)*ret)
			return true;
	}
	struct strbuf said = STRBUF_INIT(4096), field = STRBUF_INIT(4096);
	words_normalise(text, &said);
	for (size_t i = 0; said.len >= 4 && i < f->var_count && found != SIZE_MAX; i++) {
		size_t row;
		const char *value = row_value(s, &f->vars[i], &row);
		words_normalise(value ? value : "", &field);
		if (!value || !strstr(field.s, said.s))
			continue;
		found = !found || found == row ? row : SIZE_MAX;
	}
	if (!found)
		found = row_by_words(s, f, said.s);
	strbuf_done(&said);
	strbuf_done(&field);
	*ret = found;
	return found && found != SIZE_MAX;
}

void
reply_read(const struct script *script, const struct step *s, const struct run *run,
	const char *text, const struct step_env *env, struct reply *ret)
{
	struct answer_env ae = {.now = env->now,
		.zone = env->zone,
		.lang = env->lang ? env->lang : env->pack_lang,
		.day_first = env->day_first,
		.phone = env->phone};
	struct strbuf said = STRBUF_INIT(8192);
	words_normalise(text, &said);
	ret->kind = REPLY_NONE;
	if (wordset_has(&script->restart, said.s))
		ret->kind = REPLY_RESTART;
	else if (wordset_has(&script->leave, said.s))
		ret->kind = REPLY_LEAVE;
	else if (s->answers.count && read_answer(script, s, text, &ret->index))
		ret->kind = REPLY_ANSWER;
	else if (s->choose && read_row(s, run, text, &ret->index))
		ret->kind = REPLY_ROW;
	else if (s->accepts && answer_read(&s->accept, text, &ae, &ret->value))
		ret->kind = REPLY_ACCEPT;
	else if (!s->answers.count && !s->choose && !s->accepts && !s->other.name)
		ret->kind = REPLY_ANY;
	strbuf_done(&said);
}
