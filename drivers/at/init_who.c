/* Who the modem and its SIM are. */
#include "drivers/at/init.h"

#include <stdio.h>
#include <string.h>

/* While it is looked for by its IMEI, a modem is asked nothing else before that: it may
 * be another's. */
bool
init_seek_make(struct driver *d, char *ret_text, size_t size)
{
	snprintf(ret_text, size, "AT+CGSN");
	return seek_going(d) && d->config.find.by == FIND_IMEI;
}

static void
init_not_it(struct driver *d, const char *what, const char *told)
{
	char why[384];
	snprintf(
		why, sizeof(why), "%s has %s %s", d->device, what, *told ? told : "none");
	recover_not_it(d, why);
}

enum init_next
init_seek(struct driver *d, const struct chat_reply *reply)
{
	init_imei(d, reply);
	if (find_same_imei(d->who.imei, d->config.find.what)) {
		seek_found(d);
		return INIT_NEXT;
	}
	init_not_it(d, "IMEI", d->who.imei);
	return INIT_WAIT;
}

/* A person must know: the next text would go out by another number. */
static bool
init_refuse(struct driver *d, const char *what, const char *is, const char *wanted)
{
	char why[512];
	if (*is)
		snprintf(why, sizeof(why),
			"another %s is at %s: its %s is %s, and this channel is for %s. "
			"Put the right one back, or correct the channel",
			strcmp(what, "IMEI") == 0 ? "modem" : "SIM", d->device, what, is,
			wanted);
	else
		snprintf(why, sizeof(why),
			"the modem at %s does not tell its %s, and this channel is for "
			"%s alone",
			d->device, what, wanted);
	modem_block(d, why);
	return true;
}

static bool
init_wrong_who(struct driver *d)
{
	const struct at_config *c = &d->config;
	if (seek_going(d) && c->find.by == FIND_ICCID &&
		!find_same_iccid(d->who.iccid, c->find.what)) {
		init_not_it(d, "ICCID", d->who.iccid);
		return true;
	}
	seek_found(d);
	if (c->find.by == FIND_ICCID && !find_same_iccid(d->who.iccid, c->find.what))
		return init_refuse(d, "ICCID", d->who.iccid, c->find.what);
	if (c->imei && !find_same_imei(d->who.imei, c->imei))
		return init_refuse(d, "IMEI", d->who.imei, c->imei);
	if (c->iccid && !find_same_iccid(d->who.iccid, c->iccid))
		return init_refuse(d, "ICCID", d->who.iccid, c->iccid);
	return false;
}

/* Before the PIN and before anything is read or sent: is this the modem and the SIM the
 * channel is for, and no other channel's? */
enum init_next
init_check_who(struct driver *d)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	if (init_wrong_who(d))
		return INIT_WAIT;
	if (!channel_taken(d->env.channel, &d->who, &err))
		return INIT_NEXT;
	modem_block(d, err.s);
	return INIT_WAIT;
}

enum init_next
init_manufacturer(struct driver *d, const struct chat_reply *reply)
{
	parse_value(init_line(reply), "+CGMI", d->who.manufacturer,
		sizeof(d->who.manufacturer));
	return INIT_NEXT;
}

enum init_next
init_model(struct driver *d, const struct chat_reply *reply)
{
	parse_value(init_line(reply), "+CGMM", d->who.model, sizeof(d->who.model));
	return INIT_NEXT;
}

enum init_next
init_revision(struct driver *d, const struct chat_reply *reply)
{
	parse_value(init_line(reply), "+CGMR", d->who.revision, sizeof(d->who.revision));
	return INIT_NEXT;
}

enum init_next
init_profile(struct driver *d)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct profile found;
	int r = profile_find(d->env.notes_dir, d->config.profile, d->who.manufacturer,
		d->who.model, &found, &err);
	profile_free(&d->profile);
	d->profile = found;
	d->chat.gap = found.command_gap;
	modem_sweep_by(d);
	snprintf(d->who.profile, sizeof(d->who.profile), "%s", found.name);
	if (r)
		modem_notice(d, "modem.profile", "%s; using the built-in profile", err.s);
	return INIT_NEXT;
}

bool
init_vendor(struct driver *d, char *ret_text, size_t size)
{
	const char *list = d->profile.init;
	bool found = true;
	for (size_t i = 0; found && i <= d->init.item; i++)
		found = profile_next(&list, ";;", ret_text, size);
	return found;
}

enum init_next
init_each(struct driver *d, const struct chat_reply *reply)
{
	(void)reply;
	d->init.item++;
	return INIT_AGAIN;
}

enum init_next
init_imei(struct driver *d, const struct chat_reply *reply)
{
	for (size_t i = 0; i < reply->count; i++)
		if (parse_digits(reply->lines[i], 14, d->who.imei, sizeof(d->who.imei)) ==
			0)
			break;
	return INIT_NEXT;
}

enum init_next
init_imsi(struct driver *d, const struct chat_reply *reply)
{
	if (!parse_digits(init_line(reply), 6, d->who.imsi, sizeof(d->who.imsi)))
		return INIT_NEXT;
	return INIT_NEXT;
}

static const char *const iccid_commands[] = {"AT+CCID", "AT+CRSM=176,12258,0,0,10",
	"AT+ICCID", "AT^ICCID?", "AT+QCCID", "AT+CICCID", "AT#CCID", "AT^SCID"};

bool
init_iccid_make(struct driver *d, char *ret_text, size_t size)
{
	if (d->init.item >= ARRAY_LEN(iccid_commands))
		return false;
	snprintf(ret_text, size, "%s", iccid_commands[d->init.item]);
	return true;
}

enum init_next
init_iccid(struct driver *d, const struct chat_reply *reply)
{
	const char *line = init_line(reply);
	if (parse_crsm_iccid(line, d->who.iccid, sizeof(d->who.iccid)) == 0)
		return INIT_NEXT;
	if (!parse_after(line, "+CRSM") &&
		parse_digits(line, 18, d->who.iccid, sizeof(d->who.iccid)) == 0)
		return INIT_NEXT;
	d->init.item++;
	return INIT_AGAIN;
}

/* EF_SMSS, 31.102 4.2.9: the last TP-MR used. */
enum init_next
init_last_mr(struct driver *d, const struct chat_reply *reply)
{
	int mr;
	if (parse_crsm_mr(init_line(reply), &mr) == 0)
		d->sim_mr = mr;
	return INIT_NEXT;
}

/* Told before anything is read from the SIM: what is received belongs to this one. */
enum init_next
init_identify(struct driver *d)
{
	channel_identify(d->env.channel, &d->who);
	if (d->sim_mr >= 0)
		channel_sim_reference(d->env.channel, d->sim_mr);
	return INIT_NEXT;
}

enum init_next
init_number(struct driver *d, const struct chat_reply *reply)
{
	const char *p = init_line(reply);
	char digits[22];
	while (*p && *p != ',')
		p++;
	if (parse_digits(p, 5, digits, sizeof(digits)) == 0)
		snprintf(d->who.own_number, sizeof(d->who.own_number), "%s%s",
			strchr(p, '+') ? "+" : "", digits);
	return INIT_NEXT;
}
