/* The modem's wire: bytes in, lines out (V.250 5.2, 5.7). */
#include "drivers/sim/commands.h"

#include <string.h>

/* ---- out ---- */

static bool
ends_are_odd(const struct sim_modem *m)
{
	return sim_fault_any(&m->faults, FAULT_BARE_CR) ||
	       sim_fault_any(&m->faults, FAULT_LF_ONLY) ||
	       sim_fault_any(&m->faults, FAULT_NUL_BYTES);
}

void
sim_modem_say(struct sim_modem *m, const char *bytes, size_t len)
{
	if (!ends_are_odd(m)) {
		sim_pty_say(&m->port, bytes, len);
		return;
	}
	bool cr = !sim_fault_any(&m->faults, FAULT_LF_ONLY);
	bool lf = !sim_fault_any(&m->faults, FAULT_BARE_CR);
	for (size_t i = 0; i < len; i++) {
		if ((bytes[i] == '\r' && cr) || (bytes[i] == '\n' && lf) ||
			(bytes[i] != '\r' && bytes[i] != '\n'))
			sim_pty_say(&m->port, bytes + i, 1);
		if (bytes[i] == '\n' && sim_fault_any(&m->faults, FAULT_NUL_BYTES))
			sim_pty_say(&m->port, "", 1);
	}
}

static void
say_garbage(struct sim_modem *m, int64_t count)
{
	for (int64_t i = 0; i < MIN(count, 4096); i++) {
		/* 0xFF is what a line at the wrong speed gives; the rest is anything. */
		uint8_t byte = i % 3 ? (uint8_t)sim_random(m->sim) : 0xFF;
		sim_pty_say(&m->port, &byte, 1);
	}
}

static void
say_line(struct sim_modem *m, const char *fmt, va_list ap)
{
	struct strbuf *b = &m->scratch;
	strbuf_reset(b);
	if (m->set.verbose)
		strbuf_puts(b, "\r\n");
	strbuf_vprintf(b, fmt, ap);
	strbuf_puts(b, "\r\n");
	sim_modem_say(m, b->s, b->len);
}

void
sim_modem_line(struct sim_modem *m, const char *fmt, ...)
{
	struct sim_fault_armed f;
	va_list ap;
	if (sim_modem_strike(m, FAULT_GARBAGE, &f))
		say_garbage(m, f.value);
	va_start(ap, fmt);
	say_line(m, fmt, ap);
	va_end(ap);
	if (sim_modem_strike(m, FAULT_URC_INSIDE, &f))
		sim_modem_shout(m, "%s", f.word[0] ? f.word : "+CDSI: \"SR\",50");
}

void
sim_modem_shout(struct sim_modem *m, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	say_line(m, fmt, ap);
	va_end(ap);
}

void
sim_modem_urc(struct sim_modem *m, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	if (m->state == SIM_IDLE) {
		say_line(m, fmt, ap);
	} else if (m->state != SIM_OFF) {
		strbuf_puts(&m->held, "\r\n");
		strbuf_vprintf(&m->held, fmt, ap);
		strbuf_puts(&m->held, "\r\n");
	}
	va_end(ap);
}

void
sim_modem_flood(void *arg)
{
	struct sim_modem *m = arg;
	const struct sim_fault_armed *f = sim_fault_on(&m->faults, FAULT_URC_FLOOD);
	if (!f)
		return;
	if (m->state == SIM_IDLE || m->state == SIM_BUSY)
		sim_modem_shout(m, "^RSSI:%u", 10 + sim_random(m->sim) % 20);
	sim_pty_flush(&m->port);
	loop_timer_in(&m->flood, MAX(f->value, 1));
}

/* ---- results ---- */

struct words {
	int code;
	const char *text;
};

static const struct words cme_words[] = {{3, "operation not allowed"},
	{4, "operation not supported"}, {10, "SIM not inserted"},
	{11, "SIM PIN required"}, {12, "SIM PUK required"}, {13, "SIM failure"},
	{14, "SIM busy"}, {16, "incorrect password"}, {21, "invalid index"},
	{30, "no network service"}, {50, "incorrect parameters"}, {100, "unknown"},
	{0, NULL}};

static const struct words cms_words[] = {{38, "network out of order"},
	{41, "temporary failure"}, {42, "congestion"}, {300, "ME failure"},
	{302, "operation not allowed"}, {303, "operation not supported"},
	{304, "invalid PDU mode parameter"}, {305, "invalid text mode parameter"},
	{310, "SIM not inserted"}, {311, "SIM PIN required"}, {314, "SIM busy"},
	{316, "SIM PUK required"}, {320, "memory failure"}, {321, "invalid memory index"},
	{322, "memory full"}, {330, "SMSC address unknown"}, {331, "no network service"},
	{332, "network timeout"}, {340, "no +CNMA acknowledgement expected"},
	{500, "unknown error"}, {0, NULL}};

static const char *
word_of(const struct words *w, int code)
{
	while (w->text && w->code != code)
		w++;
	return w->text ? w->text : "unknown error";
}

/* 27.007 9.1: CMEE 0 hides +CME behind ERROR. +CMS (27.005 3.2.5) is not governed by it.
 */
static void
say_error(struct sim_modem *m, const char *kind, int code, const struct words *words)
{
	const char *blank = sim_fault_any(&m->faults, FAULT_ERROR_NO_BLANK) ? "" : " ";
	bool text = m->set.cmee == 2 || sim_fault_any(&m->faults, FAULT_ERROR_TEXT);
	if (text)
		sim_modem_shout(m, "+%s ERROR:%s%s", kind, blank, word_of(words, code));
	else
		sim_modem_shout(m, "+%s ERROR:%s%d", kind, blank, code);
}

void
sim_modem_result(struct sim_modem *m, int result)
{
	bool bare = result == SIM_OK || result == SIM_ERROR ||
		    (result < SIM_CMS(0) && !m->set.cmee);
	if (m->set.quiet)
		return;
	if (result == SIM_OK && m->set.verbose)
		sim_modem_say(m, "\r\nOK\r\n", 6);
	else if (bare && !m->set.verbose)
		sim_modem_say(m, result == SIM_OK ? "0\r" : "4\r", 2);
	else if (bare)
		sim_modem_say(m, "\r\nERROR\r\n", 9);
	else if (result >= SIM_CMS(0))
		say_error(m, "CMS", result - SIM_CMS(0), cms_words);
	else
		say_error(m, "CME", result - SIM_CME(0), cme_words);
}

static void
release_held(struct sim_modem *m)
{
	if (!m->held.len)
		return;
	sim_modem_say(m, m->held.s, m->held.len);
	strbuf_reset(&m->held);
}

void
sim_modem_finish(struct sim_modem *m, int result)
{
	if (result == SIM_LATER)
		return;
	struct sim_fault_armed f;
	if (sim_modem_strike(m, FAULT_GARBAGE, &f))
		say_garbage(m, f.value);
	if (result != SIM_SILENT)
		sim_modem_result(m, result);
	if (m->state == SIM_BUSY || m->state == SIM_DATA)
		m->state = SIM_IDLE;
	if (m->state == SIM_IDLE)
		release_held(m);
}

void
sim_modem_prompt(struct sim_modem *m)
{
	static const struct {
		const char *style, *bytes;
		size_t len;
	} styles[] = {{"bare", "\r\n>", 3}, {"cr", "\r\n> \r", 5}, {"nul", "\r\n> \0", 5},
		{"n211", "\r\n\r \n > \r\n", 10}, {"glued", "> ", 2}};
	const struct sim_fault_armed *f = sim_fault_on(&m->faults, FAULT_PROMPT);
	m->state = SIM_DATA;
	m->bytes_len = 0;
	m->bytes_over = false;
	for (size_t i = 0; f && i < ARRAY_LEN(styles); i++) {
		if (strcmp(f->word, styles[i].style) != 0)
			continue;
		sim_pty_say(&m->port, styles[i].bytes, styles[i].len);
		return;
	}
	sim_pty_say(&m->port, "\r\n> ", 4);
}

/* ---- in ---- */

static bool
echoes(const struct sim_modem *m)
{
	if (sim_fault_any(&m->faults, FAULT_ECHO_ON))
		return true;
	return m->set.echo && !sim_fault_any(&m->faults, FAULT_ECHO_OFF);
}

/* V.250 5.2.1: what stands before AT is noise, and so is a line without it. */
static void
line_done(struct sim_modem *m)
{
	m->line[m->line_len] = '\0';
	char *at = NULL;
	for (char *p = m->line; !at && *p; p++)
		if ((p[0] == 'A' || p[0] == 'a') &&
			(p[1] == 'T' || p[1] == 't' || p[1] == '/'))
			at = p;
	bool over = m->line_over;
	m->line_len = 0;
	m->line_over = false;
	if (!at)
		return;
	m->state = SIM_BUSY;
	if (over) {
		sim_modem_finish(m, SIM_ERROR);
		return;
	}
	if (at[1] == '/')
		memcpy(m->line, m->last, sizeof(m->line));
	else
		memmove(m->line, at + 2, strlen(at + 2) + 1);
	memcpy(m->last, m->line, strlen(m->line) + 1);
	sim_command_line(m, m->line);
}

static void
hear_command_byte(struct sim_modem *m, char c)
{
	if (c == '\r') {
		line_done(m);
	} else if (c == '\b' || c == 0x7F) {
		m->line_len -= m->line_len > 0;
	} else if (c == '\n' || c == 0x1B || c == 0x1A || !c) {
		return;
	} else if (m->line_len < sizeof(m->line) - 1) {
		m->line[m->line_len++] = c;
	} else {
		m->line_over = true;
	}
}

static void
hear_data_byte(struct sim_modem *m, char c)
{
	struct sim_fault_armed f;
	if (c == 0x1B) {
		sim_submit_escape(m);
	} else if (c == 0x1A) {
		sim_submit_data(m);
	} else if (m->bytes_len == 20 && sim_modem_strike(m, FAULT_UNPLUG_MID_PDU, &f)) {
		sim_modem_unplug(m, f.value);
	} else if (m->bytes_len == 20 && sim_modem_strike(m, FAULT_CUT_MID_PDU, &f)) {
		m->deaf_until = clock_mono(loop_clock(m->sim->loop)) + f.value;
		sim_modem_note(m, "cut");
		sim_ledger_end(&m->sim->ledger);
	} else if (m->bytes_len < sizeof(m->bytes) - 1) {
		m->bytes[m->bytes_len++] = c;
	} else {
		m->bytes_over = true;
	}
}

static void
hear_byte(struct sim_modem *m, char c)
{
	if (m->deaf_until && clock_mono(loop_clock(m->sim->loop)) < m->deaf_until)
		return;
	if (echoes(m) && !m->muted) {
		if (m->state == SIM_DATA && !m->bytes_len &&
			sim_fault_any(&m->faults, FAULT_CRLF_BEFORE_ECHO))
			sim_pty_say(&m->port, "\r\n", 2);
		if (c != 0x1A && c != 0x1B)
			sim_pty_say(&m->port, &c, 1);
	}
	if (m->state == SIM_DATA)
		hear_data_byte(m, c);
	else
		hear_command_byte(m, c);
}

static size_t
hear(struct sim_modem *m, const char *bytes, size_t len)
{
	size_t at = 0;
	while (at < len && (m->state == SIM_IDLE || m->state == SIM_DATA))
		hear_byte(m, bytes[at++]);
	return at;
}

void
sim_modem_hear(void *arg, const uint8_t *bytes, size_t len)
{
	struct sim_modem *m = arg;
	size_t taken = m->in.len ? 0 : hear(m, (const char *)bytes, len);
	if (m->state == SIM_BUSY || m->in.len)
		strbuf_add(&m->in, bytes + taken, len - taken);
	sim_modem_settle(m);
}

void
sim_modem_settle(struct sim_modem *m)
{
	while (m->in.len && (m->state == SIM_IDLE || m->state == SIM_DATA)) {
		size_t taken = hear(m, m->in.s, m->in.len);
		if (m->state == SIM_OFF || m->state == SIM_HUNG)
			strbuf_reset(&m->in);
		else
			strbuf_consume(&m->in, taken);
	}
	sim_receive_pending(m);
	sim_pty_flush(&m->port);
}
