/* Looking something up where the shop keeps it: the `lookup` step of a script, and
 * whoever else needs a fact from outside. One interface for three kinds of connector;
 * nothing of it ever blocks the loop.
 *
 * What it promises of every look-up:
 *  1. Exactly one `done`, in the loop's thread, in a later tick, never from inside
 *     lookup_start(); at the latest when the timeout is over. None after
 *     lookup_cancel() and none after lookups_free().
 *  2. A result is none, one, many or error. Whatever the other side does (hangs,
 * redirects, sends junk or a megabyte, locks its file, has lost it) is an error with a
 * sentence for staff; it never brings anything down and never leaks into a text to a
 * customer.
 *  3. Arguments are data: bound in SQL, escaped in an address and in a body.
 *  4. Values are clean: UTF-8, one line, no control characters, at most 1000 bytes each,
 *     48 KiB together.
 *  5. A connector that failed five times in a row is left alone for 30 s (its look-ups
 * are errors at once), then tried with one.
 *
 * Look-ups live in memory only: after a crash whoever asked asks again. */
#ifndef MALGIL_CORE_LOOKUP_H
#define MALGIL_CORE_LOOKUP_H

#include "gateway/base/loop.h"
#include "gateway/core/connectors.h"

struct lookups; /* all of a gateway's */
struct lookup;  /* one under way */

enum lookup_found { LOOKUP_NONE, LOOKUP_ONE, LOOKUP_MANY, LOOKUP_ERROR };

/* `value` is never NULL: what has no value has no field. A field called "state" is an
 * order's: its value is a name of text/orderstate.h where the word was understood, and
 * `label` the shop's own word; `label` of all others is NULL. */
struct lookup_field {
	char *name, *value, *label;
};
struct lookup_row {
	struct lookup_field *fields;
	size_t count;
};

struct lookup_result {
	enum lookup_found found;
	struct lookup_row *rows;
	size_t count;
	bool more; /* there were other rows, beyond the connector's `rows` */
	bool cached;
	char *why; /* LOOKUP_ERROR: a sentence for staff and the log; no customer's data
		    */
};
const char *lookup_found_name(enum lookup_found found); /* "none", "one" ... */
/* NULL when the row has no such field. */
const struct lookup_field *lookup_field(const struct lookup_row *row, const char *name);

/* `connectors` and `clock` are borrowed; `store` is malgil's own, "sqlite:PATH";
 * `country` says how a phone is written at home and how orders' states are called. All
 * copied but the first two. Threads are started when they are first needed. */
struct lookups *lookups_new(struct loop *loop, const struct connectors *connectors,
	const char *store, const char *country);
/* Ends whatever is under way, waiting for no one but a statement that is just being
 * stopped. NULL is allowed. */
void lookups_free(struct lookups *all);
const struct connectors *lookups_connectors(const struct lookups *all);

/* Everything is copied. */
struct lookup_ask {
	const char *use, *query;
	const char *const *args;
	size_t arg_count;
	int64_t timeout; /* ms; 0: the connector's */
	int64_t cache; /* ms an answer to the same question may be old; 0: the connector's
			*/
};

/* Never NULL. The result is borrowed for the call of `done`. */
struct lookup *lookup_start(struct lookups *all, const struct lookup_ask *ask,
	void (*done)(void *arg, const struct lookup_result *result), void *arg);
void lookup_cancel(struct lookup *lookup);

#endif
