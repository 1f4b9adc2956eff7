/* Does a value fit a schema of an OpenAPI document? As much of JSON Schema as our own
 * document uses. Stricter in one point: a member the schema does not name is an error. */
#ifndef MALGIL_TESTS_SCHEMA_H
#define MALGIL_TESTS_SCHEMA_H

#include "gateway/net/json.h"

/* `root` is the document, for references. False with a sentence that says where. */
bool schema_fits(const json_t *root, const json_t *schema, const json_t *value,
	struct strbuf *err);

#endif
