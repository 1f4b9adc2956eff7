/* Writing: a reply, a note, a message to somebody new. The text is a draft from its first
 * letter on; it stops being one only when the gateway said that it has it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/iso.h"
#include "gateway/desk/commands.h"
#include "gateway/desk/model.h"

#define SAY(d, p) phrase((d)->language, P_##p)

const char *
writing_name(enum writing kind)
{
	static const char *const names[] = {"none", "reply", "note", "new"};
	return names[kind];
}

/* ---- drafts ---- */

struct draft *
desk_draft(struct desk *d, enum writing kind, const char *where)
{
	for (size_t i = 0; i < d->draft_count; i++)
		if (d->drafts[i].kind == kind && !strcmp(d->drafts[i].where, where))
			return &d->drafts[i];
	return NULL;
}

/* The oldest gives way when there are too many in memory; on disk it stays. */
static struct draft *
draft_slot(struct desk *d)
{
	if (d->draft_count < DESK_DRAFTS)
		return &d->drafts[d->draft_count++];
	free(d->drafts[0].text);
	memmove(d->drafts, d->drafts + 1, (DESK_DRAFTS - 1) * sizeof(*d->drafts));
	return &d->drafts[DESK_DRAFTS - 1];
}

static void
keep_draft(struct desk *d)
{
	struct compose *c = &d->compose;
	struct draft *draft = desk_draft(d, c->kind, c->where);
	if (!draft && !c->editor.text.len)
		return;
	if (!draft) {
		draft = draft_slot(d);
		*draft = (struct draft){.kind = c->kind};
		snprintf(draft->where, sizeof(draft->where), "%s", c->where);
	}
	free(draft->text);
	draft->text = xstrdup(c->editor.text.s);
	snprintf(draft->key, sizeof(draft->key), "%s", c->key);
	snprintf(draft->seen, sizeof(draft->seen), "%s", c->seen);
	draft->at = c->at;
	draft->dirty = true;
	draft->gone = !c->editor.text.len;
}

static void
drop_draft(struct desk *d, enum writing kind, const char *where)
{
	struct draft *draft = desk_draft(d, kind, where);
	if (!draft)
		return;
	draft->gone = draft->dirty = true;
	free(draft->text);
	draft->text = xstrdup("");
}

/* A new message: nothing that was sent before is the same. */
static void
new_key(struct desk *d)
{
	struct compose *c = &d->compose;
	c->at = 0;
	snprintf(c->key, sizeof(c->key), "desk-%016llx-%llu", (unsigned long long)d->seed,
		(unsigned long long)++d->made);
}

/* ---- beginning and leaving ---- */

void
compose_begin(struct desk *d, enum writing kind, const char *where, const char *who)
{
	struct compose *c = &d->compose;
	const struct draft *draft = desk_draft(d, kind, where);
	compose_leave(d);
	c->kind = kind;
	c->sending = c->unsure = false;
	c->plan = (struct plan){.known = false};
	snprintf(c->where, sizeof(c->where), "%s", where);
	snprintf(c->who, sizeof(c->who), "%s", who);
	snprintf(c->seen, sizeof(c->seen), "%s", d->thread.newest);
	if (!*c->cls)
		snprintf(c->cls, sizeof(c->cls), "service");
	editor_set(&c->editor, draft && !draft->gone ? draft->text : "");
	*c->key = '\0';
	c->at = 0;
	if (draft && !draft->gone) {
		c->at = draft->at;
		snprintf(c->key, sizeof(c->key), "%s", draft->key);
		snprintf(c->seen, sizeof(c->seen), "%s", draft->seen);
	}
	if (!*c->key)
		new_key(d);
	compose_plan(d);
}

void
compose_leave(struct desk *d)
{
	struct compose *c = &d->compose;
	if (c->kind == WRITE_NONE)
		return;
	keep_draft(d);
	if (c->editor.text.len)
		desk_say(d, NOTICE_INFO, "%s", SAY(d, DRAFT_KEPT));
	c->kind = WRITE_NONE;
	d->presence_at = 0;
}

static void
changed(struct desk *d)
{
	struct compose *c = &d->compose;
	if (d->now - c->typed >= TYPING_SPAN)
		d->presence_at = 0;
	c->typed = d->now;
	keep_draft(d);
	compose_plan(d);
}

/* ---- what it will cost: the gateway is asked, one question at a time ---- */

static const struct ticket *
about(struct desk *d)
{
	return d->compose.kind == WRITE_NEW ? NULL : &d->thread.ticket;
}

void
compose_plan(struct desk *d)
{
	struct compose *c = &d->compose;
	const struct ticket *t = about(d);
	c->plan.stale = true;
	if (c->kind == WRITE_NONE || c->kind == WRITE_NOTE || d->link != LINK_UP)
		return;
	if (!c->editor.text.len) {
		c->plan = (struct plan){.known = false};
		return;
	}
	if (d->busy[WANT_PLAN]) {
		d->again[WANT_PLAN] = true;
		return;
	}
	c->plan.stale = false;
	json_t *body = json_pack("{s:s,s:s,s:s}", "to", t ? t->phone : c->where, "text",
		c->editor.text.s, "class", t ? "reply" : c->cls);
	if (body && t && *d->thread.newest)
		json_object_set_new(body, "reply_to", json_string(d->thread.newest));
	desk_want(d, WANT_PLAN, c->where, "POST", body, "/v1/plan");
}

static void
copy_of(const json_t *o, const char *name, char *ret, size_t size)
{
	const char *s = json_string_value(json_object_get(o, name));
	snprintf(ret, size, "%s", s ? s : "");
}

/* In the language of who writes. */
static void
reason_of(const struct desk *d, const json_t *o, const char *name, char *ret, size_t size)
{
	const char *s = json_string_value(json_object_get(o, name));
	desk_reason(d, s ? s : "", ret, size);
}

static void
take_gates(const struct desk *d, struct plan *p, const json_t *list)
{
	const json_t *o;
	size_t i;
	json_array_foreach(list, i, o)
	{
		char verdict[16];
		if (p->gate_count == PLAN_GATES)
			break;
		struct plan_gate *gate = &p->gates[p->gate_count++];
		copy_of(o, "gate", gate->name, sizeof(gate->name));
		reason_of(d, o, "rule", gate->rule, sizeof(gate->rule));
		copy_of(o, "until", gate->until, sizeof(gate->until));
		copy_of(o, "verdict", verdict, sizeof(verdict));
		gate->lets = !strcmp(verdict, "send");
	}
}

void
compose_planned(
	struct desk *d, const struct want_request *rq, int status, const json_t *body)
{
	struct plan *p = &d->compose.plan;
	if (strcmp(rq->subject, d->compose.where) != 0 || !body)
		return;
	/* Whoever is refused, or a gateway that stops, says nothing of this text. */
	bool said = d->link == LINK_UP && status != 401 && status < 500;
	*p = (struct plan){.known = said, .stale = p->stale};
	if (!said)
		return;
	if (status != 200) { /* what would be refused is said now, not after */
		snprintf(p->verdict, sizeof(p->verdict), "refused");
		reason_of(d, body, "detail", p->rule, sizeof(p->rule));
		return;
	}
	p->segments = (int)json_integer_value(json_object_get(body, "segments"));
	copy_of(body, "encoding", p->encoding, sizeof(p->encoding));
	copy_of(body, "cost", p->cost, sizeof(p->cost));
	copy_of(body, "verdict", p->verdict, sizeof(p->verdict));
	reason_of(d, body, "rule", p->rule, sizeof(p->rule));
	copy_of(body, "until", p->until, sizeof(p->until));
	copy_of(body, "channel", p->channel, sizeof(p->channel));
	take_gates(d, p, json_object_get(body, "gates"));
}

/* ---- sending ---- */

static bool
newer_arrived(const struct desk *d)
{
	const struct compose *c = &d->compose;
	return c->kind == WRITE_REPLY && strcmp(c->seen, d->thread.newest) != 0;
}

/* Fixed when it is first sent: a repeat says the same. */
static const char *
leaves_at(struct desk *d, char ret[ISO_MAX])
{
	struct compose *c = &d->compose;
	if (!c->at)
		c->at = d->now + d->skew + UNDO_SPAN;
	iso_format(c->at, 0, ret);
	keep_draft(d);
	return ret;
}

static json_t *
reply_body(struct desk *d)
{
	struct compose *c = &d->compose;
	char at[ISO_MAX];
	json_t *body = json_pack("{s:s,s:s,s:s}", "text", c->editor.text.s, "key", c->key,
		"at", leaves_at(d, at));
	if (body && *d->thread.newest)
		json_object_set_new(body, "seen", json_string(d->thread.newest));
	return body;
}

static void
post(struct desk *d)
{
	struct compose *c = &d->compose;
	char at[ISO_MAX];
	if (c->kind == WRITE_REPLY)
		desk_want(d, WANT_SEND, c->where, "POST", reply_body(d),
			"/v1/tickets/%s/reply", c->where);
	else if (c->kind == WRITE_NOTE)
		desk_want(d, WANT_SEND, c->where, "POST",
			json_pack("{s:s}", "text", c->editor.text.s),
			"/v1/tickets/%s/note", c->where);
	else
		desk_want(d, WANT_SEND, c->where, "POST",
			json_pack("{s:s,s:s,s:s,s:s,s:s}", "to", c->where, "text",
				c->editor.text.s, "class", c->cls, "key", c->key, "at",
				leaves_at(d, at)),
			"/v1/messages");
}

void
compose_send(struct desk *d, bool anyway)
{
	struct compose *c = &d->compose;
	if (c->kind == WRITE_NONE || c->sending)
		return;
	if (!c->editor.text.len ||
		strspn(c->editor.text.s, " \n") == c->editor.text.len) {
		desk_say(d, NOTICE_BAD, "%s", SAY(d, EMPTY));
		return;
	}
	if (d->link != LINK_UP) {
		desk_say(d, NOTICE_BAD, "%s", SAY(d, OFFLINE_KEPT));
		return;
	}
	if (newer_arrived(d) && !anyway) {
		desk_ask(d, &command_send_anyway, SAY(d, NEWER));
		return;
	}
	snprintf(c->seen, sizeof(c->seen), "%s", d->thread.newest);
	c->sending = true;
	desk_say(d, NOTICE_INFO, "%s", SAY(d, SENDING));
	post(d);
}

static void
remember_undo(struct desk *d, const char *message, const char *ticket)
{
	struct undo *u = &d->undo;
	free(u->text);
	u->text = xstrdup(d->compose.editor.text.s);
	u->until = d->now + UNDO_SPAN;
	snprintf(u->message, sizeof(u->message), "%s", message);
	snprintf(u->ticket, sizeof(u->ticket), "%.23s", ticket);
}

static void
accepted(struct desk *d, const json_t *body)
{
	struct compose *c = &d->compose;
	const json_t *reply =
		c->kind == WRITE_REPLY ? json_object_get(body, "reply") : body;
	char id[DESK_ID], state[16], reason[320];
	copy_of(reply, "id", id, sizeof(id));
	copy_of(reply, "state", state, sizeof(state));
	reason_of(d, reply, "reason", reason, sizeof(reason));
	if (c->kind == WRITE_NOTE) {
		desk_say(d, NOTICE_GOOD, "%s", SAY(d, NOTED));
	} else if (!strcmp(state, "suppressed") || !strcmp(state, "expired")) {
		desk_say(
			d, NOTICE_BAD, SAY(d, SENT_NOT), *reason ? reason : c->plan.rule);
	} else {
		remember_undo(d, id, c->kind == WRITE_REPLY ? c->where : "");
		desk_say(d, NOTICE_GOOD, SAY(d, SENT), (int)(UNDO_SPAN / SECOND));
		d->notice_until = d->undo.until;
	}
	drop_draft(d, c->kind, c->where);
	editor_set(&c->editor, "");
	c->kind = WRITE_NONE;
	d->thread.scroll = 0;
}

static void
not_sent(struct desk *d, int status, const json_t *body, const char *why)
{
	struct compose *c = &d->compose;
	char field[16];
	copy_of(body, "field", field, sizeof(field));
	if (!status) {
		c->unsure = true;
		desk_say(d, NOTICE_BAD, "%s", SAY(d, UNSURE));
		return;
	}
	if (status == 409)
		desk_refresh(d); /* somebody was quicker, or the customer wrote */
	if (status == 409 && !strcmp(field, "key")) {
		/* What was sent before it was changed did arrive; this is another text.
		 */
		new_key(d);
		keep_draft(d);
		desk_say(d, NOTICE_BAD, "%s", SAY(d, WENT_BEFORE));
		return;
	}
	desk_say(d, NOTICE_BAD, SAY(d, REFUSED_KEPT), why);
}

/* ---- taking back ---- */

static void
undo_close(struct desk *d)
{
	struct undo *u = &d->undo;
	desk_want(d, WANT_CHANGE, u->ticket, "POST", json_object(),
		"/v1/tickets/%s/reopen", u->ticket);
	desk_note(d, SAY(d, DONE_REOPEN));
	u->until = 0;
	if (d->view == VIEW_THREAD)
		desk_open(d, u->ticket);
}

void
desk_undo(struct desk *d)
{
	struct undo *u = &d->undo;
	if (!u->until) {
		desk_say(d, NOTICE_BAD, "%s", SAY(d, NO_UNDO));
		return;
	}
	if (*u->ticket && !*u->message)
		undo_close(d);
	else if (*u->ticket)
		desk_want(d, WANT_UNDO, u->ticket, "POST",
			json_pack("{s:s}", "message", u->message), "/v1/tickets/%s/undo",
			u->ticket);
	else
		desk_want(d, WANT_UNDO, d->compose.where, "POST", NULL,
			"/v1/messages/%s/cancel", u->message);
}

static void
undone(struct desk *d, const struct want_request *rq)
{
	struct undo *u = &d->undo;
	bool reply = *u->ticket;
	u->until = 0;
	if (reply && strcmp(d->thread.ticket.id, rq->subject) != 0)
		desk_open(d, rq->subject);
	if (d->compose.kind == WRITE_NONE) {
		compose_begin(d, reply ? WRITE_REPLY : WRITE_NEW, rq->subject,
			reply ? d->thread.ticket.phone : rq->subject);
		new_key(d);
		editor_set(&d->compose.editor, u->text ? u->text : "");
		changed(d);
	}
	desk_say(d, NOTICE_GOOD, "%s", SAY(d, UNDONE));
	desk_refresh(d);
}

void
compose_answered(struct desk *d, const struct want_request *rq, int status,
	const json_t *body, const char *why)
{
	bool good = status >= 200 && status < 300;
	if (rq->what == WANT_UNDO) {
		if (good)
			undone(d, rq);
		else
			desk_say(d, NOTICE_BAD, "%s", why);
		return;
	}
	d->compose.sending = false;
	if (!good) {
		not_sent(d, status, body, why);
		return;
	}
	/* Left meanwhile for another text: what was sent is no draft any more. */
	if (d->compose.kind == WRITE_NONE || strcmp(d->compose.where, rq->subject) != 0)
		for (int kind = WRITE_REPLY; kind <= WRITE_NEW; kind++)
			drop_draft(d, (enum writing)kind, rq->subject);
	else
		accepted(d, body);
	desk_refresh(d);
}

/* ---- keys ---- */

void
compose_insert(struct desk *d, const char *text)
{
	if (!editor_insert(&d->compose.editor, text, strlen(text)))
		desk_say(d, NOTICE_BAD, SAY(d, PASTE_LARGE), strlen(text) / 1024);
	changed(d);
}

static void
next_class(struct desk *d)
{
	static const char *const classes[] = {"service", "reply", "marketing"};
	size_t i = 0;
	while (i < ARRAY_LEN(classes) && strcmp(classes[i], d->compose.cls) != 0)
		i++;
	i = (i + 1) % ARRAY_LEN(classes);
	/* To somebody who is known not to have agreed no promotion is even offered. */
	if (i == 2 && d->pane.known && !d->pane.agreed &&
		!strcmp(d->pane.phone, d->compose.where))
		i = 0;
	snprintf(d->compose.cls, sizeof(d->compose.cls), "%s", classes[i]);
	compose_plan(d);
}

static bool
special_key(struct desk *d, const char *name)
{
	struct compose *c = &d->compose;
	if (!strcmp(name, "enter"))
		compose_send(d, false);
	else if (!strcmp(name, "esc") || !strcmp(name, "ctrl-c"))
		compose_leave(d);
	else if (!strcmp(name, "ctrl-t"))
		command_run(d, "canned", NULL);
	else if (!strcmp(name, "ctrl-k") && c->kind == WRITE_NEW)
		next_class(d);
	else if (!strcmp(name, "pgup") || !strcmp(name, "pgdn"))
		command_run(d, name, NULL);
	else
		return false;
	return true;
}

void
compose_key(struct desk *d, const struct key *key)
{
	struct compose *c = &d->compose;
	if (c->sending || special_key(d, key->name))
		return;
	if (!strcmp(key->name, "ctrl-j") || !strcmp(key->name, "alt-enter")) {
		compose_insert(d, "\n");
		return;
	}
	if (!strcmp(key->name, "up"))
		editor_up(&c->editor, d->cols - 2);
	else if (!strcmp(key->name, "down"))
		editor_down(&c->editor, d->cols - 2);
	else if (editor_edit(&c->editor, key->name))
		changed(d);
	else if (key->text && editor_insert(&c->editor, key->text, key->len))
		changed(d);
	else if (key->text)
		desk_say(d, NOTICE_BAD, SAY(d, PASTE_LARGE), key->len / 1024);
}
