/* A shop's modem for a day, on a clock that jumps: the real driver and the real trade at
 *one end of a pseudo-terminal, the simulated network at the other, and trouble at random
 *that a seed decides. Prints one line of JSON for each figure; ends with 1 when something
 *was lost, doubled, claimed falsely or doubted silently.
 *
 *	soak [HOURS [SEED]]        default 24 and 1 */
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "drivers/at/at.h"
#include "drivers/at/modem.h"
#include "drivers/sim/modem.h"
#include "gateway/base/log.h"
#include "gateway/core/channel_inside.h"
#include "gateway/core/outbox.h"
#include "gateway/core/tickets.h"
#include "tests/lib/random.h"

#define START  INT64_C(1772409600000) /* 2026-03-02T00:00:00Z */
#define STEP   INT64_C(100)
#define PEOPLE 20

const struct driver_ops *const drivers[] = {&driver_at, NULL};
static void heard(struct core *core, const struct event *e);
const struct handler handlers[] = {{"talking", handler_talking},
	{.name = "ticket", .handle = handler_ticket, .event = heard}, {NULL, NULL}};

static struct {
	struct clock_sim clock;
	struct loop *loop;
	struct core core;
	struct config *config;
	struct sim *sim;
	struct sim_modem *modem;
	struct channel *ch;
	struct test_random random;
	char dir[64];
	/* what has passed the terminal when nothing was on its way */
	uint64_t out_base, in_base;
	/* time, in ms */
	int64_t able, served, alarm_at, down_at, ready_at;
	unsigned accepted, texted, faults, outages;
} s;

static void
die(const char *what)
{
	fprintf(stderr, "soak: %s\n", what);
	exit(1);
}

static void
figure(const char *name, double value, const char *unit)
{
	printf("{\"figure\":\"%s\",\"value\":%.3f,\"unit\":\"%s\"}\n", name, value, unit);
	fflush(stdout);
}

static int64_t
count(const char *sql)
{
	return db_number(s.core.db, -1, sql, "");
}

/* When things were said, for the two delays. */
static void
heard(struct core *core, const struct event *e)
{
	int64_t now = clock_mono(core->clock);
	if (!strcmp(e->name, "channel.down") && !s.down_at)
		s.down_at = now;
	else if (!strcmp(e->name, "channel.alarm") && !s.alarm_at)
		s.alarm_at = now;
	else if (!strcmp(e->name, "channel.ready") && !s.ready_at)
		s.ready_at = now;
}

/* ---- time ---- */

static void
turn(void)
{
	while (loop_turn(s.loop))
		;
}

/* The kernel hands bytes from one end of a terminal to the other in a thread of its own:
 * before time goes on, what was written must have been read. What is never read (nobody
 * holds the other end) is forgotten after a moment. */
static void
settle(void)
{
	const struct port *p = &s.ch->driver->port;
	for (int i = 0; i < 100; i++) {
		turn();
		if (!port_is_open(p) || !sim_pty_plugged(&s.modem->port) ||
			(p->written_total + s.out_base == s.modem->port.heard &&
				p->read_total + s.in_base == s.modem->port.said))
			return;
		struct pollfd fds[] = {
			{p->fd, POLLIN, 0}, {s.modem->port.master, POLLIN, 0}};
		poll(fds, 2, 1);
	}
	s.out_base = s.modem->port.heard - p->written_total;
	s.in_base = s.modem->port.said - p->read_total;
}

/* What the faults leave to be had: the modem is there, alive and in a network. */
static bool
able(void)
{
	const struct sim_modem *m = s.modem;
	return sim_pty_plugged(&m->port) && m->state != SIM_OFF && m->state != SIM_HUNG &&
	       sim_modem_registered(m);
}

static void
pass(int64_t ms)
{
	for (int64_t end = s.clock.mono + ms; s.clock.mono < end;) {
		settle();
		loop_run_until(s.loop, &s.clock, MIN(s.clock.mono + STEP, end));
		settle();
		if (!able())
			continue;
		s.able += STEP;
		if (getenv("SOAK_IDLE") && s.ch->state != CHANNEL_READY)
			fprintf(stderr, "idle %s: %.60s\n",
				channel_state_name(s.ch->state), s.ch->why.s);
		s.served += s.ch->state == CHANNEL_READY ? STEP : 0;
	}
}

static void tell(const char *fmt, ...) PRINTF_LIKE(1, 2);

static void
tell(const char *fmt, ...)
{
	struct strbuf line = STRBUF_INIT(1024), answer = STRBUF_INIT(16384);
	va_list ap;
	va_start(ap, fmt);
	strbuf_vprintf(&line, fmt, ap);
	va_end(ap);
	if (sim_command(s.sim, line.s, &answer) < 0)
		die(answer.s);
	strbuf_done(&line);
	strbuf_done(&answer);
}

/* ---- the bench ---- */

static void
start(void)
{
	struct strbuf err = STRBUF_SENTENCE;
	struct sim_options options = SIM_OPTIONS_DEFAULT;
	char net[96], path[96];
	strcpy(s.dir, "/tmp/malgil-soak-XXXXXX");
	if (!mkdtemp(s.dir))
		die("no folder can be made in /tmp");
	snprintf(net, sizeof(net), "%s/net", s.dir);
	snprintf(path, sizeof(path), "%s/malgil.cfg", s.dir);
	FILE *f = fopen(path, "w");
	fprintf(f,
		"format = 1; shop = { name = \"Soak\"; country = \"KR\"; tz = "
		"\"Asia/Seoul\"; };\nstore = \"sqlite:%s/store.db\"; run_dir = \"%s\";\n"
		"limits = { reserve_mib = 0; };\npolicy = \"%s/policy.cfg\";\n"
		"channels = { shop = { driver = \"at\"; device = "
		"\"tty:imei=356938035640003@%s\"; }; };\n",
		s.dir, s.dir, s.dir, net);
	fclose(f);
	snprintf(net, sizeof(net), "%s/policy.cfg", s.dir);
	f = fopen(net, "w");
	fprintf(f, "format = 1; policy = { sim = { all = \"100000/day\"; recipients = "
		   "\"100000/day\"; parts = \"100000/day\"; }; };\n");
	fclose(f);
	snprintf(net, sizeof(net), "%s/net", s.dir);
	clock_sim_init(&s.clock, START);
	log_open(stderr, getenv("SOAK_LOG") ? LOG_INFO : LOG_OFF, &s.clock.clock);
	s.loop = loop_new(&s.clock.clock);
	options.dir = net;
	options.latency = 1500;
	options.report_delay = 3000;
	s.sim = sim_open(s.loop, &options, &err);
	if (!s.sim)
		die(err.s);
	s.modem = &s.sim->modems[0];
	if (config_load(path, &s.config, &err) < 0)
		die(err.s);
	s.core.loop = s.loop;
	s.core.clock = &s.clock.clock;
	s.core.config = s.config;
	if (db_open(s.config->store, DB_WRITER, &s.core.db, &err) < 0 ||
		core_start(&s.core, &err) < 0)
		die(err.s);
	s.ch = s.core.channels[0];
	pass(5 * SECOND);
	if (s.ch->state != CHANNEL_READY)
		die(s.ch->why.s);
}

static void
stop(void)
{
	char command[128];
	core_stop(&s.core);
	db_close(s.core.db);
	config_free(s.config);
	sim_close(s.sim);
	loop_free(s.loop);
	snprintf(command, sizeof(command), "rm -rf %s", s.dir);
	if (!getenv("SOAK_KEEP") && system(command) != 0)
		die("the folder could not be removed");
}

/* ---- traffic ---- */

static void
send_one(void)
{
	struct strbuf err = STRBUF_SENTENCE;
	struct outbox_receipt receipt;
	char to[32], text[32];
	snprintf(to, sizeof(to), "+8210%08u", 20000000 + random_below(&s.random, PEOPLE));
	snprintf(text, sizeof(text), "out %u.", s.accepted++);
	struct outbox_request request = {.to = to,
		.text = text,
		.text_len = strlen(text),
		.cls = CLASS_SERVICE,
		.origin = "soak",
		.expires = core_now(&s.core) + 20 * DAY,
		.msg_class = -1};
	if (outbox_accept(&s.core, &request, &receipt, &err) < 0)
		die(err.s);
	strbuf_done(&err);
}

static void
text_one(void)
{
	tell("text +8210%08u modem0 in %u.", 30000000 + random_below(&s.random, PEOPLE),
		s.texted++);
}

/* ---- trouble ---- */

static const struct trouble_kind {
	const char *command; /* %u: seconds */
	unsigned min, max;   /* of %u */
	bool clears;         /* ends with `clear` after %u seconds */
	bool outage;
} kinds[] = {
	{"fault modem0 hang ms=%u000", 10, 300, false, true},
	{"fault modem0 reboot ms=%u000", 2, 20, false, true},
	{"fault modem0 unplug ms=%u000", 2, 120, false, true},
	{"fault modem0 re-enumerate ms=%u000 path=ttyUSB9", 1, 30, false, true},
	{"fault modem0 re-enumerate ms=%u000 path=ttyUSB3", 1, 30, false, true},
	{"fault modem0 creg-searching", 10, 600, true, true},
	{"fault modem0 unplug-mid-pdu ms=%u000", 1, 30, false, true},
	{"fault modem0 storage-full style=smsfull", 30, 600, true, false},
	{"fault modem0 cmti-lost times=5", 0, 0, false, false},
	{"fault modem0 lost-ok", 0, 0, false, false},
	{"fault modem0 no-answer", 0, 0, false, false},
	{"fault modem0 lost-cmgs-late ms=%u000", 125, 180, false, false},
	{"fault modem0 no-prompt", 0, 0, false, false},
	{"fault modem0 stuck-prompt", 0, 0, false, false},
	{"fault modem0 cme-busy times=8", 0, 0, false, false},
	{"fault modem0 garbage", 0, 0, false, false},
	{"fault modem0 urc-inside", 0, 0, false, false},
	{"fault modem0 cmgr-empty", 0, 0, false, false},
	{"fault modem0 cms-331 times=2", 0, 0, false, false},
	{"fault modem0 cmti-minus-one", 0, 0, false, false},
	{"fault modem0 report-before-ok", 0, 0, false, false},
};

static void
trouble(int64_t *clear_at)
{
	const struct trouble_kind *k = &kinds[random_below(&s.random, ARRAY_LEN(kinds))];
	unsigned seconds = k->min + random_below(&s.random, k->max - k->min + 1);
	s.faults++;
	s.outages += k->outage;
	tell(k->command, seconds);
	if (k->clears)
		*clear_at = s.clock.mono + seconds * SECOND;
	/* A SIM has thirty places: more come at once than fit. */
	if (k->outage && random_below(&s.random, 4) == 0)
		for (int i = 0; i < 45; i++)
			text_one();
}

/* One thing in about `every` ms, as chance has it. */
static bool
chance(int64_t every)
{
	return random_below(&s.random, (unsigned)(every / SECOND)) == 0;
}

static void
soak(int64_t length)
{
	int64_t end = s.clock.mono + length, clear_at = 0;
	while (s.clock.mono < end) {
		if (chance(90 * SECOND))
			send_one();
		if (chance(3 * MINUTE))
			text_one();
		if (clear_at && s.clock.mono >= clear_at) {
			tell("clear modem0");
			clear_at = 0;
		}
		if (!clear_at && chance(10 * MINUTE))
			trouble(&clear_at);
		pass(SECOND);
	}
	tell("clear modem0");
	if (!sim_pty_plugged(&s.modem->port))
		tell("plug modem0");
}

/* ---- the reckoning ---- */

struct reckoning {
	uint8_t *sent; /* times each outgoing text was on air */
	unsigned lost, doubled, lied, silent, doubts, in_lost, in_doubled;
};

static void
read_ledger(struct reckoning *r)
{
	char path[96], line[4096];
	unsigned n;
	snprintf(path, sizeof(path), "%s/net/ledger.jsonl", s.dir);
	FILE *f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f)) {
		const char *text = strstr(line, "\"text\":\"out ");
		if (strstr(line, "\"kind\":\"submit\"") && text &&
			sscanf(text + 12, "%u", &n) == 1 && n < s.accepted)
			r->sent[n]++;
	}
	if (f)
		fclose(f);
}

static void
reckon_outgoing(struct reckoning *r)
{
	struct db_rows *rows = db_select(s.core.db,
		"SELECT m.text, m.state, (SELECT count(*) FROM events e WHERE e.message "
		"= m.id "
		"AND e.name = 'message.in_doubt') FROM messages m WHERE m.origin = "
		"'soak'",
		"");
	while (db_next(rows)) {
		unsigned n = (unsigned)atoi(db_text(rows, 0) + 4);
		const char *state = db_text(rows, 1);
		bool good = !strcmp(state, "sent") || !strcmp(state, "delivered");
		bool doubt = !strcmp(state, "in_doubt");
		r->doubts += doubt;
		r->silent += doubt && db_int(rows, 2) == 0;
		r->lied += good && !r->sent[n];
		r->doubled += r->sent[n] > 1;
		r->lost += !good && !doubt;
		if ((!good && !doubt) || (good && !r->sent[n]) || r->sent[n] > 1)
			fprintf(stderr, "soak: \"%s\" is %s, %u times on air\n",
				db_text(rows, 0), state, r->sent[n]);
	}
	db_end(rows);
}

static void
reckon_incoming(struct reckoning *r)
{
	uint8_t *came = xcalloc(s.texted + 1, 1);
	struct db_rows *rows = db_select(s.core.db,
		"SELECT text FROM messages WHERE outbound = 0 AND text LIKE 'in %'", "");
	while (db_next(rows)) {
		unsigned n = (unsigned)atoi(db_text(rows, 0) + 3);
		if (n < s.texted)
			came[n]++;
	}
	db_end(rows);
	for (unsigned i = 0; i < s.texted; i++) {
		r->in_lost += !came[i];
		r->in_doubled += came[i] > 1;
	}
	free(came);
}

static bool
reckon(int64_t length)
{
	struct reckoning r = {.sent = xcalloc(s.accepted + 1, 1)};
	read_ledger(&r);
	reckon_outgoing(&r);
	reckon_incoming(&r);
	free(r.sent);
	figure("hours", (double)length / HOUR, "h");
	figure("faults", s.faults, "");
	figure("outages", s.outages, "");
	figure("time the faults left", 100.0 * (double)s.able / (double)length, "%");
	figure("of which in service", 100.0 * (double)s.served / (double)s.able, "%");
	figure("texts out", s.accepted, "");
	figure("texts in", s.texted, "");
	figure("lost out", r.lost, "");
	figure("doubled out", r.doubled, "");
	figure("claimed sent and never on air", r.lied, "");
	figure("lost in", r.in_lost, "");
	figure("doubled in", r.in_doubled, "");
	figure("in doubt", r.doubts, "");
	figure("in doubt and not said", r.silent, "");
	figure("remedies",
		(double)count("SELECT count(*) FROM events WHERE name = "
			      "'modem.recovery'"),
		"");
	figure("quarantines",
		(double)count("SELECT count(*) FROM events WHERE name = "
			      "'modem.quarantined'"),
		"");
	return !(r.lost || r.doubled || r.lied || r.in_lost || r.in_doubled || r.silent);
}

/* ---- unplugged, and plugged in again ---- */

static void
delays(void)
{
	int64_t at = s.clock.mono;
	s.down_at = s.alarm_at = 0;
	tell("unplug modem0");
	pass(2 * MINUTE);
	figure("unplug to event", (double)(s.down_at - at) / SECOND, "s");
	figure("unplug to alarm", (double)(s.alarm_at - at) / SECOND, "s");
	send_one();
	at = s.clock.mono;
	s.ready_at = 0;
	uint64_t before = s.modem->submitted;
	tell("plug modem0 ttyUSB5");
	while (s.modem->submitted == before && s.clock.mono - at < 5 * MINUTE)
		pass(STEP);
	figure("replug to ready", (double)(s.ready_at - at) / SECOND, "s");
	figure("replug to traffic", (double)(s.clock.mono - at) / SECOND, "s");
}

int
main(int argc, char **argv)
{
	int64_t length = (argc > 1 ? atoi(argv[1]) : 24) * HOUR;
	s.random.state = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	if (length <= 0 || !s.random.state)
		die("the first argument is hours, the second a seed, both from 1");
	start();
	delays();
	pass(MINUTE);
	s.able = s.served = 0;
	soak(length);
	pass(15 * MINUTE);
	bool good = reckon(length + 15 * MINUTE);
	stop();
	return !good;
}
