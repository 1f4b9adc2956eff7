/* api/: finding the route of a path, reading a JSON object against a table, problems. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>

#include "gateway/api/fields.h"
#include "gateway/api/problem.h"
#include "gateway/api/routes.h"
#include "gateway/core/driver.h"
#include "gateway/core/handler.h"

/* What daemon.c would say: the routes name handlers, and those reach into core. */
const struct driver_ops *const drivers[] = {NULL};
const struct handler handlers[] = {{NULL, NULL}};

static const struct {
	const char *method, *path;
	enum route_found found;
	const char *expect; /* the pattern, or what Allow says */
	const char *param;
} paths[] = {
	{"GET", "/v1/messages", ROUTE_FOUND, "/v1/messages", ""},
	{"HEAD", "/v1/messages", ROUTE_FOUND, "/v1/messages", ""},
	{"POST", "/v1/messages/batch", ROUTE_FOUND, "/v1/messages/batch", ""},
	{"GET", "/v1/messages/17", ROUTE_FOUND, "/v1/messages/{id}", "17"},
	{"POST", "/v1/messages/17/cancel", ROUTE_FOUND, "/v1/messages/{id}/cancel", "17"},
	{"GET", "/v1/messages/17/explain", ROUTE_FOUND, "/v1/messages/{id}/explain",
		"17"},
	{"GET", "/v1/consent/+8210", ROUTE_FOUND, "/v1/consent/{phone}", "+8210"},
	{"GET", "/healthz", ROUTE_FOUND, "/healthz", ""},
	{"DELETE", "/v1/messages", ROUTE_NO_METHOD, "POST, GET, HEAD", NULL},
	{"GET", "/v1/messages/17/cancel", ROUTE_NO_METHOD, "POST", NULL},
	{"get", "/v1/messages", ROUTE_NO_METHOD, "POST, GET, HEAD", NULL},
	{"GET", "/", ROUTE_NO_PATH, "", NULL},
	{"GET", "", ROUTE_NO_PATH, "", NULL},
	{"GET", "/v1/messages/", ROUTE_NO_PATH, "", NULL},
	{"GET", "/v1/messages//explain", ROUTE_NO_PATH, "", NULL},
	{"GET", "/v1/messages/17/", ROUTE_NO_PATH, "", NULL},
	{"GET", "/v1/messagesx", ROUTE_NO_PATH, "", NULL},
	{"GET", "/V1/messages", ROUTE_NO_PATH, "", NULL},
};

static void
every_path_finds_its_route(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		const struct route *route = NULL;
		char param[ROUTE_PARAM_MAX];
		struct strbuf allow = STRBUF_INIT(256);
		print_message("%s %s\n", paths[i].method, paths[i].path);
		assert_int_equal(route_match(routes, paths[i].method, paths[i].path,
					 &route, param, &allow),
			paths[i].found);
		assert_string_equal(route ? route->pattern : allow.s, paths[i].expect);
		if (route)
			assert_string_equal(param, paths[i].param);
		strbuf_done(&allow);
	}
}

static void
a_parameter_has_a_ceiling(void **state)
{
	(void)state;
	const struct route *route;
	char param[ROUTE_PARAM_MAX], path[400] = "/v1/messages/";
	struct strbuf allow = STRBUF_INIT(256);
	memset(path + 13, '1', ROUTE_PARAM_MAX - 1);
	assert_int_equal(
		route_match(routes, "GET", path, &route, param, &allow), ROUTE_FOUND);
	assert_int_equal(strlen(param), ROUTE_PARAM_MAX - 1);
	path[13 + ROUTE_PARAM_MAX - 1] = '1';
	assert_int_equal(
		route_match(routes, "GET", path, &route, param, &allow), ROUTE_NO_PATH);
	strbuf_done(&allow);
}

static void
the_table_is_whole(void **state)
{
	(void)state;
	for (const struct route *r = routes; r->method; r++) {
		print_message("%s %s\n", r->method, r->pattern);
		assert_non_null(r->handle);
		/* Nothing is for everybody, except what proves itself. */
		assert_true(r->role > ROLE_NONE || r->flags & ROUTE_RAW);
		assert_true(strlen(r->summary) > 0);
		assert_true(r->body_max == 0 || !strcmp(r->method, "POST"));
		for (const struct route *other = routes; other < r; other++)
			assert_false(!strcmp(other->pattern, r->pattern) &&
				     !strcmp(other->method, r->method));
	}
}

static void
query_names_are_known_or_guessed(void **state)
{
	(void)state;
	char near[64];
	const char *list = "state limit before phone direction";
	assert_true(route_knows_query(list, "state", near));
	assert_true(route_knows_query(list, "direction", near));
	assert_false(route_knows_query(list, "limt", near));
	assert_string_equal(near, "limit");
	assert_false(route_knows_query(list, "colour", near));
	assert_string_equal(near, "");
	assert_false(route_knows_query(list, "", near));
	assert_false(route_knows_query(list, "state limit", near));
	assert_false(route_knows_query(NULL, "x", near));
}

/* ---- fields ---- */

struct wish {
	const char *to, *class_name;
	bool flash;
	uint64_t reply_to;
	int64_t at, expires;
};

static const char *const classes[] = {"service", "reply", "marketing", NULL};
static const struct field table[] = {
	{"to", FIELD_TEXT, offsetof(struct wish, to), .required = true, .max = 8},
	{"class", FIELD_NAME, offsetof(struct wish, class_name), .names = classes},
	{"flash", FIELD_BOOL, offsetof(struct wish, flash)},
	{"reply_to", FIELD_ID, offsetof(struct wish, reply_to)},
	{"at", FIELD_TIME, offsetof(struct wish, at)},
	{"expires", FIELD_WAIT, offsetof(struct wish, expires)},
	{0},
};

static void
an_object_fills_its_struct(void **state)
{
	(void)state;
	struct wish wish = {0};
	const char *field;
	struct strbuf err = STRBUF_SENTENCE;
	const char *text = "{\"to\":\"010\",\"class\":\"reply\",\"flash\":true,"
			   "\"reply_to\":\"77\",\"at\":\"1970-01-01T00:00:05Z\","
			   "\"expires\":\"4h\"}";
	json_t *object = json_read(text, strlen(text), &err);
	assert_int_equal(fields_read(object, table, 1000, &wish, &field, &err), 0);
	assert_string_equal(wish.to, "010");
	assert_string_equal(wish.class_name, "reply");
	assert_true(wish.flash);
	assert_int_equal(wish.reply_to, 77);
	assert_int_equal(wish.at, 5000);
	assert_int_equal(wish.expires, 1000 + 4 * HOUR);
	json_decref(object);
	strbuf_done(&err);
}

static void
null_counts_as_not_given(void **state)
{
	(void)state;
	struct wish wish = {.flash = true, .at = 7};
	const char *field;
	struct strbuf err = STRBUF_SENTENCE;
	const char *text = "{\"to\":\"010\",\"flash\":null,\"at\":null}";
	json_t *object = json_read(text, strlen(text), &err);
	assert_int_equal(fields_read(object, table, 0, &wish, &field, &err), 0);
	assert_true(wish.flash);
	assert_int_equal(wish.at, 7);
	json_decref(object);
	strbuf_done(&err);
}

static const struct {
	const char *json, *field, *sentence;
} refusals[] = {
	{"{}", "to", "to is missing"},
	{"{\"to\":null}", "to", "to is missing"},
	{"{\"to\":\"\"}", "to", "to is empty"},
	{"{\"to\":\"123456789\"}", "to", "to is 9 bytes long; 8 are allowed"},
	{"{\"to\":10}", "to", "to must be a text, not a number"},
	{"{\"to\":[]}", "to", "to must be a text, not a list"},
	{"{\"to\":\"1\",\"flsh\":true}", "flsh",
		"there is no field 'flsh'; did you mean 'flash'?"},
	{"{\"to\":\"1\",\"zzz\":1}", "zzz", "there is no field 'zzz'"},
	{"{\"to\":\"1\",\"flash\":\"yes\"}", "flash",
		"flash must be true or false, not a text"},
	{"{\"to\":\"1\",\"flash\":1}", "flash",
		"flash must be true or false, not a number"},
	{"{\"to\":\"1\",\"class\":\"reppy\"}", "class",
		"class cannot be 'reppy'; did you mean 'reply'?"},
	{"{\"to\":\"1\",\"class\":\"x\"}", "class",
		"class cannot be 'x'; it is one of service, reply, marketing"},
	{"{\"to\":\"1\",\"reply_to\":77}", "reply_to",
		"reply_to must be a text, not a number"},
	{"{\"to\":\"1\",\"reply_to\":\"7x\"}", "reply_to",
		"reply_to is not an id (digits, as a text)"},
	{"{\"to\":\"1\",\"at\":\"4h\"}", "at",
		"at is not a time with its offset such as 2030-01-31T09:00:00Z"},
	{"{\"to\":\"1\",\"at\":\"2030-01-31T09:00:00\"}", "at",
		"at is not a time with its offset such as 2030-01-31T09:00:00Z"},
	{"[]", NULL, "an object in curly brackets was expected, not a list"},
	{"\"x\"", NULL, "an object in curly brackets was expected, not a text"},
};

static void
a_wrong_field_is_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
		struct wish wish = {0};
		const char *field, *json = refusals[i].json;
		struct strbuf err = STRBUF_SENTENCE;
		json_t *object = json_read(json, strlen(json), &err);
		print_message("%s\n", json);
		assert_int_equal(
			fields_read(object, table, 0, &wish, &field, &err), -EINVAL);
		assert_string_equal(err.s, refusals[i].sentence);
		if (refusals[i].field)
			assert_string_equal(field, refusals[i].field);
		else
			assert_null(field);
		json_decref(object);
		strbuf_done(&err);
	}
}

/* ---- problems ---- */

static void
a_problem_is_json_whatever_it_quotes(void **state)
{
	(void)state;
	struct strbuf out = STRBUF_INIT(4096), err = STRBUF_SENTENCE;
	problem_write(&out, 422, "a\"b", "no \"\\ \x01\xff\xc3 here");
	json_t *p = json_read(out.s, out.len, &err);
	assert_non_null(p);
	assert_int_equal(json_integer_value(json_object_get(p, "status")), 422);
	assert_string_equal(json_string_value(json_object_get(p, "type")),
		"urn:malgil:problem:unprocessable");
	assert_string_equal(json_string_value(json_object_get(p, "field")), "a\"b");
	assert_string_equal(json_string_value(json_object_get(p, "detail")),
		"no \"\\ \x01\xef\xbf\xbd\xef\xbf\xbd here");
	json_decref(p);
	strbuf_done(&out);
	strbuf_done(&err);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_path_finds_its_route),
		cmocka_unit_test(a_parameter_has_a_ceiling),
		cmocka_unit_test(the_table_is_whole),
		cmocka_unit_test(query_names_are_known_or_guessed),
		cmocka_unit_test(an_object_fills_its_struct),
		cmocka_unit_test(null_counts_as_not_given),
		cmocka_unit_test(a_wrong_field_is_named),
		cmocka_unit_test(a_problem_is_json_whatever_it_quotes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
