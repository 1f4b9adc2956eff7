#include "drivers/sim/control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/suggest.h"
#include "drivers/sim/handset.h"
#include "drivers/sim/modem.h"

/* The next word of `*at`, which moves past it; "" at the end. */
static char *
word(char **at)
{
	char *w = *at + strspn(*at, " \t");
	char *end = w + strcspn(w, " \t");
	*at = *end ? end + 1 : end;
	*end = '\0';
	return w;
}

static struct sim_modem *
modem(struct sim *sim, char **at, struct strbuf *answer)
{
	const char *name = word(at);
	struct sim_modem *m = sim_modem_find(sim, name);
	if (!m)
		strbuf_set(answer,
			"there is no modem \"%s\"; there are modem0 to modem%u", name,
			sim->options.modems - 1);
	return m;
}

static int
number(const char *text, int64_t *ret, struct strbuf *answer)
{
	char *end;
	errno = 0;
	long long n = strtoll(text, &end, 10);
	if (errno || end == text || *end || n < 0) {
		strbuf_set(answer, "\"%s\" is not a number of milliseconds", text);
		return -EINVAL;
	}
	*ret = n;
	return 0;
}

/* ---- traffic ---- */

static int
run_text(struct sim *sim, char *args, struct strbuf *answer)
{
	struct sim_subscriber *from = sim_subscriber(sim, word(&args), answer);
	struct sim_modem *to = from ? modem(sim, &args, answer) : NULL;
	if (!to)
		return -EINVAL;
	size_t len = sim_unescape(args);
	if (!len) {
		strbuf_set(answer, "the text is missing");
		return -EINVAL;
	}
	return sim_network_text(sim, from, to, args, len, answer);
}

static int
run_tpdu(struct sim *sim, char *args, struct strbuf *answer)
{
	uint8_t tpdu[180];
	size_t n = 0;
	struct sim_modem *to = modem(sim, &args, answer);
	if (!to)
		return -EINVAL;
	const char *hex = word(&args);
	unsigned byte;
	int used = 0;
	while (n < sizeof(tpdu) && sscanf(hex, "%2x%n", &byte, &used) == 1 && used == 2) {
		tpdu[n++] = (uint8_t)byte;
		hex += 2;
	}
	if (*hex || !n) {
		strbuf_set(answer, "a TPDU of 1 to %zu octets in hex is expected",
			sizeof(tpdu));
		return -EINVAL;
	}
	sim_network_tpdu(sim, to, tpdu, n);
	return 0;
}

static int
run_call(struct sim *sim, char *args, struct strbuf *answer)
{
	const char *who = word(&args);
	int64_t rings = 3;
	struct sim_subscriber *from =
		strcmp(who, "-") ? sim_subscriber(sim, who, answer) : NULL;
	struct sim_modem *m =
		from || !strcmp(who, "-") ? modem(sim, &args, answer) : NULL;
	const char *count = word(&args);
	if (!m || (*count && number(count, &rings, answer) < 0))
		return -EINVAL;
	sim_modem_call(m, from ? from->number : "", (unsigned)MIN(rings, 1000));
	return 0;
}

static int
run_mms(struct sim *sim, char *args, struct strbuf *answer)
{
	struct sim_subscriber *from = sim_subscriber(sim, word(&args), answer);
	struct sim_modem *to = from ? modem(sim, &args, answer) : NULL;
	int64_t size = 0;
	if (!to || number(word(&args), &size, answer) < 0)
		return -EINVAL;
	return sim_network_mms(sim, from, to, args, size, answer);
}

static int
run_balance(struct sim *sim, char *args, struct strbuf *answer)
{
	struct sim_modem *m = modem(sim, &args, answer);
	if (m)
		snprintf(m->balance, sizeof(m->balance), "%s", args);
	return m ? 0 : -EINVAL;
}

/* "report=NAME" to a TP-ST: -1 none, or -EINVAL. */
static int
status_named(const char *name)
{
	static const struct {
		const char *name;
		int status;
	} names[] = {{"delivered", 0}, {"pending", 0x21}, {"failed", 0x43},
		{"expired", 0x46}, {"none", SIM_REPORT_NONE}};
	unsigned n;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (!strcmp(name, names[i].name))
			return names[i].status;
	return sscanf(name, "0x%2x", &n) == 1 ? (int)n : -EINVAL;
}

static int
run_rule(struct sim *sim, char *args, struct strbuf *answer)
{
	const char *who = word(&args);
	bool all = !strcmp(who, "*");
	struct sim_subscriber *s = all ? &sim->rule : sim_subscriber(sim, who, answer);
	if (!s)
		return -EINVAL;
	int status = s->status;
	int64_t delay = s->delay;
	for (char *w = word(&args); *w; w = word(&args)) {
		int r = -EINVAL;
		if (!strncmp(w, "report=", 7)) {
			status = status_named(w + 7);
			r = status == -EINVAL ? -EINVAL : 0;
		} else if (!strncmp(w, "delay=", 6)) {
			r = number(w + 6, &delay, answer);
		}
		if (r < 0) {
			strbuf_set(answer,
				"\"%s\": "
				"report=delivered|pending|failed|expired|none|0xNN or "
				"delay=MS is expected",
				w);
			return -EINVAL;
		}
	}
	s->status = status;
	s->delay = delay;
	return 0;
}

static int
run_latency(struct sim *sim, char *args, struct strbuf *answer)
{
	struct sim_modem *m = modem(sim, &args, answer);
	return m ? number(word(&args), &m->latency, answer) : -EINVAL;
}

/* ---- trouble ---- */

static int
run_fault(struct sim *sim, char *args, struct strbuf *answer)
{
	return sim_fault_command(sim, args + strspn(args, " \t"), answer);
}

static int
run_clear(struct sim *sim, char *args, struct strbuf *answer)
{
	struct sim_modem *m = modem(sim, &args, answer);
	if (m)
		sim_modem_clear(m);
	return m ? 0 : -EINVAL;
}

static int
run_unplug(struct sim *sim, char *args, struct strbuf *answer)
{
	struct sim_modem *m = modem(sim, &args, answer);
	if (m && sim_pty_plugged(&m->port))
		sim_modem_unplug(m, 0);
	return m ? 0 : -EINVAL;
}

static int
run_plug(struct sim *sim, char *args, struct strbuf *answer)
{
	struct sim_modem *m = modem(sim, &args, answer);
	if (!m)
		return -EINVAL;
	const char *name = word(&args);
	if (strchr(name, '/')) {
		strbuf_set(answer, "\"%s\" must be a name inside the directory", name);
		return -EINVAL;
	}
	if (*name)
		snprintf(m->link, sizeof(m->link), "%s/%s", sim->dir, name);
	return sim_modem_plug(m, m->link, answer);
}

static int
run_reboot(struct sim *sim, char *args, struct strbuf *answer)
{
	int64_t ms = 200;
	struct sim_modem *m = modem(sim, &args, answer);
	const char *after = word(&args);
	if (!m || (*after && number(after, &ms, answer) < 0))
		return -EINVAL;
	sim_modem_reboot(m, ms);
	return 0;
}

/* ---- looking ---- */

static int
run_state(struct sim *sim, char *args, struct strbuf *answer)
{
	static const char *const states[] = {"off", "idle", "busy", "data", "hung"};
	(void)args;
	for (unsigned i = 0; i < sim->options.modems; i++) {
		const struct sim_modem *m = &sim->modems[i];
		strbuf_printf(answer,
			"%s%s number=%s imei=%s state=%s plugged=%d open=%d mr=%d "
			"submitted=%llu "
			"received=%llu waiting=%zu sm=%u/%u me=%u/%u sr=%u/%u faults=%zu",
			i ? "; " : "", m->name, m->me->number, m->imei, states[m->state],
			sim_pty_plugged(&m->port), m->port.clients, m->last_mr,
			(unsigned long long)m->submitted, (unsigned long long)m->received,
			m->waiting + (m->unacked != NULL), m->storage.used[SIM_SM],
			m->storage.size[SIM_SM], m->storage.used[SIM_ME],
			m->storage.size[SIM_ME], m->storage.used[SIM_SR],
			m->storage.size[SIM_SR], m->faults.count);
	}
	return 0;
}

static int
run_mark(struct sim *sim, char *args, struct strbuf *answer)
{
	sim_ledger_begin(&sim->ledger, "mark");
	sim_ledger_text(&sim->ledger, "label", args);
	sim_ledger_end(&sim->ledger);
	strbuf_printf(answer, "%llu", (unsigned long long)sim->ledger.seq);
	return 0;
}

static int
run_help(struct sim *sim, char *args, struct strbuf *answer)
{
	(void)sim, (void)args;
	for (const struct sim_control_row *row = sim_control_rows; row->name; row++)
		strbuf_printf(
			answer, "%s%s", row == sim_control_rows ? "" : "; ", row->usage);
	return 0;
}

/* clang-format off */
const struct sim_control_row sim_control_rows[] = {
	{"text", "text FROM MODEM TEXT", "a text for a modem (\\n is a line break); waits while it is away", run_text},
	{"tpdu", "tpdu MODEM HEX", "a raw TPDU for a modem, whatever it holds", run_tpdu},
	{"call", "call NUMBER|- MODEM [RINGS]", "rings that often (3), every 5 s; - withholds the number", run_call},
	{"mms", "mms FROM MODEM OCTETS [SUBJECT]", "the notification that an MMS of that size waits", run_mms},
	{"balance", "balance MODEM TEXT", "what any USSD code answers from now on", run_balance},
	{"rule", "rule NUMBER|* [report=delivered|pending|failed|expired|none|0xNN] [delay=MS]",
		"what the network reports about texts to that number; 0x40 and above never arrive", run_rule},
	{"latency", "latency MODEM MS", "from 0x1A to +CMGS", run_latency},
	{"fault", "fault MODEM|* NAME [after=N] [times=N] [KEY=VALUE]", "arms a fault (--list-faults)", run_fault},
	{"clear", "clear MODEM", "disarms every fault of a modem", run_clear},
	{"unplug", "unplug MODEM", "the port disappears", run_unplug},
	{"plug", "plug MODEM [NAME]", "back, as another terminal, under the same or that name", run_plug},
	{"reboot", "reboot MODEM [MS]", "restarts, back after MS (200) with RDY", run_reboot},
	{"attach", "attach NUMBER",
		"from now on this connection gets 'text FROM TEXT' for what that handset receives", NULL},
	{"state", "state", "every modem in one line, separated by '; '", run_state},
	{"ledger-mark", "ledger-mark LABEL", "a line in the ledger; answers its seq", run_mark},
	{"help", "help", "these commands", run_help},
	{NULL, NULL, NULL, NULL},
};
/* clang-format on */

int
sim_command(struct sim *sim, const char *line, struct strbuf *answer)
{
	struct suggest near;
	char *copy = xstrdup(line), *args = copy;
	const char *name = word(&args);
	int r = -ENOENT;
	suggest_init(&near, name);
	strbuf_reset(answer);
	for (const struct sim_control_row *row = sim_control_rows; row->name; row++) {
		suggest_offer(&near, row->name);
		if (row->run && !strcmp(row->name, name))
			r = row->run(sim, args, answer);
	}
	if (r == -ENOENT && !answer->len)
		strbuf_set(answer, "there is no command \"%s\"%s%s%s", name,
			near.best ? ", did you mean \"" : "; help lists them",
			near.best ? near.best : "", near.best ? "\"?" : "");
	free(copy);
	return r;
}
