/* libphonenumber behind plain C: what address.h says about numbers, the part that needs
 * its tables. The only C++ in the program. */
#ifndef MALGIL_SMS_PHONE_H
#define MALGIL_SMS_PHONE_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum phone_kind {
	PHONE_NONE,  /* not a possible number */
	PHONE_LOCAL, /* a service number of `region`, not for callers abroad: its digits
			written */
	PHONE_OPEN,  /* E.164 written */
};

/* `region` is an ISO 3166-1 code or "" when only international spellings count. */
enum phone_kind phone_parse(const char *text, const char *region, char *ret, size_t size);
/* False when `e164` is none. */
bool phone_format(const char *e164, const char *region, char *ret, size_t size);
bool phone_region(const char *e164, char *ret, size_t size);

/* A number of that region that looks like a mobile phone's and is nobody's: for
 * rehearsals. False for a region without numbers. */
bool phone_example(const char *region, char *ret, size_t size);

#ifdef __cplusplus
}
#endif

#endif
