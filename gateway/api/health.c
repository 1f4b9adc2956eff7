/* /healthz for watchdogs, /readyz for whoever starts things, /metrics for Prometheus, and
 * the description of it all. */
#include "gateway/api/page.h"

#include <inttypes.h>
#include <stdlib.h>

#include "gateway/api/call.h"
#include "gateway/api/openapi.h"
#include "gateway/api/push_metrics.h"
#include "gateway/api/resources.h"
#include "gateway/core/channel.h"
#include "gateway/store/messages.h"

static size_t
write_channels(struct core *core, struct jsonw *w)
{
	size_t ready = 0;
	jsonw_open(w, "channels", '[');
	for (size_t i = 0; i < core->channel_count; i++) {
		struct channel_view v;
		channel_view(core, core->channels[i], &v);
		ready += v.state == CHANNEL_READY;
		jsonw_open(w, NULL, '{');
		jsonw_text(w, "name", v.name);
		jsonw_text(w, "state", channel_state_name(v.state));
		jsonw_some(w, "registration", v.facts ? v.facts->registration : NULL);
		jsonw_some(w, "last_error", v.why);
		jsonw_time(w, "last_reply", v.heard);
		jsonw_time(w, "last_sent", v.last_sent);
		jsonw_close(w, '}');
	}
	jsonw_close(w, ']');
	return ready;
}

/* 503 only when nothing can be accepted: a modem in trouble is not the gateway's death.
 */
void
health_get(struct request *rq)
{
	struct core *core = rq->core;
	struct strbuf body = STRBUF_INIT(1 << 20);
	struct jsonw w = {&body};
	jsonw_open(&w, NULL, '{');
	size_t ready = write_channels(core, &w);
	bool whole = ready == core->channel_count && !core->clock_odd;
	jsonw_text(&w, "status", core->store_sick ? "sick" : whole ? "ok" : "degraded");
	jsonw_int(&w, "channels_ready", (int64_t)ready);
	jsonw_open(&w, "store", '{');
	jsonw_bool(&w, "writable", !core->store_sick);
	jsonw_some(&w, "trouble", core->store_sick ? core->store_trouble.s : NULL);
	jsonw_close(&w, '}');
	jsonw_bool(&w, "clock_believed", !core->clock_odd);
	jsonw_bool(&w, "draining", core->draining);
	jsonw_close(&w, '}');
	request_reply(rq, core->store_sick ? 503 : 200, &body);
}

void
openapi_get(struct request *rq)
{
	struct strbuf body = STRBUF_INIT(4 << 20);
	openapi_write(&body, routes, rq->core->config->api_public);
	request_reply(rq, 200, &body);
}

/* For whoever spreads load or starts things in order: 200 when what is asked for would be
 * taken. */
void
ready_get(struct request *rq)
{
	const struct core *core = rq->core;
	const char *why = core->store_sick                     ? core->store_trouble.s
			  : core->low_disk                     ? "the disk is nearly full"
			  : core->draining && !core->reloading ? "the gateway is stopping"
							       : NULL;
	if (why) {
		request_problem(rq, 503, "%s", why);
		return;
	}
	struct strbuf body = STRBUF_INIT(1024);
	strbuf_puts(&body, "{\"ready\":true}");
	request_reply(rq, 200, &body);
}

/* ---- /metrics ---- */

struct counts {
	int64_t states[MESSAGE_STATES];
	struct push_metrics webhooks;
};

static void
read_counts(struct db *db, void *arg)
{
	struct counts *counts = arg;
	messages_count(db, counts->states);
	push_metrics_read(&counts->webhooks, db);
}

static void
metric(struct strbuf *out, const char *name, const char *type, const char *help)
{
	strbuf_printf(out, "# HELP malgil_%s %s\n# TYPE malgil_%s %s\n", name, help, name,
		type);
}

/* Channel names are letters, digits and dashes by the configuration's check, so they need
 * no escaping as labels. */
static void
channel_metric(struct core *core, struct strbuf *out, const char *name, const char *type,
	const char *help, int64_t (*value)(const struct channel_view *v))
{
	metric(out, name, type, help);
	for (size_t i = 0; i < core->channel_count; i++) {
		struct channel_view v;
		channel_view(core, core->channels[i], &v);
		strbuf_printf(out, "malgil_%s{channel=\"%s\"} %" PRId64 "\n", name,
			v.name, value(&v));
	}
}

static int64_t
is_ready(const struct channel_view *v)
{
	return v->state == CHANNEL_READY;
}

static int64_t
sent_of(const struct channel_view *v)
{
	return v->sent;
}

static int64_t
failed_of(const struct channel_view *v)
{
	return v->failed;
}

static int64_t
queue_of(const struct channel_view *v)
{
	return v->queue;
}

/* Of the door that was asked at: the socket and the network count for themselves. */
static void
write_api(const struct api *api, struct strbuf *out)
{
	const char *door = api->local ? "socket" : "network";
	metric(out, "api_requests_total", "counter", "Requests that are over, by status");
	for (size_t i = 1; i < ARRAY_LEN(api->answered); i++)
		strbuf_printf(out,
			"malgil_api_requests_total{door=\"%s\",status=\"%zuxx\"} %" PRIu64
			"\n",
			door, i, api->answered[i]);
	metric(out, "api_connections", "gauge", "Connections that are open");
	strbuf_printf(
		out, "malgil_api_connections{door=\"%s\"} %u\n", door, api->connections);
	metric(out, "api_streams", "gauge", "Streams of events that are open");
	strbuf_printf(
		out, "malgil_api_streams{door=\"%s\"} %zu\n", door, api->stream_count);
}

static void
answer_metrics(struct request *rq, void *arg)
{
	const struct counts *counts = arg;
	struct core *core = rq->core;
	struct strbuf out = STRBUF_INIT(1 << 20);
	metric(&out, "messages", "gauge", "Messages in the store by state");
	for (int i = 0; i < MESSAGE_STATES; i++)
		strbuf_printf(&out, "malgil_messages{state=\"%s\"} %" PRId64 "\n",
			message_state_name((enum message_state)i), counts->states[i]);
	metric(&out, "store_writable", "gauge", "1 while commits succeed");
	strbuf_printf(&out, "malgil_store_writable %d\n", !core->store_sick);
	channel_metric(
		core, &out, "channel_ready", "gauge", "1 while it may send", is_ready);
	channel_metric(core, &out, "channel_sent_total", "counter",
		"Segments the network took", sent_of);
	channel_metric(core, &out, "channel_failed_total", "counter",
		"Segments that certainly did not go out", failed_of);
	channel_metric(core, &out, "channel_queue", "gauge",
		"Messages that wait for this channel alone", queue_of);
	push_metrics_write(&counts->webhooks, &out);
	write_api(rq->api, &out);
	request_reply_as(rq, 200, "text/plain; version=0.0.4; charset=utf-8", &out);
}

void
metrics_get(struct request *rq)
{
	static const struct request_read how = {read_counts, answer_metrics, free};
	struct counts *counts = xcalloc(1, sizeof(*counts));
	push_metrics_name(&counts->webhooks, rq->core);
	request_read(rq, &how, counts);
}
