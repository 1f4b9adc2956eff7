/* Rows of `attempts`: the journal. */
#ifndef MALGIL_STORE_ATTEMPTS_H
#define MALGIL_STORE_ATTEMPTS_H

#include "gateway/store/db.h"

struct attempt {
	uint64_t id, message, channel;
	int part, planned_ref, ref, code; /* -1: none */
	int64_t at, done_at, report_at;
	char state[12];                   /* open sent later rejected unknown never_left */
	char sim[24], report[16], evidence[24], channel_name[64], provider_id[64];
	char why[256];
};

/* Of one message, oldest first. */
void attempts_list(struct db *db, uint64_t message,
	bool (*each)(void *arg, const struct attempt *a), void *arg);

#endif
