/* A channel's group, read: which provider, its settings, and its secrets from where the
 * shop keeps them. */
#ifndef MALGIL_CLOUD_ACCOUNT_H
#define MALGIL_CLOUD_ACCOUNT_H

#include "drivers/cloud/build.h"
#include "gateway/core/driver.h"

struct cloud_config {
	char *provider, *from, *hook;
	int64_t in_flight, rate, timeout;
	struct cloud_profile *profile;
	struct cloud_account account; /* borrows from here */
};

/* Reads the group, its profile and its secrets, and builds a request with samples, so
 * that what is missing is said now. -EINVAL, with file and line. `public_url` may be
 * NULL. */
int cloud_config_read(const struct conf_node *group, const char *public_url,
	struct cloud_config *ret, struct strbuf *err) MUST_USE;
void cloud_config_free(struct cloud_config *c);

/* Stars over every secret that stands in a text somebody else wrote. */
void cloud_scrub(const struct cloud_account *account, char *text);

#endif
