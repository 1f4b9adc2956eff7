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
#include "dialogs/shell.h"
#include "dialogs/talk.h"
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

/* ---- the shop ---- */

/* Every shipped dialog, without the gift, whose code a rehearsal makes up. */
static void
open_shop(void)
{
	char text[300];
	snprintf(folder, sizeof(folder), "/tmp/malgil-alike-XXXXXX");
	assert_non_null(mkdtemp(folder));
	shell("cp $(grep -L '^journey' etc/scripts/*.cfg) %s/", folder);
	shell("sed '/첫 주문 쿠폰/{N;s/.*/};/}' etc/scripts/optin.cfg > %s/optin.cfg",
		folder);
	snprintf(text, sizeof(text),
		"scripts = \"%s\"; hours = { week = \"mon-fri 10:00-18:00\"; reply = "
		"\"30m\"; };",
		folder);
	rig_begins = zone_from_local(SEOUL, MONDAY_AT_TEN);
	rig_shop = "가게\"; site = \"https://shop.example";
	rig_open_with(&bench, false, text,
		"optout_080 = \"080-000-0000\"; phone = \"02-000-0000\"; month_max = 4;");
	bench.obliging = true;
	taken = ended = 0;
}

static void
close_shop(void)
{
	rig_close(&bench);
	shell("rm -rf '%s'", folder);
}

/* ---- anything at all ---- */

/* What a customer may write, and how long may pass. */
static const char *const anything[] = {"1", "2", "3", "4", "5", "네", "아니요", "동의",
	"그만", "시작", "STOP", "가입", "퀴즈", "예약", "설정", "고장", "재입고",
	"상담원", "메뉴", "취소", "감사합니다", "ㅇㅇ", "10", "내일 3시", "앰플", "다시",
	"나가기", "도움말", "안녕하세요 문의드려요", "+1m", "+30m", "+1h", "+4h", "+9h",
	"+1d"};

struct rehearsed {
	char texts[400][600];
	size_t count;
};

static void
rehearsed_show(void *ctx, char sign, const char *text)
{
	struct rehearsed *r = ctx;
	if (sign == '<' && r->count < ARRAY_LEN(r->texts))
		snprintf(r->texts[r->count++], sizeof(r->texts[0]), "%s", text);
}

static unsigned
next_of(unsigned *seed)
{
	*seed = *seed * 1103515245 + 12345;
	return *seed >> 16;
}

/* One conversation of forty turns, both ways; without orders, which a rehearsal makes up.
 */
static void
compare(unsigned seed)
{
	static struct rehearsed r;
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE, story = STRBUF_INIT(8192);
	struct rules rules;
	struct talk *t;
	char path[200], shop[] = "% shop country=KR, tz=Asia/Seoul, name=가게";
	unsigned dice = seed;
	size_t seen = 0;
	int64_t ms;
	r.count = 0;
	open_shop();
	shell("rm %s/order.cfg %s/returns.cfg", folder, folder);
	assert_int_equal(dialogs_reload(&bench.core, &err), 0);
	rules_init(&rules, bench.core.config);
	snprintf(path, sizeof(path), "%s/menu.cfg", folder);
	struct talk_options o = {
		.rules = &rules, .phone = MINA, .show = rehearsed_show, .ctx = &r};
	assert_int_equal(talk_open(path, &o, &t, &err), 0);
	assert_int_equal(talk_line(t, shop, true, &err), 0);
	for (int turn = 0; turn < 40; turn++) {
		const char *what = anything[next_of(&dice) % ARRAY_LEN(anything)];
		strbuf_printf(&story, " / %s", what);
		assert_int_equal(talk_line(t, "+1s", true, &err), 0);
		pass(SECOND);
		assert_int_equal(talk_line(t, what, true, &err), 0);
		if (*what == '+' && conf_duration(what + 1, &ms) == 0)
			pass(ms);
		else
			rig_receive(&bench, "north", MINA, what);
		pass(0);
		for (const char *said; (said = next_text(&taken)); seen++)
			if (seen >= r.count || strcmp(said, r.texts[seen]) != 0)
				fail_msg("seed %u:%s: the daemon says \"%s\", the "
					 "rehearsal \"%s\"",
					seed, story.s, said,
					seen < r.count ? r.texts[seen] : "nothing");
		if (seen < r.count)
			fail_msg("seed %u:%s: the rehearsal says \"%s\", the daemon "
				 "nothing",
				seed, story.s, r.texts[seen]);
	}
	talk_close(t);
	rules_done(&rules);
	strbuf_done(&story);
	close_shop();
}

static void
anything_goes_alike(void **state)
{
	(void)state;
	unsigned from = getenv("SEED") ? (unsigned)atoi(getenv("SEED")) : 1;
	unsigned count = getenv("SEED") ? 1 : 12;
	for (unsigned i = 0; i < count; i++)
		compare(from + i);
}

/* ---- the talks ---- */

static void
talk(void **state)
{
	const char *name = *state;
	char path[200], text[2048];
	unsigned number = 0;
	open_shop();
	snprintf(path, sizeof(path), "etc/scripts/%s.talk", name);
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	while (fgets(text, sizeof(text), f)) {
		text[strcspn(text, "\r\n")] = '\0';
		snprintf(where, sizeof(where), "%s:%u", path, ++number);
		line(text);
	}
	expect_nothing();
	fclose(f);
	close_shop();
}

#define SHIPPED(name)                                                                    \
	{                                                                                \
		name, talk, NULL, NULL, (void *)name                                     \
	}

int
main(void)
{
	const struct CMUnitTest tests[] = {SHIPPED("appointment"), SHIPPED("preferences"),
		SHIPPED("restock"), SHIPPED("trouble"),
		cmocka_unit_test(anything_goes_alike)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
