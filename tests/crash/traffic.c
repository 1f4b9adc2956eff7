#include "tests/crash/traffic.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	CONTACTS = 40,
	SENDERS = 25,
	ASK_EVERY = 15,     /* ms */
	REPORTS_WAIT = 400, /* ms for reports that a kill may have taken */
	IDLE = 20,          /* ms without a message on air */
};

/* ---- what there is ---- */

void
traffic_message(int i, char ret_to[32], struct strbuf *ret_text)
{
	snprintf(ret_to, 32, "+8210%08d", 20000000 + i * 7 % CONTACTS);
	int repeat = i % 10 == 3 ? 40 : i % 10 == 7 ? 16 : 1;
	strbuf_reset(ret_text);
	for (int n = 0; n < repeat; n++)
		strbuf_printf(ret_text, "m%04d %s", i, i % 10 == 7 ? "안녕 " : "");
}

bool
traffic_is_stop(int i)
{
	return i % 10 == 4;
}

int
traffic_modem(int i)
{
	return i / 3 % RIG_MODEMS;
}

void
traffic_text(int i, char ret_from[32], struct strbuf *ret_text)
{
	strbuf_reset(ret_text);
	if (traffic_is_stop(i)) {
		snprintf(ret_from, 32, "+8210%08d", 40000000 + i);
		strbuf_puts(ret_text, "STOP");
		return;
	}
	snprintf(ret_from, 32, "+8210%08d", 30000000 + i % SENDERS);
	for (int n = 0; n < (i % 10 == 8 ? 40 : 1); n++)
		strbuf_printf(ret_text, "i%04d ", i);
}

/* As the network will cut it: only to keep the window. */
static int
parts_of(const struct strbuf *text)
{
	return text->len <= 160 ? 1 : 2;
}

/* ---- out ---- */

static char *
body_of(int i, struct strbuf *text)
{
	char to[32], key[16];
	traffic_message(i, to, text);
	snprintf(key, sizeof(key), "m%04d", i);
	json_t *o = json_pack("{s:s, s:s, s:s}", "to", to, "text", text->s, "key", key);
	char *body = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	return body;
}

/* A refusal must say why in a sentence. */
static void
note_refusal(struct traffic *t, int status, const json_t *answer)
{
	const char *detail = json_string_value(json_object_get(answer, "detail"));
	if (status == 503 && detail && strchr(detail, ' ')) {
		t->refused++;
	} else {
		t->odd++;
		snprintf(t->odd_answer, sizeof(t->odd_answer), "%d %s", status,
			detail ? detail : "without a word");
	}
	rig_log(t->rig, "refused: %d %s", status, detail ? detail : "");
}

static void
note_refused_answer(struct traffic *t, int status, const struct strbuf *answer)
{
	json_t *o = json_loads(answer->s, 0, NULL);
	note_refusal(t, status, o);
	json_decref(o);
}

static bool
offer_one(struct traffic *t)
{
	struct strbuf text = STRBUF_INIT(4096), answer = STRBUF_INIT(1 << 20);
	char *body = body_of(t->accepted, &text);
	int status = rig_http(t->rig, "POST", "/v1/messages", body, &answer);
	bool taken = status == 202 || status == 200;
	if (taken) {
		t->accepted++;
		t->parts_offered += parts_of(&text);
	} else if (status) {
		note_refused_answer(t, status, &answer);
	}
	free(body);
	strbuf_done(&text);
	strbuf_done(&answer);
	return taken;
}

/* Several at once: none of them counts as accepted unless the answer came whole. */
static bool
offer_batch(struct traffic *t, int count)
{
	struct strbuf text = STRBUF_INIT(4096), all = STRBUF_INIT(1 << 16);
	struct strbuf answer = STRBUF_INIT(1 << 20);
	int parts = 0, taken = 0;
	strbuf_putc(&all, '[');
	for (int i = 0; i < count; i++) {
		char *body = body_of(t->accepted + i, &text);
		strbuf_printf(&all, "%s%s", i ? "," : "", body);
		parts += parts_of(&text);
		free(body);
	}
	strbuf_putc(&all, ']');
	int status = rig_http(t->rig, "POST", "/v1/messages/batch", all.s, &answer);
	json_t *list = status == 200 ? json_loads(answer.s, 0, NULL) : NULL;
	for (int i = 0; i < count; i++) {
		const json_t *one = json_array_get(list, (size_t)i);
		int its = (int)json_integer_value(json_object_get(one, "status"));
		if (its == 200 || its == 202)
			taken++;
		else if (its)
			note_refusal(t, its, one);
	}
	if (taken == count) {
		t->accepted += count;
		t->parts_offered += parts;
	} else if (status && status != 200) {
		note_refused_answer(t, status, &answer);
	}
	json_decref(list);
	strbuf_done(&text);
	strbuf_done(&all);
	strbuf_done(&answer);
	return taken == count;
}

/* ---- in ---- */

static bool
inject(struct traffic *t)
{
	struct strbuf text = STRBUF_INIT(4096), answer = STRBUF_INIT(4096);
	char from[32];
	traffic_text(t->injected, from, &text);
	bool done = rig_sim(t->rig, &answer, "text %s modem%d %s", from,
		traffic_modem(t->injected), text.s);
	t->injected += done;
	strbuf_done(&text);
	strbuf_done(&answer);
	return done;
}

/* A SIM with many texts on it is not touched before a person says it is ours, so the
 * first texts come when that has been settled, one question after the tick that settled
 * it. */
static void
look_for_adoption(struct traffic *t)
{
	struct strbuf answer = STRBUF_INIT(1 << 16);
	char want[32];
	snprintf(want, sizeof(want), "\"channels_ready\":%d", RIG_MODEMS);
	int status = rig_http(t->rig, "GET", "/healthz", NULL, &answer);
	t->ready_seen = status == 200 && strstr(answer.s, want) ? t->ready_seen + 1 : 0;
	t->adopted = t->ready_seen >= 2;
	strbuf_done(&answer);
}

/* Nothing lies on a SIM, nothing waits in the network. */
static bool
sims_are_empty(struct traffic *t)
{
	struct strbuf answer = STRBUF_INIT(1 << 16);
	int empty = 0;
	if (rig_sim(t->rig, &answer, "state"))
		for (const char *p = answer.s; (p = strstr(p, "waiting=")); p++)
			empty +=
				!strncmp(p, "waiting=0 sm=0/", 15) && strstr(p, " me=0/");
	strbuf_done(&answer);
	return empty == RIG_MODEMS;
}

/* Most texts come while messages go out, in step with them; the last ones one by one on
 * idle lines, where nothing delays what a text causes. */
static bool
may_inject(struct traffic *t)
{
	if (t->injected >= t->may_inject)
		return false;
	if (t->injected < t->incoming * 2 / 3)
		return t->accepted * t->incoming / t->outgoing >= t->injected;
	return t->accepted >= t->may_send && rig_mono() - t->submitted > IDLE &&
	       sims_are_empty(t);
}

bool
traffic_step(struct traffic *t)
{
	bool busy = false;
	if (!t->rig->ready)
		return false;
	int window = t->parts_offered - t->submits;
	int64_t now = rig_mono();
	if (t->accepted < t->may_send &&
		window < (t->window ? t->window : TRAFFIC_WINDOW) &&
		now >= t->offered + t->pace) {
		t->offered = now;
		int left = t->may_send - t->accepted;
		busy |= t->accepted % 25 == 10 && left >= 5 ? offer_batch(t, 5)
							    : offer_one(t);
	}
	if (t->injected < t->may_inject && !t->adopted)
		look_for_adoption(t);
	else if (may_inject(t))
		busy |= inject(t);
	return busy;
}

/* ---- how far it is ---- */

void
traffic_ledger(struct traffic *t)
{
	char path[160], *line = NULL;
	size_t size = 0;
	ssize_t n;
	rig_path(t->rig, "net/ledger.jsonl", path);
	FILE *f = fopen(path, "re");
	if (!f)
		return;
	fseek(f, t->ledger_at, SEEK_SET);
	while ((n = getline(&line, &size, f)) > 0 && line[n - 1] == '\n') {
		t->ledger_at += n;
		bool submit = strstr(line, "\"kind\":\"submit\"") != NULL;
		t->submits += submit;
		if (submit)
			t->submitted = rig_mono();
		t->reports += strstr(line, "\"kind\":\"report\"") != NULL;
	}
	free(line);
	fclose(f);
}

static long
metric(const char *page, const char *state)
{
	char name[64];
	snprintf(name, sizeof(name), "malgil_messages{state=\"%s\"} ", state);
	const char *at = strstr(page, name);
	return at ? strtol(at + strlen(name), NULL, 10) : -1;
}

bool
traffic_settled(struct traffic *t)
{
	static const char *const moving[] = {"accepted", "held", "queued", "sending"};
	struct strbuf page = STRBUF_INIT(1 << 20);
	int64_t now = rig_mono();
	if (t->accepted < t->outgoing || t->injected < t->incoming || !t->rig->ready ||
		now - t->asked < ASK_EVERY)
		return false;
	t->asked = now;
	bool rest = t->reports >= t->submits && sims_are_empty(t) &&
		    rig_http(t->rig, "GET", "/metrics", NULL, &page) == 200;
	for (size_t i = 0; rest && i < ARRAY_LEN(moving); i++)
		rest = metric(page.s, moving[i]) == 0;
	rest = rest && metric(page.s, "received") >= t->incoming;
	if (!rest)
		t->quiet = 0;
	else if (!t->quiet)
		t->quiet = now;
	bool all = rest && metric(page.s, "sent") == 0;
	strbuf_done(&page);
	return all || (t->quiet && now - t->quiet > REPORTS_WAIT);
}
