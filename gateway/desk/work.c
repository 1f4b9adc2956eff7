/* What people do with tickets: with the one that is open or chosen, or with all that are
 * marked. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/conf.h"
#include "gateway/base/iso.h"
#include "gateway/desk/commands.h"
#include "gateway/text/zone.h"

#define SAY(d, p) phrase((d)->language, P_##p)

/* One request for each ticket; the note is said when it is done. The body is shared. */
static void
change(struct desk *d, const struct ticket *t, const char *verb, json_t *body,
	const char *note)
{
	desk_want(d, WANT_CHANGE, t->id, "POST", json_deep_copy(body),
		"/v1/tickets/%s/%s", t->id, verb);
	desk_note(d, note);
}

/* Of the marked ones those that are shown: what one does not see stays as it is. */
static size_t
change_all(struct desk *d, const char *verb, json_t *body_taken, const char *note)
{
	struct ticket *t = desk_current(d);
	size_t n = 0;
	if (d->link != LINK_UP) {
		desk_say(d, NOTICE_BAD, SAY(d, NO_ANSWER), SAY(d, OFFLINE));
	} else if (d->view == VIEW_INBOX && desk_marked(d)) {
		for (size_t i = 0; i < d->ticket_count; i++) {
			if (!d->tickets[i].marked || !ticket_shown(d, &d->tickets[i]))
				continue;
			change(d, &d->tickets[i], verb, body_taken, note);
			d->tickets[i].marked = false;
			n++;
		}
	} else if (t) {
		change(d, t, verb, body_taken, note);
		n = 1;
	} else {
		desk_say(d, NOTICE_BAD, "%s", SAY(d, NO_TICKET));
	}
	json_decref(body_taken);
	return n;
}

/* Asks when nothing was said yet; true then. */
static bool
asks(struct desk *d, const char *words, const char *name, const char *prompt)
{
	if (words)
		return false;
	if (desk_current(d) || desk_marked(d))
		desk_ask(d, command_find(name), prompt);
	else
		desk_say(d, NOTICE_BAD, "%s", SAY(d, NO_TICKET));
	return true;
}

void
work_claim(struct desk *d, const char *words)
{
	(void)words;
	change_all(d, "claim", json_object(), SAY(d, DONE_CLAIM));
}

void
work_assign(struct desk *d, const char *words)
{
	char note[160];
	if (asks(d, words, "assign", SAY(d, ASK_ASSIGN)))
		return;
	if (*words)
		snprintf(note, sizeof(note), SAY(d, DONE_ASSIGN), words);
	else
		snprintf(note, sizeof(note), "%s", SAY(d, DONE_RELEASE));
	change_all(d, "assign", *words ? json_pack("{s:s}", "to", words) : json_object(),
		note);
}

/* "tomorrow" is nine in the morning there, or when the shop opens if the gateway says so;
 * a date and time is the shop's. */
static bool
read_sleep(struct desk *d, const char *words, char ret[ISO_MAX])
{
	int64_t at, ms;
	bool local = false;
	snprintf(ret, ISO_MAX, "%s", words);
	if (!strcmp(words, "reply") || !strcmp(words, "opening") ||
		!conf_duration(words, &ms))
		return true;
	if (!strcmp(words, "tomorrow")) {
		int64_t here = d->now + zone_offset(d->zone, d->now);
		at = (here / DAY + 1) * DAY + 9 * HOUR;
		local = true;
	} else if (iso_parse(words, &at, &local) < 0) {
		return false;
	}
	iso_format(local ? zone_from_local(d->zone, at) : at, 0, ret);
	return true;
}

void
work_snooze(struct desk *d, const char *words)
{
	char until[ISO_MAX], note[160];
	if (asks(d, words, "snooze", SAY(d, ASK_SNOOZE)))
		return;
	if (!read_sleep(d, words, until))
		snprintf(until, sizeof(until), "%.39s", words); /* the gateway explains */
	snprintf(note, sizeof(note), SAY(d, DONE_SNOOZE), words);
	change_all(d, "snooze", json_pack("{s:s}", "until", until), note);
}

/* `u` opens it again. */
static void
remember_close(struct desk *d, const char *id)
{
	d->undo.until = d->now + UNDO_SPAN;
	snprintf(d->undo.ticket, sizeof(d->undo.ticket), "%s", id);
	*d->undo.message = '\0';
}

static bool
close_with(struct desk *d, json_t *body, const char *note)
{
	struct ticket *t = desk_current(d);
	char id[DESK_ID];
	snprintf(id, sizeof(id), "%s", t ? t->id : "");
	bool one = !desk_marked(d) || d->view == VIEW_THREAD;
	if (!change_all(d, "close", body, note))
		return false;
	if (one)
		remember_close(d, id);
	if (d->view == VIEW_THREAD)
		compose_leave(d);
	return true;
}

void
work_close(struct desk *d, const char *words)
{
	bool said = words && *words;
	close_with(d, said ? json_pack("{s:s}", "outcome", words) : json_object(),
		SAY(d, DONE_CLOSE));
}

void
work_close_next(struct desk *d, const char *words)
{
	if (d->view == VIEW_THREAD)
		snprintf(d->selected, sizeof(d->selected), "%s", d->thread.ticket.id);
	char id[DESK_ID];
	snprintf(id, sizeof(id), "%s", d->selected);
	work_close(d, words);
	desk_move(d, 1);
	if (d->view == VIEW_THREAD && strcmp(id, d->selected) != 0)
		desk_open(d, d->selected);
	else if (d->view == VIEW_THREAD)
		desk_show(d, VIEW_INBOX);
}

void
work_quiet(struct desk *d, const char *words)
{
	if (asks(d, words, "quiet", SAY(d, ASK_QUIET)))
		return;
	const char *outcome = *words == 'w' ? "wrong number" : "spam";
	if (!strchr("swb", *words))
		return;
	if (*words == 'b')
		change_all(
			d, "block", json_pack("{s:b}", "blocked", 1), SAY(d, DONE_BLOCK));
	else
		close_with(d, json_pack("{s:s,s:b}", "outcome", outcome, "quiet", 1),
			SAY(d, DONE_CLOSE));
}

void
work_unblock(struct desk *d, const char *words)
{
	(void)words;
	change_all(d, "block", json_pack("{s:b}", "blocked", 0), SAY(d, DONE_UNBLOCK));
}

/* The dialog that handed it over goes on; without one the bot answers the next text. */
void
work_to_bot(struct desk *d, const char *words)
{
	(void)words;
	close_with(d, json_pack("{s:s}", "outcome", "bot"), SAY(d, DONE_BOT));
}

void
work_tag(struct desk *d, const char *words)
{
	if (asks(d, words, "tag", SAY(d, ASK_TAG)) || !*words)
		return;
	bool remove = *words == '-';
	change_all(d, "tags",
		json_pack("{s:s}", remove ? "remove" : "add", words + remove),
		SAY(d, DONE_TAG));
}

void
work_urgent(struct desk *d, const char *words)
{
	const struct ticket *t = desk_current(d);
	(void)words;
	work_priority(d, t && t->priority == PRIORITY_URGENT && !desk_marked(d)
				 ? "normal"
				 : "urgent");
}

void
work_priority(struct desk *d, const char *words)
{
	char note[160];
	if (asks(d, words, "priority", SAY(d, ASK_PRIORITY)))
		return;
	snprintf(note, sizeof(note), SAY(d, DONE_URGENT), words);
	change_all(d, "priority", json_pack("{s:s}", "priority", words), note);
}

void
work_queue(struct desk *d, const char *words)
{
	char note[160];
	if (asks(d, words, "move", SAY(d, ASK_QUEUE)))
		return;
	snprintf(note, sizeof(note), SAY(d, DONE_QUEUE), words);
	change_all(d, "queue", json_pack("{s:s}", "queue", words), note);
}

void
work_reopen(struct desk *d, const char *words)
{
	(void)words;
	change_all(d, "reopen", json_object(), SAY(d, DONE_REOPEN));
}

void
work_number(struct desk *d, const char *words)
{
	char note[160];
	if (asks(d, words, "number", SAY(d, ASK_MOVE)) || !*words)
		return;
	snprintf(note, sizeof(note), SAY(d, DONE_MOVE), words);
	change_all(d, "number", json_pack("{s:s}", "to", words), note);
}

void
work_open_for(struct desk *d, const char *words)
{
	if (!words) {
		desk_ask(d, command_find("open"), SAY(d, ASK_NUMBER));
		return;
	}
	if (!*words)
		return;
	desk_want(d, WANT_CHANGE, "", "POST", json_pack("{s:s}", "phone", words),
		"/v1/tickets");
}

/* ---- completion ---- */

const char *
name_agent(struct desk *d, size_t i)
{
	size_t seen = 0;
	if (i == 0)
		return d->me;
	for (size_t k = 0; k < d->staff_count; k++)
		if (strcmp(d->staff[k], d->me) != 0 && ++seen == i)
			return d->staff[k];
	if (d->staff_count)
		return NULL;
	for (size_t k = 0; k < d->present_count; k++)
		if (strcmp(d->present[k].agent, d->me) != 0 && ++seen == i)
			return d->present[k].agent;
	for (size_t k = 0; k < d->ticket_count; k++)
		if (*d->tickets[k].agent && strcmp(d->tickets[k].agent, d->me) != 0 &&
			++seen == i)
			return d->tickets[k].agent;
	return NULL;
}

const char *
name_sleep(struct desk *d, size_t i)
{
	static const char *const names[] = {
		"3h", "tomorrow", "opening", "reply", "30m", "1d", NULL};
	(void)d;
	return i < ARRAY_LEN(names) ? names[i] : NULL;
}

const char *
name_priority(struct desk *d, size_t i)
{
	static const char *const names[] = {"urgent", "high", "normal", "low", NULL};
	(void)d;
	return i < ARRAY_LEN(names) ? names[i] : NULL;
}

const char *
name_queue(struct desk *d, size_t i)
{
	size_t seen = 0;
	for (size_t k = 0; k < d->ticket_count; k++)
		if (*d->tickets[k].queue && seen++ == i)
			return d->tickets[k].queue;
	return NULL;
}
