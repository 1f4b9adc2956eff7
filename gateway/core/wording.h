/* What the law wants a promotion to say: a mark in front, the sender's name, a way out at
 * the end. Added where it is missing, never twice; and looked for before it leaves. */
#ifndef MALGIL_CORE_WORDING_H
#define MALGIL_CORE_WORDING_H

#include "gateway/core/core.h"
#include "gateway/core/packs.h"
#include "gateway/core/policy.h"

/* The packs that apply to a number: the recipient's country's and the shop's. */
#define WORDING_PACKS 2
size_t wording_packs(const struct core *core, const char *phone,
	const struct pack *ret[WORDING_PACKS]);
/* The same where its place is known already. */
size_t wording_packs_of(const struct core *core, const struct place *place,
	const struct pack *ret[WORDING_PACKS]);

/* Writes `text` with what the packs want around it; of two marks the recipient's
 * country's stands first. A value that is not set (the 080 number) stays out:
 * wording_lacks() will say so. */
void wording_wrap(const struct core *core, const struct pack *const *packs, size_t count,
	const char *text, struct strbuf *out);

/* What a promotion lacks, a sentence for the owner into `err`; false when it lacks
 * nothing. */
bool wording_lacks(const struct core *core, const struct pack *const *packs, size_t count,
	const char *text, struct strbuf *err);
/* The first wording in `text` that the pack forbids, into `ret` (letters count alike in
 * either case); false: none. Pure. */
bool wording_forbidden(const struct pack *pack, const char *text, char ret[64]);
/* Did what was added turn a text of GSM letters into UCS-2, of which a segment holds less
 * than half as many? Loop thread only. */
bool wording_changes_alphabet(const char *bare, const char *wrapped);
/* Do the packs want anything said? */
bool wording_asks(const struct pack *const *packs, size_t count);

/* Bytes a text takes in EUC-KR (KS X 1001 with CP949's additions, as Korean providers
 * count), 0 when a character of it cannot be written there (its place goes into ret_at).
 */
size_t wording_euckr_bytes(const char *text, size_t *ret_at);

#endif
