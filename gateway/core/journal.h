/* The journal: never lost, never silently doubled.
 *
 * For each segment handed over there is an `attempts` row, durable before the first byte that
 * could make the network accept it leaves. What came of it is written with the next attempt in
 * one commit. "May have gone out" is a state of its own, and ends only by evidence, by a
 * person's decision, or by running out of time. */
#ifndef MALGIL_CORE_JOURNAL_H
#define MALGIL_CORE_JOURNAL_H

#include "gateway/core/core.h"
#include "gateway/store/messages.h"

/* A person settles an in-doubt message. "sent": it went out. "resend": send the doubtful part
 * again, same reference and sequence, then the rest. "close": leave it in doubt for good.
 * 0; -ENOENT; -EPERM or -EINVAL with a sentence. */
int journal_resolve(
	struct core *core, uint64_t message, const char *how, struct strbuf *err) MUST_USE;

#endif
