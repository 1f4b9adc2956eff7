/* What became of texts that a provider took: it calls back while the daemon dies, as a
 * call is stored, read, and as what it says is written down. Each call is made until it
 * hears 200, and once more after that, as providers do. Every text must end as delivered,
 * told once, asked of the provider once, and no call may be left unread.
 *
 * The service behind it is tests/lib/httpd in this very process. The texts have '[' in
 * them, which the verdict takes for nobody's message. */
#include "tests/crash/cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/httpd.h"

enum { TEXTS = 6, TIMES = 2 /* each call, to the letter the same */ };

static struct httpd *service; /* of this case: each has a process of its own */

static const char profile[] =
	"format = 1;\nprovider = { name = \"crash\"; title = \"a service\"; secrets = ( "
	"\"token\" );\nnumber_format = \"e164\";\nsend = { method = \"POST\"; url = "
	"\"http://127.0.0.1:%d/json\"; body = { type = \"json\"; fields = ( { k = "
	"\"/to\"; v = \"{msg.to}\"; }, { k = \"/text\"; v = \"{msg.text}\"; }, { k = "
	"\"/key\"; v = \"{msg.key}\"; } ); }; ok_http = [ 200 ]; id = \"/id\"; };\n"
	"verify = { scheme = \"token\"; from = \"query:token\"; key = \"token\"; };\n"
	"status = { match = ( { k = \"/type\"; v = \"status\"; } ); key = \"/key\"; "
	"state = \"/status\"; map = { delivered = \"delivered\"; sent = \"sent\"; }; "
	"};\n};\n";

static void
prepare(struct play *p, struct rig *rig)
{
	char text[1400];
	p->outgoing = p->incoming = 0;
	service = httpd_start();
	httpd_say(service, "{\"id\":\"taken\"}"); /* reports go by our key */
	snprintf(text, sizeof(text), profile, httpd_port(service));
	rig_put(rig, "crash.cfg", "we", text);
	rig_put(rig, "token", "we", "a-token-that-is-long-enough\n");
	rig_put(rig, "policy.cfg", "we",
		"format = 1; policy = { quiet = { service = \"never\"; }; };\n");
	snprintf(text, sizeof(text),
		"format = 1;\nshop = { name = \"Test\"; country = \"KR\"; tz = "
		"\"Asia/Seoul\"; };\nstore = \"sqlite:%s/malgil.db\";\nrun_dir = "
		"\"%s/run\";\npolicy = \"%s/policy.cfg\";\nchannels = {\n"
		"  sim0 = { driver = \"at\"; device = \"tty:%s/net/modem0\"; };\n"
		"  sim1 = { driver = \"at\"; device = \"tty:%s/net/modem1\"; };\n"
		"  cloud = { driver = \"cloud\"; provider = \"%s/crash.cfg\"; from = "
		"\"+15017122661\"; secrets = { token = \"file:%s/token\"; }; };\n};\n",
		rig->dir, rig->dir, rig->dir, rig->dir, rig->dir, rig->dir, rig->dir);
	rig_put(rig, "malgil.cfg", "we", text);
}

/* True when it was answered so, or so; no answer, or 503, and it is said again. */
static bool
say(const struct rig *rig, const char *path, const char *body, int wanted,
	struct strbuf *why)
{
	struct strbuf answer = STRBUF_INIT(1 << 16);
	int status = rig_http(rig, "POST", path, body, &answer);
	if (status && status != wanted && status != 200 && status != 503)
		strbuf_set(why, "%s was refused: %d %.200s", path, status, answer.s);
	strbuf_done(&answer);
	return status == wanted || status == 200;
}

static bool
ask_for(const struct rig *rig, int n, struct strbuf *why)
{
	char body[240];
	snprintf(body, sizeof(body),
		"{\"key\":\"r-%d\",\"to\":\"+8210%08d\",\"channel\":\"cloud\",\"class\":"
		"\"service\",\"text\":\"[R%d] ready\"}",
		n, 62000000 + n, n);
	return say(rig, "/v1/messages", body, 202, why);
}

/* The key under which the n-th text was given to the service. */
static bool
key_of(int n, char ret[64])
{
	char request[8192], *at;
	if (!httpd_nth(service, (size_t)n, request, sizeof(request)))
		return false;
	at = strstr(request, "\"key\":\"");
	if (!at)
		return false;
	snprintf(ret, 64, "%.*s", (int)MIN(strcspn(at + 7, "\""), 63), at + 7);
	return true;
}

static bool
report(const struct rig *rig, int n, struct strbuf *why)
{
	char body[200], key[64];
	if (!key_of(n, key)) {
		strbuf_set(why, "the service was not asked for text %d", n);
		return false;
	}
	snprintf(body, sizeof(body),
		"{\"type\":\"status\",\"key\":\"%s\",\"status\":\"delivered\"}", key);
	return say(rig, "/hooks/cloud?token=a-token-that-is-long-enough", body, 200, why);
}

#define MINE "SELECT count(*) FROM messages WHERE key LIKE 'r-%' AND state = "

static bool
all_are_told(const struct rig *rig, struct strbuf *why)
{
	int told = rig_number(
		rig, "SELECT count(*) FROM events WHERE name = 'message.delivered'");
	int rows = rig_number(rig, "SELECT count(*) FROM provider_reports");
	int asked = (int)httpd_count(service);
	if (told > TEXTS || rows > TEXTS || asked > TEXTS)
		strbuf_set(why, "of %d texts %d were sent, %d reports kept, %d told",
			TEXTS, asked, rows, told);
	return told == TEXTS && rows == TEXTS &&
	       rig_number(rig, MINE "'delivered'") == TEXTS &&
	       rig_number(rig,
		       "SELECT count(*) FROM provider_calls WHERE state = 'new'") == 0;
}

/* stage: texts asked for; when all have left, calls that were answered. */
static bool
follow(struct play *p, struct rig *rig, struct traffic *t, struct strbuf *why)
{
	t->outgoing = t->incoming = 0;
	t->asked_for = TEXTS;
	if (rig->ready && p->stage < TEXTS)
		p->stage += ask_for(rig, p->stage, why);
	else if (rig->ready && p->stage == TEXTS)
		p->stage += rig_number(rig, MINE "'sent'") == TEXTS;
	else if (rig->ready && p->stage <= TEXTS + TEXTS * TIMES)
		p->stage += report(rig, (p->stage - TEXTS - 1) / TIMES, why);
	else if (rig->daemon && rig->kills)
		return !all_are_told(rig, why) && !why->len;
	return !why->len;
}

void
cases_reporting(bool quick, void (*add)(void *arg, const struct play *p), void *arg)
{
	static const struct {
		const char *first, *second;
		bool powercut;
	} rows[] = {{"providers.reported:2", "", true},
		{"providers.reported:1", "providers.reported:3", false},
		{"hooks.staged:2", "providers.reported:1", true},
		{"hooks.read:3", "hooks.reading:1", true}};
	for (size_t i = 0; i < (quick ? 1 : ARRAY_LEN(rows)); i++) {
		struct play p = {.trouble = follow,
			.prepare = prepare,
			.powercut = rows[i].powercut,
			.leak = rows[i].powercut ? 30 : 0,
			.fault_count = *rows[i].second ? 2 : 1};
		snprintf(p.faults[0], 64, "%s", rows[i].first);
		snprintf(p.faults[1], 64, "%s", rows[i].second);
		snprintf(p.name, sizeof(p.name), "a provider reports: %s %s%s%s",
			p.powercut ? "powercut" : "kill", rows[i].first,
			*rows[i].second ? ", " : "", rows[i].second);
		add(arg, &p);
	}
}
