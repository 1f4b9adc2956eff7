/* Every answer collected from real modems and their emulators, read as it has to be read:
 * tests/golden/at/responses.json, where each entry names its public source. */
#include "drivers/at/chat.h"
#include "drivers/at/codes.h"
#include "drivers/at/field.h"
#include "drivers/at/slots.h"

#include <errno.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the above first */
#include <cmocka.h>

#define GOLDEN "tests/golden/at/responses.json"

struct entry {
	const char *id, *raw; /* raw: the first line */
	json_t *lines, *want;
};

static void
is_int(const struct entry *e, const char *key, int got)
{
	json_t *want = json_object_get(e->want, key);

	if (!want)
		return;
	if (json_is_null(want))
		assert_int_equal(got, -1);
	else
		assert_int_equal(got, json_integer_value(want));
}

static void
is_text(const struct entry *e, const char *key, const char *got)
{
	json_t *want = json_object_get(e->want, key);

	if (want)
		assert_string_equal(
			got, json_is_null(want) ? "" : json_string_value(want));
}

static void
check_cpms_test(const struct entry *e)
{
	json_t *want = json_object_get(e->want, "mem"), *group, *name;
	struct mem_groups got;
	size_t i, k;

	assert_int_equal(parse_cpms_test(e->raw, &got), 0);
	assert_int_equal(got.count, json_array_size(want));
	json_array_foreach(want, i, group)
	{
		assert_int_equal(got.group[i].count, json_array_size(group));
		json_array_foreach(group, k, name) assert_string_equal(
			got.group[i].name[k], json_string_value(name));
	}
}

static void
check_cpms(const struct entry *e)
{
	json_t *want = json_object_get(e->want, "stores"), *store;
	bool named = want != NULL;
	struct mem_use got[PARSE_GROUPS];
	size_t i, count;

	if (!named)
		want = json_object_get(e->want, "used_total");
	assert_int_equal(parse_cpms(e->raw, got, &count), 0);
	assert_int_equal(count, json_array_size(want));
	json_array_foreach(want, i, store)
	{
		assert_string_equal(got[i].name,
			named ? json_string_value(json_array_get(store, 0)) : "");
		assert_int_equal(
			got[i].used, json_integer_value(json_array_get(store, named)));
		assert_int_equal(got[i].total,
			json_integer_value(json_array_get(store, named + 1)));
	}
}

static void
check_set(const struct sets *got, size_t set, json_t *want)
{
	json_t *value;
	size_t k, count = 0;

	for (unsigned v = 0; v < 256; v++)
		count += parse_sets_has(got, set, v);
	assert_int_equal(count, json_array_size(want));
	json_array_foreach(want, k, value) assert_true(
		parse_sets_has(got, set, (unsigned)json_integer_value(value)));
}

static void
check_cnmi(const struct entry *e)
{
	json_t *want = json_object_get(e->want, "values"), *set;
	struct sets got;
	size_t i;

	assert_int_equal(parse_sets(e->raw, "+CNMI", &got), 0);
	assert_int_equal(got.count, json_array_size(want));
	json_array_foreach(want, i, set) check_set(&got, i, set);
}

static void
check_csms_test(const struct entry *e)
{
	struct sets got;

	assert_int_equal(parse_sets(e->raw, "+CSMS", &got), 0);
	assert_int_equal(got.count, 1);
	check_set(&got, 0, json_object_get(e->want, "values"));
}

static void
check_csms(const struct entry *e)
{
	static const char *const keys[] = {"service", "mt", "mo", "bm"};
	const char *p = parse_after(e->raw, "+CSMS");
	struct field f;

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		assert_true(field_next(&p, &f));
		is_int(e, keys[i], field_int(&f));
	}
	assert_false(field_next(&p, &f));
}

static void
check_creg(const struct entry *e)
{
	struct creg got = {-1, -1, -1, "", ""};

	if (*e->raw)
		assert_int_equal(parse_creg(e->raw, "+CREG", true, &got), 0);
	is_int(e, "n", got.n);
	is_int(e, "stat", got.stat);
	is_int(e, "act", got.act);
	is_text(e, "lac", got.lac);
	is_text(e, "ci", got.ci);
}

static void
check_csca(const struct entry *e)
{
	char got[32];

	assert_int_equal(parse_csca(e->raw, got, sizeof(got)), 0);
	is_text(e, "sca", got);
}

static void
check_cmgl(const struct entry *e)
{
	struct stored got;

	assert_int_equal(parse_cmgl(e->raw, &got), 0);
	is_int(e, "index", got.index);
	is_int(e, "stat", got.stat);
	is_int(e, "len", got.len);
}

static void
check_cmgr(const struct entry *e)
{
	struct stored got;

	if (json_object_get(e->want, "empty_slot")) {
		assert_int_equal(json_array_size(e->lines), 0);
		return;
	}
	assert_int_equal(parse_cmgr(e->raw, &got), 0);
	assert_int_equal(got.index, -1);
	is_int(e, "stat", got.stat);
	is_int(e, "len", got.len);
	/* Header and PDU on one line. */
	if (json_array_size(e->lines) == 1)
		assert_string_equal(got.pdu, "07914306...");
	else
		assert_null(got.pdu);
}

static void
check_urc(const struct entry *e)
{
	struct stored_at got;

	assert_int_equal(parse_cmti(e->raw, &got), 0);
	is_text(e, "mem", got.mem);
	is_int(e, "index", got.index);
	assert_int_equal(got.report, strncmp(e->raw, "+CDSI", 5) == 0);
}

static void
check_urc2(const struct entry *e)
{
	const char *pdu = json_string_value(json_array_get(e->lines, 1));
	struct direct got;
	struct pdu_line line;

	assert_int_equal(parse_direct(e->raw, &got), 0);
	is_int(e, "len", got.len);
	assert_int_equal(got.kind,
		strncmp(e->raw, "+CDS", 4) == 0 ? DIRECT_REPORT : DIRECT_DELIVER);
	if (!json_object_get(e->want, "mr"))
		return;
	assert_int_equal(parse_pdu(pdu, &line), 0);
	assert_int_equal(line.len - line.tpdu, got.len);
	is_int(e, "mr", line.octets[line.tpdu + 1]);
}

static void
check_error(const struct entry *e)
{
	struct final got;

	assert_int_equal(parse_final(e->raw, &got), 0);
	assert_int_not_equal(got.kind, FINAL_OK);
	is_int(e, "cme", got.code);
	is_int(e, "cms", got.code);
	is_text(e, "text", got.text);
}

static void
check_cgmi(const struct entry *e)
{
	char got[48];

	parse_value(e->raw, "+CGMI", got, sizeof(got));
	is_text(e, "value", got);
}

static void
check_cmgs(const struct entry *e)
{
	int got;

	assert_int_equal(parse_cmgs(e->raw, &got), 0);
	is_int(e, "mr", got);
}

/* ---- what only makes sense with a command in flight ---- */

struct scene {
	struct clock_sim clock;
	struct loop *loop;
	struct chat chat;
	char news[128], line[128];
	unsigned news_count, done, prompts;
	enum chat_result result;
	struct final final;
};

static void
scene_write(void *arg, const char *bytes, size_t len)
{
	(void)arg;
	(void)bytes;
	(void)len;
}

static void
scene_prompt(void *arg)
{
	((struct scene *)arg)->prompts++;
}

static void
scene_news(void *arg, const char *line)
{
	struct scene *s = arg;

	s->news_count++;
	snprintf(s->news, sizeof(s->news), "%s", line);
}

static void
scene_direct(void *arg, const struct direct *direct, const char *pdu)
{
	(void)arg;
	(void)direct;
	(void)pdu;
	fail();
}

static void
scene_done(void *arg, const struct chat_reply *reply)
{
	struct scene *s = arg;

	s->done++;
	s->result = reply->result;
	s->final = reply->final;
	snprintf(s->line, sizeof(s->line), "%s", reply->count ? reply->lines[0] : "");
}

static void
scene_open(struct scene *s)
{
	const struct chat_owner owner = {
		scene_write, scene_prompt, scene_news, scene_direct, s};

	*s = (struct scene){0};
	clock_sim_init(&s->clock, 0);
	s->loop = loop_new(&s->clock.clock);
	chat_init(&s->chat, s->loop, "test", &owner);
}

static void
scene_close(struct scene *s)
{
	chat_done(&s->chat);
	loop_free(s->loop);
}

static void
scene_feed(struct scene *s, const char *line)
{
	chat_feed(&s->chat, "\r\n", 2);
	chat_feed(&s->chat, line, strlen(line));
	chat_feed(&s->chat, "\r\n", 2);
}

/* The state a line is fed in must not matter: idle, and while a command waits. */
static void
check_ignored(const struct entry *e)
{
	struct chat_command csq = {.text = "AT+CSQ",
		.prefixes = "+CSQ",
		.deadline = SECOND,
		.done = scene_done};
	struct chat_command ati = {
		.text = "ATI", .prefixes = "*", .deadline = SECOND, .done = scene_done};
	const struct chat_command *const commands[] = {NULL, &csq, &ati};
	struct scene s;

	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		scene_open(&s);
		csq.arg = ati.arg = &s;
		if (commands[i])
			chat_send(&s.chat, commands[i]);
		scene_feed(&s, e->raw);
		assert_int_equal(s.news_count, 1);
		assert_string_equal(s.news, e->raw);
		assert_int_equal(s.done, 0);
		scene_close(&s);
	}
}

/* "AT+X -> line / line / OK" */
static void
check_interleave(const struct entry *e)
{
	const char *want = json_string_value(json_object_get(e->want, "response"));
	char text[256], *rest, *line, prefix[16];
	struct scene s;
	struct chat_command command = {.prefixes = prefix,
		.deadline = SECOND,
		.done = scene_done,
		.arg = &s,
		.submit = want ? 0 : SECOND};

	scene_open(&s);
	snprintf(text, sizeof(text), "%s", e->raw);
	snprintf(prefix, sizeof(prefix), "%s", want ? want : "+CMGS");
	rest = strstr(text, " -> ");
	assert_non_null(rest);
	*rest = '\0';
	command.text = text;
	chat_send(&s.chat, &command);
	if (!want) {
		/* The announcement comes where the prompt should: keep waiting for it. */
		scene_feed(&s, "+CMTI: \"SM\",1");
		assert_int_equal(s.chat.state, CHAT_PROMPT);
		assert_string_equal(s.news, "+CMTI: \"SM\",1");
		chat_feed(&s.chat, "\r\n> ", 4);
		assert_int_equal(s.prompts, 1);
		assert_int_equal(s.chat.state, CHAT_OPEN);
	} else {
		for (line = strtok_r(rest + 4, "/", &rest); line;
			line = strtok_r(NULL, "/", &rest))
			scene_feed(&s, line);
		assert_int_equal(s.done, 1);
		assert_int_equal(s.news_count, 1);
		assert_memory_equal(s.line, want, strlen(want));
	}
	scene_close(&s);
}

static void
check_missing_final(const struct entry *e)
{
	struct scene s;
	struct chat_command command = {.text = "AT+CPIN?",
		.prefixes = "+CPIN",
		.deadline = 15 * SECOND,
		.grace = SECOND,
		.done = scene_done,
		.arg = &s};

	scene_open(&s);
	chat_send(&s.chat, &command);
	scene_feed(&s, e->raw);
	assert_int_equal(s.done, 0);
	loop_run_until(s.loop, &s.clock, s.clock.mono + SECOND);
	assert_int_equal(s.done, 1);
	assert_int_equal(s.result, CHAT_DONE);
	assert_int_equal(s.final.kind, FINAL_OK);
	assert_string_equal(s.line, e->raw);
	scene_close(&s);
}

static const struct {
	const char *class;
	void (*check)(const struct entry *e);
} classes[] = {
	{"CPMS=?", check_cpms_test},
	{"CPMS?", check_cpms},
	{"CPMS=", check_cpms},
	{"CNMI=?", check_cnmi},
	{"CSMS=?", check_csms_test},
	{"CSMS?", check_csms},
	{"CREG?", check_creg},
	{"CSCA?", check_csca},
	{"CMGL", check_cmgl},
	{"CMGR", check_cmgr},
	{"CMGS", check_cmgs},
	{"CGMI", check_cgmi},
	{"URC", check_urc},
	{"URC2", check_urc2},
	{"URC-ignore", check_ignored},
	{"error", check_error},
	{"interleave", check_interleave},
	{"final", check_missing_final},
};

static void
test_response(void **state)
{
	json_t *entry = *state, *raw = json_object_get(entry, "raw");
	const char *class = json_string_value(json_object_get(entry, "class"));
	struct entry e = {.id = json_string_value(json_object_get(entry, "id")),
		.lines = raw,
		.want = json_object_get(entry, "expected")};

	e.raw = json_string_value(json_is_array(raw) ? json_array_get(raw, 0) : raw);
	for (size_t i = 0; i < ARRAY_LEN(classes); i++)
		if (strcmp(classes[i].class, class) == 0) {
			classes[i].check(&e);
			return;
		}
	fail_msg("%s: no reader for class %s", e.id, class);
}

/* ---- what the collection does not hold ---- */

static void
test_pdu_lines(void **state)
{
	static const struct {
		const char *name, *line;
		int result;
		size_t tpdu;
		const char *smsc;
	} rows[] = {
		{"own service centre", "0004", 0, 1, ""},
		{"lower case", "0791448720003023040b", 0, 8, "+447802000332"},
		{"national number", "0381214304", 0, 4, "1234"},
		{"odd", "000", -EINVAL, 0, ""},
		{"empty", "", -EINVAL, 0, ""},
		{"not hex", "00zz", -EINVAL, 0, ""},
		{"nothing behind the service centre", "03812143", -EINVAL, 0, ""},
		{"service centre longer than the line", "0781", -EINVAL, 0, ""},
		{"service centre of 13 octets", "0D91000000000000000000000000000000",
			-EINVAL, 0, ""},
	};
	struct pdu_line got;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		print_message("%s\n", rows[i].name);
		assert_int_equal(parse_pdu(rows[i].line, &got), rows[i].result);
		if (rows[i].result)
			continue;
		assert_int_equal(got.tpdu, rows[i].tpdu);
		assert_string_equal(got.smsc, rows[i].smsc);
	}
}

static void
test_sim_files(void **state)
{
	char iccid[24];
	int mr = -7;

	(void)state;
	assert_int_equal(parse_crsm_mr("+CRSM: 144,0,\"2AFF\"", &mr), 0);
	assert_int_equal(mr, 42);
	assert_int_equal(parse_crsm_mr("+CRSM: 144,0,FF", &mr), 0);
	assert_int_equal(mr, 255);
	mr = -7;
	assert_int_equal(parse_crsm_mr("+CRSM: 105,130", &mr), -EINVAL);
	assert_int_equal(parse_crsm_mr("+CRSM: 144,0,\"\"", &mr), -EINVAL);
	assert_int_equal(mr, -7);
	assert_int_equal(parse_crsm_iccid("+CRSM: 144,0,\"98280000000000000010\"", iccid,
				 sizeof(iccid)),
		0);
	assert_string_equal(iccid, "89820000000000000001");
	assert_int_equal(parse_crsm_iccid("+CRSM: 144,0,\"982800000000000000F1\"", iccid,
				 sizeof(iccid)),
		0);
	assert_string_equal(iccid, "8982000000000000001");
}

static void
test_registration_news(void **state)
{
	static const struct {
		const char *line;
		int stat;
		const char *lac;
	} rows[] = {{"+CREG: 1", 1, ""}, {"+CREG: 5,\"5E25\",\"605F\",2", 5, "5E25"},
		{"+CREG:2", 2, ""}, {"+CREG: 1,4CA,81DE445", 1, "4CA"},
		{"+CREG:", -1, ""}};
	struct creg got;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(parse_creg(rows[i].line, "+CREG", false, &got), 0);
		assert_int_equal(got.stat, rows[i].stat);
		assert_string_equal(got.lac, rows[i].lac);
	}
	/* The mode left out of an answer. */
	assert_int_equal(parse_creg("+CREG: 1", "+CREG", true, &got), 0);
	assert_int_equal(got.stat, 1);
	assert_int_equal(
		parse_creg("+CREG: 1,\"00C3\",\"0001\"", "+CREG", true, &got), 0);
	assert_int_equal(got.stat, 1);
	assert_int_equal(parse_creg("+CEREG: 1", "+CREG", false, &got), -EINVAL);
}

static void
test_slots(void **state)
{
	struct slots s = {NULL, 0, 0};
	struct slot *a;

	(void)state;
	a = slots_put(&s, "SM", 1, "AA");
	a->token = 1;
	a->occurrence = slots_occurrence(&s, a);
	assert_int_equal(a->occurrence, 1);
	a = slots_put(&s, "ME", 1, "AA"); /* another memory is another place */
	assert_int_equal(slots_occurrence(&s, a), 2);
	a->token = 2;
	a = slots_put(&s, "SM", 2, "BB");
	assert_int_equal(slots_occurrence(&s, a), 1);
	assert_ptr_equal(slots_token(&s, 2), slots_at(&s, "ME", 1));
	assert_null(slots_token(&s, 0)); /* what was not told has no token */
	slots_put(&s, "SM", 1, "CC");
	assert_null(slots_token(&s, 1));
	assert_int_equal(s.count, 3);
	slots_clear(&s);
	assert_int_equal(s.count, 0);
}

int
main(void)
{
	static const struct CMUnitTest own[] = {cmocka_unit_test(test_pdu_lines),
		cmocka_unit_test(test_sim_files),
		cmocka_unit_test(test_registration_news), cmocka_unit_test(test_slots)};
	struct CMUnitTest tests[512];
	size_t count = 0, i;
	json_error_t error;
	json_t *golden = json_load_file(GOLDEN, 0, &error), *entry;
	int r;

	if (!golden) {
		fprintf(stderr, "%s:%d: %s\n", GOLDEN, error.line, error.text);
		return 1;
	}
	for (i = 0; i < ARRAY_LEN(own); i++)
		tests[count++] = own[i];
	json_array_foreach(golden, i, entry)
	{
		if (count == ARRAY_LEN(tests))
			return 1;
		tests[count++] = (struct CMUnitTest){
			json_string_value(json_object_get(entry, "id")), test_response,
			NULL, NULL, entry};
	}
	r = _cmocka_run_group_tests("test_at_parse", tests, count, NULL, NULL);
	json_decref(golden);
	return r;
}
