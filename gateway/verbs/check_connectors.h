/* Inside of the verb `check`: files of connectors. */
#ifndef MALGIL_VERBS_CHECK_CONNECTORS_H
#define MALGIL_VERBS_CHECK_CONNECTORS_H

#include "gateway/core/connectors.h"
#include "gateway/verbs/verbs.h"

/* Reads the file, tries every statement against the shop's own, says what is wrong or
 * what is there; the exit code. */
int check_connectors_file(const struct verb *verb, const char *path);
/* The same for connectors read already. 0, or EXIT_REFUSED after printing every mistake.
 */
int check_connectors(const struct verb *verb, const struct connectors *connectors);

#endif
