/* The real driver on a real pseudo-terminal, with the loop and a simulated clock; the
 * modem at the other end is a transcript. Every firmware-notes/FAMILY/NAME.chat and every
 * tests/golden/at/NAME.chat is one test; firmware-notes/README.md describes the format.
 */
#include "tests/lib/wire.h"

#include <errno.h>
#include <fnmatch.h>
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "gateway/base/log.h"

/* What lies in no slot has tokens of its own kind, shown as d1, d2 ... */
#define DIRECT_TOKEN (UINT64_C(1) << 62)

/* ---- the fake core ---- */

static void record(struct channel *ch, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void
record(struct channel *ch, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	assert_true(ch->events < WIRE_EVENTS);
	assert_true(vasprintf(&ch->event[ch->events++], fmt, ap) >= 0);
	va_end(ap);
}

void
channel_identify(struct channel *ch, const struct channel_identity *who)
{
	ch->who = *who;
	ch->sim_mr = -1;
}

bool
channel_taken(struct channel *ch, const struct channel_identity *who, struct strbuf *err)
{
	(void)who;
	if (ch->taken)
		strbuf_set(err, "this is the modem the channel 'other' is using already");
	return ch->taken;
}

void
channel_sim_reference(struct channel *ch, int mr)
{
	ch->sim_mr = mr;
}

void
channel_ready(struct channel *ch)
{
	const struct channel_identity *who = &ch->who;

	record(ch, "ready %s %s imei=%s iccid=%s imsi=%s number=%s mr=%d profile=%s",
		who->manufacturer, who->model, who->imei, who->iccid, who->imsi,
		who->own_number, ch->sim_mr, who->profile);
}

void
channel_down(struct channel *ch, bool blocked, const char *why)
{
	record(ch, "%s %s", blocked ? "blocked" : "down", why);
}

void
channel_heard(struct channel *ch)
{
	(void)ch;
}

void
channel_facts(struct channel *ch, const struct channel_facts *f)
{
	snprintf(ch->facts, sizeof(ch->facts), "%s, %s, %d dBm, storage %d/%d",
		f->operator_name, f->registration, f->signal_dbm, f->storage_used,
		f->storage_total);
}

static void
core_released(void *arg, bool committed)
{
	struct channel *ch = arg;
	uint64_t attempt = ch->pending;

	ch->pending = 0;
	if (committed)
		driver_at.release(ch->driver, attempt);
	else
		driver_at.withdraw(ch->driver, attempt);
}

static size_t
from_hex(const char *hex, uint8_t *octets)
{
	size_t len = strlen(hex) / 2;

	for (size_t i = 0; i < len; i++)
		assert_int_equal(sscanf(hex + 2 * i, "%2hhx", &octets[i]), 1);
	return len;
}

static void
core_send(struct channel *ch, uint64_t attempt, const char *hex, bool more)
{
	uint8_t tpdu[256];
	struct outgoing out = {.attempt = attempt,
		.to = "+821000000000",
		.tpdu = tpdu,
		.parts = 1,
		.part = 1,
		.more = more};

	out.tpdu_len = from_hex(hex, tpdu);
	driver_at.send(ch->driver, &out);
	memset(tpdu, 0xee, sizeof(tpdu)); /* nothing borrowed is kept */
	if (ch->hold)
		return;
	ch->pending = attempt;
	loop_after_commit(ch->loop, core_released, ch);
}

void
channel_outcome(struct channel *ch, uint64_t attempt, const struct outcome *o)
{
	static const char *const words[] = {"sent", "later", "rejected", "unknown"};
	uint64_t next = ch->next_attempt;

	record(ch, "outcome %llu %s mr=%d code=%d%s%s %s", (unsigned long long)attempt,
		words[o->what], o->reference, o->code, o->channel_fault ? " rest" : "",
		o->again ? " again" : "", o->why ? o->why : "-");
	ch->next_attempt = 0;
	if (next)
		core_send(ch, next, ch->next_hex, false);
}

void
channel_evidence(struct channel *ch, uint64_t attempt, enum evidence kind, int reference)
{
	record(ch, "evidence %llu %s mr=%d", (unsigned long long)attempt,
		kind == EVIDENCE_ACCEPTED ? "accepted" : "never_left", reference);
}

void
channel_received(struct channel *ch, const struct incoming *in)
{
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(2048);

	if (in->kind == INCOMING_TPDU)
		strbuf_hex(&text, in->bytes, in->len);
	else
		strbuf_add(&text, in->bytes, in->len);
	record(ch, "received %s %s token=%s%llu occurrence=%u smsc=%s",
		in->kind == INCOMING_TPDU ? "tpdu" : "junk", text.s,
		in->direct ? "d" : "",
		(unsigned long long)(in->token & (DIRECT_TOKEN - 1)), in->occurrence,
		in->smsc);
}

void
channel_called(struct channel *ch, const char *number)
{
	record(ch, "called %s", *number ? number : "(withheld)");
}

void
channel_notice(struct channel *ch, const char *event, const char *sentence)
{
	record(ch, "notice %s %s", event, sentence);
}

void
channel_command_done(struct channel *ch, uint64_t ticket, const char *answer)
{
	char flat[512];

	snprintf(flat, sizeof(flat), "%s", answer ? answer : "");
	for (char *p = flat; *p; p++)
		if (*p == '\n')
			*p = '|';
	record(ch, "answer %llu %s", (unsigned long long)ticket, flat);
}

static struct note *
core_note(struct channel *ch, const char *key)
{
	for (size_t i = 0; i < ch->notes; i++)
		if (strcmp(ch->note[i].key, key) == 0)
			return &ch->note[i];
	return NULL;
}

void
channel_recall(struct channel *ch, const char *key, char *ret, size_t size)
{
	const struct note *note = core_note(ch, key);

	snprintf(ret, size, "%s", note ? note->value : "");
}

struct memo {
	struct channel *ch;
	char key[96], value[32];
	void (*then)(void *arg);
	void *arg;
};

static void
core_remembered(void *arg, bool committed)
{
	struct memo *memo = arg;
	struct channel *ch = memo->ch;
	struct note *note = core_note(ch, memo->key);

	if (committed) {
		assert_true(note || ch->notes < WIRE_NOTES);
		note = note ? note : &ch->note[ch->notes++];
		snprintf(note->key, sizeof(note->key), "%s", memo->key);
		snprintf(note->value, sizeof(note->value), "%s", memo->value);
		if (ch->driver)
			memo->then(memo->arg);
	}
	free(memo);
}

void
channel_remember(struct channel *ch, const char *key, const char *value,
	void (*then)(void *arg), void *arg)
{
	struct memo *memo = xcalloc(1, sizeof(*memo));

	record(ch, "remember %s %s", key, value);
	*memo = (struct memo){.ch = ch, .then = then, .arg = arg};
	snprintf(memo->key, sizeof(memo->key), "%s", key);
	snprintf(memo->value, sizeof(memo->value), "%s", value);
	loop_after_commit(ch->loop, core_remembered, memo);
}

static int
core_commit(void *arg)
{
	struct channel *ch = arg;

	return ch->fail_commit && ch->pending ? -EIO : 0;
}

/* ---- the transcript ---- */

static void
play_raw(struct channel *ch, const char *text, const char *before, const char *after)
{
	struct strbuf bytes AUTO(strbuf_done) = STRBUF_INIT(4096);
	unsigned value;

	strbuf_puts(&bytes, before);
	for (; *text; text++) {
		if (*text != '\\') {
			strbuf_putc(&bytes, *text);
		} else if (*++text == 'x' && sscanf(text + 1, "%2x", &value) == 1) {
			strbuf_putc(&bytes, (char)value);
			text += 2;
		} else {
			strbuf_putc(&bytes, *text == 'r'   ? '\r'
					    : *text == 'n' ? '\n'
							   : *text);
		}
	}
	strbuf_puts(&bytes, after);
	wire_tell(ch, bytes.s, bytes.len);
}

static void
play_time(struct channel *ch, const char *text)
{
	int64_t ms = 0;
	char unit[4] = "";

	wire_settle(ch);
	if (sscanf(text, "+%lld%3s", (long long *)&ms, unit) != 2)
		wire_fail(ch, "a time is written +4s, +500ms or +2m");
	if (strcmp(unit, "s") == 0)
		ms *= SECOND;
	else if (strcmp(unit, "m") == 0)
		ms *= MINUTE;
	loop_run_until(ch->loop, &ch->clock, ch->clock.mono + ms);
	wire_settle(ch);
}

static void
play_start(struct channel *ch)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct driver_env env = {.loop = ch->loop,
		.channel = ch,
		.lock_dir = ch->lock_dir,
		.notes_dir = "firmware-notes"};

	strbuf_printf(
		&ch->config, "driver = \"at\"; device = \"tty:%s\"; };", ch->device);
	if (conf_parse(ch->file, ch->config.s, ch->config.len, &ch->conf, &err))
		wire_fail(ch, "%s", err.s);
	env.config = conf_get(conf_root(ch->conf), "shop");
	if (driver_at.check(env.config, &err))
		wire_fail(ch, "%s", err.s);
	ch->driver = driver_at.open(&env, &err);
	if (!ch->driver)
		wire_fail(ch, "%s", err.s);
	wire_open(ch);
}

static void
play_vanish(struct channel *ch)
{
	int64_t deadline = clock_mono(clock_real()) + WIRE_PATIENCE;

	wire_settle(ch);
	close(ch->master);
	ch->master = -1;
	while (port_is_open(&ch->driver->port) && clock_mono(clock_real()) < deadline)
		loop_turn(ch->loop);
	unlink(ch->device);
}

static void
play_act(struct channel *ch, char *text)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	unsigned long long id = 0;
	char *rest = strchr(text, ' ');
	int at = 0;

	rest = rest ? rest + 1 : text + strlen(text);
	if (sscanf(rest, "%llu %n", &id, &at) == 1)
		rest += at;
	if (strncmp(text, "sendmore ", 9) == 0)
		core_send(ch, id, rest, true);
	else if (strncmp(text, "send ", 5) == 0)
		core_send(ch, id, rest, false);
	else if (strncmp(text, "next ", 5) == 0) {
		ch->next_attempt = id;
		snprintf(ch->next_hex, sizeof(ch->next_hex), "%s", rest);
	} else if (strncmp(text, "release ", 8) == 0)
		driver_at.release(ch->driver, id);
	else if (strncmp(text, "withdraw ", 9) == 0)
		driver_at.withdraw(ch->driver, id);
	else if (strncmp(text, "hurry ", 6) == 0)
		driver_at.hurry(ch->driver, id);
	else if (strncmp(text, "committed d", 11) == 0)
		driver_at.committed(
			ch->driver, DIRECT_TOKEN + strtoull(rest + 1, NULL, 10));
	else if (strncmp(text, "committed ", 10) == 0)
		driver_at.committed(ch->driver, id);
	else if (strncmp(text, "command ", 8) == 0) {
		int r = driver_at.command(ch->driver, rest, id, &err);

		if (r)
			record(ch, "refused %s", err.s);
	} else if (strncmp(text, "ussd ", 5) == 0) {
		int r = driver_at.ussd(ch->driver, rest, id, &err);

		if (r)
			record(ch, "refused %s", err.s);
	} else if (strcmp(text, "reset") == 0)
		driver_at.reset(ch->driver);
	else if (strcmp(text, "taken") == 0)
		ch->taken = true;
	else if (strcmp(text, "hold") == 0)
		ch->hold = true;
	else if (strcmp(text, "fail commits") == 0)
		ch->fail_commit = true;
	else if (strcmp(text, "trickle") == 0)
		ch->trickle = true;
	else if (strncmp(text, "eol ", 4) == 0)
		ch->eol = strcmp(rest, "cr") == 0   ? "\r"
			  : strcmp(rest, "lf") == 0 ? "\n"
						    : "\r\r\n";
	else if (strcmp(text, "vanish") == 0)
		play_vanish(ch);
	else if (strcmp(text, "return") == 0)
		wire_open(ch);
	else if (strcmp(text, "close") == 0) {
		driver_at.close(ch->driver);
		ch->driver = NULL;
	} else
		wire_fail(ch, "\"* %s\" is not known", text);
}

static void play_file(struct channel *ch, const char *path);

static void
play_include(struct channel *ch, const char *name)
{
	const char *file = ch->file;
	unsigned line = ch->line;
	char path[256];

	snprintf(path, sizeof(path), "%s%.200s",
		strncmp(name, "parts/", 6) ? "firmware-notes/generic/"
					   : "tests/golden/at/",
		name);
	play_file(ch, path);
	ch->file = file;
	ch->line = line;
}

static void
play_line(struct channel *ch, char *line)
{
	char *text = line + 1;

	while (*text == ' ')
		text++;
	if (*line == '=') {
		strbuf_printf(&ch->config, "%s;\n", text);
		return;
	}
	if (*line && !strchr("#", *line) && !ch->conf)
		play_start(ch);
	switch (*line) {
	case '\0':
	case '#': break;
	case '>': wire_expect(ch, text); break;
	case '<':
		if (line[1] == '?')
			wire_tell(ch, "\r\n> ", 4);
		else if (line[1] == '-')
			play_raw(ch, line + 3, "", "");
		else
			play_raw(ch, text, ch->eol, ch->eol);
		break;
	case '@': play_time(ch, text); break;
	case '*': play_act(ch, text); break;
	case '!': wire_expect_event(ch, text); break;
	case '?':
		wire_settle(ch);
		if (fnmatch(text, ch->facts, 0) != 0)
			wire_fail(ch, "expected the facts \"%s\", got \"%s\"", text,
				ch->facts);
		break;
	case '.': play_include(ch, text); break;
	default: wire_fail(ch, "a line starts with one of # = . > < @ * ! ?");
	}
}

static void
play_file(struct channel *ch, const char *path)
{
	char line[2048];
	FILE *f = fopen(path, "r");

	if (!f)
		wire_fail(ch, "%s: %s", path, strerror(errno));
	assert_non_null(f);
	ch->file = path;
	ch->line = 0;
	while (fgets(line, sizeof(line), f)) {
		ch->line++;
		line[strcspn(line, "\n")] = '\0';
		play_line(ch, line);
	}
	fclose(f);
}

static void
play_end(struct channel *ch)
{
	char got[1024];

	if (!ch->driver)
		return;
	wire_settle(ch);
	if (wire_take(ch, got, sizeof(got)))
		wire_fail(ch, "the driver also wrote \"%s\"", got);
	if (ch->event_next < ch->events)
		wire_fail(ch, "also \"! %s\"", ch->event[ch->event_next]);
	driver_at.close(ch->driver);
	ch->driver = NULL;
}

static void
test_transcript(void **state)
{
	struct channel *ch = xcalloc(1, sizeof(*ch));
	char path[128];

	ch->master = -1;
	ch->file = *state;
	ch->eol = "\r\n";
	strbuf_init(&ch->config, 4096);
	strbuf_puts(&ch->config, "shop = {\n");
	strbuf_init(&ch->heard_bytes, 65536);
	clock_sim_init(&ch->clock, INT64_C(1767225600000));
	ch->loop = loop_new(&ch->clock.clock);
	loop_on_tick(ch->loop, &(struct loop_tick){core_commit, NULL, ch});
	strcpy(ch->dir, "/tmp/malgil-at-XXXXXX");
	assert_non_null(mkdtemp(ch->dir));
	snprintf(ch->device, sizeof(ch->device), "%s/modem", ch->dir);
	snprintf(ch->lock_dir, sizeof(ch->lock_dir), "%s", ch->dir);

	play_file(ch, *state);
	play_end(ch);

	if (ch->master >= 0)
		close(ch->master);
	unlink(ch->device);
	snprintf(path, sizeof(path), "%s", ch->dir);
	assert_int_equal(rmdir(path), 0); /* no lock file may be left */
	conf_close(ch->conf);
	loop_free(ch->loop);
	for (size_t i = 0; i < ch->events; i++)
		free(ch->event[i]);
	strbuf_done(&ch->config);
	strbuf_done(&ch->heard_bytes);
	free(ch);
}

int
main(int argc, char **argv)
{
	struct CMUnitTest tests[256];
	glob_t found = {0};
	size_t count = 0;
	int r;

	log_open(stderr, getenv("MALGIL_TEST_LOG") ? LOG_TRACE : LOG_OFF, clock_real());
	glob("firmware-notes/*/*.chat", 0, NULL, &found);
	glob("tests/golden/at/*.chat", GLOB_APPEND, NULL, &found);
	for (size_t i = 0; i < found.gl_pathc && count < ARRAY_LEN(tests); i++)
		if (argc < 2 || strstr(found.gl_pathv[i], argv[1]))
			tests[count++] = (struct CMUnitTest){found.gl_pathv[i],
				test_transcript, NULL, NULL, found.gl_pathv[i]};
	r = _cmocka_run_group_tests("test_at_modem", tests, count, NULL, NULL);
	globfree(&found);
	return r;
}
