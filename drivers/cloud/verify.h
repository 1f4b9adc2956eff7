/* Is a request the provider's own? Over the bytes as they came and the public address as
 * configured; never over what Host says. Pure, but for a certificate somebody else must
 * fetch. */
#ifndef MALGIL_CLOUD_VERIFY_H
#define MALGIL_CLOUD_VERIFY_H

#include "drivers/cloud/build.h"
#include "drivers/cloud/doc.h"

enum cloud_verdict {
	VERIFY_GOOD,
	VERIFY_BAD,
	VERIFY_STALE,       /* well signed, too long ago or in the future */
	VERIFY_CERTIFICATE, /* the certificate at `certificate_url` is needed first */
};

struct cloud_proof {
	const struct raw_request *rq;
	int64_t now;
	/* The certificate that was fetched from an address, NULL not yet. */
	const char *certificate, *certificate_from;
	size_t certificate_len;
	/* Answers: */
	char certificate_url[256];
	const struct cloud_verify *by; /* the scheme that decided */
};

enum cloud_verdict cloud_verify(const struct cloud_account *account,
	const struct cloud_doc *doc, struct cloud_proof *proof);
/* What one scheme expects to be signed. For the tests and for signing as a provider
 * would. False when something it needs is missing. */
bool cloud_verify_base(const struct cloud_account *account, const struct cloud_verify *v,
	const struct cloud_doc *doc, const struct raw_request *rq, const char *url,
	struct strbuf *out);
/* The signature of that string, encoded, as hmac and hash make it. */
bool cloud_verify_sign(const struct cloud_account *account, const struct cloud_verify *v,
	const struct strbuf *base, struct strbuf *out);

/* An address of Amazon's notification service and nothing else: https, its host, and for
 * a certificate the name of one. */
bool cloud_sns_address(const char *url, bool certificate);

#endif
