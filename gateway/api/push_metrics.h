/* How the webhooks are, as figures for Prometheus. The names are copied in the loop, the
 * store is read by the reader thread. */
#ifndef MALGIL_API_PUSH_METRICS_H
#define MALGIL_API_PUSH_METRICS_H

#include "gateway/api/push.h"

struct push_metrics {
	struct push_metric {
		char name[HOOK_NAME];
		int64_t pending, dead;
		int64_t good_at; /* wall, 0: never */
		bool disabled;
	} list[CONFIG_HOOKS + 1];
	size_t count;
};

void push_metrics_name(struct push_metrics *m, const struct core *core);
void push_metrics_read(struct push_metrics *m, struct db *db);
/* Nothing, when nobody is told anything. */
void push_metrics_write(const struct push_metrics *m, struct strbuf *out);

#endif
