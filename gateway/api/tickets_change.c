/* What people do with tickets. Every change is answered with the ticket as it is then,
 * after the commit. */
#include "gateway/api/resources.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/api/fields.h"
#include "gateway/api/ticket_json.h"
#include "gateway/base/conf.h"
#include "gateway/base/iso.h"
#include "gateway/base/suggest.h"
#include "gateway/core/erase.h"
#include "gateway/core/tickets.h"
#include "gateway/store/access.h"
#include "gateway/store/contacts.h"

/* What a body may say; each kind of change knows some of it. */
struct wish {
	const char *as, *to, *text, *until, *priority, *queue, *outcome, *note, *key,
		*phone, *topic;
	const char *add, *remove;
	uint64_t seen, message;
	int64_t at;
	bool quiet, blocked;
};

#define AT(member) offsetof(struct wish, member)
#define AS                                                                               \
	{                                                                                \
		"as", FIELD_TEXT, AT(as), .max = TICKET_NAME - 1                         \
	}

static const char *const priorities[] = {"low", "normal", "high", "urgent", NULL};
static const struct field claim_fields[] = {AS, {0}};
static const struct field assign_fields[] = {
	AS, {"to", FIELD_TEXT, AT(to), .max = TICKET_NAME - 1}, {0}};
static const struct field note_fields[] = {AS,
	{"text", FIELD_TEXT, AT(text), .required = true, .max = TICKET_NOTE_MAX}, {0}};
static const struct field snooze_fields[] = {
	AS, {"until", FIELD_TEXT, AT(until), .required = true, .max = 40}, {0}};
static const struct field priority_fields[] = {AS,
	{"priority", FIELD_NAME, AT(priority), .required = true, .names = priorities},
	{0}};
static const struct field queue_fields[] = {AS,
	{"queue", FIELD_TEXT, AT(queue), .required = true, .max = TICKET_NAME - 1}, {0}};
static const struct field close_fields[] = {AS,
	{"outcome", FIELD_TEXT, AT(outcome), .max = TICKET_NAME - 1},
	{"quiet", FIELD_BOOL, AT(quiet)}, {0}};
static const struct field reopen_fields[] = {
	AS, {"note", FIELD_TEXT, AT(note), .max = TICKET_NOTE_MAX}, {0}};
static const struct field reply_fields[] = {AS,
	{"text", FIELD_TEXT, AT(text), .required = true},
	{"key", FIELD_TEXT, AT(key), .max = 128}, {"seen", FIELD_ID, AT(seen)},
	{"at", FIELD_WAIT, AT(at)}, {0}};
static const struct field undo_fields[] = {
	AS, {"message", FIELD_ID, AT(message), .required = true}, {0}};
static const struct field tag_fields[] = {AS,
	{"add", FIELD_TEXT, AT(add), .max = TICKET_NAME - 1},
	{"remove", FIELD_TEXT, AT(remove), .max = TICKET_NAME - 1}, {0}};
static const struct field block_fields[] = {
	AS, {"blocked", FIELD_BOOL, AT(blocked), .required = true}, {0}};
static const struct field number_fields[] = {
	AS, {"to", FIELD_TEXT, AT(to), .required = true, .max = 64}, {0}};
static const struct field open_fields[] = {AS,
	{"phone", FIELD_TEXT, AT(phone), .required = true, .max = 64},
	{"topic", FIELD_TEXT, AT(topic), .max = TICKET_NAME - 1},
	{"queue", FIELD_TEXT, AT(queue), .max = TICKET_NAME - 1},
	{"priority", FIELD_NAME, AT(priority), .names = priorities},
	{"note", FIELD_TEXT, AT(note), .max = TICKET_NOTE_MAX}, {0}};

/* ---- a change, from its body to its answer ---- */

struct change {
	uint64_t id;
	struct wish wish;
	json_t *body; /* the wish borrows from it */
	const char *agent;
	struct strbuf err;
	struct ticket ticket;
	struct outbox_receipt receipt;
	bool replied;
};

static void
change_free(void *arg)
{
	struct change *c = arg;
	json_decref(c->body);
	strbuf_done(&c->err);
	free(c);
}

struct colleagues {
	struct suggest near;
	size_t count;
};

static bool
offer(void *arg, const struct staff *s)
{
	struct colleagues *all = arg;
	all->count++;
	suggest_offer(&all->near, s->name);
	return true;
}

/* Without any staff every name is as good as another; with them a slip of the pen would
 * give a ticket to nobody. */
static bool
works_here(struct request *rq, const char *field, const char *name)
{
	struct colleagues all = {.count = 0};
	struct staff found;
	if (staff_by_name(rq->core->db, name, &found))
		return true;
	suggest_init(&all.near, name);
	staff_list(rq->core->db, false, offer, &all);
	if (!all.count)
		return true;
	request_problem_field(rq, 422, field, "nobody called '%s' works here%s%s%s", name,
		all.near.best ? "; did you mean '" : " (malgil staff lists them)",
		all.near.best ? all.near.best : "", all.near.best ? "'?" : "");
	return false;
}

/* Somebody else's name is for the owner to use; everybody else answers as who they are.
 */
static bool
choose_agent(struct request *rq, struct change *c)
{
	c->agent = c->wish.as ? c->wish.as : rq->agent;
	if (!c->wish.as || !strcmp(c->wish.as, rq->agent))
		return true;
	if (rq->role >= ROLE_OWNER)
		return works_here(rq, "as", c->wish.as);
	request_problem_field(rq, 403, "as", "only the owner may act as somebody else");
	return false;
}

/* NULL after it answered. No body at all is an empty one. */
static struct change *
change_new(struct request *rq, const struct field *fields)
{
	const char *field = NULL;
	struct change *c = xcalloc(1, sizeof(*c));
	strbuf_init(&c->err, 1024);
	rq->state = c;
	rq->state_free = change_free;
	if (rq->body.len)
		c->body = json_read(rq->body.s, rq->body.len, &c->err);
	else
		c->body = json_object();
	if (!c->body || fields_read(c->body, fields, core_now(rq->core), &c->wish, &field,
				&c->err)) {
		request_problem_field(rq, field ? 422 : 400, field, "%s", c->err.s);
		return NULL;
	}
	return choose_agent(rq, c) ? c : NULL;
}

static struct change *
change_of(struct request *rq, const struct field *fields)
{
	uint64_t id;
	if (!request_param_id(rq, "ticket", &id))
		return NULL;
	struct change *c = change_new(rq, fields);
	if (c)
		c->id = id;
	return c;
}

static void
answer(struct request *rq)
{
	const struct change *c = rq->state;
	struct strbuf body = STRBUF_INIT(64 * 1024);
	struct jsonw w = {&body};
	jsonw_open(&w, NULL, '{');
	ticket_write(&w, &c->ticket);
	if (c->replied) {
		jsonw_open(&w, "reply", '{');
		jsonw_id(&w, "id", c->receipt.id);
		jsonw_text(&w, "state", message_state_name(c->receipt.state));
		jsonw_int(&w, "parts", c->receipt.parts);
		jsonw_text(&w, "encoding", c->receipt.encoding);
		jsonw_close(&w, '}');
	}
	jsonw_close(&w, '}');
	request_reply(rq, c->replied ? 202 : 200, &body);
}

static int
status_of(int error)
{
	switch (error) {
	case -ENOENT: return 404;
	case -EINVAL: return 422;
	case -EAGAIN: return 503;
	default: return 409; /* closed, taken, answered meanwhile, a key used before */
	}
}

static void
finish(struct request *rq, struct change *c, int r)
{
	if (r == -EEXIST && c->replied)
		request_problem_field(rq, 409, "key", "%s", c->err.s);
	else if (r)
		request_problem(rq, status_of(r), "%s", c->err.s);
	else if (!ticket_load(rq->core->db, c->id, &c->ticket))
		request_problem(
			rq, 503, "the store could not write this down; try again");
	else
		request_after_commit(rq, answer);
}

/* ---- the changes ---- */

void
ticket_claim(struct request *rq)
{
	struct change *c = change_of(rq, claim_fields);
	if (c)
		finish(rq, c, tickets_claim(rq->core, c->id, c->agent, &c->err));
}

void
ticket_assign(struct request *rq)
{
	struct change *c = change_of(rq, assign_fields);
	if (c && c->wish.to && *c->wish.to && strcmp(c->wish.to, rq->agent) != 0 &&
		!works_here(rq, "to", c->wish.to))
		return;
	if (c)
		finish(rq, c,
			tickets_assign(rq->core, c->id, c->agent,
				c->wish.to ? c->wish.to : "", &c->err));
}

void
ticket_note(struct request *rq)
{
	struct change *c = change_of(rq, note_fields);
	if (c)
		finish(rq, c,
			tickets_note(rq->core, c->id, c->agent, c->wish.text, &c->err));
}

/* "reply", "opening", a duration or a time. */
static int
read_until(struct request *rq, const char *text, int64_t *ret, struct strbuf *err)
{
	int64_t now = core_now(rq->core), wait;
	if (!strcmp(text, "reply")) {
		*ret = 0;
		return 0;
	}
	if (!strcmp(text, "opening")) {
		*ret = hours_reopens(&rq->core->config->hours, now);
		if (*ret != HOURS_NEVER)
			return 0;
		strbuf_set(err, "the shop is always open: say a time instead");
		return -EINVAL;
	}
	if (!conf_duration(text, &wait)) {
		*ret = now + wait;
		return 0;
	}
	if (!iso_parse(text, ret, NULL))
		return 0;
	strbuf_set(err, "until is reply, opening, a duration such as 3h, or a time with "
			"its offset "
			"such as 2030-01-31T09:00:00Z");
	return -EINVAL;
}

void
ticket_snooze(struct request *rq)
{
	struct change *c = change_of(rq, snooze_fields);
	int64_t until;
	if (!c)
		return;
	if (read_until(rq, c->wish.until, &until, &c->err) < 0)
		request_problem_field(rq, 422, "until", "%s", c->err.s);
	else
		finish(rq, c, tickets_snooze(rq->core, c->id, c->agent, until, &c->err));
}

static enum ticket_priority
priority_of(const struct wish *wish)
{
	enum ticket_priority priority = TICKET_NORMAL;
	if (wish->priority && ticket_priority_parse(wish->priority, &priority) < 0)
		abort(); /* the list above knows one the store does not */
	return priority;
}

void
ticket_prioritise(struct request *rq)
{
	struct change *c = change_of(rq, priority_fields);
	if (c)
		finish(rq, c,
			tickets_prioritise(rq->core, c->id, c->agent,
				priority_of(&c->wish), &c->err));
}

void
ticket_move(struct request *rq)
{
	struct change *c = change_of(rq, queue_fields);
	if (c)
		finish(rq, c,
			tickets_move(rq->core, c->id, c->agent, c->wish.queue, &c->err));
}

void
ticket_close(struct request *rq)
{
	struct change *c = change_of(rq, close_fields);
	if (c)
		finish(rq, c,
			tickets_close(rq->core, c->id, c->agent, c->wish.outcome,
				c->wish.quiet, &c->err));
}

void
ticket_reopen(struct request *rq)
{
	struct change *c = change_of(rq, reopen_fields);
	if (c)
		finish(rq, c,
			tickets_reopen(rq->core, c->id, c->agent, c->wish.note, &c->err));
}

void
ticket_reply(struct request *rq)
{
	struct change *c = change_of(rq, reply_fields);
	if (!c)
		return;
	struct ticket_reply reply = {.agent = c->agent,
		.text = c->wish.text,
		.len = strlen(c->wish.text),
		.key = c->wish.key,
		.seen = c->wish.seen,
		.at = c->wish.at};
	c->replied = true;
	finish(rq, c, tickets_reply(rq->core, c->id, &reply, &c->receipt, &c->err));
}

void
ticket_undo(struct request *rq)
{
	struct change *c = change_of(rq, undo_fields);
	if (c)
		finish(rq, c,
			tickets_unreply(
				rq->core, c->id, c->agent, c->wish.message, &c->err));
}

void
ticket_tag(struct request *rq)
{
	struct change *c = change_of(rq, tag_fields);
	if (c)
		finish(rq, c,
			tickets_tag(rq->core, c->id, c->agent, c->wish.add,
				c->wish.remove, &c->err));
}

void
ticket_block(struct request *rq)
{
	struct change *c = change_of(rq, block_fields);
	if (c)
		finish(rq, c,
			tickets_block(
				rq->core, c->id, c->agent, c->wish.blocked, &c->err));
}

/* Answered with the ticket of the new number. */
void
ticket_number(struct request *rq)
{
	char phone[32];
	struct change *c = change_of(rq, number_fields);
	if (!c || !request_phone(rq, c->wish.to, phone))
		return;
	uint64_t other = 0;
	int r = tickets_hand_over(rq->core, c->id, c->agent, phone, &other, &c->err);
	if (!r)
		c->id = other;
	finish(rq, c, r);
}

void
tickets_post(struct request *rq)
{
	char phone[32];
	struct contact contact;
	bool fresh;
	struct change *c = change_new(rq, open_fields);
	if (!c || !request_phone(rq, c->wish.phone, phone))
		return;
	if (contact_meet(rq->core, phone, core_now(rq->core), &contact, &fresh))
		c->id = tickets_open(rq->core,
			&(struct ticket_wish){.contact = contact.id,
				.topic = c->wish.topic ? c->wish.topic : "opened by hand",
				.queue = c->wish.queue,
				.note = c->wish.note,
				.priority = priority_of(&c->wish),
				.mute = true});
	finish(rq, c, 0);
}
