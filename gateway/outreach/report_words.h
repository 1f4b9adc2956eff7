/* The words of a report in the shop's language. English is what the program says; what a
 * language has no words for stays English. */
#ifndef MALGIL_OUTREACH_REPORT_WORDS_H
#define MALGIL_OUTREACH_REPORT_WORDS_H

/* `language` is "ko", "en" ...; returns `english` itself where there is nothing better.
 */
const char *report_word(const char *language, const char *english);
/* Of a shop in this country (ISO 3166): "ko" or "en". */
const char *report_language(const char *country);

#endif
