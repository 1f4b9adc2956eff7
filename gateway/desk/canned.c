/* Canned replies: found by a few letters of their name, their fields filled from what is
 * known of the customer; what is not known is asked for. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/desk/commands.h"

#define SAY(d, p) phrase((d)->language, P_##p)

const char *
canned_name(struct desk *d, size_t i)
{
	return i < d->canned_count ? d->canned[i].name : NULL;
}

/* The letters in their order, the nearer together and to the front the better; -1 when
 * one is missing. */
static int
fit(const char *name, const char *letters)
{
	int cost = 0;
	const char *at = name;
	for (; *letters; letters++) {
		const char *found = at;
		while (*found && tolower((unsigned char)*found) !=
					 tolower((unsigned char)*letters))
			found++;
		if (!*found)
			return -1;
		cost += (int)(found - at);
		at = found + 1;
	}
	return cost * 16 + (int)strlen(name);
}

static const struct canned *
best_fit(const struct desk *d, const char *letters)
{
	const struct canned *best = NULL;
	int lowest = 0;
	for (size_t i = 0; i < d->canned_count; i++) {
		int cost = fit(d->canned[i].name, letters);
		if (cost >= 0 && (!best || cost < lowest)) {
			best = &d->canned[i];
			lowest = cost;
		}
	}
	return best;
}

static const char *
known_field(const struct desk *d, const char *field)
{
	const struct pane *p = &d->pane;
	if (!strcmp(field, "name"))
		return p->name;
	if (!strcmp(field, "phone"))
		return d->thread.ticket.phone;
	if (!strcmp(field, "shop"))
		return d->shop;
	if (!strcmp(field, "agent") || !strcmp(field, "me"))
		return d->me;
	if (!strcmp(field, "order") && p->order_count)
		return p->orders[0].a;
	return "";
}

/* The first {field} from `at` on: its place and name; NULL none. */
static const char *
next_field(const char *at, char ret[DESK_NAME], size_t *ret_len)
{
	for (const char *open = strchr(at, '{'); open; open = strchr(open + 1, '{')) {
		const char *end = strpbrk(open + 1, "{}\n");
		size_t n = end ? (size_t)(end - open - 1) : 0;
		if (!end || *end != '}' || !n || n >= DESK_NAME)
			continue;
		snprintf(ret, DESK_NAME, "%.*s", (int)n, open + 1);
		*ret_len = n + 2;
		return open;
	}
	return NULL;
}

/* Replaces the first {field} of the text being written. */
static void
fill(struct desk *d, const char *open, size_t len, const char *value)
{
	struct strbuf whole AUTO(strbuf_done) = STRBUF_INIT(EDITOR_MAX);
	const char *text = d->compose.editor.text.s;
	strbuf_add(&whole, text, (size_t)(open - text));
	strbuf_puts(&whole, value);
	strbuf_puts(&whole, open + len);
	editor_set(&d->compose.editor, "");
	compose_insert(d, whole.s);
}

/* Fills what is known and asks for the first that is not. */
static void
fill_fields(struct desk *d)
{
	char field[DESK_NAME], prompt[DESK_NAME + 8];
	size_t len;
	for (int i = 0; i < 32; i++) {
		const char *open = next_field(d->compose.editor.text.s, field, &len);
		if (!open)
			return;
		const char *value = known_field(d, field);
		if (!*value) {
			snprintf(prompt, sizeof(prompt), SAY(d, ASK_FIELD), field);
			desk_ask(d, &command_field, prompt);
			snprintf(d->question.field, sizeof(d->question.field), "%s",
				field);
			return;
		}
		fill(d, open, len, value);
	}
}

void
canned_field(struct desk *d, const char *words)
{
	char field[DESK_NAME];
	size_t len;
	const char *open = next_field(d->compose.editor.text.s, field, &len);
	if (!open || !words || !*words)
		return; /* it stays in the text, to be seen */
	fill(d, open, len, words);
	fill_fields(d);
}

void
canned_run(struct desk *d, const char *words)
{
	const struct ticket *t = desk_current(d);
	if (!d->canned_count) {
		desk_say(d, NOTICE_BAD, "%s", SAY(d, CANNED_NONE));
		return;
	}
	if (!words) {
		desk_ask(d, command_find("canned"), SAY(d, ASK_CANNED));
		return;
	}
	const struct canned *c = best_fit(d, words);
	if (!c) {
		desk_say(d, NOTICE_BAD, SAY(d, NO_COMMAND), words);
		return;
	}
	if (d->compose.kind == WRITE_NONE && t) {
		command_run(d, "reply", NULL);
		d->compose.plan.stale = true;
	}
	if (d->compose.kind == WRITE_NONE)
		return;
	compose_insert(d, c->text);
	fill_fields(d);
}
