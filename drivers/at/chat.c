#include "drivers/at/chat.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "gateway/base/log.h"

static void chat_timeout(void *arg);
static void chat_launch(void *arg);

void
chat_init(struct chat *chat, struct loop *loop, const char *name,
	const struct chat_owner *owner)
{
	memset(chat, 0, sizeof(*chat));
	chat->name = name;
	chat->owner = *owner;
	strbuf_init(&chat->sent, 1024);
	strbuf_init(&chat->text, 2048);
	loop_timer_init(&chat->timer, loop, chat_timeout, chat);
	loop_timer_init(&chat->pause, loop, chat_launch, chat);
}

static void
chat_forget_answer(struct chat *chat)
{
	for (size_t i = 0; i < chat->answers; i++)
		free(chat->answer[i]);
	chat->answers = 0;
}

void
chat_done(struct chat *chat)
{
	loop_timer_stop(&chat->timer);
	loop_timer_stop(&chat->pause);
	chat_forget_answer(chat);
	strbuf_done(&chat->sent);
	strbuf_done(&chat->text);
}

static void
chat_note(struct chat *chat, char direction, const char *text, size_t len)
{
	struct strbuf line AUTO(strbuf_done) = STRBUF_INIT(2 * LINES_MAX + 64);
	chat->wire.show_pdu = log_enabled(LOG_TRACE);
	wire_note(&chat->wire, direction, text, len);
	if (!log_enabled(LOG_TRACE))
		return;
	wire_mask(text, len, true, &line);
	log_event(LOG_TRACE, direction == '>' ? "at.out" : "at.in",
		LOG_TEXT("channel", chat->name), LOG_TEXT("line", line.s));
}

/* ---- the way out ---- */

void
chat_raw(struct chat *chat, const char *bytes, size_t len)
{
	chat_note(chat, '>', bytes, len);
	chat->owner.write(chat->owner.arg, bytes, len);
}

static void
chat_launch(void *arg)
{
	struct chat *chat = arg;
	loop_timer_in(&chat->timer, chat->command.deadline);
	strbuf_putc(&chat->sent, '\r');
	chat_raw(chat, chat->sent.s, chat->sent.len);
	chat->sent.s[--chat->sent.len] = '\0';
}

void
chat_send(struct chat *chat, const struct chat_command *command)
{
	int64_t now = clock_mono(loop_clock(chat->timer.loop));
	assert(chat->state == CHAT_IDLE);
	chat->command = *command;
	chat->asked = chat->claimed = chat->want_pdu = false;
	strbuf_reset(&chat->text);
	strbuf_reset(&chat->sent);
	strbuf_puts(&chat->sent, command->text);
	chat->command.text = chat->sent.s;
	chat->state = command->submit ? CHAT_PROMPT : CHAT_FINAL;
	chat->lines.want_prompt = true;
	if (now - chat->ended < chat->gap)
		loop_timer_at(&chat->pause, chat->ended + chat->gap);
	else
		chat_launch(chat);
}

void
chat_submit(struct chat *chat, const char *hex, size_t len, bool last)
{
	char bytes[2048];
	assert(chat->state == CHAT_OPEN || chat->state == CHAT_SUBMIT);
	assert(len < sizeof(bytes));
	memcpy(bytes, hex, len);
	strbuf_add(&chat->text, hex, len);
	if (last)
		bytes[len++] = 0x1a;
	chat->state = CHAT_SUBMIT;
	loop_timer_in(&chat->timer, chat->command.submit);
	chat_raw(chat, bytes, len);
}

void
chat_escape(struct chat *chat, int64_t wait)
{
	assert(chat->state == CHAT_OPEN);
	chat->state = CHAT_ESCAPE;
	loop_timer_in(&chat->timer, wait);
	chat_raw(chat, "\x1b", 1);
}

void
chat_hurry(struct chat *chat, int64_t wait)
{
	int64_t end = clock_mono(loop_clock(chat->timer.loop)) + wait;
	if (chat->state == CHAT_SUBMIT && end < chat->timer.deadline)
		loop_timer_at(&chat->timer, end);
}

/* ---- the end of a command ---- */

static void
chat_finish(struct chat *chat, enum chat_result result, const struct final *final)
{
	struct chat_reply reply = {.result = result, .asked = chat->asked};
	char *lines[CHAT_LINES];
	/* `done` may send the next command: the answer has to live outside the chat. */
	if (final)
		reply.final = *final;
	memcpy(lines, chat->answer, chat->answers * sizeof(*lines));
	reply.lines = (const char *const *)lines;
	reply.count = chat->answers;
	chat->answers = 0;
	chat->state = CHAT_IDLE;
	chat->lines.want_prompt = false;
	loop_timer_stop(&chat->timer);
	loop_timer_stop(&chat->pause);
	chat->ended = clock_mono(loop_clock(chat->timer.loop));
	chat->command.done(chat->command.arg, &reply);
	for (size_t i = 0; i < reply.count; i++)
		free(lines[i]);
}

static void
chat_timeout(void *arg)
{
	struct chat *chat = arg;
	static const struct final ok = {FINAL_OK, -1, "OK"};
	if (chat->state == CHAT_ESCAPE)
		chat_finish(chat, CHAT_CANCELED, NULL);
	else if (chat->command.grace && chat->claimed)
		chat_finish(chat, CHAT_DONE, &ok);
	else
		chat_finish(chat, CHAT_TIMEOUT, NULL);
}

void
chat_cancel(struct chat *chat)
{
	if (chat->state != CHAT_IDLE)
		chat_finish(chat, CHAT_CANCELED, NULL);
}

/* ---- the way in ---- */

/* An own line; from the first on, a missing OK may be forgiven. */
static void
chat_claim(struct chat *chat, const char *line)
{
	if (chat->answers < CHAT_LINES)
		chat->answer[chat->answers++] = xstrdup(line);
	if (chat->command.grace && !chat->claimed)
		loop_timer_in(&chat->timer, chat->command.grace);
	chat->claimed = true;
}

static bool
chat_is_echo(const struct chat *chat, const char *line)
{
	if (chat->state == CHAT_IDLE)
		return false;
	if (chat->sent.len > 0 && strcmp(line, chat->sent.s) == 0)
		return true;
	if (chat->text.len == 0)
		return false;
	while (*line == '>' || *line == ' ')
		line++;
	return strcmp(line, chat->text.s) == 0;
}

/* News looks like "+NAME: ..." or "^NAME: ..."; what has neither may be free text. */
static bool
chat_is_tagged(const char *line)
{
	const char *p = line + 1;
	if (!strchr("+^*%#$", *line))
		return false;
	while (isalnum((unsigned char)*p) || *p == '_')
		p++;
	return p > line + 1 && (*p == ':' || *p == '\0');
}

/* For "*": free text, and tags that the command itself names (+CGSN: in answer to
 * AT+CGSN). */
static bool
chat_is_free_answer(const struct chat *chat, const char *line)
{
	char name[32];
	size_t n = strcspn(line, ":");
	if (!chat_is_tagged(line))
		return true;
	if (n >= sizeof(name))
		return false;
	memcpy(name, line, n);
	name[n] = '\0';
	return strcasestr(chat->sent.s, name) != NULL;
}

static bool
chat_is_own(const struct chat *chat, const char *line)
{
	char name[32];
	const char *p = chat->command.prefixes;
	if (chat->state != CHAT_FINAL && chat->state != CHAT_SUBMIT)
		return false;
	if (strcmp(p, "*") == 0)
		return chat_is_free_answer(chat, line);
	while (*p) {
		size_t n = strcspn(p, " ");
		if (n < sizeof(name)) {
			memcpy(name, p, n);
			name[n] = '\0';
			if (parse_after(line, name))
				return true;
		}
		p += n + strspn(p + n, " ");
	}
	return false;
}

/* Words that modems say unasked, without a tag: never part of an identity. */
static bool
chat_is_untagged_news(const char *line)
{
	static const char *const words[] = {"RING", "RDY", "Call Ready", "SMS Ready",
		"SMS DONE", "PB DONE", "NORMAL POWER DOWN", "UNDER-VOLTAGE WARNNING",
		"OVER-VOLTAGE WARNNING", "+SMS FULL"};
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcasecmp(line, words[i]) == 0)
			return true;
	return strncasecmp(line, "DST:", 4) == 0;
}

/* Tags that are news whatever runs: they never answer a command of ours. */
static bool
chat_is_always_news(const char *line)
{
	static const char *const tags[] = {"+CMTI", "+CDSI", "+CRING", "+CLIP", "+CIEV",
		"+CTZV", "+CTZE", "+CUSD", "^RSSI", "^HCSQ", "^MODE", "^SRVST", "^SIMST",
		"^BOOT", "^DSFLOWRPT", "^SMMEMFULL", "+QIND", "+QUSIM", "+ZPASR",
		"+ZUSIMR", "+ZDONR", "+WIND", "*PSUTTZ", "%CTZV"};
	for (size_t i = 0; i < ARRAY_LEN(tags); i++)
		if (parse_after(line, tags[i]))
			return true;
	return chat_is_untagged_news(line);
}

static void
chat_drop_head(struct chat *chat, const char *pdu)
{
	if (!chat->head)
		return;
	chat->head = false;
	chat->owner.direct(chat->owner.arg, &chat->direct, pdu);
}

static void
chat_end(struct chat *chat, const struct final *final)
{
	chat_drop_head(chat, "");
	switch (chat->state) {
	case CHAT_IDLE: /* an answer that came after its deadline */ break;
	case CHAT_FINAL:
	case CHAT_PROMPT:
	case CHAT_OPEN:
	case CHAT_SUBMIT: chat_finish(chat, CHAT_DONE, final); break;
	case CHAT_ESCAPE: chat_finish(chat, CHAT_CANCELED, NULL); break;
	}
}

/* True when the line was the second of a pair. A line that names itself is not, and the
 * pair stays open: news may come between the two. */
static bool
chat_take_pair(struct chat *chat, const char *line)
{
	if (chat_is_tagged(line) || chat_is_untagged_news(line))
		return false;
	if (chat->head) {
		chat_drop_head(chat, line);
		return true;
	}
	if (!chat->want_pdu || chat->state != CHAT_FINAL)
		return false;
	chat->want_pdu = false;
	chat_claim(chat, line);
	return true;
}

static void
chat_line(struct chat *chat, const char *line)
{
	struct final final;
	struct direct direct;
	if (chat_is_echo(chat, line))
		return;
	/* We never dial: NO CARRIER and its like end somebody else's call, not our
	 * command. */
	if (parse_final(line, &final) == 0 && final.kind != FINAL_HANGUP) {
		chat_end(chat, &final);
		return;
	}
	if (chat_take_pair(chat, line))
		return;
	if (parse_direct(line, &direct) == 0) {
		chat_drop_head(chat, "");
		chat->head = true;
		chat->direct = direct;
	} else if (!chat_is_always_news(line) && chat_is_own(chat, line)) {
		chat->want_pdu = chat->command.pdus;
		chat_claim(chat, line);
	} else {
		chat->owner.news(chat->owner.arg, line);
	}
}

static void
chat_prompted(struct chat *chat)
{
	chat_note(chat, '<', ">", 1);
	if (chat->state == CHAT_PROMPT) {
		chat->state = CHAT_OPEN;
		chat->asked = true;
		loop_timer_stop(&chat->timer);
		chat->owner.prompt(chat->owner.arg);
	} else if (chat->state == CHAT_FINAL) {
		chat_finish(chat, CHAT_STUCK, NULL);
	}
}

void
chat_feed(struct chat *chat, const char *bytes, size_t len)
{
	struct token token;
	while (lines_next(&chat->lines, &bytes, &len, &token)) {
		switch (token.kind) {
		case TOKEN_LINE:
			chat_note(chat, '<', token.text, token.len);
			chat_line(chat, token.text);
			break;
		case TOKEN_PROMPT: chat_prompted(chat); break;
		case TOKEN_LONG:
			chat_note(chat, '<', "(a line too long, dropped)", 26);
			chat_drop_head(chat, "");
			break;
		}
	}
}
