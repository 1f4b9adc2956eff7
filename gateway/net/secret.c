#include "gateway/net/secret.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

static void
write_hex(char *ret, const unsigned char *bytes, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	for (size_t i = 0; i < len; i++) {
		ret[2 * i] = digits[bytes[i] >> 4];
		ret[2 * i + 1] = digits[bytes[i] & 15];
	}
	ret[2 * len] = '\0';
}

void
secret_random(char *ret, size_t digits)
{
	unsigned char bytes[64];
	if (digits > 2 * sizeof(bytes) || RAND_bytes(bytes, (int)(digits / 2)) != 1)
		abort(); /* without randomness there is no secret */
	write_hex(ret, bytes, digits / 2);
}

void
secret_sha256(const void *data, size_t len, char ret[SECRET_SHA256])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	if (EVP_Digest(data, len, digest, &n, EVP_sha256(), NULL) != 1 || n != 32)
		abort();
	write_hex(ret, digest, n);
}

bool
secret_same(const char *a, const char *b)
{
	size_t n = strlen(a);
	return n == strlen(b) && CRYPTO_memcmp(a, b, n) == 0;
}
