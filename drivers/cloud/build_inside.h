/* One request while it is made, shared by build.c and build_names.c. */
#ifndef MALGIL_CLOUD_BUILD_INSIDE_H
#define MALGIL_CLOUD_BUILD_INSIDE_H

#include "drivers/cloud/build.h"

struct build {
	const struct cloud_account *account;
	const struct cloud_profile *profile;
	const struct cloud_message *m;
	const struct cloud_moment *moment;
	struct cloud_request *r;
	struct strbuf *err;
	struct strbuf sig;
};

/* `text` with every name in it replaced, escaped by where it stands. -EINVAL with a
 * sentence in b->err. */
int build_fill(
	struct build *b, const char *text, enum tpl_context context, struct strbuf *out);

#endif
