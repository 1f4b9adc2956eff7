/* The driver for libgammu's phones: the octets it hands over, what answers mean, and the
 * promises of core/driver.h with a phone that answers (libgammu's dummy), one that falls
 * silent in the middle of a send (the simulated network), and one that never says a word.
 * Real threads, so real time: conditions with deadlines, no sleeping. */
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
/* cmocka wants the above first */
#include <cmocka.h>

#include "drivers/gammu/tpdu.h"
#include "drivers/gammu/verdict.h"
#include "drivers/sim/modem.h"
#include "gateway/base/log.h"
#include "gateway/sms/segment.h"

extern const struct driver_ops driver_gammu;

/* ---- the fake core ---- */

struct channel {
	struct loop *loop;
	struct conf *conf;
	struct driver *driver;
	struct channel_identity who;
	int ready, downs, received, evidence;
	bool blocked;
	char why[300];
	int outcomes;
	struct outcome last;
	uint64_t token; /* of the last that came in, and its octets */
	uint8_t octets[256];
	size_t len;
};

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
channel_ready(struct channel *ch)
{
	ch->ready++;
}

void
channel_down(struct channel *ch, bool blocked, const char *why)
{
	ch->downs++;
	ch->blocked = blocked;
	snprintf(ch->why, sizeof(ch->why), "%s", why);
}

void
channel_heard(struct channel *ch)
{
	(void)ch;
}

void
channel_facts(struct channel *ch, const struct channel_facts *facts)
{
	(void)ch, (void)facts;
}

void
channel_outcome(struct channel *ch, uint64_t attempt, const struct outcome *outcome)
{
	(void)attempt;
	ch->outcomes++;
	ch->last = *outcome;
}

void
channel_evidence(struct channel *ch, uint64_t attempt, enum evidence kind, int reference)
{
	(void)attempt, (void)kind, (void)reference;
	ch->evidence++;
}

void
channel_received(struct channel *ch, const struct incoming *in)
{
	ch->received++;
	ch->token = in->token;
	ch->len = MIN(in->len, sizeof(ch->octets));
	memcpy(ch->octets, in->bytes, ch->len);
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

/* ---- helpers ---- */

static size_t
entries(const char *path)
{
	DIR *d = opendir(path);
	size_t n = 0;
	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static void
begin(struct channel *ch, struct loop *loop, const char *device, const char *more)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	char text[512];
	*ch = (struct channel){.loop = loop};
	snprintf(text, sizeof(text), "driver = \"gammu\"; device = \"%s\"; %s", device,
		more);
	if (conf_parse("test", text, strlen(text), &ch->conf, &err))
		fail_msg("%s", err.s);
	const struct driver_env env = {.loop = loop,
		.channel = ch,
		.config = conf_root(ch->conf),
		.lock_dir = "",
		.notes_dir = ""};
	ch->driver = driver_gammu.open(&env, &err);
	if (!ch->driver)
		fail_msg("%s", err.s);
}

static void
end(struct channel *ch)
{
	int64_t before = clock_mono(clock_real());
	driver_gammu.close(ch->driver);
	assert_true(clock_mono(clock_real()) - before < 2500);
	conf_close(ch->conf);
}

/* Turns the loop until `*value` is at least `wanted`. */
static void
until(struct loop *loop, const int *value, int wanted, const char *what)
{
	int64_t deadline = clock_mono(clock_real()) + 15 * SECOND;
	while (*value < wanted) {
		if (clock_mono(clock_real()) > deadline)
			fail_msg("%s did not come", what);
		if (!loop_turn(loop))
			poll(NULL, 0, 1);
	}
}

static size_t
submit(const char *text, int msg_class, bool report, uint8_t ret[200], size_t part)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct pdu p = {.type = PDU_SUBMIT,
		.srr = report,
		.has_pid = true,
		.has_dcs = true,
		.has_ud = true,
		.vp = {.format = VP_RELATIVE, .octets = {0xAD}}};
	struct strbuf out AUTO(strbuf_done) = STRBUF_INIT(256);
	const uint8_t header[] = {5, 0, 3, 0x42, 2, (uint8_t)part};
	bool ucs2 = strpbrk(text, "가😀") != NULL;
	p.dcs = (uint8_t)((ucs2 ? 8 : 0) | (msg_class >= 0 ? 0x10 | msg_class : 0));
	p.udhi = part > 0;
	assert_int_equal(sms_address_parse("+821012345678", &p.address, &err), 0);
	assert_int_equal(pdu_put_text(&p, part ? header : NULL, part ? sizeof(header) : 0,
				 ucs2 ? SMS_UCS2 : SMS_GSM7, text, strlen(text), &err),
		0);
	if (pdu_encode(&p, &out, &err))
		fail_msg("%s", err.s);
	memcpy(ret, out.s, out.len);
	return out.len;
}

/* ---- octets ---- */

/* 160 characters: as many as go into one message. */
static const char long_text[] =
	"a text of one hundred and sixty characters, as many as go into one message o"
	"f the GSM's own alphabet when there is no header in it: "
	"............................";

static const char *const texts[] = {"hello", "@£$¥èéùì", "[brackets] {and} ~ € ^ \\ |",
	"가나다", "한 😀 smile", "a", "1234567", "12345678", long_text};

static void
goes_out(const char *text, size_t part, int cls)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	GSM_SMSMessage sms;
	uint8_t tpdu[200];
	size_t len = submit(text, cls, part == 1, tpdu, part);
	if (tpdu_to_gammu(tpdu, len, "+8210", &sms, &err))
		fail_msg("%s, part %zu, class %d: %s", text, part, cls, err.s);
	assert_int_equal(sms.PDU, part == 1 ? SMS_Status_Report : SMS_Submit);
}

static void
octets_go_out_as_they_are(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		for (int cls = -1; cls < 2; cls++)
			for (size_t part = 0; part < (strlen(texts[i]) > 150 ? 1 : 3);
				part++)
				goes_out(texts[i], part, cls);
}

/* Whatever is handed in: refused with a sentence or carried, never a crash. */
static void
octets_are_judged(void **state)
{
	(void)state;
	uint8_t tpdu[200];
	GSM_SMSMessage sms;
	size_t len = submit("hello", -1, true, tpdu, 0);
	for (size_t cut = 0; cut < len; cut++) {
		struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
		if (tpdu_to_gammu(tpdu, cut, "", &sms, &err))
			assert_true(err.len > 0);
	}
	tpdu[0] = (uint8_t)((tpdu[0] & 0xFC) | 2); /* no SUBMIT */
	assert_int_equal(tpdu_to_gammu(tpdu, len, "", &sms, NULL), -22);
	len = submit("hello", -1, true, tpdu, 0);
	tpdu[11] = 0x20; /* compressed */
	assert_int_equal(tpdu_to_gammu(tpdu, len, "", &sms, NULL), -22);
}

static void
octets_come_in_as_they_were(void **state)
{
	static const uint8_t headers[][7] = {
		{0}, {5, 0, 3, 7, 2, 1}, {6, 8, 4, 1, 2, 2, 2}};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts) - 1; i++)
		for (size_t h = 0; h < ARRAY_LEN(headers); h++) {
			struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
			struct strbuf out AUTO(strbuf_done) = STRBUF_INIT(256);
			struct pdu p = {.type = PDU_DELIVER,
				.mms = true,
				.has_pid = true,
				.has_dcs = true,
				.has_ud = true,
				.udhi = h > 0,
				.scts = {.valid = true,
					.wall = INT64_C(1760000000000),
					.offset_minutes = h == 2 ? -210 : 540}};
			bool ucs2 = strpbrk(texts[i], "가😀") != NULL;
			GSM_SMSMessage sms;
			uint8_t back[256];
			unsigned char copy[256] = {0};
			p.dcs = ucs2 ? 8 : 0;
			assert_int_equal(
				sms_address_parse(i % 2 ? "+821012345678" : "15881588",
					&p.address, &err),
				0);
			assert_int_equal(pdu_put_text(&p, h ? headers[h] : NULL,
						 h ? headers[h][0] + 1u : 0,
						 ucs2 ? SMS_UCS2 : SMS_GSM7, texts[i],
						 strlen(texts[i]), &err),
				0);
			assert_int_equal(pdu_encode(&p, &out, &err), 0);
			memcpy(copy, out.s, out.len);
			memset(&sms, 0, sizeof(sms));
			assert_int_equal(GSM_DecodePDUFrame(GSM_GetGlobalDebug(), &sms,
						 copy, out.len, NULL, FALSE),
				ERR_NONE);
			int len = tpdu_from_gammu(&sms, back, &err);
			if (len != (int)out.len || memcmp(back, out.s, out.len) != 0)
				fail_msg("%s, header %zu: other octets came back %s",
					texts[i], h, err.s);
		}
}

static void
reports_keep_their_facts(void **state)
{
	static const uint8_t tpdu[] = {0x06, 0x2A, 0x0C, 0x91, 0x28, 0x01, 0x21, 0x43,
		0x65, 0x87, 0x62, 0x11, 0x22, 0x80, 0x14, 0x33, 0x63, 0x62, 0x11, 0x22,
		0x80, 0x24, 0x44, 0x63, 0x46};
	(void)state;
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	unsigned char copy[64] = {0};
	uint8_t back[256];
	GSM_SMSMessage sms = {0};
	memcpy(copy, tpdu, sizeof(tpdu));
	assert_int_equal(GSM_DecodePDUFrame(GSM_GetGlobalDebug(), &sms, copy,
				 sizeof(tpdu), NULL, FALSE),
		ERR_NONE);
	int len = tpdu_from_gammu(&sms, back, &err);
	assert_int_equal(len, sizeof(tpdu));
	assert_memory_equal(back, tpdu, sizeof(tpdu));
}

/* ---- answers ---- */

static void
answers_mean(void **state)
{
	static const struct {
		int status, reference;
		enum send_outcome what;
	} rows[] = {{0, 17, SEND_SENT}, {0, -1, SEND_SENT}, {0, 999, SEND_SENT},
		{-1, -1, SEND_UNKNOWN}, {1, -1, SEND_REJECTED}, {38, -1, SEND_LATER},
		{197, -1, SEND_SENT}, {304, -1, SEND_REJECTED}, {331, -1, SEND_LATER},
		{332, -1, SEND_UNKNOWN}, {500, -1, SEND_UNKNOWN},
		{515, -1, SEND_UNKNOWN}};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct outcome o = verdict_answer(rows[i].status, rows[i].reference);
		assert_int_equal(o.what, rows[i].what);
		assert_int_equal(o.reference, rows[i].reference == 17 ? 17 : -1);
		assert_true((o.why != NULL) == (o.what != SEND_SENT));
	}
	/* Over AT nothing has left when the call fails, unless writing failed. */
	assert_int_equal(verdict_call(ERR_TIMEOUT, true).what, SEND_LATER);
	assert_int_equal(verdict_call(ERR_TIMEOUT, false).what, SEND_UNKNOWN);
	assert_int_equal(verdict_call(ERR_ABORTED, false).what, SEND_UNKNOWN);
	assert_int_equal(verdict_call(ERR_DEVICEWRITEERROR, true).what, SEND_UNKNOWN);
	assert_int_equal(verdict_call(ERR_NOTSUPPORTED, false).what, SEND_REJECTED);
}

/* ---- the driver ---- */

static void
hand_over(struct channel *ch, uint64_t attempt)
{
	uint8_t tpdu[200];
	size_t len = submit("hello", -1, true, tpdu, 0);
	const struct outgoing out = {.attempt = attempt,
		.to = "+821012345678",
		.tpdu = tpdu,
		.tpdu_len = len,
		.text = "hello",
		.part = 1,
		.parts = 1};
	driver_gammu.send(ch->driver, &out);
}

/* libgammu's dummy: a folder that is a phone. */
static void
dummy_make(char *dir)
{
	static const char *const inside[] = {
		"sms", "sms/1", "sms/2", "sms/3", "sms/4", "sms/5"};
	char path[64];
	assert_non_null(mkdtemp(dir));
	for (size_t i = 0; i < ARRAY_LEN(inside); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, inside[i]);
		assert_int_equal(mkdir(path, 0700), 0);
	}
}

static void
dummy_sends(void **state)
{
	char dir[] = "/tmp/test_gammu.XXXXXX", path[64];
	struct channel ch;
	size_t threads = entries("/proc/self/task");
	(void)state;
	dummy_make(dir);
	struct loop *loop = loop_new(clock_real());
	begin(&ch, loop, dir, "connection = \"none\";");
	until(loop, &ch.ready, 1, "ready");
	hand_over(&ch, 7);
	driver_gammu.withdraw(ch.driver, 7); /* taken back: nothing of it is heard */
	hand_over(&ch, 8);
	driver_gammu.release(ch.driver, 8);
	until(loop, &ch.outcomes, 1, "the outcome");
	assert_int_equal(ch.last.what, SEND_SENT);
	hand_over(&ch, 9);
	end(&ch); /* not released: it certainly did not leave */
	assert_int_equal(ch.outcomes, 2);
	assert_int_equal(ch.last.what, SEND_LATER);
	loop_free(loop);
	/* Of descriptors libgammu's dummy leaves some open: its own log. */
	assert_int_equal(entries("/proc/self/task"), threads);
	snprintf(path, sizeof(path), "rm -rf %s", dir);
	assert_int_equal(system(path), 0);
}

/* As the network delivered it, in the phone's inbox. */
static void
dummy_put(const char *path, const uint8_t *tpdu, size_t len)
{
	GSM_SMS_Backup backup = {0};
	GSM_SMSMessage sms = {0};
	unsigned char copy[256] = {0};
	memcpy(copy, tpdu, len);
	assert_int_equal(
		GSM_DecodePDUFrame(GSM_GetGlobalDebug(), &sms, copy, len, NULL, FALSE),
		ERR_NONE);
	sms.Memory = MEM_SM;
	sms.State = SMS_UnRead;
	sms.InboxFolder = TRUE;
	backup.SMS[0] = &sms;
	assert_int_equal(GSM_AddSMSBackupFile(path, &backup), ERR_NONE);
}

/* What lies in it comes in, and is deleted when it is stored and not before. */
static void
dummy_receives(void **state)
{
	static const uint8_t tpdu[] = {0x04, 0x0C, 0x91, 0x28, 0x01, 0x21, 0x43, 0x65,
		0x87, 0x00, 0x08, 0x62, 0x11, 0x22, 0x80, 0x14, 0x33, 0x00, 0x06, 0xAC,
		0x00, 0xB0, 0x98, 0xB2, 0xE4};
	char dir[] = "/tmp/test_gammu.XXXXXX", path[64], place[64];
	struct channel ch;
	(void)state;
	dummy_make(dir);
	snprintf(place, sizeof(place), "%s/sms/1/1", dir);
	dummy_put(place, tpdu, sizeof(tpdu));
	struct loop *loop = loop_new(clock_real());
	begin(&ch, loop, dir, "connection = \"none\"; sweep = \"1s\";");
	until(loop, &ch.received, 1, "the text that was there");
	until(loop, &ch.ready, 1, "ready");
	assert_int_equal(ch.len, sizeof(tpdu));
	assert_memory_equal(ch.octets, tpdu, sizeof(tpdu));
	int64_t looks = clock_mono(clock_real()) + 1500;
	while (clock_mono(clock_real()) < looks)
		if (!loop_turn(loop))
			poll(NULL, 0, 1);
	assert_int_equal(ch.received, 1); /* looked at again, and not told again */
	assert_int_equal(access(place, F_OK), 0);
	driver_gammu.committed(ch.driver, ch.token);
	int64_t deadline = clock_mono(clock_real()) + 10 * SECOND;
	while (access(place, F_OK) == 0 && clock_mono(clock_real()) < deadline)
		if (!loop_turn(loop))
			poll(NULL, 0, 1);
	assert_int_not_equal(access(place, F_OK), 0);
	end(&ch);
	loop_free(loop);
	snprintf(path, sizeof(path), "rm -rf %s", dir);
	assert_int_equal(system(path), 0);
}

/* A line where nobody ever answers. */
static void
silence_does_not_hold_up(void **state)
{
	int master, slave;
	char name[64];
	struct channel ch;
	size_t threads = entries("/proc/self/task"), fds = entries("/proc/self/fd");
	(void)state;
	assert_int_equal(openpty(&master, &slave, name, NULL, NULL), 0);
	struct loop *loop = loop_new(clock_real());
	begin(&ch, loop, name, "");
	struct pollfd heard = {.fd = master, .events = POLLIN};
	int64_t deadline = clock_mono(clock_real()) + 10 * SECOND;
	while (poll(&heard, 1, 1) == 0 && clock_mono(clock_real()) < deadline)
		loop_turn(loop);
	assert_true(heard.revents & POLLIN); /* it is in the middle of a call */
	end(&ch);
	assert_int_equal(ch.ready, 0);
	loop_free(loop);
	close(master);
	close(slave);
	assert_int_equal(entries("/proc/self/task"), threads);
	assert_int_equal(entries("/proc/self/fd"), fds);
}

static int
ledger_has(const char *dir, const char *kind)
{
	char path[96], line[2048];
	int n = 0;
	snprintf(path, sizeof(path), "%s/ledger.jsonl", dir);
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		n += strstr(line, kind) != NULL;
	fclose(f);
	return n;
}

static void
until_ledger(struct loop *loop, const char *dir, const char *kind)
{
	int seen = 0;
	int64_t deadline = clock_mono(clock_real()) + 10 * SECOND;
	while (!seen && clock_mono(clock_real()) < deadline) {
		if (!loop_turn(loop))
			poll(NULL, 0, 1);
		seen = ledger_has(dir, kind);
	}
	assert_true(seen);
}

static void
say(struct sim *sim, const char *command)
{
	struct strbuf answer AUTO(strbuf_done) = STRBUF_INIT(4096);
	if (sim_command(sim, command, &answer) < 0)
		fail_msg("%s: %s", command, answer.s);
}

/* Closed in the middle of a send: one never says what became of it, one has not even
 * begun to take it. */
static void
closing_in_the_middle(void **state)
{
	char dir[] = "/tmp/test_gammu.XXXXXX", path[64], device[2][96];
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct sim_options o = SIM_OPTIONS_DEFAULT;
	struct channel ch[2];
	size_t threads = entries("/proc/self/task"), fds = entries("/proc/self/fd");
	(void)state;
	assert_non_null(mkdtemp(dir));
	o.dir = dir;
	o.modems = 2;
	struct loop *loop = loop_new(clock_real());
	struct sim *sim = sim_open(loop, &o, &err);
	if (!sim)
		fail_msg("%s", err.s);
	for (size_t i = 0; i < 2; i++) {
		snprintf(device[i], sizeof(device[i]), "%s/modem%zu", dir, i);
		begin(&ch[i], loop, device[i], "model = \"at\";");
	}
	until(loop, &ch[0].ready, 1, "ready");
	until(loop, &ch[1].ready, 1, "ready");
	assert_true(strlen(ch[0].who.imei) == 15 && strlen(ch[0].who.imsi) == 15);
	say(sim, "fault modem0 lost-ok");
	say(sim, "fault modem1 hang");
	for (size_t i = 0; i < 2; i++) {
		hand_over(&ch[i], 1);
		driver_gammu.release(ch[i].driver, 1);
	}
	until_ledger(loop, dir, "\"kind\":\"submit\"");
	end(&ch[0]);
	end(&ch[1]);
	assert_int_equal(ch[0].outcomes, 1);
	assert_int_equal(ch[0].last.what, SEND_UNKNOWN);
	assert_int_equal(ch[1].outcomes, 1);
	assert_int_equal(ch[1].last.what, SEND_LATER);
	assert_int_equal(ledger_has(dir, "\"kind\":\"submit\""), 1);
	sim_close(sim);
	loop_free(loop);
	assert_int_equal(entries("/proc/self/task"), threads);
	assert_int_equal(entries("/proc/self/fd"), fds);
	snprintf(path, sizeof(path), "rm -rf %s", dir);
	assert_int_equal(system(path), 0);
}

/* ---- a phone that blocks for minutes ---- */

static void
on_beat(void *arg)
{
	(*(int *)arg)++;
}

/* A moment on the simulated clock, and a millisecond for the phone's thread. */
static void
beat(struct loop *loop, struct clock_sim *clock, int64_t ms)
{
	loop_run_until(loop, clock, clock->mono + ms);
	poll(NULL, 0, 1);
}

/* The phone hangs in the middle of a send. By the loop's clock minutes pass, in which the
 * loop is never late, and the send is answered when its time is over. */
static void
a_phone_that_blocks_holds_up_nobody(void **state)
{
	char dir[] = "/tmp/test_gammu.XXXXXX", path[64], device[96];
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct sim_options o = SIM_OPTIONS_DEFAULT;
	struct clock_sim clock;
	struct loop_timer timer;
	struct channel ch;
	int beats = 0;
	(void)state;
	assert_non_null(mkdtemp(dir));
	o.dir = dir;
	clock_sim_init(&clock, INT64_C(1767225600000));
	struct loop *loop = loop_new(&clock.clock);
	struct sim *sim = sim_open(loop, &o, &err);
	if (!sim)
		fail_msg("%s", err.s);
	snprintf(device, sizeof(device), "%s/modem0", dir);
	begin(&ch, loop, device, "model = \"at\";");
	int64_t deadline = clock_mono(clock_real()) + 15 * SECOND;
	while (!ch.ready && clock_mono(clock_real()) < deadline)
		beat(loop, &clock, 2);
	assert_int_equal(ch.ready, 1);
	say(sim, "fault modem0 hang");
	hand_over(&ch, 1);
	driver_gammu.release(ch.driver, 1);
	for (int i = 0; i < 50; i++) /* it is in the middle of its call by then */
		beat(loop, &clock, 2);
	loop_timer_init(&timer, loop, on_beat, &beats);
	int64_t worst = 0;
	for (int i = 1; i <= 180 && !ch.outcomes; i++) {
		int64_t before = clock_mono(clock_real());
		loop_timer_in(&timer, SECOND);
		beat(loop, &clock, SECOND);
		assert_int_equal(beats, i);
		worst = MAX(worst, clock_mono(clock_real()) - before);
	}
	assert_true(beats >= 60); /* nobody gave up before its minute */
	assert_true(worst < SECOND);
	assert_int_equal(ch.outcomes, 1);
	assert_true(ch.last.what == SEND_UNKNOWN || ch.last.what == SEND_LATER);
	loop_timer_stop(&timer);
	end(&ch);
	sim_close(sim);
	loop_free(loop);
	snprintf(path, sizeof(path), "rm -rf %s", dir);
	assert_int_equal(system(path), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(octets_go_out_as_they_are),
		cmocka_unit_test(octets_are_judged),
		cmocka_unit_test(octets_come_in_as_they_were),
		cmocka_unit_test(reports_keep_their_facts),
		cmocka_unit_test(answers_mean),
		cmocka_unit_test(dummy_sends),
		cmocka_unit_test(dummy_receives),
		cmocka_unit_test(silence_does_not_hold_up),
		cmocka_unit_test(closing_in_the_middle),
		cmocka_unit_test(a_phone_that_blocks_holds_up_nobody),
	};
	log_open(stderr, LOG_ERROR, clock_real());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
