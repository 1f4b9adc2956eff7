/* What the SIM or modem holds of messages already told to the channel: which slot, which
 * octets, which token. It is what makes the same slot read twice one message, and two
 * slots present together two (driver.h, `occurrence`). Pure. */
#ifndef MALGIL_AT_SLOTS_H
#define MALGIL_AT_SLOTS_H

#include "drivers/at/parse.h"

struct slot {
	char mem[PARSE_MEM_SIZE];
	int index;
	char *line;     /* the PDU line as it came */
	uint64_t token; /* 0: read once and doubted, not told yet */
	unsigned occurrence;
	int64_t told;     /* mono, when the channel was told last */
	bool committed;   /* to be deleted */
	bool deleted;     /* the modem said so; a listing will show */
	bool stuck;       /* cannot be deleted: left alone */
	unsigned refused; /* times it was deleted in vain */
	bool listed;      /* seen by the listing that runs */
};

struct slots {
	struct slot *slot;
	size_t count, cap;
};

void slots_clear(struct slots *s); /* also frees */
struct slot *slots_at(struct slots *s, const char *mem, int index);
struct slot *slots_token(struct slots *s, uint64_t token);
/* A slot for `line`, in place of whatever was known of that place. */
struct slot *slots_put(struct slots *s, const char *mem, int index, const char *line);
void slots_drop(struct slots *s, struct slot *slot);
/* 1 + how many other slots that were told hold the same line. */
unsigned slots_occurrence(const struct slots *s, const struct slot *slot);

#endif
