/* One logfmt line an event: `ts=... level=info event=sms.sent channel=shop id=...`.
 *
 * Event names are stable dotted nouns, because people grep them. Phone numbers go through
 * LOG_PHONE, which masks all but the last four digits; message bodies appear only at
 * trace. base, text and sms never log: whoever handles a failure logs it, once. */
#ifndef MALGIL_BASE_LOG_H
#define MALGIL_BASE_LOG_H

#include "gateway/base/clock.h"

#include <stdio.h>

enum log_level { LOG_TRACE, LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR, LOG_OFF };

/* One key and its value, made by the macros below and borrowed for the call. */
struct log_field {
	const char *key;
	enum { LOG_FIELD_TEXT, LOG_FIELD_INT, LOG_FIELD_ID, LOG_FIELD_PHONE } kind;
	const char *text; /* TEXT, PHONE; NULL leaves the field out */
	int64_t number;   /* INT, ID */
};

#define LOG_TEXT(k, v)  ((struct log_field){(k), LOG_FIELD_TEXT, (v), 0})
#define LOG_INT(k, v)   ((struct log_field){(k), LOG_FIELD_INT, NULL, (v)})
#define LOG_ID(k, v)    ((struct log_field){(k), LOG_FIELD_ID, NULL, (int64_t)(v)})
#define LOG_PHONE(k, v) ((struct log_field){(k), LOG_FIELD_PHONE, (v), 0})

/* `out` is borrowed; lines below `level` are not written. Before the first call lines go
 * to stderr at LOG_INFO with the real clock. */
void log_open(FILE *out, enum log_level level, const struct clock *clock);
bool log_enabled(enum log_level level);
void log_line(enum log_level level, const char *event, const struct log_field *fields,
	size_t count);

/* log_event(LOG_INFO, "sms.sent", LOG_ID("id", id), LOG_TEXT("channel", name)); */
#define log_event(level, event, ...)                                                     \
	do {                                                                             \
		if (log_enabled(level)) {                                                \
			const struct log_field log_fields_[] = {__VA_ARGS__};            \
			log_line((level), (event), log_fields_, ARRAY_LEN(log_fields_)); \
		}                                                                        \
	} while (0)

/* 0 and the level for "trace", "debug", "info", "warn", "error"; -EINVAL otherwise. */
int log_level_parse(const char *name, enum log_level *ret_level) MUST_USE;

#endif
