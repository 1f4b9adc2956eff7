/* A rehearsal is worth what it promises: the talks that are played in memory are played
 * once more against the whole trade (store, gates, queue, a SIM that takes everything),
 * and have to go the same way, text by text and end by end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "gateway/base/conf.h"
#include "gateway/base/iso.h"
#include "gateway/core/consent.h"
#include "gateway/core/people.h"
#include "gateway/core/tickets.h"
#include "gateway/text/zone.h"
#include "tests/lib/rig.h"
#include "dialogs/until.h"

#define ANSWER        "네, 보고 있어요"
#define MINA          "+821012345678"
#define SEOUL         "Asia/Seoul"
#define MONDAY_AT_TEN INT64_C(1767607200000) /* 2026-01-05, as if UTC */

static struct rig bench;
static char folder[64], where[300];
static int64_t taken, ended; /* the last text and the last end that were looked at */

static void
shell(const char *fmt, ...)
{
	char command[400];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(command, sizeof(command), fmt, ap);
	va_end(ap);
	assert_int_equal(system(command), 0);
}

static void
pass(int64_t ms)
{
	rig_run(&bench, ms);
}

/* The oldest row of (id, text) after `after`; NULL: none. */
static const char *
query(const char *sql, int64_t after, int64_t *ret_id)
{
	static char text[4096];
	struct db_rows *q = db_select(bench.core.db, sql, "i", after);
	bool found = db_next(q);
	if (found)
		*ret_id = db_int(q, 0);
	snprintf(text, sizeof(text), "%s", found ? db_text(q, 1) : "");
	db_end(q);
	return found ? text : NULL;
}

static const char *
next_text(int64_t *ret_id)
{
	return query("SELECT e.id, m.text FROM events e JOIN messages m ON m.id = "
		     "e.message WHERE e.id > $1 AND e.name = 'message.sent' AND m.origin "
		     "<> 'staff' ORDER BY e.id LIMIT 1",
		taken, ret_id);
}

static const char *
next_end(int64_t *ret_id)
{
	return query("SELECT id, detail FROM events WHERE id > $1 AND name = "
		     "'dialog.ended' ORDER BY id LIMIT 1",
		ended, ret_id);
}

static bool
glob(const char *pattern, const char *text)
{
	if (*pattern == '*')
		return glob(pattern + 1, text) || (*text && glob(pattern, text + 1));
	return *pattern == *text && (!*text || glob(pattern + 1, text + 1));
}

/* ---- lines ---- */

static void
expect_text(const char *pattern)
{
	int64_t id = 0;
	const char *text = next_text(&id);
	if (!text || !glob(pattern, text))
		fail_msg("%s: expected \"%s\", but got: %s", where, pattern,
			text ? text : "nothing");
	taken = id;
}

static void
expect_end(const char *outcome)
{
	int64_t id = 0;
	const char *end = next_end(&id), *word = end ? strstr(end, ": ") : NULL;
	if (!word || strcmp(word + 2, outcome) != 0)
		fail_msg("%s: expected the end \"%s\", but got: %s", where, outcome,
			end ? end : "none");
	ended = id;
}

static void
expect_silence(void)
{
	int64_t id;
	const char *text = next_text(&id);
	if (text)
		fail_msg("%s: this was said, but not listed: %s", where, text);
}

static void
expect_nothing(void)
{
	int64_t id;
	expect_silence();
	const char *end = next_end(&id);
	if (end)
		fail_msg("%s: a conversation ended, unlisted: %s", where, end);
}

static void
says(const char *text)
{
	expect_nothing();
	pass(SECOND); /* or the network would repeat itself */
	rig_receive(&bench, "north", MINA, text);
	pass(0);
}

static void
no_field(void *ctx, const char *name, struct value *ret)
{
	(void)ctx, (void)name, (void)ret;
}

static void
jump(char sign, const char *when)
{
	char iso[40];
	int64_t ms = 0, at;
	expect_nothing();
	snprintf(iso, sizeof(iso), "%s", when);
	if (strlen(iso) > 10 && iso[10] == ' ')
		iso[10] = 'T';
	if (sign == '+')
		assert_int_equal(conf_duration(when, &ms), 0);
	else if (value_parse_time(iso, SEOUL, &at, NULL))
		ms = at - bench.clock.wall;
	else
		assert_true(
			until_next(when, bench.clock.wall, SEOUL, no_field, NULL, &ms));
	pass(ms);
}

/* ---- what is arranged ---- */

static void
set_field(const char *name, char *value)
{
	struct contact c;
	bool fresh;
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	assert_true(contact_take(
		bench.core.db, MINA, core_id(&bench.core), bench.clock.wall, &c, &fresh));
	if (strcmp(name, "tags") != 0) {
		bool lang = !strcmp(name, "lang");
		assert_int_equal(people_set(&bench.core, &c, lang ? "language" : name,
					 value, &err),
			0);
		return;
	}
	for (char *more, *p = strtok_r(value, "+", &more); p;
		p = strtok_r(NULL, "+", &more))
		assert_int_equal(people_tag(&bench.core, &c, p, true, &err), 0);
}

static void
arrange_contact(char *rest)
{
	char *more;
	for (char *p = strtok_r(rest, ",", &more); p; p = strtok_r(NULL, ",", &more)) {
		char *equals = strchr(p, '=');
		assert_non_null(equals);
		*equals = '\0';
		set_field(p + strspn(p, " "), equals + 1);
	}
}

static void
arrange_consent(const char *what)
{
	uint64_t row;
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct consent_change change = {
		.phone = MINA, .action = *what == 'g' ? "grant" : "deny", .words = "yes"};
	if (consent_change(&bench.core, &change, &row, &err) < 0)
		fail_msg("%s: %s", where, err.s);
}

static void
arrange_staff(const char *what)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct outbox_receipt receipt;
	uint64_t id = (uint64_t)rig_count(
		&bench, "SELECT coalesce(max(id), 0) FROM tickets WHERE closed = 0");
	struct ticket_reply reply = {
		.agent = "mina", .text = ANSWER, .len = strlen(ANSWER)};
	bool closes = !strcmp(what, "closes");
	if (closes) /* who closes has answered */
		arrange_staff("replies");
	int r = closes         ? tickets_close(&bench.core, id, "mina", NULL, false, &err)
		: *what == 'c' ? tickets_claim(&bench.core, id, "mina", &err)
			       : tickets_reply(&bench.core, id, &reply, &receipt, &err);
	if (r < 0)
		fail_msg("%s: %s", where, err.s);
}

static void
arrange(char *rest)
{
	char *space = strchr(rest, ' ');
	assert_non_null(space);
	*space = '\0';
	if (!strcmp(rest, "contact"))
		arrange_contact(space + 1);
	else if (!strcmp(rest, "consent"))
		arrange_consent(space + 1);
	else if (!strcmp(rest, "staff"))
		arrange_staff(space + 1);
	else if (strcmp(rest, "shop") != 0 && strcmp(rest, "owner") != 0)
		fail_msg("%s: %% %s is not arranged here", where, rest);
	pass(0);
}

static void
line(char *p)
{
	char *rest = p + 1 + strspn(p + 1, " ");
	switch (*p) {
	case '>': says(rest); break;
	case '<': expect_text(rest); break;
	case '=': expect_end(rest); break;
	case '!': expect_silence(); break;
	case '+':
	case '@': jump(*p, rest); break;
	case '%': arrange(rest); break;
	default: break;
	}
}

/* ---- the talks ---- */

struct talked {
	const char *folder, *name, *policy;
};

static void
talk(void **state)
{
	const struct talked *t = *state;
	char path[200], text[2048];
	unsigned number = 0;
	snprintf(folder, sizeof(folder), "/tmp/malgil-alike-XXXXXX");
	assert_non_null(mkdtemp(folder));
	shell("cp $(grep -L '^journey' etc/scripts/*.cfg) %s/", folder);
	snprintf(text, sizeof(text),
		"scripts = \"%s\"; hours = { week = \"mon-fri 10:00-18:00\"; reply = "
		"\"30m\"; };",
		folder);
	rig_begins = zone_from_local(SEOUL, MONDAY_AT_TEN);
	rig_shop = "가게";
	rig_open_with(&bench, false, text, t->policy);
	bench.obliging = true;
	taken = ended = 0;
	snprintf(path, sizeof(path), "%s/%s.talk", t->folder, t->name);
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	while (fgets(text, sizeof(text), f)) {
		text[strcspn(text, "\r\n")] = '\0';
		snprintf(where, sizeof(where), "%s:%u", path, ++number);
		line(text);
	}
	expect_nothing();
	fclose(f);
	rig_close(&bench);
	shell("rm -rf '%s'", folder);
}

#define PLAIN "optout_080 = \"080-000-0000\"; phone = \"02-000-0000\"; month_max = 4;"
#define SHIPPED(name)                                                                    \
	{                                                                                \
		name, talk, NULL, NULL, &(struct talked)                                 \
		{                                                                        \
			"etc/scripts", name, PLAIN                                       \
		}                                                                        \
	}

int
main(void)
{
	const struct CMUnitTest tests[] = {SHIPPED("appointment"), SHIPPED("preferences"),
		SHIPPED("restock"), SHIPPED("trouble")};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
