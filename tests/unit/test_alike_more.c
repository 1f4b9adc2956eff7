/* The rehearsal against the daemon, over what the shipped dialogs do not show: journeys
 * with events, clocks and exits, look-ups, an English shop in another country, scripts
 * that interrupt and start each other, a shop's own rows and its staff; with generated
 * inputs, text by text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <sqlite3.h>

#include "gateway/base/conf.h"
#include "gateway/core/people.h"
#include "gateway/core/shop_events.h"
#include "gateway/core/tickets.h"
#include "gateway/store/contacts.h"
#include "gateway/text/zone.h"
#include "tests/lib/rig.h"
#include "dialogs/shell.h"
#include "dialogs/talk.h"

#define MONDAY_AT_TEN INT64_C(1767607200000) /* 2026-01-05, as if UTC */
#define TURNS         36
#define FIRST         32 /* 34: two journeys of one person begin at once */
#define SEEDS         3
#define STAFF         "(staff)" /* not for the rehearsal to foretell */

static struct rig bench;
static char folder[64];

struct world {
	const char *country, *zone, *phone, *main;
	const char *fixture; /* arranged in the rehearsal, true in the daemon */
	struct {
		const char *name, *text;
	} files[4];
	const char *turns[32];
};

static const struct world paid = {
	.country = "KR",
	.zone = "Asia/Seoul",
	.phone = "+821012345678",
	.main = "paid",
	.files = {{"paid", "format = 1; journey = { title = \"p\"; class = \"service\";\n"
			   "trigger = { event = \"order.paid\"; settle = \"10m\"; };\n"
			   "key = \"order.no\"; again = { after = \"1h\"; max = 6; per = "
			   "\"30d\"; };\n"
			   "exit = { refunded = { event = \"order.refunded\"; };\n"
			   "  back = { event = \"order.returned\"; if = \"event.item = "
			   "Tea\"; "
			   "}; };\n"
			   "late = { drop_after = \"3d\"; }; busy = \"wait\";\n"
			   "steps = {\n"
			   "thanks = { say = \"Paid: {order.item|something}\"; };\n"
			   "mark = { ask = \"1 to 5?\"; accept = \"number 1-5\"; save = "
			   "\"mark\";\n"
			   "  retry = { max = 1; say = \"A number, 1 to 5\"; then = "
			   "\"ship\"; };\n"
			   "  timeout = { after = \"2h\"; nudge = \"Still there?\"; then "
			   "= "
			   "\"ship\"; }; };\n"
			   "ship = { wait = { event = \"order.delivered\"; for = \"1d\"; "
			   "}; none "
			   "= \"late\"; };\n"
			   "which = { split = { many = { if = \"count(order.paid within "
			   "2d) >= "
			   "2\"; goto = \"again\"; };\n"
			   "  good = { if = \"mark >= 4\"; goto = \"good\"; }; rest = { "
			   "goto = "
			   "\"there\"; }; }; };\n"
			   "again = { say = \"Thanks again\"; goto = \"fin\"; };\n"
			   "good = { say = \"Glad: {mark}\"; goto = \"fin\"; };\n"
			   "there = { say = \"It is there: {event.item|it}\"; goto = "
			   "\"fin\"; };\n"
			   "late = { say = \"It is late\"; };\n"
			   "fin = { end = \"done\"; };\n}; };\n"},
		{"help", "format = 1; dialog = { title = \"h\"; class = \"reply\"; "
			 "start = { keywords = \"도움, help me\"; };\n"
			 "expire = { after = \"1d\"; then = \"gone\"; }; words = { "
			 "leave = \"그만둘래\"; restart = \"처음으로\"; };\n"
			 "steps = {\n"
			 "q = { ask = \"무엇을? 1)배송 2)교환\"; answers = { a = { is "
			 "= "
			 "\"1, 배송\"; goto = \"ship\"; }; b = { is = \"2, 교환\"; "
			 "say = \"교환이요\"; set = { what = \"교환\"; }; }; };\n"
			 "  other = \"what\"; };\n"
			 "say = { say = \"{what:은/는} 상담원이 합니다\"; end = "
			 "\"ok\"; };\n"
			 "ship = { say = \"곧 가요\"; start = \"more\"; };\n"
			 "what = { say = \"'{last}'?\"; goto = \"q\"; };\n"
			 "gone = { end = \"gone\"; };\n}; };\n"},
		{"more", "format = 1; dialog = { title = \"m\"; class = \"reply\"; "
			 "start = "
			 "{ keywords = \"더\"; rank = 12; };\n"
			 "steps = { more = { ask = \"더 있나요?\"; accept = "
			 "\"yesno\"; save = \"contact.more\"; retry = { max = 0; "
			 "then "
			 "= \"fin\"; }; timeout = { after = \"30m\"; then = \"fin\"; }; "
			 "};\n"
			 "fin = { say = \"{contact.more|?} 네\"; end = \"more\"; "
			 "}; }; "
			 "};\n"}},
	.turns = {"% emit order.paid no=1, item=Tea", "% emit order.paid no=2, item=Cup",
		"% emit order.paid no=3, item=Pot", "% emit order.refunded no=1",
		"% emit order.returned item=Tea", "% emit order.returned item=Cup",
		"% emit order.delivered item=Tea", "% emit order.delivered item=Cup",
		"도움", "더", "1", "2", "4", "5점이요", "배송", "교환", "네", "아니요",
		"ㅋㅋ", "그만둘래", "처음으로", "고마워요", "STOP", "+1m", "+11m", "+35m",
		"+1h", "+3h", "+9h", "+1d"},
};

static const struct world booking = {
	.country = "US",
	.zone = "America/New_York",
	.phone = "+12125550123",
	.main = "book",
	.fixture = "% lookup none.seats = error",
	.files =
		{{"book",
			 "format = 1; dialog = { title = \"b\"; class = \"reply\"; start "
			 "= { "
			 "keywords = \"book, reserve\"; match = \"any-word\"; };\n"
			 "expire = { after = \"3d\"; };\n"
			 "steps = {\n"
			 "sure = { ask = \"Table for how many?\"; accept = \"number "
			 "1-12\"; "
			 "save = \"people\"; retry = { max = 2; then = \"bye\"; };\n"
			 "  timeout = { after = \"1h\"; nudge = \"Still hungry?\"; "
			 ""
			 "then = \"bye\"; }; };\n"
			 "day = { ask = \"Which day?\"; accept = \"date\"; save = "
			 "\"contact.visit\"; retry = { max = 1; say = \"A day, like "
			 "12/24\"; "
			 "then = \"bye\"; }; timeout = { after = \"1d\"; then = \"bye\"; "
			 "}; "
			 "};\n"
			 "seats = { lookup = { use = \"none\"; query = \"seats\"; args = "
			 "\"{people}\"; into = \"t\"; timeout = \"3s\"; };\n"
			 "  on = { one = \"yes\"; none = \"bye\"; error = \"maybe\"; }; "
			 "};\n"
			 "yes = { say = \"Done\"; end = \"booked\"; };\n"
			 "maybe = { say = { en = \"{people} on {contact.visit:day|a "
			 "day}: we "
			 "will "
			 "confirm\"; es = \"{people}, confirmamos\"; }; };\n"
			 "sms = { ask = \"Reminder by text?\"; accept = \"yesno\"; save "
			 "= "
			 "\"remind\"; once = \"2d\"; retry = { max = 0; then = \"bye\"; "
			 "}; "
			 "timeout = { after = \"20m\"; then = \"bye\"; }; };\n"
			 "tell = { if = \"remind = yes\"; wait = { until = \"10:00\"; }; "
			 "};\n"
			 "remind = { if = \"remind = yes\"; class = \"service\"; say = "
			 "\"Today: table for {people}\"; };\n"
			 "bye = { end = \"bye\"; };\n}; };\n"},
			{"menu", "format = 1; dialog = { title = \"m\"; class = "
				 "\"reply\"; start = { "
				 "keywords = \"menu\"; rank = 20; };\n"
				 "steps = { m = { say = \"Soup, pie.\"; wait = { reply = "
				 "\"1h\"; }; "
				 "answers = { s = { is = \"soup\"; say = \"Good "
				 "choice\"; }; p = { is "
				 "= "
				 "\"pie\"; goto = \"pie\"; }; }; other = \"none\"; none "
				 "= \"none\"; };\n"
				 "fin = { end = \"ok\"; };\n"
				 "pie = { say = \"No pie today\"; start = \"book\"; goto "
				 "= \"none\"; "
				 "};\n"
				 "none = { end = \"none\"; }; }; };\n"}},
	.turns = {"book", "I want to reserve", "menu", "soup", "pie", "4", "twelve", "13",
		"four people", "12/24", "tomorrow", "next friday", "yes", "no", "Yes.",
		"sí", "% contact lang=es", "% contact lang=en", "what?", "thanks", "STOP",
		"START", "HELP", "stop 12", "+1m", "+25m", "+1h", "+4h", "+10h", "+1d",
		"+3d"},
};

/* Rows to choose from, a person, and how it was. */
static const struct world staffed = {
	.country = "KR",
	.zone = "Asia/Seoul",
	.phone = "+821012345678",
	.main = "where",
	.fixture = "% lookup shop.mine = none",
	.files = {{"where",
			  "format = 1; dialog = { class = \"reply\"; start = { keywords "
			  "= \"주문, order\"; match = \"any-word\"; rank = 20; };\n"
			  "expire = { after = \"2d\"; then = \"late\"; };\n"
			  "steps = {\n"
			  " mine = { lookup = { use = \"shop\"; query = \"mine\"; args = "
			  "\"{contact.phone}\"; into = \"o\"; timeout = \"3s\"; };\n"
			  "   on = { none = \"no\"; one = \"tell\"; many = \"which\"; "
			  "error = \"human\"; }; };\n"
			  " which = { ask = \"{o.count}건이에요.\\n{o:menu}\"; choose = "
			  "\"o\"; retry = { max = 1; then = \"human\"; };\n"
			  "   timeout = { after = \"30m\"; nudge = \"골라 주세요\"; then "
			  "= \"late\"; }; };\n"
			  " tell = { say = \"{o.item:cut6:은/는|상품은} "
			  "{o.state:label|확인 중} {o.no|}\"; };\n"
			  " more = { ask = \"더?\"; answers = { person = { is = \"1, "
			  "상담\"; goto = \"human\"; }; no = { is = \"2, 아니요\"; goto "
			  "= \"fin\"; }; };\n"
			  "   other = \"human\"; timeout = { after = \"1h\"; then = "
			  "\"fin\"; }; };\n"
			  " human = { handoff = { queue = \"support\"; topic = "
			  "\"order\"; priority = \"high\"; note = \"{o.no|?} {last}\";\n"
			  "   open = \"곧 답해요\"; closed = \"{hours.next|내일} "
			  "답해요\";\n"
			  "   unclaimed = { after = \"15m\"; max = 2; page = \"owner\"; "
			  "say = \"조금만 더요\"; }; }; start = \"rate\"; goto = "
			  "\"fin\"; };\n"
			  " no = { say = \"없어요\"; goto = \"more\"; };\n"
			  " late = { end = \"late\"; };\n"
			  " fin = { end = \"done\"; }; }; };\n"},
		{"rate", "format = 1; dialog = { class = \"service\";\n"
			 "steps = {\n"
			 " ask = { ask = \"어땠나요? 1-5\"; accept = \"number 1-5\"; "
			 "save = \"csat\"; score = \"csat\"; once = \"2d\";\n"
			 "   retry = { max = 1; then = \"fin\"; }; timeout = { after = "
			 "\"3h\"; then = \"fin\"; }; };\n"
			 " judge = { split = { bad = { if = \"csat <= 2\"; goto = "
			 "\"again\"; }; good = { goto = \"thanks\"; }; }; };\n"
			 " again = { say = \"다시 볼게요\"; reopen = \"낮은 점수 "
			 "{csat}\"; };\n"
			 " thanks = { if = \"csat\"; class = \"reply\"; say = "
			 "\"고맙습니다 {csat}\"; };\n"
			 " fin = { end = \"rated\"; }; }; };\n"},
		{"agent", "format = 1; dialog = { class = \"reply\"; start = { keywords "
			  "= \"상담\"; };\n"
			  "steps = { a = { handoff = { queue = \"sales\"; topic = "
			  "\"talk\"; open = \"열림\"; closed = \"닫힘\"; }; };\n"
			  " b = { say = \"끝났어요\"; class = \"service\"; end = "
			  "\"talked\"; }; }; };\n"}},
	.turns = {"주문", "주문", "주문이요", "제 주문 어디쯤이에요", "상담", "1", "2",
		"3", "5", "찻잔이요", "두번째", "뭐라고요", "아니요", "감사합니다",
		"STOP", "% staff replies", "% staff claims", "% staff closes",
		"% staff closes", "% staff closes", "% staff closes", "% staff closes",
		"% lookup shop.mine = none",
		"% lookup shop.mine = item=찻잔, no=11, state=배송중",
		"% lookup shop.mine = item=찻잔, no=11, state=배송중; item=주전자, "
		"no=12, "
		"state=준비중; item=리필 세트 대용량, no=13, state=배송완료",
		"+1m", "+16m", "+35m", "+2h", "+9h", "+1d"},
};

/* ---- both of them ---- */

static void
put(const char *name, const char *kind, const char *text)
{
	char path[128];
	snprintf(path, sizeof(path), "%s/%s%s", folder, name, kind);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

/* In the shop's own file, which the daemon only reads. */
static void
ask_shop(const char *sql)
{
	char path[128];
	sqlite3 *db;
	snprintf(path, sizeof(path), "%s/shop.db", folder);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	sqlite3_close(db);
}

static void
open_shop(const struct world *w)
{
	char text[500];
	snprintf(folder, sizeof(folder), "/tmp/malgil-alike-XXXXXX");
	assert_non_null(mkdtemp(folder));
	for (size_t i = 0; i < ARRAY_LEN(w->files) && w->files[i].name; i++)
		put(w->files[i].name, ".cfg", w->files[i].text);
	snprintf(text, sizeof(text),
		"format = 1; connectors = { shop = { type = \"sql\"; file = "
		"\"%s/shop.db\"; "
		"queries = { mine = { args = \"phone\"; sql = \"SELECT item, no, state "
		"FROM "
		"orders WHERE :phone <> '' ORDER BY rowid\"; }; }; }; };\n",
		folder);
	put("connectors", "", text);
	ask_shop("CREATE TABLE orders (item TEXT, no TEXT, state TEXT)");
	snprintf(text, sizeof(text),
		"scripts = \"%s\"; connectors = \"%s/connectors\"; hours = { week = "
		"\"mon-fri 10:00-18:00\"; reply = \"30m\"; };",
		folder, folder);
	rig_begins = zone_from_local(w->zone, MONDAY_AT_TEN);
	rig_country = w->country;
	rig_zone = w->zone;
	rig_shop = "Shop";
	rig_open_with(&bench, false, text,
		"optout_080 = \"080-000-0000\"; phone = \"02-000-0000\"; month_max = 4;");
	struct db_rows *q = db_select(bench.core.db,
		"SELECT detail FROM events WHERE name = 'script.refused'", "");
	while (db_next(q))
		fail_msg("%s", db_text(q, 0));
	db_end(q);
	bench.obliging = true;
}

static void
close_shop(void)
{
	char command[128];
	rig_close(&bench);
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	assert_int_equal(system(command), 0);
}

/* Texts and ends by themselves: in the daemon a text leaves a moment after what caused
 * it.
 */
struct rehearsed {
	char texts[2][500][400];
	size_t count[2];
};

static void
rehearsed_show(void *ctx, char sign, const char *text)
{
	struct rehearsed *r = ctx;
	int which = sign == '=';
	if ((sign == '<' || which) && r->count[which] < ARRAY_LEN(r->texts[0]))
		snprintf(r->texts[which][r->count[which]++], sizeof(r->texts[0][0]), "%s",
			text);
}

/* What the daemon says, or ends, next. */
static const char *
next_of_daemon(bool end, int64_t *after)
{
	static char text[4096];
	/* A journey ends without a conversation when it has not begun one. */
	struct db_rows *q = db_select(bench.core.db,
		"SELECT e.id, coalesce(m.text, e.detail) FROM events e LEFT JOIN "
		"messages m "
		"ON m.id = e.message WHERE e.id > $1 AND (e.name = $2 OR ($2 = "
		"'dialog.ended' AND e.name = 'journey.ended')) AND NOT (e.name = "
		"'dialog.ended' AND e.detail LIKE 'paid:%') AND coalesce(m.text, '') <> "
		"'" STAFF "' ORDER BY e.id LIMIT 1",
		"it", *after, end ? "dialog.ended" : "message.sent");
	bool found = db_next(q);
	const char *said = found ? db_text(q, 1) : "", *colon = strstr(said, ": ");
	if (found)
		*after = db_int(q, 0);
	snprintf(text, sizeof(text), "%.390s", end && colon ? colon + 2 : said);
	db_end(q);
	return found ? text : NULL;
}

static void
hold_together(const struct rehearsed *r, bool end, size_t *seen, int64_t *after,
	unsigned seed, const char *story)
{
	for (const char *said; (said = next_of_daemon(end, after)); ++*seen)
		if (*seen >= r->count[end] || strcmp(said, r->texts[end][*seen]) != 0)
			fail_msg("seed %u:%s: the daemon %s \"%s\", the rehearsal \"%s\"",
				seed, story, end ? "ends" : "says", said,
				*seen < r->count[end] ? r->texts[end][*seen] : "nothing");
	if (*seen < r->count[end] && getenv("DUMP")) {
		struct db_rows *q = db_select(bench.core.db,
			"SELECT name || ' ' || detail FROM events UNION ALL SELECT "
			"script || state || step FROM runs UNION ALL SELECT state || "
			"text FROM messages WHERE outbound = 1",
			"");
		while (db_next(q))
			print_message("  %s\n", db_text(q, 0));
		db_end(q);
	}
	if (*seen < r->count[end])
		fail_msg("seed %u:%s: the rehearsal %s \"%s\", the daemon nothing", seed,
			story, end ? "ends" : "says", r->texts[end][*seen]);
}

/* "% emit NAME a=b, c=d" as the shop would tell it. */
static void
emit(const struct world *w, const char *what)
{
	static unsigned number;
	char name[64], id[32], *more, *rest, copy[200];
	struct shop_event_answer a;
	json_t *data = json_object();
	snprintf(copy, sizeof(copy), "%s", what);
	rest = copy + strcspn(copy, " ");
	rest += *rest == ' ';
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(what, " "), what);
	for (char *p = strtok_r(rest, ",", &more); p; p = strtok_r(NULL, ",", &more)) {
		char *equals = strchr(p, '=');
		assert_non_null(equals);
		*equals = '\0';
		json_object_set_new(data, p + strspn(p, " "), json_string(equals + 1));
	}
	snprintf(id, sizeof(id), "e%u", ++number);
	shop_event_take(&bench.core,
		&(struct shop_event){.name = name,
			.told = id,
			.phone = w->phone,
			.at = core_now(&bench.core),
			.data = data},
		&a);
	if (a.status >= 300)
		fail_msg("%s is refused: %d", what, a.status);
	shop_event_answer_done(&a);
	json_decref(data);
}

/* "none", or "item=a, no=1, state=b; item=..." */
static void
stock(const char *rows)
{
	char copy[400], item[80], number[16], state[40], sql[300], *more;
	ask_shop("DELETE FROM orders");
	snprintf(copy, sizeof(copy), "%s", rows);
	for (char *p = strtok_r(copy, ";", &more); p && strcmp(p, "none") != 0;
		p = strtok_r(NULL, ";", &more)) {
		assert_int_equal(sscanf(p, " item=%79[^,], no=%15[^,], state=%39[^;]",
					 item, number, state),
			3);
		snprintf(sql, sizeof(sql), "INSERT INTO orders VALUES ('%s', '%s', '%s')",
			item, number, state);
		ask_shop(sql);
	}
}

static uint64_t
open_ticket(void)
{
	return (uint64_t)rig_count(&bench, "SELECT coalesce(max(id), 0) FROM tickets "
					   "WHERE state <> 'closed'");
}

/* Who closes a ticket has answered, in a rehearsal. */
static void
staff(const char *what)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct outbox_receipt receipt;
	struct ticket_reply reply = {
		.agent = "minji", .text = STAFF, .len = strlen(STAFF)};
	uint64_t id = open_ticket();
	int r;
	if (!strcmp(what, "claims"))
		r = tickets_claim(&bench.core, id, "minji", &err);
	else
		r = tickets_reply(&bench.core, id, &reply, &receipt, &err);
	rig_run(&bench, 0);
	if (r >= 0 && !strcmp(what, "closes"))
		r = tickets_close(&bench.core, id, "minji", NULL, false, &err);
	if (r < 0)
		fail_msg("staff %s: %s", what, err.s);
}

/* Rows come from another thread. */
static void
until_looked_up(void)
{
	int64_t until = clock_mono(clock_real()) + 20 * SECOND;
	while (rig_count(&bench, "SELECT count(*) FROM runs WHERE state = 'lookup'")) {
		assert_true(clock_mono(clock_real()) < until);
		rig_run(&bench, 0);
	}
}

static void
set_language(const char *phone, const char *lang)
{
	struct contact c;
	char value[8];
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	snprintf(value, sizeof(value), "%s", lang);
	assert_true(contact_find(bench.core.db, phone, &c));
	assert_int_equal(people_set(&bench.core, &c, "language", value, &err), 0);
}

static void
turn(const struct world *w, const char *what)
{
	int64_t ms;
	if (*what == '+' && conf_duration(what + 1, &ms) == 0)
		rig_run(&bench, ms);
	else if (!strncmp(what, "% emit ", 7))
		emit(w, what + 7);
	else if (!strncmp(what, "% contact lang=", 15))
		set_language(w->phone, what + 15);
	else if (!strncmp(what, "% staff ", 8))
		staff(what + 8);
	else if (!strncmp(what, "% lookup shop.mine = ", 21))
		stock(what + 21);
	else
		rig_receive(&bench, "north", w->phone, what);
	rig_run(&bench, 0);
	until_looked_up();
	rig_run(&bench, 0);
}

static unsigned
roll(unsigned *seed)
{
	*seed = *seed * 1103515245 + 12345;
	return *seed >> 16;
}

static void
rehearse(struct talk *t, const char *what)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	if (talk_line(t, what, true, &err) < 0)
		fail_msg("%s: %s", what, err.s);
}

/* How many texts they agreed on. */
static size_t
compare(const struct world *w, unsigned seed)
{
	static struct rehearsed r;
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE, story = STRBUF_INIT(8192);
	struct rules rules;
	struct talk *t;
	char path[200];
	unsigned dice = seed;
	size_t seen[2] = {0, 0}, count = 0;
	int64_t after[2] = {0, 0};
	while (count < ARRAY_LEN(w->turns) && w->turns[count])
		count++;
	r.count[0] = r.count[1] = 0;
	open_shop(w);
	rules_init(&rules, bench.core.config);
	snprintf(path, sizeof(path), "%s/%s.cfg", folder, w->main);
	struct talk_options o = {
		.rules = &rules, .phone = w->phone, .show = rehearsed_show, .ctx = &r};
	assert_int_equal(talk_open(path, &o, &t, &err), 0);
	snprintf(path, sizeof(path), "%% shop country=%s, tz=%s, name=Shop", w->country,
		w->zone);
	rehearse(t, path);
	if (w->fixture)
		rehearse(t, w->fixture);
	rig_receive(&bench, "north", w->phone, "..."); /* they are known */
	rig_run(&bench, 0);
	rehearse(t, "...");
	for (int i = 0; i < TURNS; i++) {
		const char *what = w->turns[roll(&dice) % count];
		strbuf_printf(&story, " / %s", what);
		rehearse(t, "+1s");
		rig_run(&bench, SECOND);
		if (!strncmp(what, "% staff", 7) && !open_ticket()) {
			assert_true(talk_line(t, what, true, &err) < 0);
			continue; /* both have none */
		}
		rehearse(t, what);
		turn(w, what);
		hold_together(&r, false, &seen[0], &after[0], seed, story.s);
		hold_together(&r, true, &seen[1], &after[1], seed, story.s);
	}
	talk_close(t);
	rules_done(&rules);
	strbuf_done(&story);
	close_shop();
	return seen[0];
}

static void
goes_alike(void **state)
{
	const struct world *w = *state;
	unsigned from = getenv("SEED") ? (unsigned)atoi(getenv("SEED")) : FIRST;
	unsigned count = getenv("SEEDS")  ? (unsigned)atoi(getenv("SEEDS"))
			 : getenv("SEED") ? 1
					  : SEEDS;
	size_t said = 0;
	for (unsigned i = 0; i < count; i++)
		said += compare(w, from + i);
	assert_true(said >= 5 * count); /* or nothing was compared */
}

#define WORLD(name)                                                                      \
	{                                                                                \
#name, goes_alike, NULL, NULL, (void *)(uintptr_t) & (name)              \
	}

int
main(void)
{
	const struct CMUnitTest tests[] = {WORLD(paid), WORLD(booking), WORLD(staffed)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
