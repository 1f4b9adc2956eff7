/* The ladder of remedies, as the profile orders it: each rung is said and seen, the
 * strong ones are rare, and at its end the modem is quarantined with an alarm, not given
 * up. */
#include "drivers/at/modem.h"

#include <stdio.h>
#include <string.h>

#define RESET_EVERY (10 * MINUTE) /* AT+CFUN=1,1 loses some modems for minutes */
#define USB_EVERY   (30 * MINUTE)
/* Most that hang come back by themselves; opening a port anew costs nothing. */
#define SOON_SPAN  (10 * MINUTE)
#define SOON_WAIT  (10 * SECOND)
#define QUARANTINE "quarantine"

/* ---- the rungs ---- */

static bool
rested(const struct driver *d, int64_t last, int64_t every)
{
	return last == 0 || clock_mono(loop_clock(d->env.loop)) - last >= every;
}

static bool
rung_always(const struct driver *d)
{
	(void)d;
	return true;
}

/* It answers, but not as it should. */
static bool
rung_answers(const struct driver *d)
{
	return port_is_open(&d->port) && d->state != MODEM_RESYNC;
}

static bool
rung_has_reset(const struct driver *d)
{
	return d->profile.reset && d->profile.reset[0] && port_is_open(&d->port) &&
	       rested(d, d->recover.reset_at, RESET_EVERY);
}

static bool
rung_has_usb(const struct driver *d)
{
	return d->config.usb_reset && d->device[0] &&
	       rested(d, d->recover.usb_at, USB_EVERY);
}

static void
rung_init(struct driver *d)
{
	chat_cancel(&d->chat);
	chat_raw(&d->chat, "ATZ\r", 4);
	recover_resync(d, MODEM_INIT);
}

static void
rung_reset(struct driver *d)
{
	int64_t now = clock_mono(loop_clock(d->env.loop));
	char line[64];
	snprintf(line, sizeof(line), "\x1b%.60s\r", d->profile.reset);
	chat_raw(&d->chat, line, strlen(line));
	d->recover.reset_at = now;
	d->recover.not_before = now + d->profile.boot;
	recover_reopen(d);
}

static void
rung_usb(struct driver *d)
{
	int64_t now = clock_mono(loop_clock(d->env.loop));
	const char *path = strchr(d->device, ':');
	d->recover.usb_at = now;
	d->recover.not_before = now + d->profile.boot;
	recover_reopen(d);
	int r = hook_run(
		&d->hook, d->config.usb_reset, path ? path + 1 : d->device, d->chat.name);
	if (r)
		modem_notice(d, "modem.hook_failed", "%s cannot be run: %s",
			d->config.usb_reset, strerror(-r));
}

static const struct rung {
	const char *name;
	int64_t wait; /* before the device is opened again */
	bool (*possible)(const struct driver *d);
	void (*act)(struct driver *d);
} rungs[] = {
	{"init", 0, rung_answers, rung_init},
	{"reopen", SECOND, rung_always, recover_reopen},
	{"reset", 5 * SECOND, rung_has_reset, rung_reset},
	{"usb", 5 * SECOND, rung_has_usb, rung_usb},
};

/* ---- climbing ---- */

static const struct rung *
rung_named(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(rungs); i++)
		if (strcmp(rungs[i].name, name) == 0)
			return &rungs[i];
	return NULL;
}

/* The n-th rung of the profile's ladder, from 1; NULL past its end. */
static const struct rung *
rung_at(const struct driver *d, unsigned n)
{
	const char *list = d->profile.ladder;
	char item[32];
	while (profile_next(&list, ",", item, sizeof(item)))
		if (--n == 0)
			return rung_named(item);
	return NULL;
}

/* In quarantine: the strongest that its limits allow by now, or the device is opened
 * anew. */
static const struct rung *
rung_in_quarantine(const struct driver *d)
{
	const struct rung *found = rung_named("reopen"), *rung;
	for (unsigned n = 1; (rung = rung_at(d, n)) != NULL; n++)
		if (rung->act != rung_init && rung->possible(d))
			found = rung;
	return found;
}

void
recover_describe(const struct driver *d, char *ret, size_t size)
{
	const struct rung *rung = d->recover.rung ? rung_at(d, d->recover.rung) : NULL;
	snprintf(ret, size, "%s", rung ? rung->name : d->recover.rung ? QUARANTINE : "");
}

static void
ladder_quarantine(struct driver *d, const char *why)
{
	const struct rung *rung = rung_in_quarantine(d);
	int64_t now = clock_mono(loop_clock(d->env.loop));
	if (!d->recover.alarmed)
		modem_notice(d, "modem.quarantined",
			"nothing helps %s (%s); it is tried again and again", d->device,
			why);
	if (!d->recover.alarmed)
		d->recover.ended_at = now;
	d->recover.alarmed = true;
	d->recover.not_before =
		now + (now - d->recover.ended_at < SOON_SPAN ? SOON_WAIT : MINUTE);
	rung->act(d);
}

void
ladder_climb(struct driver *d, const char *why)
{
	const struct rung *rung;
	do
		d->recover.rung++;
	while ((rung = rung_at(d, d->recover.rung)) != NULL && !rung->possible(d));
	modem_facts(d);
	if (!rung) {
		ladder_quarantine(d, why);
		return;
	}
	modem_notice(d, "modem.recovery", "%s, because %s", rung->name, why);
	d->recover.not_before = clock_mono(loop_clock(d->env.loop)) + rung->wait;
	rung->act(d);
}

void
ladder_down(struct driver *d)
{
	if (d->recover.alarmed)
		modem_notice(d, "modem.recovered", "%s works again", d->device);
	d->recover.alarmed = false;
	if (d->recover.rung == 0)
		return;
	d->recover.rung = 0;
	modem_facts(d);
}
