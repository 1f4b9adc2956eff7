/* What a modem can remember: the SIM's slots (SM), the equipment's own (ME), the reports
 * (SR), and MT, which is SM and ME seen as one list. Slots are filled lowest first, so
 * deleting leaves holes that the next message fills, as on a SIM. Knows nothing of AT or
 * the air. */
#ifndef MALGIL_SIM_STORAGE_H
#define MALGIL_SIM_STORAGE_H

#include "gateway/base/def.h"

enum sim_memory { SIM_SM, SIM_ME, SIM_SR, SIM_MT, SIM_MEMORIES };
enum sim_stat { SIM_UNREAD, SIM_READ, SIM_UNSENT, SIM_SENT, SIM_ALL };

struct sim_slot {
	bool used;
	uint8_t stat, len;
	uint8_t tpdu[180];
};

struct sim_storage {
	struct sim_slot *slots[SIM_MT]; /* SM, ME, SR */
	unsigned size[SIM_MT], used[SIM_MT];
};

void sim_storage_init(struct sim_storage *s, unsigned sm, unsigned me, unsigned sr);
void sim_storage_done(struct sim_storage *s);

/* "SM" and friends to a memory, or -EINVAL; and back. */
int sim_memory_parse(const char *name) MUST_USE;
const char *sim_memory_name(enum sim_memory mem);

unsigned sim_storage_size(const struct sim_storage *s, enum sim_memory mem);
unsigned sim_storage_used(const struct sim_storage *s, enum sim_memory mem);
/* The slot at 0-based `index`, used or not; NULL when there is none. */
struct sim_slot *
sim_storage_at(struct sim_storage *s, enum sim_memory mem, unsigned index);
/* Stores in the lowest free slot: its index, or -ENOSPC. */
int sim_storage_add(struct sim_storage *s, enum sim_memory mem, enum sim_stat stat,
	const uint8_t *tpdu, size_t len) MUST_USE;
void sim_storage_delete(struct sim_storage *s, enum sim_memory mem, unsigned index);

#endif
