/* Verdicts for people: in Korean where the locale is (LC_ALL, LC_MESSAGES, LANG), else in
 * English. What programs read (--json) is never translated. */
#ifndef MALGIL_VERBS_WHY_H
#define MALGIL_VERBS_WHY_H

#include <jansson.h>

#include "gateway/base/strbuf.h"

bool why_in_korean(void);
/* `en` or `ko`, by the locale. */
const char *
why_say(const char *en, const char *ko) __attribute__((format_arg(1), format_arg(2)));
/* A gate's sentence; "" for NULL. Lives in `scratch`. */
const char *why_rule(const char *rule, struct strbuf *scratch);
/* What a gate did ("holds it"), and what became of a message ("held"). */
const char *why_verdict(const char *verdict);
const char *why_state(const char *state);
/* The table of all gates. `terse` prints the verdicts as programs know them. */
void why_gates(const json_t *list, const char *zone, bool terse);

#endif
