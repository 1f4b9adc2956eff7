/* The shell of step.h, played in memory: routes texts, applies effects, keeps the clock.
 */
#include "dialogs/stage.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/text/zone.h"

#define BEGINNING INT64_C(1767607200000) /* 2026-01-05 10:00 as if UTC, a Monday */

/* ---- what was said ---- */

static void
queue_add(struct stage_queue *q, const char *text)
{
	q->texts = xrealloc(q->texts, (q->count + 1) * sizeof(*q->texts));
	q->texts[q->count++] = xstrdup(text);
}

static struct stage_queue *
queue_of(struct stage *s, char sign)
{
	return sign == '<' ? &s->said : sign == '=' ? &s->ended : &s->owner;
}

const char *
stage_peek(struct stage *s, char sign)
{
	struct stage_queue *q = queue_of(s, sign);
	return q->taken < q->count ? q->texts[q->taken] : NULL;
}

void
stage_take(struct stage *s, char sign)
{
	queue_of(s, sign)->taken++;
}

static void
show(struct stage *s, char sign, const char *text)
{
	queue_add(queue_of(s, sign), text);
	if (s->options.show)
		s->options.show(s->options.ctx, sign, text);
}

/* ---- timers ---- */

static void
add_timer(struct stage *s, struct stage_timer timer)
{
	timer.order = s->timer_order++;
	s->timers = xrealloc(s->timers, (s->timer_count + 1) * sizeof(*s->timers));
	s->timers[s->timer_count++] = timer;
}

/* The next one due at or before `to`, taken out of the list. */
static bool
next_timer(struct stage *s, int64_t to, struct stage_timer *ret)
{
	size_t best = SIZE_MAX;
	for (size_t i = 0; i < s->timer_count; i++) {
		const struct stage_timer *a = &s->timers[i], *b = &s->timers[best];
		if (a->at <= to && (best == SIZE_MAX || a->at < b->at ||
					   (a->at == b->at && a->order < b->order)))
			best = i;
	}
	if (best == SIZE_MAX)
		return false;
	*ret = s->timers[best];
	s->timers[best] = s->timers[--s->timer_count];
	return true;
}

/* ---- runs ---- */

static struct run *
run_by_id(struct stage *s, uint64_t id)
{
	for (size_t i = 0; i < s->run_count; i++)
		if (s->runs[i].id == id)
			return &s->runs[i];
	return NULL;
}

static const struct script *
script_of(const struct stage *s, const struct run *run)
{
	return run->depth ? script_find(&s->set, run->frames[0].script, NULL) : NULL;
}

static int64_t
origin_of(const struct stage *s, const struct run *run)
{
	return s->origins[run - s->runs];
}

static void
forget_ended(struct stage *s)
{
	size_t kept = 0;
	for (size_t i = 0; i < s->run_count; i++) {
		if (s->runs[i].state == RUN_ENDED) {
			run_done(&s->runs[i]);
			continue;
		}
		s->origins[kept] = s->origins[i];
		s->runs[kept++] = s->runs[i];
	}
	for (size_t i = kept; i < s->run_count; i++)
		s->runs[i] = (struct run){0};
	s->run_count = kept;
}

static struct run *
new_run(struct stage *s)
{
	forget_ended(s);
	if (s->run_count == STAGE_RUNS)
		return NULL;
	s->origins[s->run_count] = s->now;
	struct run *run = &s->runs[s->run_count++];
	run_init(run, ++s->next_run);
	return run;
}

/* The conversation in progress: the newest run that waits for, or has, the customer. */
static struct run *
dialog_run(struct stage *s)
{
	for (size_t i = s->run_count; i-- > 0;)
		if (s->runs[i].state == RUN_REPLY)
			return &s->runs[i];
	for (size_t i = s->run_count; i-- > 0;) {
		const struct script *script = script_of(s, &s->runs[i]);
		if (s->runs[i].state != RUN_ENDED && script && !script->is_journey)
			return &s->runs[i];
	}
	return NULL;
}

static void feed(struct stage *s, struct run *run, const struct step_event *event);

/* ---- the gates a rehearsal plays ---- */

static int64_t
cap_until(const struct stage *s)
{
	const char *caps = rules_value(s->rules, "policy.caps.promo");
	int64_t until = s->now;
	for (const char *p = caps ? caps : ""; *p; p += strcspn(p, ","), p += *p == ',') {
		unsigned n, days;
		if (sscanf(p, " %u/%ud", &n, &days) != 2 || !n || s->ad_count < n)
			continue;
		int64_t oldest = s->ads[(s->ad_count - n) % ARRAY_LEN(s->ads)];
		until = MAX(until, oldest + days * DAY);
	}
	return until;
}

enum gate { GATE_SEND, GATE_HOLD, GATE_SUPPRESS, GATE_DROP };

static enum gate
admit(struct stage *s, const struct run *run, enum text_class cls, bool nudge,
	int64_t *ret_until)
{
	const struct script *script = script_of(s, run);
	const char *granted = stage_pair(&s->granted, "marketing");
	bool may = granted && !strcmp(granted, "yes") && !s->stopped;
	int64_t until = s->now, before;
	if (cls == CLASS_REPLY)
		return GATE_SEND;
	if (cls == CLASS_MARKETING && !may)
		return GATE_SUPPRESS;
	if (cls == CLASS_MARKETING && cap_until(s) > s->now && script &&
		script->journey.cap.on_hit && !strcmp(script->journey.cap.on_hit, "skip"))
		return GATE_SUPPRESS;
	if (cls == CLASS_MARKETING)
		until = cap_until(s);
	do {
		before = until;
		until = rules_after_quiet(s->rules,
			nudge                  ? &s->rules->timer
			: cls == CLASS_SERVICE ? &s->rules->service
					       : &s->rules->marketing,
			until);
	} while (until != before);
	*ret_until = until;
	if (until == s->now)
		return GATE_SEND;
	if (nudge)
		return GATE_SUPPRESS;
	int64_t drop = script ? script->journey.late.drop_after : 0;
	return drop && until > origin_of(s, run) + drop ? GATE_DROP : GATE_HOLD;
}

static void
leave(struct stage *s, enum text_class cls, const char *text)
{
	if (cls == CLASS_MARKETING)
		s->ads[s->ad_count++ % ARRAY_LEN(s->ads)] = s->now;
	show(s, '<', text);
}

static void
report(struct stage *s, struct run *run, enum event_kind kind)
{
	feed(s, run, &(struct step_event){.kind = kind});
}

static void
offer(struct stage *s, struct run *run, enum text_class cls, const char *text, bool waits,
	bool nudge)
{
	int64_t until = s->now;
	enum gate gate = admit(s, run, cls, nudge, &until);
	if (gate == GATE_HOLD) {
		add_timer(s, (struct stage_timer){.run = run->id,
				     .at = until,
				     .cls = cls,
				     .visit = run->visit,
				     .held = xstrdup(text)});
		return;
	}
	if (gate == GATE_SEND)
		leave(s, cls, text);
	if (waits)
		report(s, run,
			gate == GATE_SEND   ? EVENT_SENT
			: gate == GATE_DROP ? EVENT_DROPPED
					    : EVENT_SUPPRESSED);
}

/* ---- effects ---- */

static void
answer_lookup(struct stage *s, struct run *run, const struct effect *f)
{
	char name[128], *copy = NULL;
	const char *names[STEP_ROWS][16], *values[STEP_ROWS][16];
	struct step_row rows[STEP_ROWS];
	struct step_event event = {.kind = EVENT_LOOKUP, .visit = f->visit, .rows = rows};
	snprintf(name, sizeof(name), "%s.%s", f->lookup->use, f->lookup->query);
	const char *answer = stage_pair(&s->lookups, name);
	event.failed = answer && !strcmp(answer, "error");
	if (answer && strcmp(answer, "error") != 0 && strcmp(answer, "none") != 0)
		copy = xstrdup(answer);
	char *outer = NULL, *inner = NULL;
	for (char *row = copy ? strtok_r(copy, ";", &outer) : NULL;
		row && event.row_count < STEP_ROWS; row = strtok_r(NULL, ";", &outer)) {
		size_t n = 0, k = event.row_count++;
		for (char *p = strtok_r(row, ",", &inner); p && n < 16;
			p = strtok_r(NULL, ",", &inner)) {
			p += strspn(p, " ");
			char *equals = strchr(p, '=');
			if (!equals)
				continue;
			*equals = '\0';
			names[k][n] = p;
			values[k][n++] = equals + 1;
			for (char *e = equals + strlen(equals + 1);
				e > equals && *e == ' '; e--)
				*e = '\0';
		}
		rows[k] = (struct step_row){names[k], values[k], n};
	}
	feed(s, run, &event);
	free(copy);
}

static void
apply_consent(struct stage *s, const struct effect *f)
{
	if (f->consent->grant)
		stage_consent(s, f->consent->grant, true);
	else
		stage_consent(s, f->consent->deny, false);
}

static void
apply_save(struct stage *s, const struct effect *f)
{
	struct strbuf text = STRBUF_INIT(4096);
	value_print(&f->saved, "UTC", &text);
	if (f->saved.kind == VALUE_TIME && text.len == 16) {
		text.s[10] = 'T';
		strbuf_putc(&text, 'Z');
	}
	stage_put(&s->contact, f->name, text.s);
	strbuf_done(&text);
}

static void
apply_tag(struct stage *s, const struct effect *f)
{
	char name[100];
	snprintf(name, sizeof(name), "tag.%s", f->name);
	stage_put(&s->facts, name, f->kind == EFFECT_TAG ? "1" : "0");
}

static void
apply_end(struct stage *s, const struct effect *f)
{
	s->closed_at = s->now;
	show(s, '=', f->name);
}

static void
apply(struct stage *s, struct run *run, const struct effect *f)
{
	switch (f->kind) {
	case EFFECT_SAY: offer(s, run, f->cls, f->text, f->waits, f->nudge); break;
	case EFFECT_TIMER:
		add_timer(s, (struct stage_timer){.run = run->id,
				     .kind = f->timer,
				     .visit = f->visit,
				     .at = f->at});
		break;
	case EFFECT_CONSENT: apply_consent(s, f); break;
	case EFFECT_SAVE: apply_save(s, f); break;
	case EFFECT_TAG:
	case EFFECT_UNTAG: apply_tag(s, f); break;
	case EFFECT_EMIT: stage_emit(s, f->name, NULL, NULL, 0); break;
	case EFFECT_LOOKUP: answer_lookup(s, run, f); break;
	case EFFECT_HANDOFF:
	case EFFECT_REOPEN:
		s->ticket = true;
		s->claimed = s->replied = false;
		break;
	case EFFECT_TROUBLE:
	case EFFECT_PAGE: show(s, '%', f->text ? f->text : f->name); break;
	case EFFECT_END: apply_end(s, f); break;
	case EFFECT_SCORE:
	case EFFECT_WEBHOOK: break;
	}
}

/* Effects may feed the run again (a text that left): they wait their turn in the order
 * they were made, as the queue of a real shell would have it. */
static void
feed(struct stage *s, struct run *run, const struct step_event *event)
{
	struct step_env env = stage_env(s);
	struct step_result result;
	uint64_t id = run->id;
	step(&s->set, run, event, &env, &result);
	for (const struct effect *f = result.first; f; f = f->next) {
		run = run_by_id(s, id);
		if (run)
			apply(s, run, f);
	}
	arena_done(&result.arena);
}

static void
start_run(struct stage *s, const struct script *script, const char *text)
{
	struct run *run = new_run(s);
	if (run)
		feed(s, run,
			&(struct step_event){
				.kind = EVENT_START, .script = script, .text = text});
}

/* ---- the customer writes ---- */

static void
say_policy(struct stage *s, const char *name, const char *ko, const char *en)
{
	const char *own = rules_value(s->rules, name);
	const char *text = own ? own : !strcmp(s->rules->lang, "ko") ? ko : en;
	struct template *t = NULL;
	struct strbuf out = STRBUF_INIT(4096);
	struct step_env env = stage_env(s);
	struct template_env te = {.ctx = s,
		.get = env.get,
		.call = env.call,
		.now = s->now,
		.zone = env.zone,
		.lang = env.pack_lang};
	if (text && template_parse(text, &t, NULL) == 0) {
		if (template_render(t, &te, &out, NULL) == 0)
			show(s, '<', out.s);
		template_free(t);
	}
	strbuf_done(&out);
}

/* Ends the dialog in progress and marketing runs; service runs live on unless the scope
 * is all. */
static void
stop_runs(struct stage *s)
{
	struct run *dialog = dialog_run(s);
	for (size_t i = 0; i < s->run_count; i++) {
		struct run *run = &s->runs[i];
		const struct script *script = script_of(s, run);
		bool marketing = script && script->cls == CLASS_MARKETING;
		bool mine = run == dialog && run->state != RUN_TICKET;
		if (run->state != RUN_ENDED && (mine || marketing || s->rules->stop_all))
			feed(s, run,
				&(struct step_event){
					.kind = EVENT_LEAVE, .name = "stopped"});
	}
}

static void
stop(struct stage *s)
{
	bool again = s->stopped;
	stage_consent(s, "marketing", false);
	s->stopped = true;
	stop_runs(s);
	if (!again)
		say_policy(s, "policy.stop.say",
			"[{shop}] {now:date} 광고 수신거부가 처리되었습니다. 주문 안내와 "
			"문의 답장은 계속됩니다.",
			"{shop}: you are unsubscribed and will get no more marketing "
			"texts.");
}

static void
interrupt(struct stage *s)
{
	struct run *run = dialog_run(s);
	if (run && run->state == RUN_REPLY)
		feed(s, run,
			&(struct step_event){.kind = EVENT_LEAVE, .name = "interrupted"});
}

static void
catch_all(struct stage *s)
{
	if (s->caught_at && s->now - s->caught_at < DAY)
		return;
	s->caught_at = s->now;
	say_policy(s, "policy.catchall.say", NULL, NULL);
}

static void
to_run(struct stage *s, struct run *run, const char *text)
{
	feed(s, run, &(struct step_event){.kind = EVENT_TEXT, .text = text});
}

void
stage_inbound(struct stage *s, const char *text)
{
	struct step_env env = stage_env(s);
	struct run *run = dialog_run(s);
	struct route_facts facts = {.set = &s->set,
		.run = run,
		.env = &env,
		.rules = s->rules,
		.stopped = s->stopped,
		.ticket_open = s->ticket,
		.closed_at = s->closed_at};
	struct route r = route_text(&facts, text);
	switch (r.kind) {
	case ROUTE_STOP: stop(s); break;
	case ROUTE_MUTED:
	case ROUTE_COURTESY: break;
	case ROUTE_ANSWER:
	case ROUTE_OTHER: to_run(s, run, text); break;
	case ROUTE_START:
		s->stopped = false;
		if (r.script)
			start_run(s, r.script, text);
		break;
	case ROUTE_HELP:
		say_policy(s, "policy.help.say",
			"[{shop}] 도움이 필요하시면 궁금한 점을 문자로 보내 주세요.",
			"{shop}: text us your question and we will answer.");
		break;
	case ROUTE_KEYWORD:
		interrupt(s);
		start_run(s, r.script, text);
		break;
	case ROUTE_CATCHALL: catch_all(s); break;
	}
}

/* ---- staff ---- */

bool
stage_ticket_open(const struct stage *s)
{
	return s->ticket;
}

void
stage_claim_ticket(struct stage *s, bool replied)
{
	s->claimed = true;
	s->replied = s->replied || replied;
}

void
stage_close_ticket(struct stage *s)
{
	s->replied = true; /* staff who close have answered */
	s->ticket = false;
	s->closed_at = s->now;
	for (size_t i = 0; i < s->run_count; i++)
		if (s->runs[i].state == RUN_TICKET) {
			feed(s, &s->runs[i], &(struct step_event){.kind = EVENT_CLOSED});
			break;
		}
}

/* ---- things that happen ---- */

static bool
holds(struct stage *s, const struct expr *cond)
{
	struct step_env env = stage_env(s);
	struct expr_env ee = {.ctx = s,
		.get = env.get,
		.aggregate = env.aggregate,
		.now = s->now,
		.zone = env.zone};
	return !cond || expr_eval(cond, &ee);
}

/* A journey whose trigger this is: at once, or when the event has settled. */
static void
trigger(struct stage *s, const struct script *script, const char *event)
{
	if (!script->is_journey || !script->journey.trigger.event ||
		strcmp(script->journey.trigger.event, event) != 0 ||
		!holds(s, script->journey.trigger.cond))
		return;
	for (size_t i = 0; i < s->run_count; i++)
		if (s->runs[i].state != RUN_ENDED && s->runs[i].depth &&
			!strcmp(s->runs[i].frames[0].script, script->id))
			return; /* one live run for each key; a rehearsal has one key */
	for (size_t i = 0; i < s->timer_count; i++)
		if (s->timers[i].kind == TIMER_WAIT && !s->timers[i].run) {
			s->timers[i].at = s->now + script->journey.trigger.settle;
			return;
		}
	if (script->journey.trigger.settle)
		add_timer(s, (struct stage_timer){.kind = TIMER_WAIT,
				     .at = s->now + script->journey.trigger.settle,
				     .held = xstrdup(script->id)});
	else
		start_run(s, script, NULL);
}

/* Exits act while an event settles. */
static void
settle_exits(struct stage *s, const char *event)
{
	for (size_t i = s->timer_count; i-- > 0;) {
		struct stage_timer *t = &s->timers[i];
		const struct script *script =
			t->run || !t->held ? NULL : script_find(&s->set, t->held, NULL);
		for (size_t k = 0; script && k < script->journey.exit_count; k++) {
			const struct script_exit *x = &script->journey.exits[k];
			if (strcmp(x->event, event) != 0 || !holds(s, x->cond))
				continue;
			show(s, '=', x->name);
			free(t->held);
			*t = s->timers[--s->timer_count];
			break;
		}
	}
}

void
stage_emit(struct stage *s, const char *event, const char **names, const char **values,
	size_t count)
{
	char name[160];
	size_t root = strcspn(event, ".");
	double value = 0;
	for (size_t i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "%.*s.%s", (int)root, event, names[i]);
		stage_put(&s->facts, name, values[i]);
		snprintf(name, sizeof(name), "event.%s", names[i]);
		stage_put(&s->facts, name, values[i]);
		if (!strcmp(names[i], "total") || !strcmp(names[i], "value"))
			value = atof(values[i]);
	}
	s->events = xrealloc(s->events, (s->event_count + 1) * sizeof(*s->events));
	s->events[s->event_count++] = (struct stage_event){xstrdup(event), s->now, value};
	settle_exits(s, event);
	for (size_t i = 0; i < s->run_count; i++)
		if (s->runs[i].state != RUN_ENDED && s->runs[i].state != RUN_NEW)
			feed(s, &s->runs[i],
				&(struct step_event){
					.kind = EVENT_HAPPENED, .name = event});
	for (size_t i = 0; i < s->set.count; i++)
		if (script_find(&s->set, s->set.scripts[i]->id, NULL) ==
			s->set.scripts[i])
			trigger(s, s->set.scripts[i], event);
}

/* ---- the clock ---- */

/* A held text at its hour: the gates again. */
static void
wake(struct stage *s, const struct stage_timer *t)
{
	struct run *run = run_by_id(s, t->run);
	if (!t->run) {
		const struct script *script = script_find(&s->set, t->held, NULL);
		if (script && holds(s, script->journey.trigger.cond))
			start_run(s, script, NULL);
	} else if (run && run->state == RUN_SENDING && run->visit == t->visit)
		offer(s, run, t->cls, t->held, true, false);
}

int
stage_advance(struct stage *s, int64_t to, struct strbuf *err)
{
	struct stage_timer t;
	for (unsigned fired = 0; next_timer(s, to, &t); fired++) {
		if (fired > 10000) {
			free(t.held);
			strbuf_set(err, "more than 10,000 timers fired in this jump");
			return -EINVAL;
		}
		s->now = MAX(s->now, t.at);
		struct run *run = run_by_id(s, t.run);
		if (t.held)
			wake(s, &t);
		else if (run && run->state != RUN_ENDED)
			feed(s, run,
				&(struct step_event){.kind = EVENT_TIMER,
					.timer = t.kind,
					.visit = t.visit});
		free(t.held);
	}
	s->now = to;
	return 0;
}

/* ---- loading ---- */

static int
load_one(struct stage *s, const char *path, struct strbuf *err)
{
	struct script *script;
	if (s->set.count == ARRAY_LEN(s->scripts))
		return 0;
	int r = script_load(path, &script, err);
	if (r < 0)
		return r;
	s->scripts[s->set.count] = script;
	memmove(s->newest + 1, s->newest, s->set.count * sizeof(s->newest[0]));
	s->newest[0] = script;
	s->set = (struct script_set){s->newest, s->set.count + 1};
	return 0;
}

int
stage_reload(struct stage *s, const char *path, struct strbuf *err)
{
	char full[512];
	const char *slash = strrchr(s->main->file, '/');
	int dir = slash && *path != '/' ? (int)(slash + 1 - s->main->file) : 0;
	snprintf(full, sizeof(full), "%.*s%s", dir, s->main->file, path);
	struct script *script;
	int r = script_load(full, &script, err);
	if (r < 0 || s->set.count == ARRAY_LEN(s->scripts)) {
		return r < 0 ? r : -EINVAL;
	}
	/* It stands for the script under test, whatever its file is called. */
	script->id = arena_strdup(&script->arena, s->main->id);
	s->scripts[s->set.count] = script;
	memmove(s->newest + 1, s->newest, s->set.count * sizeof(s->newest[0]));
	s->newest[0] = script;
	s->set.count++;
	for (size_t i = 0; i < s->run_count; i++)
		feed(s, &s->runs[i], &(struct step_event){.kind = EVENT_RELOADED});
	return 0;
}

static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* The scripts beside it; one that does not load is its own check's business. */
static void
load_siblings(struct stage *s, const char *path)
{
	char dir[400], full[700];
	const char *slash = strrchr(path, '/');
	struct dirent **names;
	snprintf(dir, sizeof(dir), "%.*s", slash ? (int)(slash - path) : 1,
		slash ? path : ".");
	int n = scandir(dir, &names, NULL, by_name);
	for (int i = 0; i < n; i++) {
		const char *name = names[i]->d_name;
		size_t len = strlen(name);
		snprintf(full, sizeof(full), "%s/%s", dir, name);
		bool cfg = len > 4 && !strcmp(name + len - 4, ".cfg");
		if (cfg && strcmp(name, slash ? slash + 1 : path) != 0 &&
			script_recognise(full) && load_one(s, full, NULL) < 0)
			queue_add(&s->owner, full);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

int
stage_open(struct stage *s, const char *path, const struct talk_options *o,
	struct strbuf *err)
{
	*s = (struct stage){.rules = o->rules,
		.options = *o,
		.hours = -1,
		.list = STRBUF_INIT(1 << 14)};
	s->now = o->at ? o->at : zone_from_local(o->rules->zone, BEGINNING);
	s->set.scripts = s->newest;
	load_siblings(s, path);
	s->owner.taken = s->owner.count;
	int r = load_one(s, path, err);
	if (!r)
		s->main = s->newest[0];
	return r;
}

static void
pairs_done(struct stage_pairs *p)
{
	for (size_t i = 0; i < p->count; i++) {
		free(p->items[i].name);
		free(p->items[i].text);
	}
	free(p->items);
}

static void
queue_done(struct stage_queue *q)
{
	for (size_t i = 0; i < q->count; i++)
		free(q->texts[i]);
	free(q->texts);
}

void
stage_close(struct stage *s)
{
	for (size_t i = 0; i < s->run_count; i++)
		run_done(&s->runs[i]);
	for (size_t i = 0; i < s->set.count; i++)
		script_free(s->scripts[i]);
	for (size_t i = 0; i < s->timer_count; i++)
		free(s->timers[i].held);
	for (size_t i = 0; i < s->event_count; i++)
		free(s->events[i].name);
	free(s->timers);
	free(s->events);
	pairs_done(&s->contact);
	pairs_done(&s->facts);
	pairs_done(&s->lookups);
	pairs_done(&s->coupons);
	pairs_done(&s->granted);
	queue_done(&s->said);
	queue_done(&s->ended);
	queue_done(&s->owner);
	strbuf_done(&s->list);
}
