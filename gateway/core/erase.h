/* Forgetting a person, and keeping it that way.
 *
 * What is known of them goes: at once what finds them (the number, fields, tags, the name
 * on orders, what their conversations know), then, some in each tick, every text with the
 * octets it came as. Rows that only count stay, without anything of theirs. The consents
 * stay as long as the packs want their proof kept (`consent.keep`), and whoever asks is
 * told until when. A row of `erasures` proves that it was done and names nobody.
 *
 * The number is kept as a keyed hash (HMAC-SHA256; the key is a file beside the store,
 * not in it and not in its backups), so that nobody writes to it again: when it comes
 * back, by an import, an order or a text, the contact is stopped from the start, and no
 * import lifts that. Only their own words do. */
#ifndef MALGIL_CORE_ERASE_H
#define MALGIL_CORE_ERASE_H

#include "gateway/core/core.h"
#include "gateway/store/contacts.h"
#include "gateway/store/erasure.h"

/* contact_take(), for all of core and above: a number that comes back after it was
 * forgotten is stopped. False only when the transaction is poisoned. */
bool contact_meet(struct core *core, const char *phone, int64_t now, struct contact *ret,
	bool *ret_new);

/* The key (store/key.h) is there, made when nobody needs an older one, and known to the
 * store. 0, or -errno with a sentence that says how to put it back. */
int erase_key_ready(struct core *core, struct strbuf *err) MUST_USE;

struct erase_wish {
	const char *phone;               /* E.164 */
	const char *operator_name, *why; /* NULL none */
	bool dry;                        /* only says what would go */
};
struct erase_report {
	uint64_t contact;
	struct erasure_counts counts;
	int64_t kept;   /* consents are kept until then, 0 not at all */
	char scope[12]; /* what the number is stopped for from now on */
	char pack[8];   /* whose rule keeps them */
};
/* 0; -ENOENT nobody has that number; -EAGAIN; each with a sentence. */
int erase_contact(struct core *core, const struct erase_wish *wish,
	struct erase_report *ret, struct strbuf *err) MUST_USE;

/* Some more of what was begun: true while there is something left to do now. */
bool erase_some(struct core *core);

#endif
