#include "drivers/at/at.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/at/doctor.h"
#include "drivers/at/modem.h"
#include "gateway/base/log.h"

#define CONNECT_WAIT (10 * SECOND)
#define SEARCH_WAIT  (10 * SECOND)
#define BLOCKED_WAIT MINUTE
/* What a modem that never runs out of news may hold up the rest. */
#define NEWS_PATIENCE (30 * SECOND)
#define SEEK_FIRST    (SECOND / 2) /* channels that know their port come first */

/* ---- the table of states ---- */

static void
searching_timer(struct driver *d)
{
	chores_push(d, CHORE_CREG);
	chores_push(d, CHORE_CEREG);
	chores_push(d, CHORE_CGREG);
	loop_timer_in(&d->timer, SEARCH_WAIT);
	modem_pump(d);
}

static void
searching_enter(struct driver *d)
{
	d->quiet = clock_mono(loop_clock(d->env.loop));
	loop_timer_in(&d->timer, SEARCH_WAIT);
	modem_pump(d);
}

static void
opening_enter(struct driver *d)
{
	loop_timer_in(&d->timer, CONNECT_WAIT);
}

static void
opening_timer(struct driver *d)
{
	port_close(&d->port);
	recover_lost(d, "no connection");
}

static void
online_enter(struct driver *d)
{
	recover_watch(d);
	d->down_why[0] = '\0';
	if (!d->up) {
		d->up = true;
		channel_ready(d->env.channel);
	}
	modem_pump(d);
}

static void
blocked_enter(struct driver *d)
{
	loop_timer_in(&d->timer, BLOCKED_WAIT);
	modem_pump(d);
}

/* Somebody may have unlocked the SIM meanwhile; asking costs no try. */
static void
blocked_timer(struct driver *d)
{
	chores_push(d, CHORE_SIM);
	loop_timer_in(&d->timer, BLOCKED_WAIT);
	modem_pump(d);
}

#define TO(state) (1u << MODEM_##state)

static const struct {
	const char *name;
	unsigned next; /* legal moves */
	void (*enter)(struct driver *d);
	void (*timer)(struct driver *d);
} states[MODEM_STATES] = {
	[MODEM_CLOSED] = {"closed", TO(OPENING), recover_wait, recover_open},
	[MODEM_OPENING] = {"opening", TO(CLOSED) | TO(RESYNC), opening_enter,
		opening_timer},
	[MODEM_RESYNC] = {"resynchronising",
		TO(CLOSED) | TO(INIT) | TO(SEARCHING) | TO(ONLINE) | TO(BLOCKED),
		recover_begin, recover_resync_timer},
	[MODEM_INIT] = {"setting up",
		TO(CLOSED) | TO(RESYNC) | TO(SEARCHING) | TO(BLOCKED), init_begin,
		init_timer},
	[MODEM_SEARCHING] = {"searching", TO(CLOSED) | TO(RESYNC) | TO(ONLINE),
		searching_enter, searching_timer},
	[MODEM_ONLINE] = {"online", TO(CLOSED) | TO(RESYNC) | TO(SEARCHING), online_enter,
		NULL},
	[MODEM_BLOCKED] = {"blocked", TO(CLOSED) | TO(RESYNC), blocked_enter,
		blocked_timer},
};

const char *
modem_state_name(enum modem_state state)
{
	return states[state].name;
}

bool
modem_may(enum modem_state from, enum modem_state to)
{
	return states[from].next >> to & 1;
}

void
modem_enter(struct driver *d, enum modem_state state)
{
	assert(modem_may(d->state, state));
	log_event(LOG_DEBUG, "at.state", LOG_TEXT("channel", d->chat.name),
		LOG_TEXT("from", states[d->state].name),
		LOG_TEXT("to", states[state].name));
	loop_timer_stop(&d->timer);
	if (d->state == MODEM_ONLINE)
		recover_stop(d);
	d->state = state;
	states[state].enter(d);
}

static void
modem_timer(void *arg)
{
	struct driver *d = arg;
	states[d->state].timer(d);
}

/* ---- what the channel is told ---- */

void
modem_notice(struct driver *d, const char *event, const char *fmt, ...)
{
	struct strbuf sentence AUTO(strbuf_done) = STRBUF_SENTENCE;
	va_list ap;
	va_start(ap, fmt);
	strbuf_vprintf(&sentence, fmt, ap);
	va_end(ap);
	channel_notice(d->env.channel, event, sentence.s);
}

void
modem_facts(struct driver *d)
{
	const int stats[] = {d->creg, d->cereg, d->cgreg};
	int stat = -1;
	for (size_t i = ARRAY_LEN(stats); i-- > 0;)
		if (stats[i] >= 0 && (stat < 0 || !parse_creg_registered(stat) ||
					     parse_creg_registered(stats[i])))
			stat = stats[i];
	snprintf(d->facts.registration, sizeof(d->facts.registration), "%s",
		parse_creg_word(stat));
	snprintf(d->facts.device, sizeof(d->facts.device), "%.127s",
		d->device[0] ? d->device : d->config.device);
	recover_describe(d, d->facts.recovery, sizeof(d->facts.recovery));
	channel_facts(d->env.channel, &d->facts);
}

/* A trouble that lasts is said once. */
void
modem_down(struct driver *d, bool blocked, const char *why)
{
	bool news = d->up || strncmp(d->down_why, why, sizeof(d->down_why) - 1) != 0;
	send_abort(d, why);
	d->up = false;
	snprintf(d->down_why, sizeof(d->down_why), "%s", why);
	if (news)
		channel_down(d->env.channel, blocked, why);
}

/* While looking for a modem, what is wrong with another one is not our trouble. */
void
modem_block(struct driver *d, const char *why)
{
	if (seek_going(d)) {
		recover_not_it(d, why);
		return;
	}
	chores_clear(d);
	modem_enter(d, MODEM_BLOCKED);
	modem_down(d, true, why);
}

/* No answer is not "no": some modems never say. */
bool
modem_registered(const struct driver *d)
{
	return parse_creg_registered(d->creg) || parse_creg_registered(d->cereg) ||
	       parse_creg_registered(d->cgreg) ||
	       (d->creg < 0 && d->cereg < 0 && d->cgreg < 0);
}

/* ---- who may speak next ---- */

/* True when the state is another now: what follows was done on entering it. */
static bool
modem_check_network(struct driver *d)
{
	enum modem_state before = d->state;
	char why[96];
	if (d->state == MODEM_SEARCHING && modem_registered(d)) {
		modem_enter(d, MODEM_ONLINE);
	} else if (!modem_registered(d) && d->out.state <= SENDING_QUEUED) {
		snprintf(why, sizeof(why), "not in a network: %s", d->facts.registration);
		if (d->state == MODEM_ONLINE)
			modem_enter(d, MODEM_SEARCHING);
		modem_down(d, false, why);
	}
	return d->state != before;
}

/* What is stored is read before the channel is ready. But a modem that announces texts
 * without end would never be. */
static bool
modem_network_due(struct driver *d, bool chores)
{
	int64_t now = clock_mono(loop_clock(d->env.loop));
	if (!chores)
		d->quiet = now;
	return d->state != MODEM_BLOCKED && (!chores || now - d->quiet >= NEWS_PATIENCE);
}

void
modem_pump(struct driver *d)
{
	bool chores, send;
	if (d->closing || d->chat.state != CHAT_IDLE)
		return;
	if (d->state != MODEM_ONLINE && d->state != MODEM_SEARCHING &&
		d->state != MODEM_BLOCKED)
		return;
	if (d->reinit) {
		recover_reinit(d, "the modem has to be set up again");
		return;
	}
	/* One chore at most between two sends, one send at most between two chores. */
	chores = chores_waiting(d);
	send = d->state == MODEM_ONLINE && d->out.state == SENDING_QUEUED &&
	       modem_registered(d) && !ussd_going(d);
	if (send && !(chores && d->chore_turn))
		send_start(d);
	else if (!modem_network_due(d, chores) || !modem_check_network(d))
		if (chores && d->chat.state == CHAT_IDLE)
			chores_start(d);
}

/* The profile may want it sooner than it was planned before the modem was known. */
void
modem_sweep_by(struct driver *d)
{
	int64_t wait = d->config.sweep ? d->config.sweep : d->profile.sweep;
	int64_t next = clock_mono(loop_clock(d->env.loop)) + wait;
	if (next < d->sweep.deadline)
		loop_timer_at(&d->sweep, next);
}

static void
modem_sweep(void *arg)
{
	struct driver *d = arg;
	loop_timer_in(&d->sweep, d->config.sweep ? d->config.sweep : d->profile.sweep);
	if (d->state == MODEM_ONLINE || d->state == MODEM_SEARCHING)
		receive_sweep(d);
}

/* ---- the layers below ---- */

static void
on_write(void *arg, const char *bytes, size_t len)
{
	struct driver *d = arg;
	port_write(&d->port, bytes, len);
}

static void
on_prompt(void *arg)
{
	send_prompted(arg);
}

static void
on_news(void *arg, const char *line)
{
	modem_news(arg, line);
}

static void
on_direct(void *arg, const struct direct *direct, const char *pdu)
{
	receive_direct(arg, direct, pdu);
}

static void
on_opened(void *arg)
{
	struct driver *d = arg;
	d->recover.resume = MODEM_INIT;
	modem_enter(d, MODEM_RESYNC);
}

static void
on_bytes(void *arg, const char *bytes, size_t len)
{
	struct driver *d = arg;
	channel_heard(d->env.channel);
	chat_feed(&d->chat, bytes, len);
}

static void
on_lost(void *arg, const char *why)
{
	struct driver *d = arg;
	chat_cancel(&d->chat);
	recover_lost(d, why);
}

/* ---- the driver ---- */

static int
at_check(const struct conf_node *config, struct strbuf *err)
{
	struct at_config checked;
	int r = at_config_read(config, &checked, err);
	if (r == 0)
		at_config_free(&checked);
	return r;
}

static void
at_start(struct driver *d)
{
	const struct chat_owner chat = {on_write, on_prompt, on_news, on_direct, d};
	const struct port_owner port = {on_opened, on_bytes, on_lost, d};
	chat_init(&d->chat, d->env.loop, conf_name(d->env.config), &chat);
	port_init(&d->port, d->env.loop, &port);
	profile_init(&d->profile);
	loop_timer_init(&d->timer, d->env.loop, modem_timer, d);
	loop_timer_init(&d->sweep, d->env.loop, modem_sweep, d);
	send_init(d);
	recover_init(d);
	calls_init(d);
	ussd_init(d);
	hook_init(&d->hook, d->env.loop);
	strbuf_init(&d->seek.seen, 512);
	d->facts.storage_used = d->facts.storage_total = -1;
	d->creg = d->cereg = d->cgreg = -1;
	modem_sweep(d);
}

static void
at_first_open(void *arg)
{
	recover_open(arg);
}

static struct driver *
at_open(const struct driver_env *env, struct strbuf *err)
{
	struct at_config config;
	struct driver *d;
	if (at_config_read(env->config, &config, err))
		return NULL;
	d = xcalloc(1, sizeof(*d));
	d->env = *env;
	d->config = config;
	if (config.find.by == FIND_PATH)
		snprintf(d->device, sizeof(d->device), "%s", config.device);
	at_start(d);
	/* Not from here: the channel is not ready to hear anything yet. */
	if (seek_needed(d))
		loop_timer_in(&d->timer, SEEK_FIRST);
	else
		loop_post(env->loop, at_first_open, d);
	return d;
}

static void
at_close(struct driver *d)
{
	bool open = d->out.state == SENDING_OPEN || d->out.state == SENDING_WRITING;
	d->closing = true;
	if (open && port_is_open(&d->port))
		chat_raw(&d->chat, "\x1b", 1); /* leave no prompt open behind us */
	else
		reports_part(d);
	send_abort(d, "the channel was closed");
	console_abort(d, "the channel was closed");
	ussd_abort(d, "the channel was closed");
	loop_forget(d->env.loop, d);
	loop_timer_stop(&d->timer);
	loop_timer_stop(&d->sweep);
	loop_timer_stop(&d->out.timer);
	recover_stop(d);
	hook_stop(&d->hook);
	calls_stop(d);
	strbuf_done(&d->seek.seen);
	chat_done(&d->chat);
	port_done(&d->port);
	slots_clear(&d->slots);
	profile_free(&d->profile);
	at_config_free(&d->config);
	free(d);
}

static void
at_trace(struct driver *d, struct strbuf *out)
{
	wire_print(&d->chat.wire, out);
}

static void
at_reset(struct driver *d)
{
	if (d->state == MODEM_CLOSED || d->state == MODEM_OPENING)
		return;
	chat_cancel(&d->chat);
	recover_restart(d, "restarted by request");
}

const struct driver_ops driver_at = {
	.name = "at",
	.caps = DRIVER_TPDU | DRIVER_UNICODE | DRIVER_REPORTS | DRIVER_INBOUND |
		DRIVER_FLASH | DRIVER_COMMAND,
	.in_flight = 1,
	.check = at_check,
	.clash = at_config_clash,
	.names = at_config_names,
	.plugged = doctor_plugged,
	.open = at_open,
	.close = at_close,
	.send = send_accept,
	.release = send_release,
	.withdraw = send_withdraw,
	.committed = receive_committed,
	.hurry = send_hurry,
	.command = console_command,
	.ussd = ussd_dial,
	.trace = at_trace,
	.reset = at_reset,
	.examine = doctor_examine,
};
