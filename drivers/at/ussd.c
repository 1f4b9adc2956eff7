/* A code is dialled (27.007 7.15): AT+CUSD=1, then the network's +CUSD some seconds
 * later. No message is sent meanwhile: the two disturb each other on many modems. */
#include "drivers/at/modem.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "drivers/at/field.h"
#include "gateway/sms/gsm7.h"

#define USSD_WAIT  MINUTE
#define USSD_LINES (2 * SECOND) /* between the first and the last of one answer */

enum { USSD_MAX = 160 };

static void
ussd_done(struct driver *d, const char *answer)
{
	uint64_t ticket = d->ussd.ticket;
	loop_timer_stop(&d->ussd.timer);
	d->ussd.ticket = 0;
	if (ticket)
		channel_command_done(d->env.channel, ticket, answer);
}

void
ussd_abort(struct driver *d, const char *why)
{
	if (d->ussd.ticket)
		ussd_done(d, why);
}

static void
ussd_late(void *arg)
{
	struct driver *d = arg;
	chores_push(d, CHORE_USSD_END);
	ussd_done(d, "the network did not answer the code");
	modem_pump(d);
}

void
ussd_init(struct driver *d)
{
	loop_timer_init(&d->ussd.timer, d->env.loop, ussd_late, d);
}

bool
ussd_going(const struct driver *d)
{
	return d->ussd.ticket != 0;
}

/* Digits, * and #; quotes and the like would end the string. */
int
ussd_check(const char *code, struct strbuf *err)
{
	size_t len = strlen(code);
	if (len > 0 && len <= 40 && strspn(code, "0123456789*#+") == len)
		return 0;
	strbuf_set(err,
		"\"%.40s\" is no USSD code: digits, * and # are expected, such as *100#",
		code);
	return -EINVAL;
}

int
ussd_dial(struct driver *d, const char *code, uint64_t ticket, struct strbuf *err)
{
	int r = ussd_check(code, err);
	if (r)
		return r;
	if (d->ussd.ticket) {
		strbuf_set(err, "another code is still waiting for its answer");
		return -EBUSY;
	}
	if (d->state != MODEM_ONLINE && d->state != MODEM_SEARCHING) {
		strbuf_set(err, "the modem is not there: %s",
			d->down_why[0] ? d->down_why : modem_state_name(d->state));
		return -EBUSY;
	}
	d->ussd.ticket = ticket ? ticket : 1;
	snprintf(d->ussd.code, sizeof(d->ussd.code), "%s", code);
	loop_timer_in(&d->ussd.timer, USSD_WAIT);
	chores_push(d, CHORE_USSD);
	modem_pump(d);
	return 0;
}

/* 23.038 6.1.2.3: seven spare bits are filled with CR. */
static void
ussd_pack(const char *code, char *ret, size_t size)
{
	uint8_t septets[64], octets[64];
	struct strbuf hex AUTO(strbuf_done) = STRBUF_INIT(160);
	int n = gsm7_from_utf8(code, strlen(code), 0, 0, septets, 60);
	if (n > 0 && n % 8 == 7)
		septets[n++] = '\r';
	if (n > 0)
		strbuf_hex(&hex, octets, gsm7_pack(septets, (size_t)n, 0, octets));
	snprintf(ret, size, "%s", hex.s);
}

void
ussd_text(const struct driver *d, char *ret, size_t size)
{
	char packed[160];
	if (d->profile.ussd_packed)
		ussd_pack(d->ussd.code, packed, sizeof(packed));
	else
		snprintf(packed, sizeof(packed), "%s", d->ussd.code);
	snprintf(ret, size, "AT+CUSD=1,\"%s\",15", packed);
}

void
ussd_dialled(struct driver *d, const struct chore *c, const struct chat_reply *reply)
{
	char why[160];
	(void)c;
	if (reply->final.kind == FINAL_OK || !d->ussd.ticket)
		return;
	snprintf(why, sizeof(why), "the modem refused the code: %.100s",
		reply->final.kind == FINAL_ERROR
			? "ERROR"
			: codes_find(&reply->final, VENDOR_CMS_NONE)->sentence);
	ussd_done(d, why);
}

/* ---- the answer ---- */

static void
ussd_utf16(const uint8_t *octets, size_t len, struct strbuf *out)
{
	for (size_t i = 0; i + 1 < len; i += 2) {
		uint32_t u = (uint32_t)octets[i] << 8 | octets[i + 1];
		if (u >= 0xD800 && u < 0xDC00 && i + 3 < len) {
			uint32_t low = (uint32_t)octets[i + 2] << 8 | octets[i + 3];
			if (low >= 0xDC00 && low < 0xE000) {
				u = 0x10000 + ((u - 0xD800) << 10) + (low - 0xDC00);
				i += 2;
			}
		}
		strbuf_utf8(out, u);
	}
}

/* The coding scheme of cell broadcast (23.038 5): 48h UCS-2, 11h UCS-2 behind a language
 * of two septet letters; the rest is the alphabet of CSCS, or packed septets in hex. */
static void
ussd_decode(bool packed, const struct field *f, int dcs, struct strbuf *out)
{
	uint8_t octets[2 * USSD_MAX], septets[2 * USSD_MAX];
	char plain[2 * USSD_MAX];
	size_t len;
	bool hex = !field_hex(f, octets, sizeof(octets), &len) && len > 0;
	if (hex && dcs == 0x11 && len > 2) {
		ussd_utf16(octets + 2, len - 2, out);
	} else if (hex && (dcs == 0x48 || dcs == 0x11) && len % 2 == 0) {
		ussd_utf16(octets, len, out);
	} else if (hex && packed) {
		size_t n = gsm7_unpack(
			octets, len, 0, MIN(len * 8 / 7, sizeof(septets)), septets);
		while (n > 0 && (septets[n - 1] == '\r' || septets[n - 1] == 0))
			n--;
		gsm7_to_utf8(septets, n, 0, 0, out);
	} else {
		field_text(f, plain, sizeof(plain));
		strbuf_puts(out, plain);
	}
}

static bool
ussd_open_quote(const char *text)
{
	unsigned quotes = 0;
	for (; *text; text++)
		quotes += *text == '"';
	return quotes % 2 == 1;
}

/* Menus have line ends within their quotes. */
bool
ussd_begun(struct driver *d, const char *line)
{
	if (!ussd_open_quote(line))
		return false;
	snprintf(d->ussd.lines, sizeof(d->ussd.lines), "%s", line);
	d->ussd.since = clock_mono(loop_clock(d->env.loop));
	return true;
}

bool
ussd_more(struct driver *d, const char *line)
{
	size_t len = strlen(d->ussd.lines);
	char whole[sizeof(d->ussd.lines)];
	bool late = clock_mono(loop_clock(d->env.loop)) - d->ussd.since > USSD_LINES;
	if (!len)
		return false;
	if (late || len + strlen(line) + 2 > sizeof(d->ussd.lines)) {
		d->ussd.lines[0] = '\0';
		return false;
	}
	d->ussd.lines[len] = '\n';
	strcpy(d->ussd.lines + len + 1, line);
	if (ussd_open_quote(d->ussd.lines))
		return true;
	memcpy(whole, d->ussd.lines, sizeof(whole));
	d->ussd.lines[0] = '\0';
	ussd_answered(d, whole);
	return true;
}

bool
ussd_answered(struct driver *d, const char *line)
{
	const char *p = parse_after(line, "+CUSD");
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(2048);
	struct field mode = {"", 0, false}, f = {"", 0, false}, dcs = {"", 0, false};
	if (!p || !field_next(&p, &mode))
		return false;
	field_next(&p, &f);
	field_next(&p, &dcs);
	if (f.len > 0)
		ussd_decode(d->profile.ussd_packed, &f, field_int(&dcs), &text);
	if (!d->ussd.ticket) {
		if (text.len)
			modem_notice(d, "modem.ussd", "%s", text.s);
		return true;
	}
	/* A menu: nobody is there to choose, and an open session bars the next. */
	if (field_int(&mode) == 1)
		chores_push(d, CHORE_USSD_END);
	ussd_done(d, text.len                ? text.s
		     : field_int(&mode) == 4 ? "the network does not know this code"
		     : field_int(&mode) == 5 ? "the network did not answer in time"
					     : "the network ended it without a word");
	return true;
}
