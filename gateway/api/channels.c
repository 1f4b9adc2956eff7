/* /v1/channels: how the ways out are, and what a person may do to one of them. */
#include "gateway/api/resources.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/api/fields.h"
#include "gateway/base/suggest.h"
#include "gateway/core/owner.h"
#include "gateway/store/channels.h"
#include "gateway/core/budget.h"
#include "gateway/core/channel.h"
#include "gateway/core/upkeep.h"
#include "gateway/net/jsonw.h"

#define COMMAND_MAX      480
#define COMMAND_DEADLINE (3 * MINUTE) /* AT+COPS=? takes its time */

/* ---- looking ---- */

static void
write_identity(struct jsonw *w, const struct channel_identity *who)
{
	jsonw_some(w, "imei", who->imei);
	jsonw_some(w, "iccid", who->iccid);
	jsonw_some(w, "imsi", who->imsi);
	jsonw_some(w, "own_number", who->own_number);
	jsonw_some(w, "manufacturer", who->manufacturer);
	jsonw_some(w, "model", who->model);
	jsonw_some(w, "revision", who->revision);
	jsonw_some(w, "profile", who->profile);
}

static void
write_facts(struct jsonw *w, const struct channel_facts *facts)
{
	jsonw_some(w, "operator", facts->operator_name);
	jsonw_some(w, "registration", facts->registration);
	if (facts->signal_dbm)
		jsonw_int(w, "signal_dbm", facts->signal_dbm);
	else
		jsonw_null(w, "signal_dbm");
	jsonw_some(w, "device", facts->device);
	jsonw_some(w, "recovery", facts->recovery);
	jsonw_some(w, "reports_while_down", facts->reports);
	if (facts->storage_total < 0) {
		jsonw_null(w, "storage");
		return;
	}
	jsonw_open(w, "storage", '{');
	jsonw_int(w, "used", facts->storage_used);
	jsonw_int(w, "total", facts->storage_total);
	jsonw_close(w, '}');
}

static void
write_gap(struct jsonw *w, const char *name, double ms)
{
	if (ms < 0)
		jsonw_null(w, name);
	else
		jsonw_real(w, name, ms);
}

static void
write_channel(struct core *core, const struct channel *ch, struct jsonw *w)
{
	static const struct channel_identity nobody;
	static const struct channel_facts nothing = {
		.storage_used = -1, .storage_total = -1};
	struct channel_view v;
	char before[32];
	int64_t left, daily;
	channel_view(core, ch, &v);
	jsonw_open(w, NULL, '{');
	jsonw_text(w, "name", v.name);
	jsonw_text(w, "driver", v.driver);
	jsonw_text(w, "state", channel_state_name(v.state));
	jsonw_some(w, "last_error", v.why);
	jsonw_time(w, "until", v.until);
	write_identity(w, v.who ? v.who : &nobody);
	write_facts(w, v.facts ? v.facts : &nothing);
	jsonw_int(w, "sent", v.sent);
	jsonw_int(w, "failed", v.failed);
	jsonw_int(w, "in_doubt", v.in_doubt);
	jsonw_int(w, "queue", v.queue);
	jsonw_int(w, "in_flight", v.in_flight);
	budget_room((struct channel *)ch, CLASS_SERVICE, &left, &daily);
	if (daily < INT64_MAX / 8)
		jsonw_int(w, "budget_left", left);
	else
		jsonw_null(w, "budget_left");
	write_gap(w, "gap_p50_ms", v.gap_p50_ms);
	write_gap(w, "gap_p99_ms", v.gap_p99_ms);
	channel_note_get(core->db, v.id, "number.before", before, sizeof(before));
	jsonw_bool(w, "adopted", v.adopted);
	jsonw_some(w, "number_before", before);
	jsonw_some(w, "balance", v.balance);
	jsonw_time(w, "balance_at", v.balance_at);
	jsonw_time(w, "tested_at", v.tested_at);
	jsonw_close(w, '}');
}

static void
write_alert(void *arg, int64_t at, const char *about, const char *text)
{
	struct jsonw *w = arg;
	jsonw_open(w, NULL, '{');
	jsonw_time(w, "at", at);
	jsonw_text(w, "about", about);
	jsonw_text(w, "text", text);
	jsonw_close(w, '}');
}

/* What the owner should have heard and nothing could carry. */
static void
write_alerts(struct core *core, struct jsonw *w)
{
	jsonw_open(w, "alerts_waiting", '[');
	owner_waiting(core->db, 20, write_alert, w);
	jsonw_close(w, ']');
}

void
channels_get(struct request *rq)
{
	struct strbuf body = STRBUF_INIT(4 << 20);
	struct jsonw w = {&body};
	jsonw_open(&w, NULL, '{');
	jsonw_open(&w, "channels", '[');
	for (size_t i = 0; i < rq->core->channel_count; i++)
		write_channel(rq->core, rq->core->channels[i], &w);
	jsonw_close(&w, ']');
	write_alerts(rq->core, &w);
	jsonw_close(&w, '}');
	request_reply(rq, 200, &body);
}

/* The channel of the path; answers 404 itself. */
static struct channel *
wanted(struct request *rq)
{
	struct channel *ch = channel_find(rq->core, rq->param);
	if (ch)
		return ch;
	const struct config *config = rq->core->config;
	struct suggest near;
	suggest_init(&near, rq->param);
	for (size_t i = 0; i < config->channel_count; i++)
		suggest_offer(&near, config->channels[i].name);
	if (near.best)
		request_problem(rq, 404,
			"there is no channel '%.60s'; did you mean '%s'?", rq->param,
			near.best);
	else
		request_problem(rq, 404, "there is no channel '%.60s'", rq->param);
	return NULL;
}

static void
reply_channel(struct request *rq, int status, const struct channel *ch)
{
	struct strbuf body = STRBUF_INIT(1 << 20);
	struct jsonw w = {&body};
	write_channel(rq->core, ch, &w);
	request_reply(rq, status, &body);
}

void
channel_get(struct request *rq)
{
	struct channel *ch = wanted(rq);
	if (ch)
		reply_channel(rq, 200, ch);
}

/* One element a line of the wire, oldest first. */
static void
write_lines(struct jsonw *w, char *text)
{
	char *rest = NULL;
	for (char *line = strtok_r(text, "\n", &rest); line;
		line = strtok_r(NULL, "\n", &rest))
		jsonw_text(w, NULL, line);
}

void
channel_get_trace(struct request *rq)
{
	struct channel *ch = wanted(rq);
	struct strbuf trace AUTO(strbuf_done) = STRBUF_INIT(1 << 20);
	struct strbuf body = STRBUF_INIT(8 << 20);
	struct jsonw w = {&body};
	if (!ch)
		return;
	channel_trace(ch, &trace);
	jsonw_open(&w, NULL, '{');
	jsonw_text(&w, "name", rq->param);
	jsonw_open(&w, "trace", '[');
	write_lines(&w, trace.s);
	jsonw_close(&w, ']');
	jsonw_close(&w, '}');
	request_reply(rq, 200, &body);
}

/* ---- acting ---- */

static void
note(struct request *rq, const struct channel *ch, const char *what, const char *detail)
{
	struct channel_view v;
	channel_view(rq->core, ch, &v);
	core_event(rq->core,
		&(struct event){.name = what, .channel = v.id, .detail = detail});
}

static void
answer_done(struct request *rq)
{
	struct channel *ch = channel_find(rq->core, rq->param);
	if (ch)
		reply_channel(rq, 200, ch);
	else
		request_problem(rq, 404, "the channel has just left the configuration");
}

void
channel_post_reset(struct request *rq)
{
	struct channel *ch = wanted(rq);
	if (!ch)
		return;
	note(rq, ch, "channel.reset_asked", NULL);
	channel_reset(ch);
	request_after_commit(rq, answer_done);
}

void
channel_post_adopt(struct request *rq)
{
	struct channel *ch = wanted(rq);
	if (!ch)
		return;
	channel_adopt(rq->core, ch);
	request_after_commit(rq, answer_done);
}

/* ---- the console ---- */

struct command {
	struct request *rq;
	bool open; /* the channel still owes an answer */
};

static void
forget_command(void *arg)
{
	struct command *command = arg;
	if (command->open)
		channel_command_forget(command->rq->core, command);
	command->open = false;
}

static void
free_command(void *arg)
{
	forget_command(arg);
	free(arg);
}

static void
on_answer(void *arg, const char *answer)
{
	struct command *command = arg;
	struct request *rq = command->rq;
	struct strbuf body = STRBUF_INIT(4 << 20);
	struct jsonw w = {&body};
	command->open = false;
	if (!answer) {
		request_problem(rq, 504, "the device never answered");
		return;
	}
	jsonw_open(&w, NULL, '{');
	jsonw_text(&w, "answer", answer);
	jsonw_close(&w, '}');
	request_reply(rq, 200, &body);
}

static int
status_of(int error)
{
	switch (error) {
	case -EPERM: return 403;
	case -EBUSY: return 409;
	case -ENOTSUP: return 501;
	case -EINVAL: return 422;
	default: return 503;
	}
}

static void
run_command(struct request *rq, struct channel *ch, const char *line, bool ussd)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct command *command = xcalloc(1, sizeof(*command));
	*command = (struct command){rq, true};
	rq->state = command;
	rq->state_free = free_command;
	request_wait(rq, COMMAND_DEADLINE, forget_command);
	int r = ussd ? channel_ussd(rq->core, ch, line, on_answer, command, &err)
		     : channel_command(rq->core, ch, line, on_answer, command, &err);
	if (!r)
		return; /* core keeps the event */
	command->open = false;
	request_problem(rq, status_of(r), "%s", err.s);
}

/* One line and nothing that would end it early: Ctrl-Z and ESC mean something to a modem.
 */
static bool
one_line(const char *line)
{
	for (const char *p = line; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7F)
			return false;
	return true;
}

static const struct field command_fields[] = {
	{"at", FIELD_TEXT, 0, .required = true, .max = COMMAND_MAX},
	{0},
};

static const struct field ussd_fields[] = {
	{"code", FIELD_TEXT, 0, .required = true, .max = 40},
	{0},
};

static void
post_line(struct request *rq, const struct field *fields, bool ussd)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct channel *ch = wanted(rq);
	const char *line, *field = NULL;
	if (!ch)
		return;
	json_t *object = json_read(rq->body.s, rq->body.len, &err);
	if (!object || fields_read(object, fields, 0, &line, &field, &err))
		request_problem_field(rq, field ? 422 : 400, field, "%s", err.s);
	else if (!one_line(line)) {
		request_problem_field(rq, 422, fields[0].name,
			"a command is one line without control characters");
	} else {
		snprintf(rq->detail, sizeof(rq->detail), "%s", line);
		run_command(rq, ch, line, ussd);
	}
	json_decref(object);
}

void
channel_post_command(struct request *rq)
{
	post_line(rq, command_fields, false);
}

void
channel_post_ussd(struct request *rq)
{
	post_line(rq, ussd_fields, true);
}

/* A text to itself, now. */
void
channel_post_test(struct request *rq)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct channel *ch = wanted(rq);
	if (!ch)
		return;
	if (upkeep_test(ch, &err) < 0)
		request_problem(rq, 409, "%s", err.s);
	else
		request_after_commit(rq, answer_done);
}
