/* The shell's side of the trade: the line of handlers, the outbox, the ledger, the clock.
 */
#include "dialogs/shell.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/conf.h"
#include "gateway/base/fault.h"
#include "gateway/base/log.h"
#include "gateway/core/channel.h"
#include "gateway/core/channel_inside.h"
#include "gateway/core/outbox.h"
#include "gateway/core/tickets.h"
#include "gateway/sms/address.h"
#include "gateway/store/contacts.h"
#include "gateway/store/ledger.h"
#include "dialogs/rules.h"
#include "dialogs/shell_inside.h"

#define BATCH 16
#define SWEEP MINUTE /* what a lost tick forgot is found by then */

uint64_t
dialogs_id(struct dialogs *d)
{
	return core_id(d->core);
}

int64_t
dialogs_now(const struct dialogs *d)
{
	return core_now(d->core);
}

void
dialogs_note(struct dialogs *d, const char *name, uint64_t contact, const char *detail)
{
	core_event(d->core, &(struct event){name, 0, contact, 0, detail});
}

/* ---- texts ---- */

enum fate
dialogs_say(struct dialogs *d, const struct saying *s, uint64_t *ret, struct strbuf *err)
{
	char key[64];
	struct outbox_receipt receipt;
	struct outbox_request request = {.to = s->phone,
		.text = s->text,
		.text_len = strlen(s->text),
		.origin = "dialog",
		.key = key,
		.msg_class = -1,
		.reply_to = s->reply_to,
		.inside = true};
	if (message_class_parse(s->cls, &request.cls) < 0)
		request.cls = CLASS_SERVICE;
	snprintf(key, sizeof(key), "dialog:%" PRIu64 ":%" PRId64, s->run, s->number);
	if (outbox_accept(d->core, &request, &receipt, err) < 0)
		return FATE_REFUSED;
	*ret = receipt.id;
	if (receipt.state == MESSAGE_HELD && s->now_or_never)
		dialogs_unsay(d, receipt.id);
	return receipt.state == MESSAGE_SUPPRESSED || receipt.state == MESSAGE_EXPIRED ||
			       receipt.state == MESSAGE_CANCELED
		       ? FATE_SUPPRESSED
		       : FATE_ON_ITS_WAY;
}

void
dialogs_unsay(struct dialogs *d, uint64_t message)
{
	struct strbuf err = STRBUF_SENTENCE;
	if (outbox_cancel(d->core, message, &err) < 0) /* it has left: so be it */
		log_event(LOG_DEBUG, "dialog.too_late", LOG_ID("id", message),
			LOG_TEXT("why", err.s));
	strbuf_done(&err);
}

/* ---- tickets ---- */

static struct ticket_wish
wish_of(const struct thread *t)
{
	struct ticket_wish wish = {.contact = t->contact,
		.message = t->message,
		.run = t->mute ? t->run : 0,
		.queue = t->queue,
		.topic = t->topic ? t->topic : t->queue,
		.note = t->note,
		.mute = t->mute,
		.remind = t->remind,
		.remind_max = t->remind_max};
	if (!wish.topic)
		wish.topic = TICKET_UNMATCHED;
	if (!t->priority || ticket_priority_parse(t->priority, &wish.priority) < 0)
		wish.priority = TICKET_NORMAL;
	return wish;
}

void
dialogs_ticket(struct dialogs *d, const struct thread *t)
{
	struct ticket_wish wish = wish_of(t);
	tickets_open(d->core, &wish);
}

void
dialogs_reopen(struct dialogs *d, const struct thread *t)
{
	struct ticket_wish wish = wish_of(t);
	tickets_open_again(d->core, &wish);
}

bool
dialogs_ticket_fact(struct dialogs *d, uint64_t contact, const char *name, int64_t *ret)
{
	struct ticket t;
	if (!ticket_load_last(d->db, contact, &t))
		return false;
	if (!strcmp(name, "open"))
		*ret = t.open;
	else if (!strcmp(name, "claimed"))
		*ret = t.claimed != 0;
	else if (!strcmp(name, "staff_texts"))
		*ret = t.staff_texts;
	else
		return false;
	return true;
}

void
dialogs_ticket_outcome(struct dialogs *d, uint64_t contact, struct strbuf *out)
{
	struct ticket t;
	if (ticket_load_last(d->db, contact, &t))
		strbuf_puts(out, t.outcome);
}

/* ---- consent ---- */

void
dialogs_consent(struct dialogs *d, const struct record *r)
{
	bool grant = !strcmp(r->action, "grant");
	consent_append(d->db, &(struct consent_row){.id = dialogs_id(d),
				      .contact = r->contact,
				      .message = r->message,
				      .address = r->phone,
				      .action = r->action,
				      .scope = "marketing",
				      .list = r->list,
				      .method = r->method,
				      .words = r->words,
				      .wording = r->wording,
				      .hash = r->hash,
				      .basis = grant ? "express" : "",
				      .source = r->reason,
				      .night = r->night,
				      .at = dialogs_now(d)});
	core_event(d->core, &(struct event){grant ? "consent.granted" : "consent.denied",
				    r->message, r->contact, 0, r->list});
}

bool
dialogs_consented(struct dialogs *d, uint64_t contact)
{
	struct consent_state state;
	consent_derive(d->db, contact, &state);
	return state.granted && (!state.expires || state.expires > dialogs_now(d)) &&
	       !dialogs_is_stopped(d, contact);
}

bool
dialogs_is_stopped(struct dialogs *d, uint64_t contact)
{
	struct contact c;
	return contact_load(d->db, contact, &c) && *c.stopped;
}

void
dialogs_unblock(struct dialogs *d, const struct heard *in)
{
	struct contact c;
	if (!contact_load(d->db, in->contact, &c))
		return;
	consent_append(d->db, &(struct consent_row){.id = dialogs_id(d),
				      .contact = in->contact,
				      .message = in->message,
				      .address = in->phone,
				      .action = "unblock",
				      .scope = c.stopped,
				      .method = "keyword",
				      .words = in->text,
				      .at = in->at});
	contact_set_stopped(d->db, in->contact, "", in->at);
	core_event(d->core, &(struct event){"consent.unblocked", in->message, in->contact,
				    0, "asked to join again"});
}

/* ---- small facts ---- */

bool
dialogs_phone(const struct dialogs *d, const char *text, struct strbuf *out)
{
	char e164[32];
	struct strbuf err = STRBUF_SENTENCE;
	bool good = sms_number_e164(text, d->country, e164, &err) == 0;
	if (good)
		strbuf_puts(out, e164);
	strbuf_done(&err);
	return good;
}

struct lookups *
dialogs_lookups(struct dialogs *d)
{
	return d->core->lookups;
}

bool
dialogs_hours(struct dialogs *d, struct opening *ret)
{
	const struct config *config = d->core->config;
	int64_t now = dialogs_now(d);
	*ret = (struct opening){.open = hours_open(&config->hours, now),
		.next = hours_next(&config->hours, now),
		.reply = config->reply};
	return config->hours_week != NULL;
}

/* ---- what is due ---- */

static void look(void *arg);

static void
post(struct dialogs *d)
{
	if (d->posted)
		return;
	d->posted = true;
	loop_post(d->loop, look, d);
}

static void
set_alarm(struct dialogs *d)
{
	int64_t next = timers_next(d->db), wait = SWEEP;
	if (next)
		wait = MIN(MAX(next - dialogs_now(d), 0), SWEEP);
	loop_timer_in(&d->alarm, wait);
}

/* Each under a savepoint of its own: a run that breaks a rule of the store is set aside
 * and takes nothing else with it. */
static bool
guarded(struct dialogs *d, uint64_t run, void (*work)(struct dialogs *, const void *),
	const void *arg)
{
	db_savepoint(d->db);
	work(d, arg);
	if (!db_poisoned(d->db)) {
		db_savepoint_keep(d->db);
		return true;
	}
	db_savepoint_undo(d->db);
	shell_set_aside(d, run);
	return false;
}

static void
ring(struct dialogs *d, const void *arg)
{
	const struct timer_row *timer = arg;
	timer_delete(d->db, timer->id);
	FAULT("dialogs.timer");
	shell_timer(d, timer);
}

static void
tell(struct dialogs *d, const void *arg)
{
	shell_told(d, *(const uint64_t *)arg);
}

static void
review(struct dialogs *d, const void *arg)
{
	shell_reviewed(d, *(const uint64_t *)arg);
}

static void
review_some(struct dialogs *d)
{
	uint64_t ids[BATCH];
	size_t n = runs_live(d->db, d->reviewed, ids, ARRAY_LEN(ids));
	for (size_t i = 0; i < n; i++)
		guarded(d, ids[i], review, &ids[i]);
	d->reviewing = n == ARRAY_LEN(ids);
	if (n)
		d->reviewed = ids[n - 1];
}

static void
look(void *arg)
{
	struct dialogs *d = arg;
	uint64_t ids[BATCH];
	struct timer_row due[BATCH];
	d->posted = false;
	if (d->core->store_sick) {
		loop_timer_in(&d->alarm, SWEEP);
		return;
	}
	if (d->reviewing)
		review_some(d);
	size_t told = runs_told(d->db, ids, ARRAY_LEN(ids));
	for (size_t i = 0; i < told; i++)
		guarded(d, ids[i], tell, &ids[i]);
	size_t n = timers_due(d->db, dialogs_now(d), due, ARRAY_LEN(due));
	for (size_t i = 0; i < n; i++)
		if (!guarded(d, due[i].run, ring, &due[i]))
			timer_delete(d->db, due[i].id);
	if (d->reviewing || told == BATCH || n == BATCH)
		post(d);
	set_alarm(d);
}

static void
on_alarm(void *arg)
{
	look(arg);
}

/* ---- in the line of handlers ---- */

static struct heard
heard_of(struct core *core, const struct inbound *in)
{
	struct channel *ch = channel_by_id(core, in->channel);
	return (struct heard){.message = in->message,
		.contact = in->contact,
		.phone = in->phone,
		.text = in->text,
		.normalised = in->normalised,
		.channel = ch ? channel_name(ch) : NULL,
		.at = in->at};
}

/* At most one a day, and only where the shop wrote one. */
static void
catch_all(struct dialogs *d, const struct inbound *in)
{
	const char *text = rules_value(d->rules, "policy.catchall.say");
	char key[64];
	struct outbox_receipt receipt;
	struct strbuf err = STRBUF_SENTENCE;
	if (!text)
		return;
	snprintf(key, sizeof(key), "catchall:%" PRIu64 ":%" PRId64, in->contact,
		in->at / DAY);
	struct outbox_request request = {.to = in->phone,
		.text = text,
		.text_len = strlen(text),
		.cls = CLASS_REPLY,
		.origin = "dialog",
		.key = key,
		.msg_class = -1,
		.reply_to = in->message,
		.inside = true};
	int r = outbox_accept(d->core, &request, &receipt, &err);
	if (r < 0 && r != -EEXIST) /* the key is taken: told today already */
		dialogs_note(d, "dialog.trouble", in->contact, err.s);
	strbuf_done(&err);
}

bool
dialogs_handle(struct core *core, const struct inbound *in)
{
	struct dialogs *d = core->dialogs;
	if (!d)
		return false;
	struct heard heard = heard_of(core, in);
	bool taken = shell_text(d, &heard);
	FAULT("dialogs.handled");
	set_alarm(d);
	if (!taken)
		catch_all(d, in);
	return taken;
}

enum handler_asks
dialogs_asks(struct core *core, const struct inbound *in)
{
	struct dialogs *d = core->dialogs;
	if (!d || in->stale)
		return HANDLER_ASKS_NOTHING;
	struct heard heard = heard_of(core, in);
	int asks = shell_asks(d, &heard);
	return asks == 2 ? HANDLER_ANSWERED : asks ? HANDLER_ASKED : HANDLER_ASKS_NOTHING;
}

/* What became of a text, in the word the run is told. A text in doubt may have arrived,
 * and then its answer must be understood: the run goes on. */
static const char *
fate_of(const char *event)
{
	static const char *const fates[][2] = {{"message.sent", "sent"},
		{"message.in_doubt", "sent"}, {"message.failed", "suppressed"},
		{"message.suppressed", "suppressed"}, {"message.canceled", "suppressed"},
		{"message.expired", "dropped"}};
	for (size_t i = 0; i < ARRAY_LEN(fates); i++)
		if (!strcmp(event, fates[i][0]))
			return fates[i][1];
	return NULL;
}

/* The fate of a text is written down also before the dialogs have started: recovery after
 * a crash settles what was in flight. */
void
dialogs_event(struct core *core, const struct event *e)
{
	struct dialogs *d = core->dialogs;
	const char *fate = e->message ? fate_of(e->name) : NULL;
	bool told = fate && run_tell(core->db, e->message, fate);
	if (d && told)
		post(d);
	else if (d && !strcmp(e->name, "consent.stopped"))
		shell_stopped(d, e->contact, e->detail && !strcmp(e->detail, "all"));
}

/* A ticket's clock keeps the shop's hours, so it is that clock which reminds. */
void
dialogs_ticket_event(struct core *core, enum handler_event what, const struct ticket *t)
{
	const char *told = what == HANDLER_UNCLAIMED ? "unclaimed"
			   : t->quiet                ? "quiet"
						     : "closed";
	if (run_tell_run(core->db, t->run, told) && core->dialogs)
		post(core->dialogs);
}

/* ---- life ---- */

static int64_t
setting(const struct dialogs *d, const char *name, int64_t otherwise)
{
	const char *text = rules_value(d->rules, name);
	int64_t n = otherwise;
	if (text && conf_duration(text, &n) < 0)
		n = strtoll(text, NULL, 10);
	return n > 0 ? n : otherwise;
}

/* The country's words and hours, and the shop's own on top. */
static int
read_rules(struct dialogs *d, struct strbuf *err)
{
	const char *path = d->core->config->policy_path;
	d->rules = xcalloc(1, sizeof(*d->rules));
	rules_init(d->rules, d->country, d->zone, d->shop);
	int r = path ? rules_read_policy(d->rules, path, err) : 0;
	d->limits = (struct limits){setting(d, "policy.loop.same_out", 3),
		setting(d, "policy.loop.same_per", 10 * MINUTE),
		setting(d, "policy.loop.bot_max", 20),
		setting(d, "policy.loop.bot_per", 10 * MINUTE)};
	return r;
}

/* A run whose handling ended the program again and again is taken out of its way; this is
 * durable before anything is tried once more. */
static int
count_start(struct dialogs *d, struct strbuf *err)
{
	struct timer_row bad[BATCH];
	size_t n = timers_count_start(d->db, dialogs_now(d), bad, ARRAY_LEN(bad));
	for (size_t i = 0; i < n; i++)
		shell_set_aside(d, bad[i].run);
	int r = db_commit(d->db);
	if (r)
		strbuf_set(err, "the store cannot be written: %s", db_error(d->db));
	return r;
}

int
dialogs_reload(struct core *core, struct strbuf *err)
{
	struct dialogs *d = core->dialogs;
	int r = d ? shelf_read(d, err) : 0;
	if (!d || r)
		return r;
	d->reviewing = true;
	d->reviewed = 0;
	post(d);
	return 0;
}

int
dialogs_start(struct core *core, struct strbuf *err)
{
	const struct config *config = core->config;
	if (!config->scripts)
		return 0;
	struct dialogs *d = xcalloc(1, sizeof(*d));
	*d = (struct dialogs){.core = core,
		.db = core->db,
		.loop = core->loop,
		.shelf = shelf_new(),
		.folder = config->scripts,
		.country = config->country,
		.zone = config->zone,
		.shop = config->shop_name,
		.site = config->shop_site};
	loop_timer_init(&d->alarm, d->loop, on_alarm, d);
	core->dialogs = d;
	int r = read_rules(d, err);
	if (!r)
		r = dialogs_reload(core, err);
	if (!r)
		r = count_start(d, err);
	if (r)
		dialogs_stop(core);
	else
		set_alarm(d);
	return r;
}

void
dialogs_stop(struct core *core)
{
	struct dialogs *d = core->dialogs;
	if (!d)
		return;
	loop_timer_stop(&d->alarm);
	loop_forget(d->loop, d);
	questions_drop(d);
	shelf_free(d->shelf);
	if (d->rules)
		rules_done(d->rules);
	free(d->rules);
	free(d);
	core->dialogs = NULL;
}
