/* What a profile (etc/sources/) says about a platform's spreadsheet: which titles mean
 * what, which of them must be there, and what each state of an order is as an event.
 * Pure. */
#ifndef MALGIL_CORE_SOURCE_SHEET_H
#define MALGIL_CORE_SOURCE_SHEET_H

#include "gateway/base/conf.h"
#include "gateway/core/orders_sheet.h"
#include "gateway/text/orderstate.h"

#define SOURCE_SHEET_EVENTS 16

struct source_sheet_event {
	unsigned states; /* a bit for each enum order_state */
	const char *event;
	enum sheet_column when; /* SHEET_COLUMNS: the file does not say */
};
/* Texts are the document's. */
struct source_sheet {
	const char *columns[SHEET_COLUMNS];
	const char *needs; /* titles; NULL none */
	struct source_sheet_event events[SOURCE_SHEET_EVENTS];
	size_t event_count;
	int64_t fresh; /* ms: what happened earlier is kept, but no news */
};
/* 0, or -EINVAL with file, line and sentence for every mistake. */
int source_sheet_read(const struct conf_node *group, struct source_sheet *ret,
	struct strbuf *err) MUST_USE;
/* Is it this platform's? Else false, with a sentence that says what is missing. */
bool source_sheet_fits(const struct source_sheet *profile,
	const struct orders_sheet *sheet, struct strbuf *err);

/* Of one row of an order: does the platform's newer word count, after an older one? A
 * list that was saved earlier and read later takes nothing back. */
bool source_sheet_newer(const char *before, const char *word);

#endif
