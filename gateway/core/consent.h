/* Consent: STOP, START and HELP before anything else looks at a text, and every other way
 * in which somebody agrees or refuses. All of it is rows of one append-only ledger. */
#ifndef MALGIL_CORE_CONSENT_H
#define MALGIL_CORE_CONSENT_H

#include "gateway/core/consent_words.h"
#include "gateway/core/handler.h"

/* The pack whose words count for a number: its country's, else the shop's. */
const struct pack *consent_pack(const struct core *core, const char *phone);

/* Which consent word a normalised text from a number is: by that pack, and a STOP by the
 * words of the shop's own country too, which its promotions print; and by those of
 * everywhere else where nobody looked the number's country up. */
enum consent_word
consent_word_from(const struct core *core, const char *phone, const char *normalised);

/* True when the text was a consent word and everything it asks for is done, in this
 * tick's commit: ledger row, block, queued promotions cancelled, one confirmation. A text
 * that only looks like an opt-out becomes a ticket, and promotions are held until a
 * person decides. */
bool consent_handle(struct core *core, const struct inbound *in);

/* What a consent word is answered with: the policy's wording, the configuration's, or the
 * pack's. */
void consent_answer(const struct core *core, enum consent_word word,
	const struct pack *pack, struct strbuf *out);
/* Until when people may decide on a text that looks like an opt-out: the same hour of the
 * shop's next working day. */
int64_t consent_decide_by(const struct core *core, const struct pack *pack);

/* Called now and then: what looked like an opt-out and was not decided within one
 * business day is one. */
void consent_sweep(struct core *core);

/* A person, a file, a program or a provider tells: the one way into the ledger for
 * opt-outs that do not come as a text. A provider's block (Twilio 21610, Telnyx 40300) or
 * its opt-out webhook is { .action = "revoke", .method = "provider", .source = the
 * channel and what it said }; a call to the 080 number the same with .source = "080";
 * staff's has .method = "staff" and .operator_name. The block, the promotions taken back
 * and the events follow from it. Texts may be NULL. */
struct consent_change {
	const char *phone;
	const char *action; /* "grant", "revoke", "deny", "kept", "reconfirm" */
	const char *scope;  /* "marketing" (default), "all", "night" (revoke alone) */
	const char *list, *words, *wording, *method, *operator_name, *basis, *source,
		*age;
	uint64_t message; /* the text that is the proof, 0 none */
	int64_t at;       /* when it was said, 0 now */
	int64_t expires;  /* 0 never */
	bool night;
};
/* 0 and the ledger's row, in this tick's transaction; -EINVAL, -EPERM (a STOP stands
 * against it), -EAGAIN, each with a sentence. */
int consent_change(struct core *core, const struct consent_change *change,
	uint64_t *ret_row, struct strbuf *err) MUST_USE;

#endif
