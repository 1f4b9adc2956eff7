/* The description and the program hold each other: every route is described, every route
 * is asked here, and what it answers has the shape that is described, member by member.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "gateway/api/openapi.h"
#include "gateway/core/tickets.h"
#include "gateway/outreach/campaign.h"
#include "tests/lib/asker.h"
#include "tests/lib/rig.h"
#include "tests/lib/schema.h"

static struct rig r;
static struct api *api;
static struct asker who;
static json_t *document;

static int
take_hook(const struct raw_request *rq, struct raw_response *res)
{
	(void)rq;
	strbuf_puts(&res->body, "ok");
	return 0;
}

static int
set_up(void **state)
{
	(void)state;
	struct strbuf err = STRBUF_SENTENCE;
	struct answer a;
	rig_open_with(&r, false, "scripts = \"etc/scripts\";", NULL);
	r.webhook = take_hook;
	r.core.reader = reader_new(r.loop, r.core.config->store);
	who = (struct asker){.loop = r.loop};
	snprintf(who.path, sizeof(who.path), "%s/api.sock", r.dir);
	int fd = api_listen_unix(who.path, &err);
	assert_int_equal(api_start(&r.core, fd, &api, &err), 0);
	asker_ask(&who, "GET", "/v1/openapi.json", NULL, NULL, &a);
	document = answer_json(&a);
	answer_done(&a);
	strbuf_done(&err);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	json_decref(document);
	api_stop(api);
	reader_free(r.core.reader);
	r.core.reader = NULL;
	rig_close(&r);
	return 0;
}

/* ---- the tables ---- */

static void
every_route_is_described(void **state)
{
	(void)state;
	for (const struct route *route = routes; route->method; route++) {
		int count = 0;
		for (const struct route_doc *d = route_docs; d->method; d++)
			count += !strcmp(d->method, route->method) &&
				 !strcmp(d->pattern, route->pattern);
		if (count != 1)
			fail_msg("%s %s is described %d times in openapi_docs.c",
				route->method, route->pattern, count);
	}
	for (const struct route_doc *d = route_docs; d->method; d++) {
		const struct route *route = routes;
		while (route->method && (strcmp(d->method, route->method) != 0 ||
						strcmp(d->pattern, route->pattern) != 0))
			route++;
		if (!route->method)
			fail_msg("%s %s is described and not there", d->method,
				d->pattern);
	}
}

static void
find_refs(const json_t *value, int *count)
{
	const char *name;
	json_t *member;
	for (size_t i = 0; i < json_array_size(value); i++)
		find_refs(json_array_get(value, i), count);
	json_object_foreach((json_t *)(uintptr_t)value, name, member)
	{
		if (!strcmp(name, "$ref")) {
			++*count;
			if (!json_pointer(document, json_string_value(member) + 1))
				fail_msg("%s leads nowhere", json_string_value(member));
		}
		find_refs(member, count);
	}
}

static void
every_reference_leads_somewhere(void **state)
{
	(void)state;
	int count = 0;
	find_refs(document, &count);
	assert_true(count > 50);
	assert_string_equal(
		json_string_value(json_object_get(document, "openapi")), "3.1.0");
}

static void
a_validator_that_says_yes_to_all_is_none(void **state)
{
	(void)state;
	static const struct {
		const char *shape, *value;
		bool fits;
	} rows[] = {
		{"Id", "{\"id\":\"17\"}", true},
		{"Id", "{\"id\":17}", false},
		{"Id", "{\"id\":\"x\"}", false},
		{"Id", "{}", false},
		{"Id", "{\"id\":\"17\",\"more\":1}", false},
		{"Id", "[]", false},
		{"Ready", "{\"ready\":null}", false},
		{"Gate",
			"{\"gate\":\"a\",\"verdict\":\"send\",\"rule\":null,\"until\":"
			"null}",
			true},
		{"Gate",
			"{\"gate\":\"a\",\"verdict\":\"go\",\"rule\":null,\"until\":"
			"null}",
			false},
		{"Gate",
			"{\"gate\":\"a\",\"verdict\":\"send\",\"rule\":null,\"until\":"
			"\"soon\"}",
			false},
		{"Balance", "{\"channel\":\"a\",\"balance\":5}", false},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct strbuf err = STRBUF_SENTENCE;
		char pointer[64];
		snprintf(pointer, sizeof(pointer), "/components/schemas/%s",
			rows[i].shape);
		json_t *value = json_read(rows[i].value, strlen(rows[i].value), &err);
		assert_int_equal(schema_fits(document, json_pointer(document, pointer),
					 value, &err),
			rows[i].fits);
		json_decref(value);
		strbuf_done(&err);
	}
}

/* ---- every route, asked ---- */

static bool asked[512];

static const json_t *
response_of(const struct route *route, int status)
{
	char method[16] = "", number[8];
	for (size_t i = 0; route->method[i]; i++)
		method[i] = (char)(route->method[i] | 0x20);
	snprintf(number, sizeof(number), "%d", status);
	const json_t *path =
		json_object_get(json_object_get(document, "paths"), route->pattern);
	const json_t *responses =
		json_object_get(json_object_get(path, method), "responses");
	const json_t *one = json_object_get(responses, number);
	if (!one && status < 400)
		fail_msg("%s %s answers %d, which is not described", route->method,
			route->pattern, status);
	return json_object_get(
		one ? one : json_object_get(responses, "default"), "content");
}

static void
hold_against(const struct route *route, const struct answer *a)
{
	struct strbuf err = STRBUF_SENTENCE;
	char media[128];
	const json_t *content = response_of(route, a->status);
	snprintf(media, sizeof(media), "%s", answer_header(a, "Content-Type"));
	media[strcspn(media, ";")] = '\0';
	const json_t *described = json_object_get(content, media);
	if (!described)
		fail_msg("%s %s answers %s, which is not described", route->method,
			route->pattern, media);
	const json_t *schema = json_object_get(described, "schema");
	if (!schema)
		return;
	json_t *value = answer_json(a);
	if (!schema_fits(document, schema, value, &err))
		fail_msg("%s %s: %s: %s", route->method, route->pattern, err.s, a->body);
	json_decref(value);
	strbuf_done(&err);
}

/* Asks, wants that status, and holds the answer against its description. */
static json_t *
want(int status, const char *method, const char *target, const char *head,
	const char *body)
{
	struct answer a;
	const struct route *route = NULL;
	struct strbuf allow = STRBUF_INIT(256);
	char param[ROUTE_PARAM_MAX], path[256];
	snprintf(path, sizeof(path), "%.*s", (int)strcspn(target, "?"), target);
	assert_int_equal(
		route_match(routes, method, path, &route, param, &allow), ROUTE_FOUND);
	asker_ask(&who, method, target, head, body, &a);
	if (a.status != status)
		fail_msg("%s %s: %s", method, target, a.raw.s);
	hold_against(route, &a);
	if (status < 400)
		asked[route - routes] = true;
	bool json = strstr(answer_header(&a, "Content-Type"), "json");
	json_t *value = json ? answer_json(&a) : NULL;
	answer_done(&a);
	strbuf_done(&allow);
	return value;
}

static void
ask(int status, const char *method, const char *target, const char *body)
{
	json_decref(want(status, method, target, NULL, body));
}

static const char *
id_path(const char *before, const char *id, const char *after)
{
	static char path[4][160];
	static size_t turn;
	char *ret = path[turn++ % ARRAY_LEN(path)];
	snprintf(ret, sizeof(path[0]), "%s%s%s", before, id, after);
	return ret;
}

/* What the rig's driver cannot do: its refusal is held against the description, and
 * tests/e2e/api asks a real one. */
static void
cannot(int status, const char *method, const char *target, const char *body)
{
	const struct route *route;
	struct strbuf allow AUTO(strbuf_done) = STRBUF_INIT(256);
	char param[ROUTE_PARAM_MAX];
	ask(status, method, target, body);
	assert_int_equal(
		route_match(routes, method, target, &route, param, &allow), ROUTE_FOUND);
	asked[route - routes] = true;
}

static void
messages(void)
{
	json_t *a = want(202, "POST", "/v1/messages", "Idempotency-Key: a\r\n",
		"{\"to\":\"010-1111-0001\",\"text\":\"hi\"}");
	const char *id = json_string_value(json_object_get(a, "id"));
	ask(422, "POST", "/v1/messages", "{\"to\":\"010-1111-0001\"}");
	rig_answer(&r, &(struct outcome){.what = SEND_LATER,
			       .code = 332,
			       .reference = -1,
			       .why = "network timeout"});
	rig_run(&r, 10 * MINUTE);
	rig_sent(&r, 8);
	rig_report(&r, "north", 8, "+821011110001", 0);
	rig_report(&r, "north", 99, "+821099990001", 0);
	ask(200, "POST", "/v1/messages/batch",
		"[{\"to\":\"010-1111-0002\",\"text\":\"hi\"},{\"to\":\"1\"},7]");
	ask(200, "POST", "/v1/messages/import",
		"[{\"key\":\"old:1\",\"direction\":\"in\",\"phone\":\"010-1111-0009\","
		"\"text\":\"hello\",\"at\":\"2020-01-02T03:04:05Z\","
		"\"state\":\"received\"},{\"key\":\"old:2\"}]");
	rig_run(&r, 0);
	rig_sent(&r, 9);
	rig_receive(&r, "north", "+821011110003", "where is it?");
	rig_receive_bytes(&r, "north", "\x01\xFF\xAB", 3, 1);
	ask(200, "GET", "/v1/messages", NULL);
	ask(200, "GET", id_path("/v1/messages/", id, ""), NULL);
	ask(200, "GET", id_path("/v1/messages/", id, "/explain"), NULL);
	ask(404, "GET", "/v1/messages/7", NULL);
	json_t *b = want(202, "POST", "/v1/messages", NULL,
		"{\"to\":\"010-1111-0004\",\"text\":\"later\",\"at\":\"4h\"}");
	const char *other = json_string_value(json_object_get(b, "id"));
	ask(200, "GET", id_path("/v1/messages/", other, "/explain"), NULL);
	ask(200, "POST", id_path("/v1/messages/", other, "/cancel"), "");
	ask(409, "POST", id_path("/v1/messages/", other, "/cancel"), "");
	ask(200, "GET", "/v1/arrivals", NULL);
	ask(200, "GET", "/v1/reports", NULL);
	ask(200, "POST", "/v1/plan",
		"{\"to\":\"010-1111-0001\",\"text\":\"50% "
		"할인\",\"class\":\"marketing\"}");
	ask(200, "POST", "/v1/plan", "{\"to\":\"+14155550100\",\"text\":\"it’s\"}");
	ask(200, "POST", "/v1/plan",
		"{\"to\":\"+14155550100\",\"text\":\"hi\",\"key\":\"k\",\"flash\":true,"
		"\"report\":false,\"on_doubt\":\"close\"}");
	json_decref(a);
	json_decref(b);
}

static void
a_doubt(void)
{
	json_t *a = want(202, "POST", "/v1/messages", NULL,
		"{\"to\":\"010-1111-0005\",\"text\":\"hi\",\"on_doubt\":\"hold\"}");
	const char *id = json_string_value(json_object_get(a, "id"));
	rig_run(&r, 0);
	rig_unknown(&r);
	rig_run(&r, 0);
	ask(200, "POST", id_path("/v1/messages/", id, "/resolve"), "{\"how\":\"sent\"}");
	json_decref(a);
}

static void
channels(void)
{
	ask(200, "GET", "/v1/channels", NULL);
	ask(200, "GET", "/v1/channels/north", NULL);
	ask(404, "GET", "/v1/channels/nrth", NULL);
	ask(200, "GET", "/v1/channels/north/trace", NULL);
	ask(200, "POST", "/v1/channels/north/adopt", "");
	ask(200, "POST", "/v1/channels/north/reset", "");
	ask(200, "GET", "/healthz", NULL);
	ask(200, "GET", "/readyz", NULL);
	ask(200, "GET", "/metrics", NULL);
	ask(200, "GET", "/v1/openapi.json", NULL);
	ask(200, "GET", "/v1/events", NULL);
	ask(200, "GET", "/hooks/north", NULL);
	ask(200, "GET", "/hooks/north/x", NULL);
	ask(200, "POST", "/hooks/north", "x");
	ask(200, "POST", "/hooks/north/x", "x");
	cannot(501, "POST", "/v1/channels/north/command", "{\"at\":\"AT\"}");
	cannot(501, "POST", "/v1/channels/north/ussd", "{\"code\":\"*100#\"}");
	cannot(409, "POST", "/v1/channels/north/test", "");
}

static void
people(void)
{
	json_t *staff = want(201, "POST", "/v1/staff", NULL,
		"{\"name\":\"soyeon\",\"phone\":\"010-1234-5678\"}");
	json_t *token = want(201, "POST", "/v1/tokens", NULL,
		"{\"name\":\"laptop\",\"role\":\"agent\",\"staff\":\"soyeon\"}");
	ask(200, "POST", "/v1/tokens/laptop/rotate", "{\"grace\":\"1h\"}");
	ask(200, "POST", "/v1/staff/soyeon", "{\"login\":\"soyeon\"}");
	ask(200, "GET", "/v1/staff", NULL);
	ask(200, "GET", "/v1/tokens", NULL);
	ask(201, "POST", "/v1/tokens", "{\"name\":\"shop\",\"role\":\"app\"}");
	ask(200, "POST", "/v1/tokens/shop/revoke", "");
	ask(200, "GET", "/v1/tokens?all=1", NULL);
	ask(200, "GET", "/v1/audit", NULL);
	json_decref(staff);
	json_decref(token);
}

static void
tickets(void)
{
	json_t *opened = want(200, "POST", "/v1/tickets", NULL,
		"{\"phone\":\"010-1111-0006\",\"topic\":\"size\"}");
	const char *id = json_string_value(json_object_get(opened, "id"));
	static const struct {
		const char *what, *body;
		int status;
	} steps[] = {
		{"/claim", "", 200},
		{"/note", "{\"text\":\"a note\"}", 200},
		{"/priority", "{\"priority\":\"high\"}", 200},
		{"/queue", "{\"queue\":\"sales\"}", 200},
		{"/assign", "{\"to\":\"soyeon\"}", 200},
		{"/snooze", "{\"until\":\"3h\"}", 200},
		{"/reply", "{\"text\":\"hello\",\"as\":\"soyeon\"}", 202},
		{"/close", "{\"outcome\":\"solved\"}", 200},
		{"/close", "", 409},
		{"/reopen", "{\"note\":\"again\"}", 200},
	};
	rig_receive(&r, "north", "+821011110006", "which size?");
	for (size_t i = 0; i < ARRAY_LEN(steps); i++)
		ask(steps[i].status, "POST", id_path("/v1/tickets/", id, steps[i].what),
			steps[i].body);
	ask(200, "GET", id_path("/v1/tickets/", id, ""), NULL);
	ask(200, "GET", "/v1/tickets?state=all", NULL);
	ask(200, "POST", "/v1/staff/soyeon/remove", "");
	json_decref(opened);
}

/* What the staff's terminal asks for. */
static void
at_the_desk(void)
{
	rig_receive(&r, "north", "+821011110007", "and mine?");
	json_t *list = want(200, "GET", "/v1/search?q=0007", NULL, NULL);
	const json_t *row = json_array_get(json_object_get(list, "tickets"), 0);
	const char *id = json_string_value(json_object_get(row, "id"));
	json_t *sent = want(202, "POST", id_path("/v1/tickets/", id, "/reply"), NULL,
		"{\"text\":\"soon\",\"at\":\"15s\"}");
	const char *message =
		json_string_value(json_object_get(json_object_get(sent, "reply"), "id"));
	ask(200, "GET", id_path("/v1/tickets/", id, "/customer"), NULL);
	ask(200, "POST", id_path("/v1/tickets/", id, "/undo"),
		id_path("{\"message\":\"", message, "\"}"));
	ask(200, "POST", id_path("/v1/tickets/", id, "/tags"), "{\"add\":\"vip\"}");
	ask(200, "GET", id_path("/v1/tickets/", id, "/customer"), NULL);
	ask(200, "POST", id_path("/v1/tickets/", id, "/block"), "{\"blocked\":false}");
	ask(200, "POST", id_path("/v1/tickets/", id, "/number"),
		"{\"to\":\"010-1111-0008\"}");
	ask(200, "GET", "/v1/desk", NULL);
	ask(200, "GET", "/v1/figures?days=2", NULL);
	ask(200, "GET", "/v1/canned", NULL);
	ask(200, "POST", "/v1/presence", "{\"typing\":true}");
	ask(200, "GET", "/v1/presence", NULL);
	json_decref(sent);
	json_decref(list);
}

/* A journey that settles stands among them before it has a conversation, page by page. */
static void
journeys_to_begin(void)
{
	static const char *const json = "Content-Type: application/json\r\n";
	static const char *const phones[] = {"01011110021", "01011110022", "01011110023"};
	char path[200], body[200], seen[3][32];
	for (int i = 0; i < 3; i++) {
		snprintf(body, sizeof(body),
			"{\"name\":\"order.delivered\",\"id\":\"parcel-%d\",\"phone\":\"%"
			"s\","
			"\"data\":{\"id\":\"H-1\",\"sku\":\"S-1\"}}",
			i, phones[i]);
		json_decref(want(202, "POST", "/v1/events", json, body));
		rig_run(&r, SECOND);
	}
	snprintf(path, sizeof(path), "/v1/runs?script=howto&state=live&limit=1");
	for (int i = 0; i < 3; i++) {
		json_t *page = want(200, "GET", path, NULL, NULL);
		const json_t *row = json_array_get(json_object_get(page, "runs"), 0);
		assert_string_equal(
			json_string_value(json_object_get(row, "state")), "settling");
		assert_non_null(strstr(json_string_value(json_object_get(row, "why")),
			"begins when it is due"));
		assert_true(json_is_string(json_object_get(row, "due")));
		assert_string_equal(json_string_value(json_object_get(row, "phone")) + 3,
			phones[2 - i] + 1);
		snprintf(seen[i], sizeof(seen[i]), "%s",
			json_string_value(json_object_get(row, "id")));
		snprintf(path, sizeof(path),
			"/v1/runs?script=howto&state=live&limit=1&before=%s", seen[i]);
		json_decref(page);
	}
	json_t *rest = want(200, "GET", path, NULL, NULL);
	assert_int_equal(json_array_size(json_object_get(rest, "runs")), 0);
	json_decref(rest);
	json_decref(want(200, "GET", id_path("/v1/runs/", seen[0], ""), NULL, NULL));
	json_t *over = want(200, "POST", id_path("/v1/runs/", seen[0], "/end"), NULL,
		"{\"reason\":\"bought it in the shop\"}");
	assert_string_equal(json_string_value(json_object_get(over, "state")), "ended");
	json_decref(over);
	ask(409, "POST", id_path("/v1/runs/", seen[0], "/end"), "{\"reason\":\"x\"}");
	json_t *left = want(200, "GET", "/v1/runs?state=settling", NULL, NULL);
	assert_int_equal(json_array_size(json_object_get(left, "runs")), 2);
	json_decref(left);
	rig_run(&r, DAY);
	json_decref(want(200, "GET", id_path("/v1/runs/", seen[1], ""), NULL, NULL));
}

static void
conversations(void)
{
	journeys_to_begin();
	rig_receive(&r, "north", "+821011110009", "퀴즈");
	rig_run(&r, 0);
	json_t *list = want(200, "GET",
		"/v1/runs?state=live&script=quiz&phone=01011110009", NULL, NULL);
	const json_t *row = json_array_get(json_object_get(list, "runs"), 0);
	const char *id = json_string_value(json_object_get(row, "id"));
	assert_non_null(id);
	json_t *run = want(200, "GET", id_path("/v1/runs/", id, ""), NULL, NULL);
	assert_non_null(strstr(
		json_string_value(json_object_get(run, "why")), "waits for an answer"));
	assert_int_equal(json_array_size(json_object_get(run, "places")), 1);
	assert_true(json_array_size(json_object_get(run, "timers")) > 0);
	json_decref(run);
	ask(422, "POST", id_path("/v1/runs/", id, "/end"), "{}");
	run = want(200, "POST", id_path("/v1/runs/", id, "/end"), NULL,
		"{\"reason\":\"asked us to\"}");
	assert_string_equal(
		json_string_value(json_object_get(run, "outcome")), "canceled");
	assert_int_equal(json_array_size(json_object_get(run, "timers")), 0);
	json_decref(run);
	ask(409, "POST", id_path("/v1/runs/", id, "/end"), "{\"reason\":\"again\"}");
	json_t *audit = want(200, "GET", "/v1/audit?limit=2", NULL, NULL);
	assert_string_equal(
		json_string_value(json_object_get(
			json_array_get(json_object_get(audit, "audit"), 1), "detail")),
		"asked us to");
	json_decref(audit);
	ask(404, "GET", "/v1/runs/77", NULL);
	ask(404, "POST", "/v1/runs/77/end", "{\"reason\":\"x\"}");
	ask(400, "GET", "/v1/runs?state=liv", NULL);
	ask(200, "GET", "/v1/runs?limit=1", NULL);
	ask(200, "GET", "/v1/runs?state=settling", NULL);
	json_decref(list);
}

static void
what_is_known(void)
{
	ask(201, "POST", "/v1/consent",
		"{\"phone\":\"010-1111-0001\",\"action\":\"grant\",\"words\":\"yes\","
		"\"source\":\"form\"}");
	ask(200, "GET", "/v1/consent/010-1111-0001", NULL);
	ask(201, "POST", "/v1/orders",
		"{\"number\":\"A-1\",\"phone\":\"010-1111-0001\",\"total\":32000,"
		"\"state\":\"paid\",\"items\":[{\"item\":\"Shirt\",\"amount\":32000}]}");
	ask(200, "POST", "/v1/orders/bulk", "[{\"number\":\"A-2\"},{}]");
	ask(200, "GET", "/v1/scripts", NULL);
	ask(200, "GET", "/v1/scripts/quiz", NULL);
	ask(404, "GET", "/v1/scripts/quizz", NULL);
	ask(200, "POST", "/v1/scripts/check", "dialog = { steps = ");
	ask(200, "POST", "/v1/scripts/reload", "");
	ask(200, "GET", "/v1/orders", NULL);
	ask(200, "GET", "/v1/orders/A-1", NULL);
	json_decref(want(200, "POST", "/v1/import/contacts", "Content-Type: text/csv\r\n",
		"phone,name\n010-1111-0007,Kim\nx,y\n"));
}

static void
contacts(void)
{
	ask(200, "POST", "/v1/contacts/010-1111-0008",
		"{\"zone\":\"Asia/"
		"Seoul\",\"language\":null,\"fields\":{\"name\":\"Kim\"}}");
	ask(422, "POST", "/v1/contacts/010-1111-0008", "{\"zone\":7,\"zones\":1}");
	ask(200, "POST", "/v1/contacts/010-1111-0008/tags",
		"{\"add\":[\"vip\",\"seoul\"],\"remove\":[\"new\"]}");
	ask(200, "GET", "/v1/contacts?tag=vip", NULL);
	ask(200, "GET", "/v1/contacts", NULL);
	ask(200, "GET", "/v1/contacts/010-1111-0008", NULL);
	ask(404, "GET", "/v1/contacts/010-1111-9999", NULL);
	ask(200, "GET", "/v1/contacts/010-1111-0001/export", NULL);
	who.clock = &r.clock; /* an audience is walked with pauses between */
	ask(200, "POST", "/v1/plan", "{\"tag\":\"vip\",\"text\":\"50% off\"}");
	who.clock = NULL;
	ask(422, "POST", "/v1/plan", "{\"text\":\"for whom?\"}");
	ask(200, "POST", "/v1/contacts/010-1111-0008/forget", "{\"dry\":true}");
	ask(200, "POST", "/v1/contacts/010-1111-0001/forget", "{\"why\":\"asked\"}");
	ask(200, "GET", "/v1/contacts", NULL);
	ask(200, "POST", "/v1/pauses", "{\"what\":\"marketing\",\"until\":\"3h\"}");
	ask(200, "POST", "/v1/pauses", "{\"what\":\"north\",\"why\":\"a new SIM\"}");
	ask(404, "POST", "/v1/pauses/lift", "{\"what\":\"service\"}");
	ask(200, "POST", "/v1/pauses/lift", "{\"what\":\"north\"}");
	ask(200, "GET", "/v1/pauses", NULL);
	ask(200, "GET", "/v1/clock", NULL);
	ask(409, "POST", "/v1/clock/accept", NULL);
	int64_t right = r.clock.wall;
	clock_sim_set_wall(&r.clock, right - HOUR);
	ask(200, "GET", "/v1/clock", NULL);
	json_t *health = want(200, "GET", "/healthz", NULL, NULL);
	assert_true(json_is_false(json_object_get(health, "clock_believed")));
	assert_string_equal(
		json_string_value(json_object_get(health, "status")), "degraded");
	json_decref(health);
	ask(200, "POST", "/v1/clock/accept", NULL);
	clock_sim_set_wall(&r.clock, right);
}

static void
money(void)
{
	ask(201, "POST", "/v1/channels/north/topups", "{\"amount\":\"5000\"}");
	ask(422, "POST", "/v1/channels/north/topups", "{\"amount\":\"much\"}");
	ask(200, "GET", "/v1/cost", NULL);
	ask(200, "GET", "/v1/report", NULL);
	ask(200, "GET", "/v1/report?from=2026-01-01&until=2026-03-01", NULL);
	ask(200, "GET", "/v1/report?lang=ko", NULL);
	ask(400, "GET", "/v1/report?lang=fr", NULL);
	ask(400, "GET", "/v1/report?from=yesterday", NULL);
	ask(400, "GET", "/v1/report?from=2026-03-01&until=2026-01-01", NULL);
	ask(404, "POST", "/v1/coupons/NONE/codes", "{\"make\":1}");
	ask(200, "POST", "/v1/coupons/TEN",
		"{\"prefix\":\"T-\",\"most\":5,\"lasts\":\"30d\",\"low\":1}");
	ask(422, "POST", "/v1/coupons/TEN", "{\"most\":-1}");
	ask(200, "POST", "/v1/coupons/TEN/codes",
		"{\"codes\":[\"TEN-AAAA\"],\"make\":2}");
	ask(422, "POST", "/v1/coupons/TEN/codes", "{\"codes\":[\"a b\"]}");
	ask(200, "GET", "/v1/coupons", NULL);
	ask(200, "GET", "/v1/coupons/TEN/codes?state=free", NULL);
	ask(200, "GET", "/v1/codes/ten%20aaaa", NULL);
	ask(200, "POST", "/v1/codes/TEN-AAAA/void", "");
	ask(404, "GET", "/v1/codes/NONE1234", NULL);
	ask(404, "GET", "/l/abcdefg", NULL);
	db_run(r.core.db,
		"INSERT INTO links(id, code, url, contact, made) SELECT 1, 'abcdefg', "
		"'https://shop.example/p', min(id), 1 FROM contacts",
		"");
	ask(302, "GET", "/l/abcdefg", NULL);
	ask(200, "GET", "/v1/retention", NULL);
}

/* No folder is configured here, and no platform. */
static void
keeping(void)
{
	ask(200, "GET", "/v1/sources", NULL);
	ask(200, "GET", "/v1/backups", NULL);
	cannot(409, "POST", "/v1/backups", NULL);
	cannot(409, "POST", "/v1/restore/confirm", NULL);
	cannot(404, "POST", "/hooks/sources/shop", "{}");
}

static void
day_one(void)
{
	json_t *roll = want(201, "POST", "/v1/imports", NULL,
		"{\"file\":\"list.csv\",\"columns\":[\"phone\",\"consent\",\"name\"]}");
	char id[40];
	snprintf(id, sizeof(id), "%s", json_string_value(json_object_get(roll, "id")));
	json_decref(roll);
	ask(422, "POST", "/v1/imports", "{\"file\":\"x\",\"columns\":[\"name\"]}");
	ask(422, "POST", "/v1/imports", "{\"file\":\"x\",\"columns\":[\"phone\",7]}");
	ask(200, "POST", id_path("/v1/imports/", id, "/rows"),
		"[[\"010-1111-0021\",\"yes\",\"Kim\"],[\"12\",\"\",\"\"],7]");
	ask(200, "POST", id_path("/v1/imports/", id, "/finish"), "");
	ask(409, "POST", id_path("/v1/imports/", id, "/rows"), "[[\"010-1111-0022\"]]");
	ask(200, "GET", id_path("/v1/imports/", id, ""), NULL);
	ask(200, "GET", "/v1/imports", NULL);
	ask(200, "POST", id_path("/v1/imports/", id, "/undo"), "");
	ask(200, "GET", "/v1/away", NULL);
	ask(422, "POST", "/v1/away", "{\"first\":\"tomorrow\",\"last\":\"2031-01-01\"}");
	ask(200, "POST", "/v1/away",
		"{\"first\":\"2031-01-01\",\"last\":\"2031-01-03\",\"says\":\"back "
		"soon\"}");
	ask(200, "POST", "/v1/away/end", "");
	ask(404, "POST", "/v1/away/end", "");
	ask(200, "POST", "/v1/holidays", "{\"days\":\"2031-12-24\",\"name\":\"stock\"}");
	ask(200, "GET", "/v1/holidays", NULL);
	ask(404, "POST", "/v1/holidays", "{\"days\":\"2031-12-23\",\"remove\":true}");
}

static void
shop(void)
{
	static const char *const json = "Content-Type: application/json\r\n",
				 *const lines = "Content-Type: application/x-ndjson\r\n",
				 *const paid = "{\"name\":\"order.paid\",\"id\":\"p-1\","
					       "\"phone\":\"010-1111-0009\",\"data\":{"
					       "\"id\":\"A-9\",\"total\":12000}}";
	json_decref(want(202, "POST", "/v1/events", json, paid));
	json_decref(want(200, "POST", "/v1/events", json, paid));
	json_decref(want(422, "POST", "/v1/events", json, "{\"name\":\"paid\"}"));
	json_decref(want(200, "POST", "/v1/events", json,
		"[{\"name\":\"cart.updated\",\"phone\":\"010-1111-0009\"},7,"
		"{\"name\":\"cart.updated\"}]"));
	json_decref(want(200, "POST", "/v1/events", lines,
		"{\"name\":\"cart.updated\",\"phone\":\"010-1111-0009\"}\n{\n"));
	json_decref(want(200, "POST", "/v1/products", json,
		"{\"sku\":\"S-1\",\"name\":\"Soap\",\"price\":3200,\"lasts\":30}"));
	json_decref(want(200, "POST", "/v1/products", json,
		"[{\"sku\":\"S-1\",\"name\":\"Soap\",\"price\":\"3200\",\"lasts\":30},"
		"{\"sku\":\"S-2\",\"name\":\"Tea\",\"price\":\"dear\"}]"));
	json_decref(want(200, "POST", "/v1/products", lines,
		"{\"sku\":\"S-3\",\"name\":\"Cup\",\"kind\":\"hard\"}\n"));
	json_t *one = want(200, "GET", "/v1/products?limit=1&after=S-1", NULL, NULL);
	const json_t *list = json_object_get(one, "products");
	assert_string_equal(
		json_string_value(json_object_get(json_array_get(list, 0), "sku")),
		"S-3");
	assert_string_equal(json_string_value(json_object_get(one, "next")), "S-3");
	json_decref(one);
	ask(200, "GET", "/v1/products", NULL);
	ask(400, "GET", "/v1/products?limit=0", NULL);
}

/* None is configured here; tests of their own ask those that are. */
static void
webhooks(void)
{
	static const char *const verbs[] = {
		"test", "replay", "skip", "enable", "disable"};
	ask(200, "GET", "/v1/webhooks", NULL);
	cannot(404, "GET", "/v1/webhooks/shop/deliveries", NULL);
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		cannot(404, "POST", id_path("/v1/webhooks/shop/", verbs[i], ""),
			strcmp(verbs[i], "replay") ? "" : "{\"dead\":true}");
}

/* What speaks as others do is held against what they say, in tests of its own. */
static bool
is_foreign(const char *pattern)
{
	return !strncmp(pattern, "/2010-04-01/", 12) || !strncmp(pattern, "/cgi-bin/", 9);
}

static void
campaigns(void)
{
	campaigns_start(&r.core);
	ask(200, "POST", "/v1/audiences",
		"{\"name\":\"seoul\",\"if\":\"contact.city = Seoul\"}");
	ask(200, "POST", "/v1/audiences", "{\"name\":\"press\",\"note\":\"by hand\"}");
	ask(422, "POST", "/v1/audiences", "{\"name\":\"x\",\"if\":\"consent.x = 1\"}");
	ask(200, "POST", "/v1/audiences/press/members",
		"{\"add\":[\"010-1111-0001\",\"010-1111-0003\",\"x\"]}");
	ask(200, "GET", "/v1/audiences", NULL);
	ask(200, "GET", "/v1/audiences/press/people", NULL);
	ask(200, "GET", "/v1/people/count?audience=press", NULL);
	ask(400, "GET", "/v1/people/count", NULL);
	ask(404, "GET", "/v1/people/count?audience=pres", NULL);
	ask(201, "POST", "/v1/campaigns",
		"{\"name\":\"spring\",\"audience\":\"press\",\"holdout\":1,\"goal\":{"
		"\"event\":\"order.paid\"},\"text\":{\"ko\":\"봄\"}}");
	ask(422, "POST", "/v1/campaigns", "{\"name\":\"spring\"}");
	ask(200, "POST", "/v1/campaigns/spring/plan", "");
	ask(409, "POST", "/v1/campaigns/spring/start", "{\"yes\":7}");
	ask(200, "POST", "/v1/campaigns/spring/start", "{\"yes\":2}");
	ask(200, "POST", "/v1/campaigns/spring/pause", "");
	ask(200, "POST", "/v1/campaigns/spring/resume", "");
	ask(200, "GET", "/v1/campaigns/spring/report", NULL);
	ask(200, "POST", "/v1/campaigns/spring/cancel", "");
	ask(409, "POST", "/v1/campaigns/spring/cancel", "");
	ask(200, "GET", "/v1/campaigns", NULL);
	ask(200, "GET", "/v1/campaigns/spring", NULL);
	ask(200, "POST", "/v1/audiences/seoul/remove", "");
	campaigns_stop(&r.core);
}

static void
every_route_answers_as_described(void **state)
{
	(void)state;
	channels();
	messages();
	a_doubt();
	people();
	tickets();
	at_the_desk();
	conversations();
	what_is_known();
	money();
	keeping();
	contacts();
	day_one();
	shop();
	webhooks();
	campaigns();
	for (const struct route *route = routes; route->method; route++)
		if (!is_foreign(route->pattern) && !asked[route - routes])
			fail_msg("nobody asks %s %s here", route->method, route->pattern);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_route_is_described),
		cmocka_unit_test(every_reference_leads_somewhere),
		cmocka_unit_test(a_validator_that_says_yes_to_all_is_none),
		cmocka_unit_test(every_route_answers_as_described),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
