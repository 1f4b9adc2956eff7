/* Ways to write down what GET /v1/report answers. */
#ifndef MALGIL_VERBS_REPORT_H
#define MALGIL_VERBS_REPORT_H

#include <jansson.h>

#include "gateway/base/strbuf.h"

/* A measure's value for people, "12.3 %", "1,234,000 KRW", "4 min", "-" without any. */
void report_value(
	const json_t *measure, const char *currency, const char *language, char ret[64]);
/* "2026-11-01 to 2026-11-30" */
void report_period(const json_t *report, const char *language, char ret[64]);
/* A number of a row, with commas; "-" when null. `decimals` 0 or 1. */
void report_figure(const json_t *row, const char *name, int decimals, char ret[32]);

/* `language` is "ko" or "en", as what is in the report was asked for.
 *
 * One HTML file with everything in it: style, charts as SVG, nothing from elsewhere. */
void report_html(
	const json_t *report, const char *shop, const char *language, struct strbuf *out);
/* The measures, then every list, as CSV: a table after another, an empty line between. */
void report_csv(const json_t *report, struct strbuf *out);

#endif
