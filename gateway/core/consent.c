#include "gateway/core/consent.h"

#include <string.h>

#include "gateway/base/fault.h"
#include "gateway/core/channel.h"
#include "gateway/core/outbox.h"
#include "gateway/core/queue.h"
#include "gateway/store/contacts.h"
#include "gateway/store/ledger.h"
#include "gateway/text/words.h"

/* Words by the shop's country. Korean ones always act; where English is a home language
 * its everyday words (cancel, end, quit) act too, elsewhere they are conversation.
 * Sources: the CTIA list and carriers' published sets for the English words; 수신거부
 * from Korean practice. */
struct word_list {
	const char *countries; /* "" : everywhere else */
	const char *scope;     /* what a STOP covers there */
	bool first_word; /* "stop please" counts, unless a number or an order follows */
	const char *stop, *start, *help;
};

#define KO_STOP  "수신거부, 수신 거부, 거부, 수신차단, 그만, 중지, 해지"
#define KO_START "수신동의, 수신 동의, 재수신, 시작"
#define KO_HELP  "도움말, 도움"
#define EN_STOP  "stop, stopall, stop all, unsubscribe, optout, opt out"
#define EN_START "start, unstop"

static const struct word_list lists[] = {
	{"US,CA", "all", true, EN_STOP ", cancel, end, quit, revoke, arret, " KO_STOP,
		EN_START ", " KO_START, "help, info, aide, " KO_HELP},
	{"GB,AU,IE,NZ,SG", "marketing", false, EN_STOP ", cancel, end, quit, " KO_STOP,
		EN_START ", " KO_START, "help, info, " KO_HELP},
	{"", "marketing", false, EN_STOP ", " KO_STOP, EN_START ", " KO_START,
		"help, " KO_HELP},
};

enum word { WORD_NONE, WORD_STOP, WORD_START, WORD_HELP };

static const struct word_list *
list_for(const char *country)
{
	for (size_t i = 0; i < ARRAY_LEN(lists) - 1; i++)
		if (strstr(lists[i].countries, country))
			return &lists[i];
	return &lists[ARRAY_LEN(lists) - 1];
}

/* "stop 12345" and "cancel my order" are conversation. */
static bool
stops_by_first_word(const char *normalised, const struct word_list *list)
{
	char first[64], second[64];
	const char *rest = words_first(normalised, first, sizeof(first));
	if (!list->first_word || !*rest || !words_in(first, list->stop))
		return false;
	bool order = false;
	while (*rest && !order) {
		rest = words_first(rest, second, sizeof(second));
		order = words_in(
			second, "order, orders, delivery, appointment, booking, at, by");
	}
	return !order && !words_have_digit(normalised);
}

static enum word
recognise(const char *normalised, const struct word_list *list)
{
	if (words_in(normalised, list->stop) || stops_by_first_word(normalised, list))
		return WORD_STOP;
	if (words_in(normalised, list->start))
		return WORD_START;
	if (words_in(normalised, list->help))
		return WORD_HELP;
	return WORD_NONE;
}

/* ---- what we say ---- */

static bool
korean(const struct core *core)
{
	return !strcmp(core->config->country, "KR");
}

/* The shop's own wording, or ours; "{shop}" is the shop's name. */
static void
wording(const struct core *core, const char *own, const char *ko, const char *en,
	struct strbuf *out)
{
	const char *p = own ? own : korean(core) ? ko : en;
	for (const char *at; (at = strstr(p, "{shop}")); p = at + 6) {
		strbuf_add(out, p, (size_t)(at - p));
		strbuf_puts(out, core->config->shop_name);
	}
	strbuf_puts(out, p);
}

static void
answer(struct core *core, const struct inbound *in, enum message_class cls,
	const char *text)
{
	struct outbox_receipt receipt;
	struct strbuf err = STRBUF_SENTENCE;
	struct channel *ch = channel_by_id(core, in->channel);
	struct outbox_request request = {.to = in->phone,
		.text = text,
		.text_len = strlen(text),
		.cls = cls,
		.origin = "consent",
		.channel = ch ? channel_name(ch) : NULL,
		.msg_class = -1,
		.reply_to = in->message};
	if (outbox_accept(core, &request, &receipt, &err) < 0)
		core_event(core, &(struct event){"consent.unanswered", in->message,
					 in->contact, in->channel, err.s});
	strbuf_done(&err);
}

static void
record(struct core *core, const struct inbound *in, const char *action, const char *scope)
{
	consent_append(core->db, &(struct consent_row){.id = core_id(core),
					 .contact = in->contact,
					 .message = in->message,
					 .address = in->phone,
					 .action = action,
					 .scope = scope,
					 .method = "keyword",
					 .words = in->text,
					 .at = in->at});
}

/* ---- STOP, START, HELP ---- */

static int
cancel_unsent(struct core *core, uint64_t contact, const char *scope)
{
	uint64_t ids[64];
	size_t n;
	int total = 0;
	const char *cls = !strcmp(scope, "all") ? NULL : "marketing";
	while ((n = messages_unsent(core->db, contact, cls, ids, ARRAY_LEN(ids)))) {
		for (size_t i = 0; i < n; i++) {
			struct message m;
			if (!message_load(core->db, ids[i], &m))
				return total;
			message_move(core->db, &m, MESSAGE_CANCELED,
				"consent: the contact opted out", core_now(core));
			core_event(core, &(struct event){"message.canceled", m.id,
						 contact, 0, "the contact opted out"});
			message_done(&m);
			total++;
		}
	}
	return total;
}

static void
stop(struct core *core, const struct inbound *in, const struct word_list *list,
	const struct contact *contact)
{
	bool already = *contact->stopped != '\0';
	struct strbuf say = STRBUF_INIT(1024);
	record(core, in, "revoke", list->scope);
	contact_set_stopped(core->db, in->contact, list->scope, in->at);
	cancel_unsent(core, in->contact, list->scope);
	core_event(core, &(struct event){"consent.stopped", in->message, in->contact,
				 in->channel, list->scope});
	wording(core, core->config->stop_say,
		"[{shop}] 광고 문자 수신거부가 처리되었습니다. 다시 받으시려면 "
		"'시작'이라고 보내 "
		"주세요.",
		"{shop}: you will get no more promotional texts from us. Text START to "
		"undo.",
		&say);
	FAULT("consent.stopped");
	if (!already && !in->stale)
		answer(core, in, CLASS_NOTICE, say.s);
	strbuf_done(&say);
	queue_settle(core->queue, in->contact);
}

/* START lifts the block and grants nothing: marketing needs an opt-in of its own. */
static void
start(struct core *core, const struct inbound *in, const struct contact *contact)
{
	struct strbuf say = STRBUF_INIT(1024);
	record(core, in, "unblock", contact->stopped);
	contact_set_stopped(core->db, in->contact, "", in->at);
	core_event(core, &(struct event){"consent.unblocked", in->message, in->contact,
				 in->channel, NULL});
	wording(core, core->config->start_say,
		"[{shop}] 수신거부가 해제되었습니다. 그만 받으시려면 '그만'이라고 보내 "
		"주세요.",
		"{shop}: your opt-out is lifted. Text STOP at any time to leave.", &say);
	answer(core, in, CLASS_NOTICE, say.s);
	strbuf_done(&say);
}

static void
help(struct core *core, const struct inbound *in)
{
	struct strbuf say = STRBUF_INIT(1024);
	core_event(core, &(struct event){"consent.help", in->message, in->contact,
				 in->channel, NULL});
	wording(core, core->config->help_say,
		"[{shop}] 문의를 문자로 보내 주시면 답해 드립니다. 광고 수신거부는 "
		"'그만'.",
		"{shop}: text us your question and we will answer. Text STOP to end "
		"promotions.",
		&say);
	answer(core, in, CLASS_REPLY, say.s);
	strbuf_done(&say);
}

bool
consent_handle(struct core *core, const struct inbound *in)
{
	struct contact contact;
	const struct word_list *list = list_for(core->config->country);
	enum word word = recognise(in->normalised, list);
	if (word == WORD_NONE || !contact_load(core->db, in->contact, &contact))
		return false;
	/* An old STOP from a drained SIM counts only if nothing newer was said since. */
	int64_t said = in->sent_at ? in->sent_at : in->at;
	if (in->stale &&
		(word != WORD_STOP || said <= consent_newest(core->db, in->contact)))
		return false;
	switch (word) {
	case WORD_NONE: return false;
	case WORD_STOP: stop(core, in, list, &contact); return true;
	case WORD_START:
		if (!*contact.stopped)
			return false; /* nothing to lift: ordinary text */
		if (handlers_ask(core, in) == HANDLER_ANSWERED)
			return false;
		start(core, in, &contact);
		return true;
	case WORD_HELP:
		if (ticket_open_for(core->db, in->contact, ""))
			return false; /* a person is answering this contact */
		if (handlers_ask(core, in) != HANDLER_ASKS_NOTHING)
			return false;
		help(core, in);
		return true;
	}
	return false;
}
