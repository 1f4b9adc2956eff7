/* A person types a command. Whatever sends, deletes or touches a PIN has its own way
 * through the gateway and is refused here, in any spelling and anywhere in a chain. */
#include "drivers/at/modem.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char *const forbidden[] = {
	"CMGS", "CMSS", "CMGW", "CMGD", "CMGC", "CPIN", "CLCK", "CPWD", "CNMA"};

/* After these the set-up has to be repeated. */
static const char *const touching[] = {"CMGF=", "CPMS=", "CNMI=", "CMEE=", "CSMS=",
	"CFUN=", "ATE", "ATZ", "ATV", "ATQ", "&F"};

/* Upper case without blanks: how a modem reads it. */
static void
console_squeeze(const char *line, char *ret, size_t size)
{
	size_t n = 0;
	for (; *line && n + 1 < size; line++)
		if (!isspace((unsigned char)*line))
			ret[n++] = (char)toupper((unsigned char)*line);
	ret[n] = '\0';
}

int
console_check(const char *line, struct strbuf *err)
{
	char squeezed[256];
	if (strlen(line) >= sizeof(squeezed)) {
		strbuf_set(err, "the command is too long");
		return -EINVAL;
	}
	for (const char *p = line; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f) {
			strbuf_set(err, "the command holds a control character");
			return -EINVAL;
		}
	console_squeeze(line, squeezed, sizeof(squeezed));
	if (strncmp(squeezed, "AT", 2) != 0) {
		strbuf_set(err, "a command starts with AT");
		return -EINVAL;
	}
	for (size_t i = 0; i < ARRAY_LEN(forbidden); i++)
		if (strstr(squeezed, forbidden[i])) {
			strbuf_set(err,
				"%s is not for the console: the gateway does that itself",
				forbidden[i]);
			return -EPERM;
		}
	return 0;
}

int
console_command(struct driver *d, const char *line, uint64_t ticket, struct strbuf *err)
{
	struct chore chore = {.kind = CHORE_CONSOLE};
	char squeezed[256];
	int r = console_check(line, err);
	if (r)
		return r;
	if (d->console.ticket) {
		strbuf_set(err, "another command is still running");
		return -EBUSY;
	}
	if (d->state != MODEM_ONLINE && d->state != MODEM_SEARCHING &&
		d->state != MODEM_BLOCKED) {
		strbuf_set(err, "the modem is not there: %s",
			d->down_why[0] ? d->down_why : modem_state_name(d->state));
		return -EBUSY;
	}
	if (!chores_add(d, &chore)) {
		strbuf_set(err, "the modem has too much to do");
		return -EBUSY;
	}
	d->console.ticket = ticket ? ticket : 1;
	snprintf(d->console.line, sizeof(d->console.line), "%s", line);
	console_squeeze(line, squeezed, sizeof(squeezed));
	d->console.touches = false;
	for (size_t i = 0; i < ARRAY_LEN(touching); i++)
		d->console.touches |= strstr(squeezed, touching[i]) != NULL;
	modem_pump(d);
	return 0;
}

static void
console_done(struct driver *d, const char *answer)
{
	uint64_t ticket = d->console.ticket;
	d->console.ticket = 0;
	channel_command_done(d->env.channel, ticket, answer);
}

void
console_answer(struct driver *d, const struct chat_reply *reply)
{
	struct strbuf answer AUTO(strbuf_done) = STRBUF_INIT(16384);
	static const char *const words[] = {[FINAL_OK] = "OK",
		[FINAL_ERROR] = "ERROR",
		[FINAL_CME] = "+CME ERROR: ",
		[FINAL_CMS] = "+CMS ERROR: ",
		[FINAL_HANGUP] = ""};
	bool coded = reply->final.kind == FINAL_CME || reply->final.kind == FINAL_CMS;
	for (size_t i = 0; i < reply->count; i++)
		strbuf_printf(&answer, "%s\n", reply->lines[i]);
	strbuf_printf(&answer, "%s%s", words[reply->final.kind],
		coded ? reply->final.text : "");
	d->reinit |= d->console.touches;
	console_done(d, answer.s);
}

void
console_abort(struct driver *d, const char *why)
{
	if (d->console.ticket)
		console_done(d, why);
}
