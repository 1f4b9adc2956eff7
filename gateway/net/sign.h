/* Signatures and the encodings they come in, on OpenSSL's libcrypto. Pure: keys and bytes
 * in, truth out. It knows no provider: how a string to be signed is put together is
 * somebody else's data. Comparing takes as long whatever the bytes are. */
#ifndef MALGIL_NET_SIGN_H
#define MALGIL_NET_SIGN_H

#include "gateway/base/strbuf.h"

enum sign_alg { SIGN_MD5, SIGN_SHA1, SIGN_SHA256, SIGN_SHA384, SIGN_SHA512 };
/* "sha256" and friends, whatever the case; -EINVAL. */
int sign_alg_parse(const char *name, enum sign_alg *ret) MUST_USE;
extern const char *const sign_alg_names[]; /* NULL ends it */

/* Raw octets appended to `out`. */
void sign_digest(enum sign_alg alg, const void *data, size_t len, struct strbuf *out);
void sign_hmac(enum sign_alg alg, const void *key, size_t key_len, const void *data,
	size_t len, struct strbuf *out);

/* Ed25519 (RFC 8032): a public key of 32 octets, a signature of 64. */
bool sign_ed25519_valid(const struct strbuf *public_key, const struct strbuf *signature,
	const void *data, size_t len);
/* The other direction, for tests: a seed of 32 octets. */
bool sign_ed25519(const void *seed, const void *data, size_t len, struct strbuf *out);
/* RSA PKCS#1 v1.5 by the key of a PEM certificate. False also when the certificate is
 * none, or is not valid at `now` (ms). */
bool sign_rsa_valid(const char *certificate, size_t certificate_len, int64_t now,
	enum sign_alg alg, const struct strbuf *signature, const void *data, size_t len);

bool sign_same(const void *a, size_t a_len, const void *b, size_t b_len);

/* RFC 4648. Reading takes both alphabets, with or without padding; false at any other
 * character. */
void sign_base64(struct strbuf *out, const void *data, size_t len, bool url);
bool sign_from_base64(const char *text, size_t len, struct strbuf *out);
void sign_hex(struct strbuf *out, const void *data, size_t len); /* lower case */
bool sign_from_hex(const char *text, size_t len, struct strbuf *out);

/* JSON Web Tokens signed with a shared secret (RFC 7515, HS256, HS384, HS512). True, and
 * the claims' JSON in `ret_claims`, when the signature is right. "none" is refused. */
bool sign_jwt_valid(
	const char *token, const void *key, size_t key_len, struct strbuf *ret_claims);
/* HS256. */
void sign_jwt(const char *claims, const void *key, size_t key_len, struct strbuf *out);
/* RS256 with a PEM private key. False when that is none. */
bool
sign_jwt_rsa(const char *claims, const char *pem, size_t pem_len, struct strbuf *out);

#endif
