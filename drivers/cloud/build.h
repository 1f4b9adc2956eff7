/* From a message and an account to the exact request, and back to what is not said: with
 * `mask` every secret is a row of stars. Pure. */
#ifndef MALGIL_CLOUD_BUILD_H
#define MALGIL_CLOUD_BUILD_H

#include "drivers/cloud/profile.h"
#include "drivers/cloud/template.h"

/* What the channel's group says, and its secrets. */
struct cloud_account {
	const struct cloud_profile *profile;
	struct cloud_pairs settings; /* {cfg:...} */
	struct cloud_pairs secrets;
	const char *hook; /* https://shop.example/hooks/NAME, "" none */
};

/* Texts never NULL. */
struct cloud_message {
	const char *to; /* E.164 or a short code */
	const char *from, *text;
	const char *key;      /* ours: the same whenever this message is tried again */
	const char *id;       /* the provider's, "" none yet */
	const char *category; /* "reply", "marketing" ... */
};

#define CLOUD_HEADERS 24
struct cloud_request {
	const char *method;            /* of the profile */
	struct strbuf url, body, user; /* user: "name:password" */
	char *headers[CLOUD_HEADERS + 1];
	size_t header_count;
	bool has_body;
	struct strbuf sigv4; /* "aws:amz:region:service", empty: none */
	char class[16], encoding[16];
};

struct cloud_moment {
	int64_t now;      /* wall */
	const char *salt; /* 32 hex digits nobody can guess */
	bool mask;
};

/* 0; -EINVAL with a sentence when this message cannot be put so (a letter the charset
 * lacks, too long for every class). The request is to be freed either way. */
int cloud_build(const struct cloud_account *account, const struct cloud_call *call,
	const struct cloud_message *message, const struct cloud_moment *moment,
	struct cloud_request *ret, struct strbuf *err) MUST_USE;
void cloud_request_free(struct cloud_request *r);
/* As it would be written on the wire, for people. */
void cloud_request_print(const struct cloud_request *r, struct strbuf *out);

/* NULL when there is none of that name. */
const char *cloud_setting(const struct cloud_account *account, const char *name);
const char *cloud_secret(const struct cloud_account *account, const char *name);

/* The names a template may use beside secret: and cfg:; NULL ends it. For the lint. */
extern const char *const cloud_names[];

/* Bytes of `text` in the charset of the profile, -1 when a letter is missing there (and
 * that letter in `ret_letter`). */
int64_t cloud_bytes(const char *charset, const char *text, char ret_letter[8]);

#endif
