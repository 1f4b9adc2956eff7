/* Modems that mean no good: the real driver on a pseudo-terminal, with a simulated clock.
 * Each of them plays its trick for some minutes and then behaves. Whatever it did, a send
 * has one outcome, no text is handed over twice, nothing is left behind, and the channel
 * comes back by itself. */
#include "tests/lib/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "gateway/base/log.h"

#define TRICK  (3 * MINUTE)
#define STEP   (SECOND / 4)
#define REPAIR (3 * HOUR)
#define SENDS  12

#define TPDU_HEX "01000A9110325476980000026835"
#define DELIVER  "07919121430000F0040A911032547698000062112280146323026835"

/* What is played instead of an honest answer. */
struct trick {
	const char *to, *say; /* a beginning of a command; "" to say nothing */
};

struct villain {
	const char *name;
	struct trick tricks[4];
	const char *news; /* said again and again, whatever is asked */
	size_t times;     /* so often in a row */
	size_t most;      /* rounds of news, 0: all the time */
	const char *eol;
	bool echo, trickle;
	bool useful;   /* traffic goes on all the same */
	bool blocks;   /* a person is called */
	unsigned says; /* of that much trouble it is told, 0: little */
};

static const struct villain villains[] = {
	{"silence", {{"", ""}}},
	{"an error for everything", {{"", "\r\nERROR\r\n"}}},
	{"OK for everything", {{"", "\r\nOK\r\n"}}},
	{"OK three times", {{"AT", "\r\nOK\r\nOK\r\n\r\nOK\r\n"}}},
	{"a prompt for everything", {{"AT", "\r\n> "}}},
	{"the SIM is always busy", {{"AT+C", "\r\n+CME ERROR: 14\r\n"}}},
	{"no prompt", {{"AT+CMGS", ""}}},
	{"a prompt in the middle of news",
		{{"AT+CMGS", "\r\n+CMTI: \"SM\",1\r\n\r\n> \r\nRING\r\n"}},
		.useful = true},
	{"it repeats everything", .echo = true, .useful = true},
	{"CR alone", .eol = "\r", .useful = true},
	{"LF alone", .eol = "\n", .useful = true},
	{"octet by octet", .trickle = true, .useful = true},
	{"noise", .news = "\x01\xff\xfe\x80+C\x7f\rOK\x02\n>\x1b\x1a +CM", .times = 5},
	{"a line without end", .news = "0123456789ABCDEF0123456789ABCDEF", .times = 2048,
		.most = 3},
	{"texts announced without end", {{"AT+CMGR", "\r\nOK\r\n"}},
		.news = "\r\n+CMTI: \"SM\",1\r\n", .times = 40, .useful = true},
	{"announced where nothing can be", {{"AT+CMGR", "\r\n+CMS ERROR: 321\r\n"}},
		.news = "\r\n+CMTI: \"SM\",2147483648\r\n+CMTI: \"\",-1\r\n"
			"+CDSI: \"\r\n+CMTI: \"A\\\"B;\",9\r\n",
		.times = 2, .useful = true},
	{"results nobody waits for", .news = "\r\n+CMGS: 5\r\n\r\n+CMGS: 99999999999\r\n",
		.times = 3},
	{"it restarts all the time", .news = "\r\nRDY\r\n", .times = 1, .says = 200},
	{"lengths that are wrong",
		{{"AT+CMGL", "\r\n+CMGL: 1,1,,999\r\n" DELIVER
			     "\r\n+CMGL: 2,1,,0\r\n0\r\n+CMGL: 3\r\n\r\nOK\r\n"},
			{"AT+CMGR", "\r\n+CMGR: 1,,3\r\n" DELIVER "\r\n\r\nOK\r\n"}},
		.useful = true},
	{"an absurd header",
		{{"AT+CMGL", "\r\n+CMGL: 1,1,,24\r\n00440A911032547698000462112280146323"
			     "8CFF000300FF\r\n\r\nOK\r\n"}},
		.useful = true},
	{"parts that contradict each other",
		{{"AT+CMGL",
			"\r\n+CMGL: 1,1,,26\r\n00440A911032547698000462112280146323"
			"0805000309020168\r\n+CMGL: 2,1,,26\r\n00440A9110325476980004"
			"62112280146323080500030903FF68\r\n+CMGL: 1,1,,26\r\n00440A91"
			"10325476980004621122801463230805000309000068\r\n\r\nOK\r\n"}},
		.useful = true},
	{"no places at all",
		{{"AT+CPMS=?", "\r\n+CPMS: (),(),()\r\n\r\nOK\r\n"},
			{"AT+CPMS", "\r\n+CPMS: 0,0,0,0,0,0\r\n\r\nOK\r\n"}}},
	{"numbers out of this world",
		{{"AT+CPMS", "\r\n+CPMS: 4294967296,-5,99999999999999999999,1\r\n\r\nOK"
			     "\r\n"},
			{"AT+CSQ", "\r\n+CSQ: 999999999999,-1\r\n\r\nOK\r\n"},
			{"AT+CRSM", "\r\n+CRSM: 144,0,\"2AFFZZ\r\n\r\nOK\r\n"}},
		.useful = true},
	{"the SIM is out", {{"AT+CPIN?", "\r\n+CME ERROR: 10\r\n"}}},
	{"a PIN nobody gave", {{"AT+CPIN?", "\r\n+CPIN: SIM PIN\r\n\r\nOK\r\n"}},
		.blocks = true},
	{"a PUK", {{"AT+CPIN?", "\r\n+CPIN: SIM PUK\r\n\r\nOK\r\n"}}, .blocks = true},
};

static const struct trick honest[] = {
	{"AT+CMGS=", "\n> "},
	{"AT+CGMI", "Malgil"},
	{"AT+CGMM", "Test modem"},
	{"AT+CGSN", "490154203237518"},
	{"AT+CPIN?", "+CPIN: READY"},
	{"AT+CIMI", "001010000000001"},
	{"AT+CPMS=?", "+CPMS: (\"SM\"),(\"SM\"),(\"SM\")"},
	{"AT+CPMS=", "+CPMS: 0,30,0,30,0,30"},
	{"AT+CPMS?", "+CPMS: \"SM\",0,30,\"SM\",0,30,\"SM\",0,30"},
	{"AT+CNMI=?", "+CNMI: (0-2),(0-3),(0,2),(0-1),(0,1)"},
	{"AT+CSQ", "+CSQ: 20,99"},
	{"AT+CREG?", "+CREG: 1,1"},
};

static unsigned most; /* texts, together */

/* What the core would know. */
static struct {
	const struct villain *villain; /* NULL: it behaves */
	bool ready, flying;
	unsigned sends, outcomes, sent, handed_over, pins, blocked, said;
	size_t rounds;
} now;

/* ---- the fake core ---- */

void
channel_identify(struct channel *ch, const struct channel_identity *who)
{
	ch->who = *who;
}

bool
channel_taken(struct channel *ch, const struct channel_identity *who, struct strbuf *err)
{
	(void)ch, (void)who, (void)err;
	return false;
}

void
channel_sim_reference(struct channel *ch, int mr)
{
	assert_in_range(mr, 0, 255);
	ch->sim_mr = mr;
}

void
channel_ready(struct channel *ch)
{
	(void)ch;
	now.ready = true;
}

void
channel_down(struct channel *ch, bool blocked, const char *why)
{
	(void)ch;
	assert_true(*why);
	now.ready = false;
	now.blocked += blocked;
	now.said++;
}

void
channel_heard(struct channel *ch)
{
	(void)ch;
}

void
channel_facts(struct channel *ch, const struct channel_facts *f)
{
	(void)ch;
	assert_true(f->storage_used >= -1 && f->storage_total >= -1);
}

void
channel_outcome(struct channel *ch, uint64_t attempt, const struct outcome *o)
{
	(void)ch;
	assert_int_equal(attempt, now.sends);
	assert_true(now.flying);
	assert_true(o->reference >= -1 && o->reference <= 255);
	now.flying = false;
	now.outcomes++;
	now.sent += o->what == SEND_SENT;
}

void
channel_evidence(struct channel *ch, uint64_t attempt, enum evidence kind, int reference)
{
	(void)ch, (void)attempt, (void)kind;
	assert_true(reference >= -1 && reference <= 255);
}

void
channel_received(struct channel *ch, const struct incoming *in)
{
	(void)ch;
	assert_true(in->len > 0 && in->len <= 1024);
}

void
channel_called(struct channel *ch, const char *number)
{
	(void)ch, (void)number;
}

void
channel_notice(struct channel *ch, const char *event, const char *sentence)
{
	(void)ch, (void)event, (void)sentence;
	now.said++;
}

void
channel_command_done(struct channel *ch, uint64_t ticket, const char *answer)
{
	(void)ch, (void)ticket, (void)answer;
}

void
channel_recall(struct channel *ch, const char *key, char *ret, size_t size)
{
	(void)ch, (void)key;
	snprintf(ret, size, "%s", "");
}

void
channel_remember(struct channel *ch, const char *key, const char *value,
	void (*then)(void *arg), void *arg)
{
	(void)ch, (void)key, (void)value;
	then(arg);
}

static int
core_commit(void *arg)
{
	(void)arg;
	return 0;
}

static void
core_released(void *arg, bool committed)
{
	struct channel *ch = arg;
	if (committed && now.flying)
		driver_at.release(ch->driver, now.sends);
}

static void
core_send(struct channel *ch)
{
	uint8_t tpdu[64];
	struct outgoing out = {.attempt = ++now.sends,
		.to = "+821000000000",
		.tpdu = tpdu,
		.part = 1,
		.parts = 1};
	for (const char *hex = TPDU_HEX; *hex; hex += 2)
		assert_int_equal(sscanf(hex, "%2hhx", &tpdu[out.tpdu_len++]), 1);
	now.flying = true;
	driver_at.send(ch->driver, &out);
	loop_after_commit(ch->loop, core_released, ch);
}

/* ---- the modem ---- */

static void
say(struct channel *ch, const char *text)
{
	size_t len = strlen(text);
	if (len > 0)
		wire_tell(ch, text, len);
}

static const struct trick *
find(const struct trick *tricks, size_t n, const char *line)
{
	for (size_t i = 0; i < n; i++)
		if (tricks[i].to && !strncmp(line, tricks[i].to, strlen(tricks[i].to)))
			return &tricks[i];
	return NULL;
}

static void
answer_honestly(struct channel *ch, const char *line, const char *eol)
{
	char text[512];
	const struct trick *t = find(honest, ARRAY_LEN(honest), line);
	if (*line == '^')
		return; /* ESC, and nothing was open */
	if (strstr(line, "^Z"))
		snprintf(text, sizeof(text), "%s+CMGS: %u%s%sOK%s", eol,
			now.handed_over % 256, eol, eol, eol);
	else if (t && *t->say == '\n')
		snprintf(text, sizeof(text), "%s> ", eol);
	else
		snprintf(text, sizeof(text), "%s%s%s%sOK%s", eol, t ? t->say : "",
			t ? eol : "", t ? eol : "", eol);
	say(ch, text);
}

static void
answer(struct channel *ch, const char *line)
{
	const struct villain *v = now.villain;
	const struct trick *t = v ? find(v->tricks, ARRAY_LEN(v->tricks), line) : NULL;
	now.handed_over += strstr(line, "^Z") != NULL;
	now.pins += !strncmp(line, "AT+CPIN=", 8);
	ch->trickle = v && v->trickle;
	if (v && v->echo) {
		say(ch, line);
		say(ch, "\r");
	}
	if (t)
		say(ch, t->say);
	else
		answer_honestly(ch, line, v && v->eol ? v->eol : "\r\n");
}

/* In pieces that a pseudo-terminal takes. */
static void
say_news(struct channel *ch, const struct villain *v)
{
	struct strbuf piece AUTO(strbuf_done) = STRBUF_INIT(1200);
	for (size_t i = 0; i < v->times && port_is_open(&ch->driver->port); i++) {
		strbuf_puts(&piece, v->news);
		if (piece.len < 1000 && i + 1 < v->times)
			continue;
		say(ch, piece.s);
		strbuf_reset(&piece);
	}
}

static void
play(struct channel *ch, int64_t ms)
{
	char line[1024];
	loop_run_until(ch->loop, &ch->clock, ch->clock.mono + ms);
	wire_settle(ch);
	for (int i = 0; i < 100 && wire_take(ch, line, sizeof(line)); i++) {
		answer(ch, line);
		wire_settle(ch);
	}
	if (now.villain && now.villain->news && port_is_open(&ch->driver->port) &&
		(!now.villain->most || now.rounds++ < now.villain->most))
		say_news(ch, now.villain);
	if (now.ready && !now.flying && now.sends < most)
		core_send(ch);
}

/* ---- the tests ---- */

static void
begin(struct channel *ch)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	*ch = (struct channel){.master = -1, .file = now.villain->name, .eol = "\r\n"};
	strbuf_init(&ch->config, 512);
	strbuf_init(&ch->heard_bytes, 65536);
	clock_sim_init(&ch->clock, INT64_C(1767225600000));
	ch->loop = loop_new(&ch->clock.clock);
	loop_on_tick(ch->loop, &(struct loop_tick){core_commit, NULL, ch});
	strcpy(ch->dir, "/tmp/malgil-at-XXXXXX");
	assert_non_null(mkdtemp(ch->dir));
	snprintf(ch->device, sizeof(ch->device), "%s/modem", ch->dir);
	strbuf_printf(&ch->config, "driver = \"at\"; device = \"tty:%s\";", ch->device);
	if (conf_parse(ch->file, ch->config.s, ch->config.len, &ch->conf, &err))
		fail_msg("%s", err.s);
	const struct driver_env env = {.loop = ch->loop,
		.channel = ch,
		.lock_dir = ch->dir,
		.notes_dir = "firmware-notes",
		.config = conf_root(ch->conf)};
	ch->driver = driver_at.open(&env, &err);
	if (!ch->driver)
		fail_msg("%s", err.s);
	wire_open(ch);
}

static void
end(struct channel *ch)
{
	driver_at.close(ch->driver);
	ch->driver = NULL;
	close(ch->master);
	unlink(ch->device);
	assert_int_equal(rmdir(ch->dir), 0); /* no lock file is left */
	conf_close(ch->conf);
	loop_free(ch->loop);
	strbuf_done(&ch->config);
	strbuf_done(&ch->heard_bytes);
}

static void
survives(void **state)
{
	struct channel ch;
	const struct villain *v = *state;
	memset(&now, 0, sizeof(now));
	now.villain = v;
	most = SENDS;
	begin(&ch);
	for (int64_t t = 0; t < TRICK; t += STEP)
		play(&ch, STEP);
	assert_true(!v->useful || now.sent > 0);
	assert_true(!v->blocks || (now.blocked > 0 && now.pins == 0));
	assert_in_range(now.said, 0,
		v->says ? v->says : 40); /* it is said, and not over and over */
	/* From here on it behaves. */
	now.villain = NULL;
	ch.trickle = false;
	now.sent = 0;
	most = now.sends + SENDS;
	for (int64_t t = 0; t < REPAIR && !now.sent; t += STEP)
		play(&ch, STEP);
	assert_true(now.sent > 0);
	end(&ch);
	assert_int_equal(now.outcomes, now.sends);
	assert_true(now.handed_over <= now.sends);
}

int
main(void)
{
	struct CMUnitTest tests[ARRAY_LEN(villains)];
	log_open(stderr, getenv("MALGIL_TEST_LOG") ? LOG_TRACE : LOG_OFF, clock_real());
	for (size_t i = 0; i < ARRAY_LEN(villains); i++)
		tests[i] = (struct CMUnitTest){villains[i].name, survives, NULL, NULL,
			(void *)(uintptr_t)&villains[i]};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
