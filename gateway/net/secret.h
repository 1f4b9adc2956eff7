/* Secrets: making them, and comparing them without telling how much was right. On OpenSSL
 * libcrypto. */
#ifndef MALGIL_NET_SECRET_H
#define MALGIL_NET_SECRET_H

#include "gateway/base/def.h"

#define SECRET_SHA256 65 /* hex digits and the NUL */

/* `digits` hex digits of true randomness and a NUL; `digits` is even, at most 128. */
void secret_random(char *ret, size_t digits);
void secret_sha256(const void *data, size_t len, char ret[SECRET_SHA256]);
/* In a time that depends on the lengths alone. */
bool secret_same(const char *a, const char *b);

#endif
