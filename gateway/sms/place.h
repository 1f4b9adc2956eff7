/* Where a number lives, as far as the number tells: its country, its state where area
 * codes have one (+1), and the time zones it may be in. Zones of a country are ICU's;
 * area codes come from a file that is shipped (etc/packs/area-codes.cfg). */
#ifndef MALGIL_SMS_PLACE_H
#define MALGIL_SMS_PLACE_H

#include "gateway/base/conf.h"
#include "gateway/base/strbuf.h"

#define PLACE_ZONES 32

struct place {
	char country[4]; /* "KR"; "" when nobody can say (a short code, a name) */
	char region[4];  /* "FL"; "" unknown */
	bool everywhere; /* +1 and of no place (toll-free, personal, new): all states
			    count */
	const char *zones[PLACE_ZONES]; /* it may be in any of them; live as long as
					   `places` */
	size_t zone_count;              /* 0: the shop's own is as good a guess as any */
};

struct places;
/* Reads the file of area codes. 0, or -EINVAL/-errno with a sentence. */
int
places_load(const char *path, struct places **ret_places, struct strbuf *err) MUST_USE;
/* The same of a file that is open. */
int places_read(const struct conf_node *root, struct places **ret_places,
	struct strbuf *err) MUST_USE;
void places_free(struct places *places);
size_t places_code_count(const struct places *places);

/* Remembers what it worked out: one thread only. `places` may be NULL: the country alone.
 */
void places_find(struct places *places, const char *e164, struct place *ret);

#endif
