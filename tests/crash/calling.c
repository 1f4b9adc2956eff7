/* A provider's webhooks while the daemon dies: as one is stored, read, and made a text
 * of. The provider calls until it hears 200, as they do; the store must have each text
 * once, by the provider's id, and no call may be left unread.
 *
 * The texts have '[' in them, which the verdict takes for nobody's message. */
#include "tests/crash/cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXTS = 8 };

static const char profile[] =
	"format = 1;\nprovider = { name = \"crash\"; title = \"a service\"; secrets = ( "
	"\"token\" );\nnumber_format = \"e164\";\nsend = { method = \"POST\"; url = "
	"\"http://127.0.0.1:9/\"; body = { type = \"json\"; fields = ( { k = \"/to\"; v "
	"= "
	"\"{msg.to}\"; }, { k = \"/text\"; v = \"{msg.text}\"; } ); }; ok_http = [ 200 "
	"]; "
	"id = \"/id\"; };\nverify = { scheme = \"token\"; from = \"query:token\"; key = "
	"\"token\"; };\ninbound = { match = ( { k = \"/type\"; v = \"inbound\"; } ); id "
	"= "
	"\"/id\"; from = \"/from\"; to = \"/to\"; text = \"/text\"; };\n};\n";

static void
prepare(struct play *p, struct rig *rig)
{
	char config[1200];
	p->outgoing = p->incoming = 0;
	snprintf(config, sizeof(config),
		"format = 1;\nshop = { name = \"Test\"; country = \"KR\"; tz = "
		"\"Asia/Seoul\"; };\nstore = \"sqlite:%s/malgil.db\";\nrun_dir = "
		"\"%s/run\";\nchannels = {\n"
		"  sim0 = { driver = \"at\"; device = \"tty:%s/net/modem0\"; };\n"
		"  sim1 = { driver = \"at\"; device = \"tty:%s/net/modem1\"; };\n"
		"  cloud = { driver = \"cloud\"; provider = \"%s/crash.cfg\"; from = "
		"\"+15017122661\"; secrets = { token = \"file:%s/token\"; }; };\n};\n",
		rig->dir, rig->dir, rig->dir, rig->dir, rig->dir, rig->dir);
	rig_put(rig, "token", "we", "a-token-that-is-long-enough\n");
	rig_put(rig, "crash.cfg", "we", profile);
	rig_put(rig, "malgil.cfg", "we", config);
}

/* True when it heard 200; no answer, or 503, and it calls again. */
static bool
call(const struct rig *rig, int n, struct strbuf *why)
{
	struct strbuf answer = STRBUF_INIT(1 << 16);
	char body[200];
	snprintf(body, sizeof(body),
		"{\"type\":\"inbound\",\"id\":\"in-%d\",\"from\":\"+8210%08d\",\"to\":"
		"\"+15017122661\",\"text\":\"[P%d] hello\"}",
		n, 61000000 + n, n);
	int status = rig_http(rig, "POST",
		"/hooks/cloud?token=a-token-that-is-long-enough", body, &answer);
	if (status && status != 200 && status != 503)
		strbuf_set(why, "a call was refused: %d %.200s", status, answer.s);
	strbuf_done(&answer);
	return status == 200;
}

/* stage: calls that were answered. */
static bool
provide(struct play *p, struct rig *rig, struct traffic *t, struct strbuf *why)
{
	t->outgoing = t->incoming = 0;
	t->spoken = TEXTS; /* not over the network, which the verdict asks */
	if (rig->ready && p->stage < TEXTS && call(rig, p->stage, why))
		p->stage++;
	if (why->len || p->stage < TEXTS || !rig->daemon || !rig->kills)
		return !why->len;
	int kept = rig_number(rig,
		"SELECT count(*) FROM messages WHERE outbound = 0 AND text LIKE "
		"'[P%'");
	int texts = rig_number(rig, "SELECT count(DISTINCT text) FROM messages WHERE "
				    "outbound = 0 AND text LIKE '[P%'");
	int waiting = rig_number(
		rig, "SELECT count(*) FROM provider_calls WHERE state = 'new'");
	if (kept > texts)
		strbuf_set(why, "%d texts of %d are kept twice", kept - texts, texts);
	return !why->len && (texts < TEXTS || waiting > 0);
}

void
cases_calling(bool quick, void (*add)(void *arg, const struct play *p), void *arg)
{
	static const struct {
		const char *first, *second;
		bool powercut;
	} rows[] = {{"hooks.staged:2", "hooks.read:1", true},
		{"providers.text:3", "", true},
		{"hooks.reading:1", "hooks.staged:3", false},
		{"hooks.read:4", "providers.text:1", true}};
	for (size_t i = 0; i < (quick ? 1 : ARRAY_LEN(rows)); i++) {
		struct play p = {.trouble = provide,
			.prepare = prepare,
			.powercut = rows[i].powercut,
			.leak = rows[i].powercut ? 30 : 0,
			.fault_count = *rows[i].second ? 2 : 1};
		snprintf(p.faults[0], 64, "%s", rows[i].first);
		snprintf(p.faults[1], 64, "%s", rows[i].second);
		snprintf(p.name, sizeof(p.name), "a provider calls: %s %s%s%s",
			p.powercut ? "powercut" : "kill", rows[i].first,
			*rows[i].second ? ", " : "", rows[i].second);
		add(arg, &p);
	}
}
