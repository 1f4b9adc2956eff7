/* If this were sent: the verdict of every gate, when, by which channel, with which words,
 * in how many segments and at what cost. Nothing is written. */
#ifndef MALGIL_CORE_PLAN_H
#define MALGIL_CORE_PLAN_H

#include "gateway/core/gates.h"
#include "gateway/core/outbox.h"

struct plan {
	struct verdict verdict;
	char phone[32], encoding[8];
	char *text; /* after wording; released with plan_done() */
	int segments;
	int64_t units;  /* septets or UTF-16 units, of the whole text */
	bool turned;    /* what the law wants said made UCS-2 of a text in GSM letters */
	int64_t cost;   /* thousandths of the shop's currency, 0 unknown */
	int64_t at;     /* the moment it was judged for */
	char zone[48];  /* the recipient's, as far as known */
	bool ambiguous; /* there may be more zones than that */
	char country[4], region[4];
	char *gsm; /* the text in GSM 7-bit characters alone, where that saves segments */
	int gsm_segments;
	size_t euckr_bytes;     /* on a Korean cloud: 0 when it cannot be written there */
	const char *euckr_kind; /* "SMS", "LMS", "too long"; NULL no such lengths here */
};

/* `request->at` is taken for now (0: now itself), the past allowed. 0; -EINVAL with a
 * sentence. Loop thread only. */
int plan_make(struct core *core, const struct outbox_request *request, struct plan *ret,
	struct strbuf *err) MUST_USE;
void plan_done(struct plan *plan);

#endif
