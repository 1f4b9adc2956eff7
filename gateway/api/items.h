/* POST of one thing or of many: a JSON object is one, a JSON list or NDJSON are many,
 * each taken or refused by itself, in slices of a tick. */
#ifndef MALGIL_API_ITEMS_H
#define MALGIL_API_ITEMS_H

#include "gateway/api/request.h"
#include "gateway/net/jsonw.h"

#define ITEMS_MAX 1000

/* What became of one. `members` is what stands in its object, after "status"; when it was
 * refused, or could not be committed, only the first `named` octets of it: what it calls
 * itself, by which the asker finds it. */
struct item_answer {
	int status;
	char field[64];    /* refused: what is wrong, "" the whole */
	struct strbuf why; /* refused: a sentence */
	struct strbuf members;
	size_t named;
};
/* Takes one, given as text, in this tick's transaction; what it says is only told when
 * that is committed. */
typedef void item_take(struct core *core, const char *json, size_t len,
	struct jsonw *members, struct item_answer *ret);

/* `what` is for sentences, "events". */
void items_post(struct request *rq, const char *what, item_take *take);
/* The same where only a list will do. */
void items_post_list(struct request *rq, const char *what, item_take *take);

#endif
