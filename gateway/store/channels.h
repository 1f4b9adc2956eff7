/* Rows of `channels`: what must survive a restart about a way out. */
#ifndef MALGIL_STORE_CHANNELS_H
#define MALGIL_STORE_CHANNELS_H

#include "gateway/store/db.h"

struct channel_row {
	uint64_t id;
	char name[64], imei[24], iccid[24], imsi[24];
	int64_t first_seen, sent, failed, doubts;
	int last_mr, counting;
	bool adopted;
};

/* Finds the row of a name, or makes it with `new_id`. */
bool channel_row_take(
	struct db *db, const char *name, uint64_t new_id, struct channel_row *ret);
void channel_row_save(struct db *db, const struct channel_row *row);

/* "" when there is none. */
void channel_note_get(
	struct db *db, uint64_t channel, const char *key, char *ret, size_t size);
void
channel_note_set(struct db *db, uint64_t channel, const char *key, const char *value);

#endif
