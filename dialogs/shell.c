/* The shell's place in the program: the line of handlers, the clock, start and stop. */
#include "dialogs/shell.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/conf.h"
#include "gateway/base/fault.h"
#include "gateway/core/channel.h"
#include "gateway/core/channel_inside.h"
#include "gateway/core/keep.h"
#include "gateway/core/outbox.h"
#include "gateway/core/tickets.h"
#include "gateway/store/said.h"
#include "gateway/text/zone.h"
#include "dialogs/rules.h"
#include "dialogs/shell_inside.h"

#define BATCH 16
#define SWEEP MINUTE /* what a lost tick forgot is found by then */

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

void
shell_wake(struct dialogs *d)
{
	post(d);
}

static void
set_alarm(struct dialogs *d)
{
	int64_t next = timers_next(d->db), wait = SWEEP;
	next = MIN(next ? next : INT64_MAX, journeys_next(d));
	if (next < INT64_MAX && !care_waits(d) && !keep_waits(d->core))
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

static bool
ring_some(struct dialogs *d)
{
	struct timer_row due[BATCH];
	uint64_t waiting[BATCH];
	bool aside;
	size_t n = timers_due(d->db, dialogs_now(d), due, ARRAY_LEN(due));
	for (size_t i = 0; i < n; i++)
		waiting[i] = due[i].id;
	size_t now = care_admits(d, CARE_TIMER, waiting, n, &aside);
	if (aside) {
		timer_delete(d->db, due[0].id);
		shell_set_aside(d, due[0].run);
	}
	for (size_t i = 0; i < now && !aside; i++)
		if (!guarded(d, due[i].run, ring, &due[i]))
			timer_delete(d->db, due[i].id);
	return now && (n == BATCH || now < n || aside);
}

static void
look(void *arg)
{
	struct dialogs *d = arg;
	uint64_t ids[BATCH];
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
	bool waits = keep_waits(d->core) != 0; /* restored: clocks stand still */
	bool rang = !waits && ring_some(d);
	bool more = !waits && journeys_look(d);
	variants_look(d);
	if (d->reviewing || told == BATCH || rang || more)
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
	struct strbuf say = STRBUF_INIT(4096), err = STRBUF_SENTENCE;
	struct policy_words words = {
		d->core->config->policy, d->shop, d->zone, core_now(d->core)};
	if (!text)
		return;
	policy_expand(&words, text, &say);
	snprintf(key, sizeof(key), "catchall:%" PRIu64 ":%" PRId64, in->contact,
		(in->at + zone_offset(d->zone, in->at)) / DAY);
	struct outbox_request request = {.to = in->phone,
		.text = say.s,
		.text_len = say.len,
		.cls = CLASS_REPLY,
		.origin = "dialog",
		.key = key,
		.msg_class = -1,
		.reply_to = in->message,
		.inside = true};
	int r = outbox_accept(d->core, &request, &receipt, &err);
	if (r < 0 && r != -EEXIST) /* the key is taken: told today already */
		dialogs_note(d, "dialog.trouble", in->contact, err.s);
	strbuf_done(&say);
	strbuf_done(&err);
}

bool
dialogs_handle(struct core *core, const struct inbound *in)
{
	struct dialogs *d = core->dialogs;
	if (!d)
		return false;
	struct heard heard = heard_of(core, in);
	if (dialogs_muted(d, in->contact))
		return false; /* for people alone */
	bool taken = shell_text(d, &heard);
	FAULT("dialogs.handled");
	set_alarm(d);
	if (!taken)
		catch_all(d, in);
	return taken;
}

bool
dialogs_came_back(struct core *core, const struct inbound *in)
{
	struct dialogs *d = core->dialogs;
	if (!d || in->stale)
		return false;
	struct heard heard = heard_of(core, in);
	bool asked = shell_came_back(d, &heard);
	set_alarm(d);
	return asked;
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
	if (d && e->shop)
		post(d);
	else if (d && e->contact)
		journeys_note(d, e->name, e->contact, e->detail);
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

/* What a journey still wants of a text that is about to leave. */
/* What somebody asked to be told, they are told once. */
static void
asked_once(struct db *db, const struct message *m, struct handler_wish *ret)
{
	struct said_row said;
	struct strbuf texts = STRBUF_INIT(4096);
	if (said_load(db, m->id, &said, &texts) && !strcmp(said.basis, "request") &&
		said_on_request(db, m->contact, said.script, said.run, m->id))
		snprintf(ret->over, sizeof(ret->over),
			"they asked once, and have been told");
	strbuf_done(&texts);
}

void
dialogs_wish(struct core *core, const struct message *m, struct handler_wish *ret)
{
	struct wish wish = {0};
	struct strbuf err = STRBUF_SENTENCE;
	unsigned long long run = 0;
	if (!core->dialogs || !m->key || sscanf(m->key, "dialog:%llu:", &run) != 1)
		return;
	journeys_wish(core->dialogs, run, m->cls == CLASS_MARKETING, &wish);
	snprintf(ret->over, sizeof(ret->over), "%s", wish.over);
	snprintf(ret->zone, sizeof(ret->zone), "%s", wish.zone);
	if (!*wish.over)
		asked_once(core->db, m, ret);
	ret->skip_cap = wish.skip;
	ret->has_window =
		*wish.hours && window_parse(wish.hours, &ret->window, &err) == 0;
	strbuf_done(&err);
}

/* ---- life ---- */

/* What reading the scripts wrote is durable before anything is handled. */
static int
commit_start(struct dialogs *d, struct strbuf *err)
{
	care_begin(d);
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
	journeys_reload(d);
	variants_reload(d);
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
	d->rules = xcalloc(1, sizeof(*d->rules));
	rules_init(d->rules, config);
	int r = dialogs_reload(core, err);
	if (!r)
		r = commit_start(d, err);
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
	variants_stop(d);
	shelf_free(d->shelf);
	if (d->rules)
		rules_done(d->rules);
	free(d->rules);
	free(d);
	core->dialogs = NULL;
}
