/* Caps: how many texts in how long. "1/1d, 3/7d, 4/month": one in any 24 hours, three in
 * any seven times 24 hours, four in a calendar month. Pure. */
#ifndef MALGIL_CORE_CAPS_H
#define MALGIL_CORE_CAPS_H

#include "gateway/base/strbuf.h"

#define CAPS_MAX 6

/* A rolling span counts back from now; the calendar ones begin at the local hour, day,
 * month. */
enum cap_per { CAP_ROLLING, CAP_HOUR, CAP_DAY, CAP_MONTH };

struct cap {
	int64_t count;
	enum cap_per per;
	int64_t span; /* ms, of CAP_ROLLING */
};
struct caps {
	struct cap list[CAPS_MAX];
	size_t count;
};

/* Adds those of a comma-separated list. A cap of 0 is refused: what must never be sent is
 * not capped but left out. -EINVAL with a sentence. */
int caps_parse(const char *text, struct caps *caps, struct strbuf *err) MUST_USE;
/* "3/7d", "4/month". */
void cap_print(const struct cap *cap, struct strbuf *out);
/* From when on texts count against the cap, and, the oldest of the ones that count (as
 * many as the cap allows) having been sent at `oldest`, when there is room again. */
int64_t cap_since(const struct cap *cap, const char *zone, int64_t now);
int64_t cap_until(const struct cap *cap, const char *zone, int64_t now, int64_t oldest);

#endif
