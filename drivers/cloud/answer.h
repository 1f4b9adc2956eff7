/* What a provider's answer to a send means for the message. Pure.
 *
 * The rule above all others: what may have been accepted is never tried again by itself.
 * A request that was not written, or was refused in so many words, is LATER or REJECTED;
 * silence, a cut, a 500 and an answer that cannot be read are UNKNOWN, unless the profile
 * says what that provider means by it. */
#ifndef MALGIL_CLOUD_ANSWER_H
#define MALGIL_CLOUD_ANSWER_H

#include "drivers/cloud/doc.h"
#include "gateway/core/driver.h"

/* Of gateway/net/http.h, without needing it. */
struct cloud_answer {
	int failed; /* 0 or -errno */
	bool left;  /* the request was written, in part at least */
	int status;
	const char *why; /* when failed */
	const struct raw_field *headers;
	size_t header_count;
	const char *body;
	size_t len;
};

struct cloud_result {
	enum send_outcome what;
	enum cloud_error error; /* what the provider's code means, NONE when it is SENT */
	char id[128];           /* SENT; "" when the provider gives none */
	int code;               /* the provider's number, else HTTP's; -1 none */
	char why[256];
	bool channel_fault, person;  /* person: one must act (credit, keys) */
	int64_t rest;                /* ms, 0 as core thinks best */
	char price[24], currency[8]; /* "" not told */
};

void cloud_answer_read(const struct cloud_profile *profile, const struct cloud_call *call,
	const struct cloud_answer *answer, int64_t now, struct cloud_result *ret);

/* What Retry-After says: seconds or a date (RFC 9110 10.2.3), in ms; 0 nothing useful. */
int64_t cloud_retry_after(const char *value, int64_t now);

#endif
