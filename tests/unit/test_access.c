/* Who may ask: tokens and roles on a network, logins at the socket, names a browser could
 * be tricked with, guessing, haste, and what a driver is handed of an open route. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "gateway/api/throttle.h"
#include "gateway/core/tickets.h"
#include "gateway/store/access.h"
#include "tests/lib/asker.h"
#include "tests/lib/rig.h"

static struct rig r;
static struct api *local, *network;
static struct asker at_socket, on_network;

static int
set_up_with(const char *extra)
{
	struct strbuf err = STRBUF_SENTENCE;
	struct sockaddr_in address;
	socklen_t len = sizeof(address);
	rig_open_with(&r, false, extra, NULL);
	r.core.reader = reader_new(r.loop, r.core.config->store);
	at_socket = (struct asker){.loop = r.loop};
	snprintf(at_socket.path, sizeof(at_socket.path), "%s/api.sock", r.dir);
	int fd = api_listen_unix(at_socket.path, &err);
	assert_int_equal(api_start(&r.core, fd, &local, &err), 0);
	fd = api_listen_tcp("127.0.0.1:0", &err);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	on_network = (struct asker){.loop = r.loop, .port = ntohs(address.sin_port)};
	assert_int_equal(api_start(&r.core, fd, &network, &err), 0);
	strbuf_done(&err);
	return 0;
}

static int
set_up(void **state)
{
	(void)state;
	return set_up_with("api = { public = \"https://sms.shop.example/\"; hosts = "
			   "\"a.example, b.example\"; rate = 20; };");
}

static int
tear_down(void **state)
{
	(void)state;
	api_stop(network);
	api_stop(local);
	reader_free(r.core.reader);
	r.core.reader = NULL;
	rig_close(&r);
	return 0;
}

/* The head line with a new token. */
static const char *
token(const char *name, const char *role, const char *more)
{
	static char head[4][128];
	static size_t turn;
	char body[256], *ret = head[turn++ % ARRAY_LEN(head)];
	struct answer a;
	snprintf(body, sizeof(body), "{\"name\":\"%s\",\"role\":\"%s\"%s}", name, role,
		more);
	asker_ask(&at_socket, "POST", "/v1/tokens", NULL, body, &a);
	if (a.status != 201)
		fail_msg("%s", a.raw.s);
	json_t *answer = answer_json(&a);
	snprintf(ret, sizeof(head[0]), "Authorization: Bearer %s\r\n",
		json_string_value(json_object_get(answer, "token")));
	json_decref(answer);
	answer_done(&a);
	return ret;
}

static int
get(const char *target, const char *head)
{
	return asker_status(&on_network, "GET", target, head, NULL);
}

static int
order(const char *target, const char *body)
{
	return asker_status(&at_socket, "POST", target, NULL, body);
}

/* ---- roles ---- */

static void
a_network_wants_a_token(void **state)
{
	(void)state;
	static const char *const bad[] = {NULL, "Authorization: \r\n",
		"Authorization: Bearer\r\n", "Authorization: Bearer \r\n",
		"Authorization: Basic\r\n", "Authorization: Basic ////\r\n",
		"Authorization: Digest x\r\n", "Authorization: Bearer root\r\n",
		"Authorization: Bearer "
		"mg_000000000000_000000000000000000000000000000000000"
		"0000\r\n"};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct answer a;
		asker_ask(&on_network, "GET", "/v1/channels", bad[i], NULL, &a);
		assert_int_equal(a.status, 401);
		assert_string_equal(
			answer_header(&a, "Content-Type"), "application/problem+json");
		assert_non_null(strstr(answer_header(&a, "WWW-Authenticate"), "Bearer"));
		answer_done(&a);
	}
	assert_int_equal(
		asker_status(&at_socket, "GET", "/v1/channels", NULL, NULL), 200);
	assert_int_equal(get("/healthz", NULL), 401);
	assert_int_equal(get("/metrics", NULL), 401);
}

static void
each_role_may_what_the_table_says(void **state)
{
	(void)state;
	static const struct {
		const char *role;
		int read, app, agent, owner;
	} rows[] = {
		{"read", 200, 403, 403, 403},
		{"app", 200, 422, 403, 403},
		{"agent", 200, 422, 200, 403},
		{"owner", 200, 422, 200, 200},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *head = token(rows[i].role, rows[i].role, "");
		assert_int_equal(get("/v1/channels", head), rows[i].read);
		assert_int_equal(
			asker_status(&on_network, "POST", "/v1/messages", head, "{}"),
			rows[i].app);
		assert_int_equal(get("/v1/tickets", head), rows[i].agent);
		assert_int_equal(get("/v1/tokens", head), rows[i].owner);
	}
}

static void
basic_carries_a_token_too(void **state)
{
	(void)state;
	/* base64 of "x:" is 3 bytes away from a block: "ab:" + token is decoded whole */
	const char *head = token("t", "read", "");
	char plain[128], coded[200], line[256];
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	snprintf(plain, sizeof(plain), "any:%s", strstr(head, "mg_"));
	plain[strcspn(plain, "\r")] = '\0';
	size_t n = strlen(plain), k = 0;
	for (size_t i = 0; i < n; i += 3) {
		uint32_t v = (uint32_t)(unsigned char)plain[i] << 16;
		v |= i + 1 < n ? (uint32_t)(unsigned char)plain[i + 1] << 8 : 0;
		v |= i + 2 < n ? (unsigned char)plain[i + 2] : 0;
		coded[k++] = digits[v >> 18];
		coded[k++] = digits[v >> 12 & 63];
		coded[k++] = i + 1 < n ? digits[v >> 6 & 63] : '=';
		coded[k++] = i + 2 < n ? digits[v & 63] : '=';
	}
	coded[k] = '\0';
	snprintf(line, sizeof(line), "Authorization: Basic %s\r\n", coded);
	assert_int_equal(get("/v1/channels", line), 200);
}

/* ---- the life of a token ---- */

static void
only_a_hash_is_kept(void **state)
{
	(void)state;
	char secret[64];
	const char *head = token("t", "read", "");
	snprintf(secret, sizeof(secret), "%.40s", strstr(head, "mg_") + 16);
	assert_int_equal(strlen(secret), 40);
	struct token t;
	assert_true(token_by_name(r.core.db, "t", &t));
	assert_string_not_equal(t.hash, secret);
	assert_int_equal(strlen(t.hash), 64);
	struct answer a;
	asker_ask(&at_socket, "GET", "/v1/tokens", NULL, NULL, &a);
	assert_null(strstr(a.raw.s, secret));
	answer_done(&a);
	asker_ask(&at_socket, "GET", "/v1/audit", NULL, NULL, &a);
	assert_null(strstr(a.raw.s, secret));
	answer_done(&a);
}

static void
a_revoked_token_is_worth_nothing(void **state)
{
	(void)state;
	const char *head = token("shop", "app", "");
	assert_int_equal(get("/v1/channels", head), 200);
	assert_int_equal(order("/v1/tokens/shop/revoke", ""), 200);
	assert_int_equal(get("/v1/channels", head), 401);
	assert_int_equal(order("/v1/tokens/shop/revoke", ""), 404);
	/* the name is free again, and the old one stays dead */
	const char *other = token("shop", "app", "");
	assert_int_equal(get("/v1/channels", other), 200);
	assert_int_equal(get("/v1/channels", head), 401);
}

static void
a_token_expires(void **state)
{
	(void)state;
	const char *head = token("shop", "app", ",\"expires\":\"2d\"");
	assert_int_equal(get("/v1/channels", head), 200);
	rig_run(&r, 2 * DAY - 5 * SECOND);
	assert_int_equal(get("/v1/channels", head), 200);
	rig_run(&r, 10 * SECOND);
	assert_int_equal(get("/v1/channels", head), 401);
}

static const char *
rotated(const char *grace)
{
	static char head[128];
	struct answer a;
	asker_ask(&at_socket, "POST", "/v1/tokens/shop/rotate", NULL, grace, &a);
	assert_int_equal(a.status, 200);
	json_t *answer = answer_json(&a);
	snprintf(head, sizeof(head), "Authorization: Bearer %s\r\n",
		json_string_value(json_object_get(answer, "token")));
	json_decref(answer);
	answer_done(&a);
	return head;
}

static void
a_rotation_may_leave_time(void **state)
{
	(void)state;
	const char *first = token("shop", "app", "");
	char second[128];
	snprintf(second, sizeof(second), "%s", rotated("{\"grace\":\"1h\"}"));
	assert_int_equal(get("/v1/channels", first), 200);
	assert_int_equal(get("/v1/channels", second), 200);
	rig_run(&r, HOUR + SECOND);
	assert_int_equal(get("/v1/channels", first), 401);
	assert_int_equal(get("/v1/channels", second), 200);
	const char *third = rotated("");
	assert_int_equal(get("/v1/channels", second), 401);
	assert_int_equal(get("/v1/channels", third), 200);
	assert_int_equal(asker_status(&at_socket, "POST", "/v1/tokens/shop/rotate", NULL,
				 "{\"grace\":\"100d\"}"),
		422);
}

/* ---- staff ---- */

static void
whoever_leaves_leaves_nothing_behind(void **state)
{
	(void)state;
	assert_int_equal(order("/v1/staff", "{\"name\":\"soyeon\"}"), 201);
	assert_int_equal(order("/v1/staff", "{\"name\":\"minho\"}"), 201);
	const char *head = token("laptop", "owner", ",\"staff\":\"soyeon\"");
	char from[32];
	for (int i = 0; i < 20; i++) {
		snprintf(from, sizeof(from), "+82101111%04d", i);
		rig_receive(&r, "north", from, "hello?");
	}
	uint64_t ids[32];
	size_t n = 0;
	struct db_rows *q = db_select(r.core.db, "SELECT id FROM tickets", "");
	n = db_ids(q, ids, ARRAY_LEN(ids));
	assert_int_equal(n, 20);
	for (size_t i = 0; i < n; i++) {
		char target[96];
		snprintf(target, sizeof(target), "/v1/tickets/%llu/claim",
			(unsigned long long)ids[i]);
		/* the rate is 20 a second, 40 at once */
		assert_int_equal(
			asker_status(&on_network, "POST", target, head, "{}"), 200);
	}
	assert_int_equal(
		rig_count(&r, "SELECT count(*) FROM tickets WHERE agent = 'soyeon'"), 20);
	/* an agent's token never has more than its owner */
	assert_int_equal(get("/v1/tokens", head), 403);
	assert_int_equal(order("/v1/staff/soyeon/remove", "{\"to\":\"somebody\"}"), 422);
	assert_int_equal(order("/v1/staff/soyeon/remove", "{\"to\":\"minho\"}"), 200);
	assert_int_equal(
		rig_count(&r, "SELECT count(*) FROM tickets WHERE agent = 'minho'"), 20);
	assert_int_equal(get("/v1/channels", head), 401);
	assert_int_equal(order("/v1/staff/soyeon/remove", ""), 404);
	assert_int_equal(order("/v1/staff/minho/remove", ""), 200);
	assert_int_equal(
		rig_count(&r, "SELECT count(*) FROM tickets WHERE agent = ''"), 20);
}

static void
a_login_is_a_name(void **state)
{
	(void)state;
	char body[128];
	snprintf(body, sizeof(body), "{\"name\":\"the boss\",\"login\":\"%s\"}",
		geteuid() == 0   ? "root"
		: getenv("USER") ? getenv("USER")
				 : "nobody");
	assert_int_equal(order("/v1/staff", body), 201);
	assert_int_equal(order("/v1/staff", body), 409);
	rig_receive(&r, "north", "+821011110001", "hello?");
	struct answer a;
	char target[96];
	snprintf(target, sizeof(target), "/v1/tickets/%lld/claim",
		(long long)rig_count(&r, "SELECT id FROM tickets"));
	asker_ask(&at_socket, "POST", target, NULL, "{}", &a);
	assert_int_equal(a.status, 200);
	if (geteuid() == 0)
		assert_non_null(strstr(a.body, "\"agent\":\"the boss\""));
	answer_done(&a);
}

/* ---- names, guesses, haste ---- */

static void
foreign_pages_and_names_are_refused(void **state)
{
	(void)state;
	static const struct {
		const char *line;
		int status;
	} rows[] = {
		{"Host: localhost:1234\r\n", 200},
		{"Host: 127.0.0.1\r\n", 200},
		{"Host: [::1]:80\r\n", 200},
		{"Host: SMS.shop.example\r\n", 200},
		{"Host: b.example:8025\r\n", 200},
		{"Host: evil.example\r\n", 403},
		{"Host: sms.shop.example.evil.example\r\n", 403},
		{"Host: localhost.evil.example\r\n", 403},
		{"Host: \r\n", 403},
		{"Origin: https://sms.shop.example\r\n", 200},
		{"Origin: https://evil.example\r\n", 403},
		{"Origin: http://sms.shop.example\r\n", 403},
		{"Origin: null\r\n", 403},
	};
	const char *head = token("t", "read", "");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char both[400];
		print_message("%s", rows[i].line);
		snprintf(both, sizeof(both), "%s%s", rows[i].line, head);
		assert_int_equal(get("/v1/channels", both), rows[i].status);
	}
}

/* A proxy in front of us may have believed the other one. */
static void
what_is_said_twice_is_refused(void **state)
{
	(void)state;
	static const char *const body = "{\"to\":\"01011110001\",\"text\":\"x\"}";
	static const struct {
		const char *method, *target, *lines;
		int status;
		const char *says;
	} rows[] = {
		{"GET", "/v1/channels", "Host: localhost\r\nhost: evil.example\r\n", 400,
			"Host stands there twice"},
		{"GET", "/v1/channels", "Authorization: Bearer mg_x\r\n", 400,
			"Authorization stands there twice"},
		{"POST", "/v1/messages", "Content-Length: 2\r\n", 400,
			"Content-Length stands there twice"},
		{"POST", "/v1/messages", "Idempotency-Key: a\r\nIdempotency-Key: b\r\n",
			400, "Idempotency-Key stands there twice"},
		{"POST", "/v1/messages", "Content-Type: application/json\r\n", 202, ""},
		{"POST", "/v1/messages",
			"Content-Type: application/json; charset=\"UTF-8\"\r\n", 202, ""},
		{"POST", "/v1/messages",
			"Content-Type: application/json;charset=utf-16\r\n", 415,
			"JSON is UTF-8"},
		{"GET", "/v1/messages?limit=1&limit=2", "", 400, "limit stands twice"},
		{"GET", "/v1/messages?phone=010%00", "", 400, "%00"},
		{"PUT", "/2010-04-01/Accounts/ACx/Messages.json", "", 405,
			"{\"code\":20004,\"message\":"},
		{"GET", "/2010-04-01/Nothing", "", 404, "{\"code\":20404,\"message\":"},
		{"PUT", "/v1/messages", "", 405, "\"type\":"},
	};
	const char *head = token("t", "app", "");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char both[600];
		struct answer a;
		bool post = !strcmp(rows[i].method, "POST");
		snprintf(both, sizeof(both), "%s%s", rows[i].lines, head);
		print_message("%s %s %s", rows[i].method, rows[i].target, rows[i].lines);
		asker_ask(&on_network, rows[i].method, rows[i].target, both,
			post ? body : NULL, &a);
		assert_int_equal(a.status, rows[i].status);
		assert_non_null(strstr(a.raw.s, rows[i].says));
		answer_done(&a);
	}
}

/* It would be read to no end: the answer comes at once, and the connection ends. */
static void
a_body_without_end_is_refused_at_its_head(void **state)
{
	(void)state;
	struct answer a;
	char text[600];
	int fd = asker_dial(&on_network);
	int n = snprintf(text, sizeof(text),
		"POST /v1/messages HTTP/1.1\r\nHost: localhost\r\n%s"
		"Content-Length: 9999999999\r\n\r\n{",
		token("t", "app", ""));
	asker_write(&on_network, fd, text, (size_t)n);
	asker_await(&on_network, fd, &a);
	assert_int_equal(a.status, 413);
	answer_done(&a);
	close(fd);
}

static void
guessing_is_slowed_and_shuts_nobody_out(void **state)
{
	(void)state;
	const char *head = token("t", "read", "");
	const char *wrong = "Authorization: Bearer nonsense\r\n";
	int tries = 0;
	while (get("/v1/channels", wrong) == 401)
		assert_true(++tries < 50);
	struct answer a;
	asker_ask(&on_network, "GET", "/v1/channels", wrong, NULL, &a);
	assert_int_equal(a.status, 429);
	int wait = atoi(answer_header(&a, "Retry-After"));
	answer_done(&a);
	assert_in_range(wait, 1, 60);
	assert_int_equal(get("/v1/channels", head), 200);
	rig_run(&r, wait * SECOND);
	assert_int_equal(get("/v1/channels", wrong), 401);
}

static void
haste_is_told_when_to_come_again(void **state)
{
	(void)state;
	const char *head = token("t", "read", ""), *other = token("u", "read", "");
	int asked = 0;
	struct answer a;
	while (get("/v1/channels", head) == 200)
		assert_true(++asked < 100);
	assert_int_equal(asked, 40); /* twice the rate at once */
	asker_ask(&on_network, "GET", "/v1/channels", head, NULL, &a);
	assert_int_equal(a.status, 429);
	assert_string_equal(answer_header(&a, "Retry-After"), "1");
	answer_done(&a);
	assert_int_equal(get("/v1/channels", other), 200);
	rig_run(&r, SECOND);
	assert_int_equal(get("/v1/channels", head), 200);
}

static void
a_throttle_has_one_size(void **state)
{
	(void)state;
	struct throttle t = {.rate = 1, .burst = 2};
	for (uint64_t who = 1; who < 100000; who++)
		assert_int_equal(throttle_take(&t, who, 5), 0);
	assert_int_equal(throttle_take(&t, 7, 10000), 0);
	assert_int_equal(throttle_take(&t, 7, 10000), 0);
	assert_int_equal(throttle_take(&t, 7, 10000), 1001);
	assert_int_equal(throttle_take(&t, 7, 10500), 501);
	assert_int_equal(throttle_look(&t, 7, 11001), 0);
	assert_int_equal(throttle_take(&t, 7, 11001), 0);
}

/* ---- places ---- */

static void
a_crowd_on_the_network_leaves_the_socket_alone(void **state)
{
	(void)state;
	struct rlimit files = {0};
	int fds[600];
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = MIN(files.rlim_max, 4096);
	setrlimit(RLIMIT_NOFILE, &files);
	for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
		fds[i] = asker_dial(&on_network);
		asker_write(&on_network, fds[i], "POST /v1/mess", 13);
		while (loop_turn(r.loop))
			;
	}
	assert_int_equal(
		asker_status(&at_socket, "GET", "/v1/channels", NULL, NULL), 200);
	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		close(fds[i]);
}

static void
half_a_request_is_not_waited_for(void **state)
{
	(void)state;
	static const char *const halves[] = {"POST /v1/mess",
		"POST /v1/messages HTTP/1.1\r\nHost: localhost\r\n",
		"POST /v1/orders HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{"};
	for (size_t i = 0; i < ARRAY_LEN(halves); i++) {
		struct answer a;
		int fd = asker_dial(&on_network);
		asker_write(&on_network, fd, halves[i], strlen(halves[i]));
		while (loop_turn(r.loop))
			;
		/* a byte now and then does not help */
		for (int k = 0; k < 6; k++) {
			rig_run(&r, 10 * SECOND);
			asker_write(&on_network, fd, "x", 1);
			while (loop_turn(r.loop))
				;
		}
		asker_await(&on_network, fd, &a);
		assert_int_equal(a.status, 408);
		json_t *problem = answer_json(&a);
		assert_int_equal(
			json_integer_value(json_object_get(problem, "status")), 408);
		json_decref(problem);
		answer_done(&a);
		close(fd);
	}
}

/* ---- the audit log ---- */

static void
what_was_done_is_kept(void **state)
{
	(void)state;
	const char *head = token("boss", "owner", "");
	assert_int_equal(
		asker_status(&on_network, "POST", "/v1/channels/north/reset", head, ""),
		200);
	struct answer a;
	asker_ask(&on_network, "GET", "/v1/audit?limit=1", head, NULL, &a);
	json_t *answer = answer_json(&a);
	const json_t *row = json_array_get(json_object_get(answer, "audit"), 0);
	assert_string_equal(json_string_value(json_object_get(row, "who")), "boss");
	assert_string_equal(json_string_value(json_object_get(row, "via")), "127.0.0.1");
	assert_string_equal(json_string_value(json_object_get(row, "target")), "north");
	assert_string_equal(json_string_value(json_object_get(row, "action")),
		"POST /v1/channels/{name}/reset");
	json_decref(answer);
	answer_done(&a);
	db_run(r.core.db, "UPDATE audit SET who = 'nobody'", "");
	assert_int_not_equal(db_poisoned(r.core.db), 0);
	db_rollback(r.core.db);
}

/* ---- the open route ---- */

static struct strbuf seen = STRBUF_INIT(64 * 1024);

static int
take_hook(const struct raw_request *rq, struct raw_response *res)
{
	struct strbuf value AUTO(strbuf_done) = STRBUF_INIT(1024);
	if (strcmp(raw_header(rq, "x-signature") ? raw_header(rq, "x-signature") : "",
		    "right") != 0) {
		strbuf_puts(&res->body, "the signature is wrong");
		return -EACCES;
	}
	raw_form_field(rq->body, rq->len, "text", &value);
	strbuf_set(&seen, "%s|%s|%s|%s|%s|%zu|%s|%s", rq->method, rq->url, rq->path,
		rq->rest, rq->query, rq->len, value.s, rq->peer);
	core_event(&r.core, &(struct event){.name = "hook.taken"});
	strbuf_puts(&res->body, "<ok/>");
	res->type = "text/xml";
	res->status = 201;
	return 0;
}

static void
a_driver_sees_what_was_sent(void **state)
{
	(void)state;
	struct answer a;
	static const char *const right = "X-Signature: right\r\n";
	r.webhook = take_hook;
	asker_ask(&on_network, "POST", "/hooks/north/in?a=%2F&b",
		"X-Signature: right\r\nHost: any.example\r\nContent-Type: text/odd\r\n",
		"id=1&text=%ea%b0%80+b%", &a);
	assert_int_equal(a.status, 201);
	assert_string_equal(answer_header(&a, "Content-Type"), "text/xml");
	assert_string_equal(a.body, "<ok/>");
	answer_done(&a);
	assert_string_equal(seen.s,
		"POST|https://sms.shop.example/hooks/north/in?a=%2F&b|/hooks/north/in|"
		"/in|a=%2F&b|22|가 b%|127.0.0.1");
	assert_int_equal(get("/hooks/north?x=1", right), 201);
	assert_int_equal(get("/hooks/north", "X-Signature: wrong\r\n"), 403);
	for (int i = 0; i < 20; i++)
		get("/hooks/north", "X-Signature: wrong\r\n");
	assert_int_equal(get("/hooks/north", "X-Signature: wrong\r\n"), 429);
	assert_int_equal(get("/hooks/north", right), 201);
	assert_int_equal(get("/hooks/nowhere", right), 404);
	assert_int_equal(get("/hooks/", right), 404);
	/* what is not durable is not acknowledged */
	db_run(r.core.db, "INSERT INTO a_table_that_is_not_there VALUES(1)", "");
	assert_int_equal(get("/hooks/north", right), 503);
	assert_int_equal(get("/hooks/north", right), 503);
	strbuf_done(&seen);
}

#define ON_A_BENCH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_BENCH(a_network_wants_a_token),
		ON_A_BENCH(each_role_may_what_the_table_says),
		ON_A_BENCH(basic_carries_a_token_too),
		ON_A_BENCH(only_a_hash_is_kept),
		ON_A_BENCH(a_revoked_token_is_worth_nothing),
		ON_A_BENCH(a_token_expires),
		ON_A_BENCH(a_rotation_may_leave_time),
		ON_A_BENCH(whoever_leaves_leaves_nothing_behind),
		ON_A_BENCH(a_login_is_a_name),
		ON_A_BENCH(foreign_pages_and_names_are_refused),
		ON_A_BENCH(what_is_said_twice_is_refused),
		ON_A_BENCH(a_body_without_end_is_refused_at_its_head),
		ON_A_BENCH(guessing_is_slowed_and_shuts_nobody_out),
		ON_A_BENCH(haste_is_told_when_to_come_again),
		cmocka_unit_test(a_throttle_has_one_size),
		ON_A_BENCH(a_crowd_on_the_network_leaves_the_socket_alone),
		ON_A_BENCH(half_a_request_is_not_waited_for),
		ON_A_BENCH(what_was_done_is_kept),
		ON_A_BENCH(a_driver_sees_what_was_sent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
