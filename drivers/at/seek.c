/* Looking for a device that is named by what it is: one port after the other is opened
 * and asked, until one is it. What was it last time is asked first. */
#include "drivers/at/modem.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "gateway/base/log.h"

#define SEEK_AGAIN (5 * SECOND)

bool
seek_needed(const struct driver *d)
{
	return d->config.find.by != FIND_PATH;
}

bool
seek_going(const struct driver *d)
{
	return seek_needed(d) && !d->seek.found;
}

static bool
seek_still_there(const struct driver *d)
{
	for (size_t i = 0; i < d->seek.count; i++)
		if (strcmp(d->seek.port[i].device, d->device) == 0)
			return true;
	return false;
}

/* The port it was last time goes to the front. */
static void
seek_known_first(struct driver *d)
{
	for (size_t i = 1; i < d->seek.count; i++)
		if (strcmp(d->seek.port[i].device, d->device) == 0) {
			struct find_port first = d->seek.port[i];
			d->seek.port[i] = d->seek.port[0];
			d->seek.port[0] = first;
		}
}

/* The same ports as at the last look need not be asked again at once: looking is cheap,
 * asking takes seconds and disturbs whoever is there. */
static bool
seek_worth(struct driver *d)
{
	int64_t now = clock_mono(loop_clock(d->env.loop));
	uint64_t seen = UINT64_C(0xcbf29ce484222325);
	for (size_t i = 0; i < d->seek.count; i++) {
		const char *device = d->seek.port[i].device;
		const char *path = strchr(device, ':') + 1;
		struct stat st;
		for (const char *p = device; *p; p++)
			seen = (seen ^ (uint8_t)*p) * UINT64_C(0x100000001b3);
		if (stat(path, &st) == 0)
			seen = (seen ^ st.st_rdev ^ st.st_ino << 20) *
			       UINT64_C(0x100000001b3);
	}
	if (seen == d->seek.asked && now - d->seek.asked_at < SEEK_AGAIN)
		return false;
	d->seek.asked = seen;
	d->seek.asked_at = now;
	return true;
}

/* Before the device is opened: which port. False when none is left to be asked; the next
 * call begins anew. */
bool
seek_next(struct driver *d)
{
	if (!seek_needed(d))
		return true;
	if (d->seek.found) {
		d->seek.count = find_list(&d->config.find, d->seek.port);
		if (seek_still_there(d))
			return true;
		seek_lost(d);
	}
	if (!d->seek.started) {
		d->seek.count = find_list(&d->config.find, d->seek.port);
		if (!seek_worth(d))
			return false;
		seek_known_first(d);
		d->seek.at = 0;
		d->seek.started = true;
		strbuf_reset(&d->seek.seen);
	}
	if (d->seek.at == d->seek.count) {
		d->seek.started = false;
		return false;
	}
	snprintf(d->device, sizeof(d->device), "%s", d->seek.port[d->seek.at++].device);
	return true;
}

/* Why the port of just now is not it, for the sentence at the end. */
void
seek_refused(struct driver *d, const char *why)
{
	strbuf_printf(&d->seek.seen, "%s%s", d->seek.seen.len ? "; " : "", why);
	log_event(LOG_DEBUG, "at.not_it", LOG_TEXT("channel", d->chat.name),
		LOG_TEXT("device", d->device), LOG_TEXT("why", why));
}

void
seek_lost(struct driver *d)
{
	d->seek.found = d->seek.started = false;
	d->seek.asked = 0;
}

void
seek_found(struct driver *d)
{
	if (!seek_going(d))
		return;
	d->seek.found = true;
	d->seek.started = false;
	modem_notice(d, "modem.found", "it is at %s now", d->device);
	modem_facts(d);
}

void
seek_sentence(const struct driver *d, struct strbuf *out)
{
	strbuf_reset(out);
	find_name(&d->config.find, out);
	strbuf_puts(
		out, d->seek.count ? " is at none of the ports" : " is not plugged in");
	if (d->seek.seen.len)
		strbuf_printf(out, " (%.200s)", d->seek.seen.s);
}
