/* Who of the staff is where, for 25 seconds at a time. See presence.c. */
#ifndef MALGIL_API_PRESENCE_H
#define MALGIL_API_PRESENCE_H

#include "gateway/base/def.h"

#define PRESENCE_MAX 64

struct presence_row {
	char agent[64];
	uint64_t ticket; /* 0: none */
	bool typing;
	int64_t until; /* mono */
};

#endif
