/* RFC 9457 problem details. Pure. */
#ifndef MALGIL_API_PROBLEM_H
#define MALGIL_API_PROBLEM_H

#include "gateway/base/strbuf.h"

/* Appends {"type","title","status","detail"[,"field"]}; `field` may be NULL. */
void problem_write(struct strbuf *out, int status, const char *field, const char *detail);

#endif
