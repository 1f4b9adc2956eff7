#include "gateway/core/upkeep.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/core/channel_inside.h"
#include "gateway/core/outbox.h"
#include "gateway/core/owner.h"
#include "gateway/core/special.h"
#include "gateway/sms/address.h"
#include "gateway/text/regex.h"

#define SAY_AGAIN (6 * HOUR)
#define TEST_WAIT (15 * MINUTE)
#define LOOK      (5 * MINUTE)
#define SETTLE    MINUTE /* after the channel became ready */

/* ---- what the owner hears ---- */

/* One of these is worth a text; the rest can be read in the events. */
static const char *const for_owner[] = {"modem.quarantined", "sim.storage_high",
	"sim.storage_full", "sim.slot_stuck", "sim.no_credit", "sim.barred",
	"sim.balance_low", "channel.test_failed"};

static void
announce(struct channel *ch, const char *name, const char *detail)
{
	core_event(ch->core,
		&(struct event){.name = name, .channel = ch->row.id, .detail = detail});
}

static void
tell_owner(struct channel *ch, const char *sentence)
{
	struct strbuf text AUTO(strbuf_done) = STRBUF_SENTENCE;
	strbuf_printf(&text, "[malgil] %s: %s", ch->row.name, sentence);
	owner_alert_about(ch->core, ch, text.s);
}

static int64_t
recall_time(const struct channel *ch, const char *key)
{
	char text[32] = "";
	channel_note_get(ch->core->db, ch->row.id, key, text, sizeof(text));
	return strtoll(text, NULL, 10);
}

static void
remember_time(const struct channel *ch, const char *key, int64_t at)
{
	char text[32];
	snprintf(text, sizeof(text), "%" PRId64, at);
	channel_note_set(ch->core->db, ch->row.id, key, text);
}

void
upkeep_notice(struct channel *ch, const char *event, const char *sentence)
{
	int64_t now = core_now(ch->core), last;
	char key[64];
	size_t i = 0;
	while (i < ARRAY_LEN(for_owner) && strcmp(for_owner[i], event) != 0)
		i++;
	if (i == ARRAY_LEN(for_owner) || ch->core->store_sick)
		return;
	snprintf(key, sizeof(key), "told.%s", event);
	last = recall_time(ch, key);
	if (last && last <= now && now - last < SAY_AGAIN)
		return;
	remember_time(ch, key, now);
	tell_owner(ch, sentence);
}

static void
on_alarm(void *arg)
{
	struct channel *ch = arg;
	struct strbuf sentence AUTO(strbuf_done) = STRBUF_SENTENCE;
	if (ch->upkeep.alarmed || ch->state == CHANNEL_READY)
		return;
	if (ch->core->store_sick) {
		loop_timer_in(&ch->upkeep.alarm, MINUTE);
		return;
	}
	ch->upkeep.alarmed = true;
	strbuf_printf(
		&sentence, "it is %s: %s", channel_state_name(ch->state), ch->why.s);
	announce(ch, "channel.alarm", sentence.s);
	tell_owner(ch, sentence.s);
}

/* Resting is part of a working life; a person must act on BLOCKED, so that is told at
 * once. */
void
upkeep_state(struct channel *ch)
{
	struct upkeep *u = &ch->upkeep;
	switch (ch->state) {
	case CHANNEL_READY:
		loop_timer_stop(&u->alarm);
		if (u->alarmed)
			announce(ch, "channel.back", "it works again");
		u->alarmed = false;
		loop_timer_in(&u->chore, SETTLE);
		break;
	case CHANNEL_RESTING: break;
	case CHANNEL_BLOCKED: loop_timer_in(&u->alarm, 0); break;
	case CHANNEL_STARTING:
	case CHANNEL_DOWN:
	case CHANNEL_BROKEN:
		if (!loop_timer_active(&u->alarm) && !u->alarmed)
			loop_timer_in(&u->alarm, ch->config->upkeep.alarm_after);
		break;
	}
}

/* ---- the balance ---- */

static bool
in_number(const char *p)
{
	return isdigit((unsigned char)*p) ||
	       ((*p == ',' || *p == '.') && isdigit((unsigned char)p[1]));
}

/* Groups of three are thousands; what follows the last sign by one or two digits is a
 * fraction. */
int64_t
upkeep_amount(const char *text)
{
	int64_t whole = 0, fraction = 0;
	const char *p = text, *last = NULL;
	size_t after = 0;
	while (*p && !isdigit((unsigned char)*p))
		p++;
	if (!*p)
		return -1;
	for (const char *q = p; in_number(q); q++)
		if (!isdigit((unsigned char)*q))
			last = q;
	for (const char *q = last ? last + 1 : ""; isdigit((unsigned char)*q); q++)
		after++;
	if (after > 2)
		last = NULL;
	for (; in_number(p); p++) {
		if (p == last) {
			fraction = (p[1] - '0') * 10 + (after == 2 ? p[2] - '0' : 0);
			break;
		}
		if (isdigit((unsigned char)*p) && whole < INT64_C(1000000000000))
			whole = whole * 10 + (*p - '0');
	}
	return whole * 100 + fraction;
}

static bool
balance_read(struct channel *ch, const char *answer, int64_t *ret)
{
	struct regex_groups groups;
	if (!regex_find(ch->config->upkeep.balance.pattern, answer, &groups))
		return false;
	*ret = upkeep_amount(groups.text[1][0] ? groups.text[1] : groups.text[0]);
	return *ret >= 0;
}

static void
balance_heard(struct channel *ch, const char *answer)
{
	struct upkeep *u = &ch->upkeep;
	int64_t amount, low = ch->config->upkeep.balance.low;
	char sentence[160];
	if (!balance_read(ch, answer, &amount)) {
		announce(ch, "sim.balance_unread", answer);
		return;
	}
	if (amount % 100)
		snprintf(u->balance, sizeof(u->balance), "%" PRId64 ".%02d", amount / 100,
			(int)(amount % 100));
	else
		snprintf(u->balance, sizeof(u->balance), "%" PRId64, amount / 100);
	u->balance_at = core_now(ch->core);
	channel_note_set(ch->core->db, ch->row.id, "balance", u->balance);
	remember_time(ch, "balance.at", u->balance_at);
	announce(ch, "sim.balance", u->balance);
	if (amount >= low * 100)
		return;
	snprintf(sentence, sizeof(sentence),
		"the SIM has %s left, less than %" PRId64 ": top it up", u->balance, low);
	channel_notice(ch, "sim.balance_low", sentence);
}

static void
on_ussd(void *arg, const char *answer)
{
	struct channel *ch = arg;
	ch->upkeep.asking = false;
	if (answer && !ch->core->store_sick)
		balance_heard(ch, answer);
}

static void
balance_ask(struct channel *ch)
{
	const struct upkeep_config *c = &ch->config->upkeep;
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct outbox_receipt receipt;
	int r = 0;
	remember_time(ch, "balance.asked", core_now(ch->core));
	if (c->balance.ussd) {
		r = channel_ussd(ch->core, ch, c->balance.ussd, on_ussd, ch, &err);
		ch->upkeep.asking = r == 0;
	} else {
		struct outbox_request request = {.to = c->balance.to,
			.text = c->balance.text,
			.text_len = strlen(c->balance.text),
			.cls = CLASS_NOTICE,
			.channel = ch->row.name,
			.origin = "balance",
			.expires = core_now(ch->core) + HOUR,
			.msg_class = -1,
			.no_report = true,
			.inside = true};
		r = outbox_accept(ch->core, &request, &receipt, &err);
	}
	if (r < 0)
		announce(ch, "sim.balance_unasked", err.s);
}

static bool
balance_wanted(const struct channel *ch)
{
	const struct upkeep_config *c = &ch->config->upkeep;
	return (c->balance.ussd || c->balance.to) && !ch->upkeep.asking &&
	       core_now(ch->core) - recall_time(ch, "balance.asked") >= c->balance.every;
}

/* ---- the text to itself ---- */

static const char *
own_number(const struct channel *ch)
{
	return ch->config->upkeep.number ? ch->config->upkeep.number : ch->who.own_number;
}

int
upkeep_test(struct channel *ch, struct strbuf *err)
{
	struct upkeep *u = &ch->upkeep;
	struct outbox_receipt receipt;
	int64_t now = core_now(ch->core);
	char text[24];
	if (u->test[0]) {
		strbuf_set(err, "a test of channel '%s' is under way", ch->row.name);
		return -EINVAL;
	}
	if (!*own_number(ch)) {
		strbuf_set(err,
			"the SIM of channel '%s' does not tell its own number: set "
			"`number` in the channel",
			ch->row.name);
		return -EINVAL;
	}
	snprintf(text, sizeof(text), "malgil %08" PRIx32, (uint32_t)core_id(ch->core));
	struct outbox_request request = {.to = own_number(ch),
		.text = text,
		.text_len = strlen(text),
		.cls = CLASS_NOTICE,
		.channel = ch->row.name,
		.origin = "selftest",
		.expires = now + TEST_WAIT,
		.msg_class = -1,
		.no_report = true,
		.inside = true};
	remember_time(ch, "test.sent", now);
	if (outbox_accept(ch->core, &request, &receipt, err) < 0)
		return -EINVAL;
	memcpy(u->test, text, sizeof(u->test));
	u->test_sent = now;
	loop_timer_in(&u->chore, LOOK);
	return 0;
}

static void
test_passed(struct channel *ch)
{
	struct upkeep *u = &ch->upkeep;
	char detail[64];
	u->tested_at = core_now(ch->core);
	snprintf(detail, sizeof(detail), "there and back in %" PRId64 " s",
		(u->tested_at - u->test_sent) / SECOND);
	u->test[0] = '\0';
	remember_time(ch, "test.passed", u->tested_at);
	announce(ch, "channel.test_passed", detail);
}

static void
test_look(struct channel *ch)
{
	struct upkeep *u = &ch->upkeep;
	int64_t every = ch->config->upkeep.selftest, now = core_now(ch->core);
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	if (u->test[0] && now - u->test_sent >= TEST_WAIT) {
		u->test[0] = '\0';
		channel_notice(ch, "channel.test_failed",
			"a text to its own number did not come back within 15 min");
	}
	if (u->test[0] || !every || now - recall_time(ch, "test.sent") < every)
		return;
	if (upkeep_test(ch, &err) < 0) {
		remember_time(ch, "test.sent", now);
		announce(ch, "channel.untested", err.s);
	}
}

/* ---- both ---- */

static void
on_chore(void *arg)
{
	struct channel *ch = arg;
	loop_timer_in(&ch->upkeep.chore, LOOK);
	if (ch->core->store_sick || ch->core->draining)
		return;
	test_look(ch);
	if (ch->state == CHANNEL_READY && balance_wanted(ch))
		balance_ask(ch);
}

static bool
from_balance(const struct channel *ch, const struct inbound *in)
{
	const struct upkeep_config *c = &ch->config->upkeep;
	const char *from = c->balance.from ? c->balance.from : c->balance.to;
	char number[48];
	int64_t amount;
	if (!c->balance.to || !from)
		return false;
	special_number(ch->core, from, number);
	return strcmp(number, in->phone) == 0 &&
	       balance_read((struct channel *)ch, in->text, &amount);
}

bool
upkeep_heard(struct core *core, struct channel *ch, const struct inbound *in)
{
	/* The text may come in by another SIM of ours that has the same number now. */
	for (size_t i = 0; i < core->channel_count; i++) {
		struct channel *own = core->channels[i];
		if (!own->upkeep.test[0] || strcmp(own->upkeep.test, in->text) != 0)
			continue;
		test_passed(own);
		return true;
	}
	if (strncmp(in->text, "malgil ", 7) == 0 && strlen(in->text) == 15 && ch &&
		sms_address_same(own_number(ch), in->phone))
		return true; /* of an earlier life, or too late */
	if (!ch || !from_balance(ch, in))
		return false;
	balance_heard(ch, in->text);
	return true;
}

void
upkeep_open(struct channel *ch)
{
	loop_timer_init(&ch->upkeep.alarm, ch->core->loop, on_alarm, ch);
	loop_timer_init(&ch->upkeep.chore, ch->core->loop, on_chore, ch);
	loop_timer_in(&ch->upkeep.alarm, ch->config->upkeep.alarm_after);
	channel_note_get(ch->core->db, ch->row.id, "balance", ch->upkeep.balance,
		sizeof(ch->upkeep.balance));
	ch->upkeep.balance_at = recall_time(ch, "balance.at");
	ch->upkeep.tested_at = recall_time(ch, "test.passed");
}

void
upkeep_close(struct channel *ch)
{
	loop_timer_stop(&ch->upkeep.alarm);
	loop_timer_stop(&ch->upkeep.chore);
}
