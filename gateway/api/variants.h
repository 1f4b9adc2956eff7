/* Tests of a script's `variants` as JSON: for the script and for the report. */
#ifndef MALGIL_API_VARIANTS_H
#define MALGIL_API_VARIANTS_H

#include "gateway/net/jsonw.h"
#include "gateway/store/db.h"

/* The member `name`, a list; of one script, or of all when NULL. */
void
variant_tests_write(struct jsonw *w, const char *name, struct db *db, const char *script);

#endif
