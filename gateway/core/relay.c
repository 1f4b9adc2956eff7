#include "gateway/core/relay.h"

#include <string.h>

#include "gateway/text/orderstate.h"

#define AFTER_ORDER (7 * DAY)
#define ALONE       (30 * DAY)

bool
relay_number(const char *e164)
{
	return !strncmp(e164, "+8250", 5) && e164[5] >= '2' && e164[5] <= '8' &&
	       strlen(e164) >= 12;
}

const char *
relay_over(struct db *db, const char *e164, int64_t first_seen, int64_t now)
{
	bool alive = false, any = false;
	struct db_rows *q = db_select(db,
		"SELECT state, updated FROM orders WHERE phone = $1 "
		"ORDER BY placed DESC, id DESC LIMIT 50",
		"t", e164);
	while (!alive && db_next(q)) {
		enum order_state state;
		any = true;
		alive = order_state_named(db_text(q, 0), &state) ||
			!order_state_final(state) || now - db_int(q, 1) < AFTER_ORDER;
	}
	db_end(q);
	if (alive || (!any && now - first_seen < ALONE))
		return NULL;
	return any ? "a relay number (050), and its order is over"
		   : "a relay number (050) of an order nobody knows any more";
}
