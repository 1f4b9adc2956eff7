/* Status reports that come while nobody listens.
 *
 * The generic way is to have them handed over (+CDS, <ds> 1): it costs nothing and no
 * modem gets it wrong. But then a report that comes while the gateway is stopped is gone.
 * So on leaving a modem that can is told to store them (<ds> 2 into its memory SR), and
 * the next life finds them there, and goes back to having them handed over. Only what
 * comes while the gateway was cut off, and not stopped, is lost; `reports = "stored"`
 * keeps that as well.
 *
 * Why not all the time: a stored report costs four commands more (select SR, read,
 * delete, select back). The simulated modem, which takes no time for any, then passes on
 * a tenth fewer texts; a real one is kept for a quarter of a second of each text's three
 * or four. It is also the less trodden path of the firmwares (wrong memory announced, SR
 * that cannot be listed, places that run out unsaid), and many keep SR in RAM, so that a
 * power cut takes it along. */
#include "drivers/at/modem.h"

#include <stdio.h>
#include <string.h>

/* Where <ds> stands in AT+CNMI=<mode>,<mt>,<bm>,<ds>,<bfr>. */
static char *
reports_ds(char *command)
{
	char *at = strchr(command, '=');
	for (int i = 0; at && i < 3; i++)
		at = strchr(at + 1, ',');
	return at ? at + 1 : NULL;
}

static bool
can_store(const struct driver *d)
{
	return d->init.cnmi.count > 3 && parse_sets_has(&d->init.cnmi, 3, 2) &&
	       d->init.mems.count > 0 && parse_mem_has(&d->init.mems.group[0], "SR");
}

void
reports_settle(struct driver *d)
{
	char *ds;
	const char *what = "lost";
	snprintf(d->parting, sizeof(d->parting), "%s", d->announce);
	ds = reports_ds(d->parting);
	if (d->csms || (ds && *ds == '2')) {
		what = "kept";
	} else if (ds && *ds == '1' && can_store(d)) {
		*ds = '2';
		what = "kept_if_stopped";
	}
	if (strcmp(what, "kept_if_stopped") != 0)
		d->parting[0] = '\0';
	snprintf(d->facts.reports, sizeof(d->facts.reports), "%s", what);
}

/* Nobody waits for the answer. Not in the middle of a command: it would be taken for a
 * part of it. */
void
reports_part(struct driver *d)
{
	char line[48];
	int n = snprintf(line, sizeof(line), "%s\r", d->parting);
	bool at_ease = d->state == MODEM_ONLINE || d->state == MODEM_SEARCHING;
	if (d->parting[0] && at_ease && d->chat.state == CHAT_IDLE &&
		port_is_open(&d->port))
		chat_raw(&d->chat, line, (size_t)n);
}

/* Some list every memory but this one (+CMS ERROR), and read it place by place. */
void
reports_read(struct driver *d)
{
	struct chore chore = {.kind = CHORE_READ, .mem = "SR"};
	for (chore.index = 1; chore.index <= MIN(d->kept_total, 50); chore.index++)
		chores_add(d, &chore);
	d->kept_total = 0;
}
