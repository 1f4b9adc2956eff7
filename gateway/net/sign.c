#include "gateway/net/sign.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "gateway/net/json.h"

const char *const sign_alg_names[] = {"md5", "sha1", "sha256", "sha384", "sha512", NULL};

int
sign_alg_parse(const char *name, enum sign_alg *ret)
{
	for (int i = 0; sign_alg_names[i]; i++) {
		if (strcasecmp(sign_alg_names[i], name) != 0)
			continue;
		*ret = (enum sign_alg)i;
		return 0;
	}
	return -EINVAL;
}

static const EVP_MD *
md_of(enum sign_alg alg)
{
	switch (alg) {
	case SIGN_MD5: return EVP_md5();
	case SIGN_SHA1: return EVP_sha1();
	case SIGN_SHA256: return EVP_sha256();
	case SIGN_SHA384: return EVP_sha384();
	case SIGN_SHA512: return EVP_sha512();
	}
	return NULL;
}

void
sign_digest(enum sign_alg alg, const void *data, size_t len, struct strbuf *out)
{
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	if (!EVP_Digest(data, len, md, &n, md_of(alg), NULL))
		abort();
	strbuf_add(out, md, n);
}

void
sign_hmac(enum sign_alg alg, const void *key, size_t key_len, const void *data,
	size_t len, struct strbuf *out)
{
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	if (!HMAC(md_of(alg), key, (int)key_len, data, len, md, &n))
		abort();
	strbuf_add(out, md, n);
}

/* ---- public keys ---- */

bool
sign_ed25519_valid(const struct strbuf *public_key, const struct strbuf *signature,
	const void *data, size_t len)
{
	if (public_key->len != 32 || signature->len != 64)
		return false;
	EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL,
		(const unsigned char *)public_key->s, public_key->len);
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	bool good = key && md && EVP_DigestVerifyInit(md, NULL, NULL, NULL, key) == 1 &&
		    EVP_DigestVerify(md, (const unsigned char *)signature->s,
			    signature->len, data, len) == 1;
	EVP_MD_CTX_free(md);
	EVP_PKEY_free(key);
	return good;
}

bool
sign_ed25519(const void *seed, const void *data, size_t len, struct strbuf *out)
{
	unsigned char sig[64];
	size_t n = sizeof(sig);
	EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, 32);
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	bool good = key && md && EVP_DigestSignInit(md, NULL, NULL, NULL, key) == 1 &&
		    EVP_DigestSign(md, sig, &n, data, len) == 1;
	if (good)
		strbuf_add(out, sig, n);
	EVP_MD_CTX_free(md);
	EVP_PKEY_free(key);
	return good;
}

static bool
valid_at(X509 *cert, int64_t now)
{
	time_t t = (time_t)(now / 1000);
	return X509_cmp_time(X509_get0_notBefore(cert), &t) < 0 &&
	       X509_cmp_time(X509_get0_notAfter(cert), &t) > 0;
}

bool
sign_rsa_valid(const char *certificate, size_t certificate_len, int64_t now,
	enum sign_alg alg, const struct strbuf *signature, const void *data, size_t len)
{
	BIO *bio = BIO_new_mem_buf(certificate, (int)certificate_len);
	X509 *cert = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
	EVP_PKEY *key = cert && valid_at(cert, now) ? X509_get_pubkey(cert) : NULL;
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	bool good = key && md && EVP_PKEY_base_id(key) == EVP_PKEY_RSA &&
		    EVP_DigestVerifyInit(md, NULL, md_of(alg), NULL, key) == 1 &&
		    EVP_DigestVerify(md, (const unsigned char *)signature->s,
			    signature->len, data, len) == 1;
	EVP_MD_CTX_free(md);
	EVP_PKEY_free(key);
	X509_free(cert);
	BIO_free(bio);
	return good;
}

bool
sign_same(const void *a, size_t a_len, const void *b, size_t b_len)
{
	return a_len == b_len && CRYPTO_memcmp(a, b, a_len) == 0;
}

/* ---- encodings ---- */

static const char alphabet[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void
sign_base64(struct strbuf *out, const void *data, size_t len, bool url)
{
	const uint8_t *p = data;
	for (size_t i = 0; i < len; i += 3) {
		size_t n = MIN(len - i, 3);
		uint32_t v = (uint32_t)p[i] << 16 |
			     (n > 1 ? (uint32_t)p[i + 1] << 8 : 0) |
			     (n > 2 ? p[i + 2] : 0);
		for (size_t k = 0; k <= n; k++) {
			char c = alphabet[v >> (18 - 6 * k) & 63];
			strbuf_putc(out, url && c == '+'   ? '-'
					 : url && c == '/' ? '_'
							   : c);
		}
		for (size_t k = n; k < 3 && !url; k++)
			strbuf_putc(out, '=');
	}
}

static int
value64(char c)
{
	if (c == '-')
		return 62;
	if (c == '_')
		return 63;
	const char *at = c ? strchr(alphabet, c) : NULL;
	return at ? (int)(at - alphabet) : -1;
}

bool
sign_from_base64(const char *text, size_t len, struct strbuf *out)
{
	uint32_t v = 0;
	int bits = 0;
	while (len && text[len - 1] == '=')
		len--;
	if (len % 4 == 1)
		return false;
	for (size_t i = 0; i < len; i++) {
		int d = value64(text[i]);
		if (d < 0)
			return false;
		v = (v << 6 | (uint32_t)d) & 0xFFFFFF;
		bits += 6;
		if (bits < 8)
			continue;
		bits -= 8;
		strbuf_putc(out, (char)(v >> bits & 0xFF));
	}
	return true;
}

void
sign_hex(struct strbuf *out, const void *data, size_t len)
{
	const uint8_t *p = data;
	for (size_t i = 0; i < len; i++) {
		strbuf_putc(out, "0123456789abcdef"[p[i] >> 4]);
		strbuf_putc(out, "0123456789abcdef"[p[i] & 15]);
	}
}

static int
value16(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool
sign_from_hex(const char *text, size_t len, struct strbuf *out)
{
	if (len % 2)
		return false;
	for (size_t i = 0; i < len; i += 2) {
		int high = value16(text[i]), low = value16(text[i + 1]);
		if (high < 0 || low < 0)
			return false;
		strbuf_putc(out, (char)(high << 4 | low));
	}
	return true;
}

/* ---- JSON Web Tokens ---- */

static bool
jwt_alg(const char *head, size_t len, enum sign_alg *ret)
{
	struct strbuf json AUTO(strbuf_done) = STRBUF_INIT(1024);
	static const char *const names[] = {"HS256", "HS384", "HS512"};
	static const enum sign_alg algs[] = {SIGN_SHA256, SIGN_SHA384, SIGN_SHA512};
	if (!sign_from_base64(head, len, &json) || json.full)
		return false;
	struct strbuf why AUTO(strbuf_done) = STRBUF_SENTENCE;
	json_t *header = json_read(json.s, json.len, &why);
	const char *alg = json_string_value(json_object_get(header, "alg"));
	bool found = false;
	for (size_t i = 0; alg && i < ARRAY_LEN(names); i++) {
		if (strcmp(alg, names[i]) != 0)
			continue;
		*ret = algs[i];
		found = true;
	}
	json_decref(header);
	return found;
}

bool
sign_jwt_valid(
	const char *token, const void *key, size_t key_len, struct strbuf *ret_claims)
{
	const char *claims = strchr(token, '.');
	const char *sig = claims ? strchr(claims + 1, '.') : NULL;
	enum sign_alg alg;
	if (!sig || strchr(sig + 1, '.') ||
		!jwt_alg(token, (size_t)(claims - token), &alg))
		return false;
	struct strbuf want AUTO(strbuf_done) = STRBUF_INIT(64);
	struct strbuf have AUTO(strbuf_done) = STRBUF_INIT(256);
	sign_hmac(alg, key, key_len, token, (size_t)(sig - token), &want);
	if (!sign_from_base64(sig + 1, strlen(sig + 1), &have) ||
		!sign_same(want.s, want.len, have.s, have.len))
		return false;
	strbuf_reset(ret_claims);
	return sign_from_base64(claims + 1, (size_t)(sig - claims - 1), ret_claims) &&
	       !ret_claims->full;
}

static void
jwt_begin(const char *head, const char *claims, struct strbuf *out)
{
	sign_base64(out, head, strlen(head), true);
	strbuf_putc(out, '.');
	sign_base64(out, claims, strlen(claims), true);
}

void
sign_jwt(const char *claims, const void *key, size_t key_len, struct strbuf *out)
{
	struct strbuf sig AUTO(strbuf_done) = STRBUF_INIT(64);
	size_t from = out->len;
	jwt_begin("{\"alg\":\"HS256\",\"typ\":\"JWT\"}", claims, out);
	sign_hmac(SIGN_SHA256, key, key_len, out->s + from, out->len - from, &sig);
	strbuf_putc(out, '.');
	sign_base64(out, sig.s, sig.len, true);
}

/* A key behind a passphrase is no key: nobody is there to be asked. */
static int
no_passphrase(char *buf, int size, int rw, void *arg)
{
	(void)buf, (void)size, (void)rw, (void)arg;
	return 0;
}

bool
sign_jwt_rsa(const char *claims, const char *pem, size_t pem_len, struct strbuf *out)
{
	unsigned char sig[1024];
	size_t n = sizeof(sig), from = out->len;
	BIO *bio = BIO_new_mem_buf(pem, (int)pem_len);
	EVP_PKEY *key =
		bio ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL) : NULL;
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	jwt_begin("{\"alg\":\"RS256\",\"typ\":\"JWT\"}", claims, out);
	bool good = key && md && (size_t)EVP_PKEY_size(key) <= sizeof(sig) &&
		    EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, key) == 1 &&
		    EVP_DigestSign(md, sig, &n, (unsigned char *)out->s + from,
			    out->len - from) == 1;
	if (good) {
		strbuf_putc(out, '.');
		sign_base64(out, sig, n, true);
	}
	EVP_MD_CTX_free(md);
	EVP_PKEY_free(key);
	BIO_free(bio);
	return good;
}
