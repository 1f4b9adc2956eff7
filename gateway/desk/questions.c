/* The bottom line: a command being typed, or a command's question being answered, with
 * completion. */
#include <stdio.h>
#include <string.h>

#include "gateway/desk/commands.h"

#define SAY(d, p) phrase((d)->language, P_##p)

void
desk_ask(struct desk *d, const struct command *command, const char *prompt)
{
	struct question *q = &d->question;
	q->command = command;
	snprintf(q->prompt, sizeof(q->prompt), "%s", prompt);
	editor_set(&q->line, "");
	q->turn = 0;
	*q->stem = '\0';
}

void
question_close(struct desk *d)
{
	d->question.command = NULL;
}

/* ":claim", ":assign kim": the first word is a command, the rest is its own. */
static void
run_line(struct desk *d, const char *line)
{
	char name[DESK_NAME];
	size_t n;
	while (*line == ' ' || *line == ':')
		line++;
	n = strcspn(line, " ");
	snprintf(name, sizeof(name), "%.*s", (int)MIN(n, sizeof(name) - 1), line);
	while (line[n] == ' ')
		n++;
	if (*name)
		command_run(d, name, line[n] ? line + n : NULL);
}

static void
answer(struct desk *d)
{
	char words[512];
	const struct command *c = d->question.command;
	snprintf(words, sizeof(words), "%s", d->question.line.text.s);
	question_close(d);
	if (!strcmp(c->name, "command")) {
		run_line(d, words);
		return;
	}
	if (c->repeats) {
		d->last = c;
		snprintf(d->last_words, sizeof(d->last_words), "%.255s", words);
	}
	c->run(d, words);
}

/* ---- completion: tab goes round what begins as the line did ---- */

static const char *
candidate(struct desk *d, const char *stem, size_t turn)
{
	const struct command *c = d->question.command;
	size_t seen = 0;
	bool line = !strcmp(c->name, "command");
	if (line && !strchr(stem, ' ')) {
		for (size_t i = 0; commands[i].name; i++)
			if (!strncmp(commands[i].name, stem, strlen(stem)) &&
				seen++ == turn)
				return commands[i].name;
		return NULL;
	}
	if (line) {
		char name[DESK_NAME];
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(stem, " "), stem);
		c = command_find(name);
		stem = strchr(stem, ' ') + 1;
	}
	for (size_t i = 0; c && c->complete; i++) {
		const char *word = c->complete(d, i);
		if (!word)
			break;
		if (!strncmp(word, stem, strlen(stem)) && seen++ == turn)
			return word;
	}
	return NULL;
}

static void
complete(struct desk *d)
{
	struct question *q = &d->question;
	char whole[512];
	if (!q->turn)
		snprintf(q->stem, sizeof(q->stem), "%.250s", q->line.text.s);
	const char *word = candidate(d, q->stem, q->turn);
	if (!word && q->turn) {
		q->turn = 0;
		word = candidate(d, q->stem, 0);
	}
	if (!word)
		return;
	q->turn++;
	const char *blank = strchr(q->stem, ' ');
	bool line = !strcmp(q->command->name, "command");
	snprintf(whole, sizeof(whole), "%.*s%s",
		line && blank ? (int)(blank + 1 - q->stem) : 0, q->stem, word);
	editor_set(&q->line, whole);
}

/* What is typed narrows the list down at once; enter asks the gateway too. */
static void
typed(struct desk *d)
{
	struct question *q = &d->question;
	q->turn = 0;
	if (strcmp(q->command->name, "filter") != 0)
		return;
	d->searching = false;
	snprintf(d->filter, sizeof(d->filter), "%.63s", q->line.text.s);
	desk_keep_selection(d, desk_index(d));
}

static void
give_up(struct desk *d)
{
	bool filter = !strcmp(d->question.command->name, "filter");
	question_close(d);
	if (filter)
		command_run(d, "all", NULL);
}

/* One line: what is pasted behind a line break is left out. */
static size_t
first_line(const struct key *key)
{
	size_t n = 0;
	while (n < key->len && key->text[n] != '\n' && key->text[n] != '\r')
		n++;
	return n;
}

void
question_key(struct desk *d, const struct key *key)
{
	struct question *q = &d->question;
	bool empty = !q->line.text.len;
	if (!strcmp(key->name, "esc") || !strcmp(key->name, "ctrl-c") ||
		(empty && !strcmp(key->name, "backspace"))) {
		give_up(d);
	} else if (q->command->one_key) {
		editor_set(&q->line, "");
		if (key->text && editor_insert(&q->line, key->text, MIN(key->len, 4)))
			answer(d);
	} else if (!strcmp(key->name, "enter")) {
		answer(d);
	} else if (!strcmp(key->name, "tab")) {
		complete(d);
	} else if (editor_edit(&q->line, key->name)) {
		typed(d);
	} else if (key->text && key->len + q->line.text.len < 250) {
		if (editor_insert(&q->line, key->text, first_line(key)))
			typed(d);
	}
}
