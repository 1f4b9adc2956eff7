/* What a modem says unasked, as a table: tag, and what it means for us. */
#include "drivers/at/modem.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "gateway/base/log.h"

/* A start may say several lines, each of which sets the modem up anew. */
#define BOOTS_MAX 12

static void
news_stored(struct driver *d, const char *line)
{
	struct stored_at at;
	if (parse_cmti(line, &at) == 0)
		receive_announced(d, &at);
}

/* Outside its own wait: a message we gave up on was accepted after all. */
static void
news_accepted(struct driver *d, const char *line)
{
	int mr;
	if (parse_cmgs(line, &mr) == 0)
		channel_evidence(d->env.channel, 0, EVIDENCE_ACCEPTED, mr);
}

static void
news_registration(struct driver *d, const char *line)
{
	static const char *const names[] = {"+CREG", "+CEREG", "+CGREG"};
	int *const stats[] = {&d->creg, &d->cereg, &d->cgreg};
	struct creg creg;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (parse_creg(line, names[i], false, &creg) == 0)
			*stats[i] = creg.stat;
	modem_facts(d);
	modem_pump(d);
}

static void
news_sim(struct driver *d, const char *line)
{
	bool ready = strstr(line, "READY") && !strstr(line, "NOT READY");
	if (d->state == MODEM_INIT) {
		init_sim_news(d, line);
		return;
	}
	if (ready == (d->state == MODEM_BLOCKED))
		d->reinit = true;
	modem_pump(d);
}

static void
news_full(struct driver *d, const char *line)
{
	(void)line;
	modem_notice(d, "sim.storage_full",
		"the modem's storage is full: it cannot receive until messages are "
		"deleted");
	receive_sweep_soon(d);
}

static void
news_power(struct driver *d, const char *line)
{
	modem_notice(
		d, "modem.power", "the modem reports trouble with its power: %s", line);
}

static void
news_ussd(struct driver *d, const char *line)
{
	if (!ussd_begun(d, line))
		ussd_answered(d, line);
	modem_pump(d);
}

static const struct {
	const char *tag; /* before a ':', or the whole line */
	void (*act)(struct driver *d, const char *line);
} table[] = {
	{"+CMTI", news_stored},
	{"+CDSI", news_stored},
	{"+CMGS", news_accepted},
	{"+CREG", news_registration},
	{"+CEREG", news_registration},
	{"+CGREG", news_registration},
	{"+CPIN", news_sim},
	{"+CUSD", news_ussd},
	{"RING", calls_ring},
	{"+CRING", calls_ring},
	{"+CLIP", calls_number},
	{"+SMS FULL", news_full},
	{"^SMMEMFULL", news_full},
	{"NORMAL POWER DOWN", news_power},
	{"UNDER-VOLTAGE WARNNING", news_power},
	{"OVER-VOLTAGE WARNNING", news_power},
};

static bool
news_is_boot(const struct driver *d, const char *line)
{
	const char *list = d->profile.boot_ready;
	char item[64];
	while (profile_next(&list, ",", item, sizeof(item)))
		if (strcasecmp(line, item) == 0)
			return true;
	return false;
}

/* Once is nothing; a weak supply makes a modem do it for ever, and then it is sick. */
static bool
news_boots_again(struct driver *d)
{
	int64_t now = clock_mono(loop_clock(d->env.loop));
	if (now - d->boots_since > MINUTE) {
		d->boots_since = now;
		d->boots = 0;
	}
	if (++d->boots < BOOTS_MAX)
		return false;
	d->boots = 0;
	return true;
}

/* The modem has started anew and forgot PDU mode, memories and announcements. */
static void
news_boot(struct driver *d, const char *line)
{
	log_event(LOG_WARN, "at.restarted", LOG_TEXT("channel", d->chat.name),
		LOG_TEXT("line", line));
	if (d->state == MODEM_RESYNC)
		return;
	if (news_boots_again(d))
		recover_fault(d, "the modem restarts again and again");
	else
		recover_reinit(d, "the modem has restarted");
}

void
modem_news(struct driver *d, const char *line)
{
	if (d->state == MODEM_CLOSED || d->state == MODEM_OPENING)
		return;
	if (ussd_more(d, line)) {
		modem_pump(d);
		return;
	}
	if (news_is_boot(d, line)) {
		news_boot(d, line);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (parse_after(line, table[i].tag) ||
			strcasecmp(line, table[i].tag) == 0) {
			table[i].act(d, line);
			return;
		}
	log_event(LOG_TRACE, "at.ignored", LOG_TEXT("channel", d->chat.name),
		LOG_TEXT("line", line));
}
