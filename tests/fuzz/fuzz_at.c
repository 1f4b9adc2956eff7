/* Anything a modem could say, in any pieces, with a command in flight or none: the lower
 * two layers must neither crash nor hang, answer every command exactly once, and make the
 * same of the bytes however they are cut. */
#include "drivers/at/chat.h"
#include "drivers/at/codes.h"
#include "drivers/at/field.h"
#include "gateway/base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(x)                                                                          \
	do {                                                                             \
		if (!(x))                                                                \
			abort();                                                         \
	} while (0)

struct scene {
	struct clock_sim clock;
	struct loop *loop;
	struct chat chat;
	unsigned sent, done;
	struct strbuf log;
};

static void
on_write(void *arg, const char *bytes, size_t len)
{
	(void)arg;
	MUST(len > 0 && bytes[0] != '\0');
}

static void
on_prompt(void *arg)
{
	struct scene *s = arg;

	strbuf_puts(&s->log, "prompt\n");
	if (s->sent % 2)
		chat_submit(&s->chat, "0001000A81", 10, true);
	else
		chat_escape(&s->chat, SECOND);
}

static void
on_news(void *arg, const char *line)
{
	struct stored_at at;
	struct creg creg;
	int mr;

	strbuf_printf(&((struct scene *)arg)->log, "news %s\n", line);
	MUST(parse_cmti(line, &at) || strlen(at.mem) < sizeof(at.mem));
	MUST(parse_creg(line, "+CREG", false, &creg) || creg.stat >= -1);
	MUST(parse_cmgs(line, &mr) || (mr >= -1 && mr <= 255));
}

static void
on_pdu(const char *line)
{
	struct pdu_line pdu;

	if (parse_pdu(line, &pdu))
		return;
	MUST(pdu.tpdu < pdu.len && pdu.len <= sizeof(pdu.octets));
	MUST(strlen(pdu.smsc) < sizeof(pdu.smsc));
}

static void
on_direct(void *arg, const struct direct *direct, const char *pdu)
{
	strbuf_printf(&((struct scene *)arg)->log, "direct %d %s\n", direct->len, pdu);
	on_pdu(pdu);
}

/* Every reader sees every line: they must say no, not break. */
static void
read_line(const char *line)
{
	struct mem_groups groups;
	struct mem_use use[PARSE_GROUPS];
	struct stored stored;
	struct sets sets;
	struct creg creg;
	char text[24];
	size_t count;
	int value;

	MUST(parse_cpms_test(line, &groups) || groups.count <= PARSE_GROUPS);
	MUST(parse_cpms(line, use, &count) || count <= PARSE_GROUPS);
	MUST(parse_sets(line, "+CNMI", &sets) || sets.count <= ARRAY_LEN(sets.bits));
	MUST(parse_creg(line, "+CREG", true, &creg) || creg.stat >= -1);
	MUST(parse_csca(line, text, sizeof(text)) || strlen(text) < sizeof(text));
	MUST(parse_cops(line, text, sizeof(text)) || strlen(text) < sizeof(text));
	MUST(parse_crsm_iccid(line, text, sizeof(text)) || strlen(text) < sizeof(text));
	MUST(parse_digits(line, 5, text, sizeof(text)) || strlen(text) < sizeof(text));
	MUST(parse_csq(line, &value) || value <= 0);
	MUST(parse_crsm_mr(line, &value) || value <= 255);
	MUST(parse_cmgl(line, &stored) || stored.index >= -1);
	MUST(parse_cmgr(line, &stored) || stored.stat >= -1);
	on_pdu(line);
}

static void
on_done(void *arg, const struct chat_reply *reply)
{
	struct scene *s = arg;

	s->done++;
	MUST(s->done == s->sent && reply->count <= CHAT_LINES);
	strbuf_printf(&s->log, "done %d\n", reply->result);
	for (size_t i = 0; i < reply->count; i++) {
		strbuf_printf(&s->log, "own %s\n", reply->lines[i]);
		read_line(reply->lines[i]);
	}
	if (reply->result == CHAT_DONE)
		MUST(codes_find(&reply->final, VENDOR_CMS_NONE)->sentence);
}

static const struct chat_command commands[] = {
	{.text = "AT+CMGL=4", .prefixes = "+CMGL", .deadline = SECOND, .pdus = true},
	{.text = "AT+CMGS=9",
		.prefixes = "+CMGS",
		.deadline = SECOND,
		.submit = SECOND,
		.grace = SECOND},
	{.text = "AT+CPMS=?", .prefixes = "+CPMS", .deadline = SECOND},
	{.text = "ATI", .prefixes = "*", .deadline = SECOND},
	{.text = "AT+CNMI=?",
		.prefixes = "+CNMI +CREG +CSCA +COPS +CSQ +CRSM",
		.deadline = SECOND},
};

/* 0x01 in the input starts a command where the line is free. */
static void
play(struct scene *s, const uint8_t *data, size_t size, size_t step)
{
	const struct chat_owner owner = {on_write, on_prompt, on_news, on_direct, s};

	memset(s, 0, sizeof(*s));
	clock_sim_init(&s->clock, 0);
	s->loop = loop_new(&s->clock.clock);
	strbuf_init(&s->log, 1 << 20);
	chat_init(&s->chat, s->loop, "fuzz", &owner);
	for (size_t i = 0; i < size;) {
		size_t n = 0;

		if (data[i] == 1) {
			if (s->chat.state == CHAT_IDLE) {
				struct chat_command c =
					commands[s->sent++ % ARRAY_LEN(commands)];

				c.done = on_done;
				c.arg = s;
				chat_send(&s->chat, &c);
			}
			i++;
			continue;
		}
		while (n < step && i + n < size && data[i + n] != 1)
			n++;
		chat_feed(&s->chat, (const char *)data + i, n);
		i += n;
	}
	chat_cancel(&s->chat);
	MUST(s->done == s->sent);
}

static void
stop(struct scene *s)
{
	chat_done(&s->chat);
	loop_free(s->loop);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct scene whole, bytes;

	log_open(stderr, LOG_OFF, clock_real());
	play(&whole, data, size, size);
	play(&bytes, data, size, 1);
	MUST(whole.log.len == bytes.log.len &&
		memcmp(whole.log.s, bytes.log.s, whole.log.len) == 0);
	strbuf_done(&whole.log);
	strbuf_done(&bytes.log);
	stop(&whole);
	stop(&bytes);
	return 0;
}
