#include "gateway/store/key.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gateway/net/sign.h"
#include "gateway/store/copy.h"
#include "gateway/store/meta.h"
#include "gateway/store/vault.h"

#define GROUPS 13 /* of 20 bits; the last has 16 of the key and four that are 0 */
#define DIGITS 4

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

void
store_key_wipe(struct store_key *key)
{
	OPENSSL_cleanse(key, sizeof(*key));
}

void
store_key_path(const char *store, char ret[4096])
{
	snprintf(ret, 4096, "%.4000s.key", store);
}

/* ---- files ---- */

int
store_key_read(const char *path, struct store_key *ret)
{
	unsigned char more[KEY_BYTES + 1];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ssize_t n = read(fd, more, sizeof(more));
	close(fd);
	if (n == KEY_BYTES)
		memcpy(ret->bytes, more, KEY_BYTES);
	OPENSSL_cleanse(more, sizeof(more));
	return n == KEY_BYTES ? 0 : -EBADMSG;
}

int
store_key_write(const char *path, const struct store_key *key)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	bool good = write(fd, key->bytes, KEY_BYTES) == KEY_BYTES && fsync(fd) == 0;
	int r = good ? 0 : errno ? -errno : -EIO;
	close(fd);
	if (!r)
		r = folder_sync_of(path);
	if (r)
		unlink(path);
	return r;
}

int
store_key_make(const char *path, struct store_key *ret)
{
	return RAND_bytes(ret->bytes, KEY_BYTES) == 1 ? store_key_write(path, ret) : -EIO;
}

void
store_key_print(const struct store_key *key, char ret[KEY_PRINT])
{
	static const char what[] = "malgil: the key of forgotten numbers";
	struct strbuf md AUTO(strbuf_done) = STRBUF_INIT(64);
	struct strbuf hex AUTO(strbuf_done) = STRBUF_INIT(128);
	sign_hmac(SIGN_SHA256, key->bytes, KEY_BYTES, what, sizeof(what) - 1, &md);
	sign_hex(&hex, md.s, 8);
	snprintf(ret, KEY_PRINT, "%s", hex.s);
}

/* ---- on paper ---- */

/* Every single wrong character changes it, and so does a group in another's place. */
static unsigned
proof(const unsigned digits[DIGITS], unsigned group)
{
	return (digits[0] + 3 * digits[1] + 5 * digits[2] + 7 * digits[3] + 9 * group) &
	       31;
}

static unsigned
bits_at(const unsigned char bytes[KEY_BYTES], size_t bit)
{
	unsigned value = 0;
	for (size_t i = bit; i < bit + 5; i++) {
		unsigned one = i / 8 < KEY_BYTES ? bytes[i / 8] >> (7 - i % 8) & 1 : 0;
		value = value << 1 | one;
	}
	return value;
}

void
store_key_code(const struct store_key *key, char ret[KEY_CODE])
{
	char *at = ret;
	for (unsigned g = 0; g < GROUPS; g++) {
		unsigned digits[DIGITS];
		if (g)
			*at++ = '-';
		for (unsigned i = 0; i < DIGITS; i++) {
			digits[i] = bits_at(key->bytes, (g * DIGITS + i) * 5);
			*at++ = alphabet[digits[i]];
		}
		*at++ = alphabet[proof(digits, g)];
	}
	*at = '\0';
}

static int
digit_of(char c)
{
	c = (char)toupper((unsigned char)c);
	c = (char)(c == 'O' ? '0' : c == 'I' || c == 'L' ? '1' : c);
	const char *at = c ? strchr(alphabet, c) : NULL;
	return at ? (int)(at - alphabet) : -1;
}

static int
read_digits(const char *code, unsigned ret[GROUPS * (DIGITS + 1)], struct strbuf *err)
{
	size_t n = 0;
	for (const char *p = code; *p; p++) {
		if (isspace((unsigned char)*p) || *p == '-')
			continue;
		int d = digit_of(*p);
		if (d < 0 || n == GROUPS * (DIGITS + 1)) {
			strbuf_set(err, d < 0 ? "a code of a key has letters and digits "
						"only"
					      : "it is longer than a code of a key");
			return -EINVAL;
		}
		ret[n++] = (unsigned)d;
	}
	if (n == GROUPS * (DIGITS + 1))
		return 0;
	strbuf_set(err, "a code of a key has %d groups of %d characters; this has %zu%s",
		GROUPS, DIGITS + 1, n / (DIGITS + 1),
		n % (DIGITS + 1) ? " and a bit" : "");
	return -EINVAL;
}

int
store_key_parse(const char *code, struct store_key *ret, struct strbuf *err)
{
	unsigned all[GROUPS * (DIGITS + 1)];
	struct store_key key = {{0}};
	size_t bit = 0;
	int r = read_digits(code, all, err);
	for (unsigned g = 0; g < GROUPS && !r; g++) {
		const unsigned *digits = &all[g * (DIGITS + 1)];
		if (proof(digits, g) != digits[DIGITS]) {
			strbuf_set(err, "group %u of the code is mistyped", g + 1);
			r = -EINVAL;
		}
		for (unsigned i = 0; i < DIGITS * 5; i++, bit++) {
			unsigned one = digits[i / 5] >> (4 - i % 5) & 1;
			if (bit / 8 < KEY_BYTES)
				key.bytes[bit / 8] |=
					(unsigned char)(one << (7 - bit % 8));
		}
	}
	if (!r)
		*ret = key;
	store_key_wipe(&key);
	return r;
}

int
store_key_from_file(const char *path, struct store_key *ret, struct strbuf *err)
{
	char text[4096];
	int r = store_key_read(path, ret);
	if (!r)
		return 0;
	FILE *in = fopen(path, "re");
	if (!in) {
		r = -errno;
		strbuf_set(err, "%s: %s", path, strerror(errno));
		return r;
	}
	size_t n = fread(text, 1, sizeof(text) - 1, in);
	fclose(in);
	text[n] = '\0';
	/* a file with words around it: the line that looks like one */
	for (char *rest = text, *line; (line = strsep(&rest, "\r\n"));)
		if (strlen(line) >= GROUPS * (DIGITS + 1) && strchr(line, '-'))
			return store_key_parse(line, ret, err);
	strbuf_set(err, "%s is no key of malgil's, and no code of one", path);
	return -EINVAL;
}

/* ---- and the store ---- */

enum store_key_fit
store_key_fits(struct db *db, const struct store_key *key)
{
	char print[KEY_PRINT];
	struct strbuf known AUTO(strbuf_done) = STRBUF_INIT(64);
	struct strbuf old AUTO(strbuf_done) = STRBUF_INIT(64);
	store_key_print(key, print);
	bool any = meta_text(db, "key.print", &known) && known.len;
	if (meta_text(db, "key.old", &old) && !strcmp(old.s, print))
		return KEY_FITS_OLD;
	return !any || !strcmp(known.s, print) ? KEY_FITS : KEY_WRONG;
}

void
store_key_known(struct db *db, const struct store_key *key)
{
	char print[KEY_PRINT];
	struct strbuf known AUTO(strbuf_done) = STRBUF_INIT(64);
	store_key_print(key, print);
	if (!meta_text(db, "key.print", &known) || strcmp(known.s, print) != 0)
		meta_set_text(db, "key.print", print);
}

void
store_key_give_up(struct db *db, int64_t now)
{
	struct strbuf known AUTO(strbuf_done) = STRBUF_INIT(64);
	if (meta_text(db, "key.print", &known) && known.len)
		meta_set_text(db, "key.old", known.s);
	meta_drop(db, "key.print");
	meta_set_number(db, "key.lost", now);
}

int64_t
store_key_given_up(struct db *db)
{
	return meta_number(db, "key.lost");
}

void
store_key_back(struct db *db)
{
	meta_drop(db, "key.lost");
}

bool
store_key_beside_backups(
	const char *folder, const char *instance, struct strbuf *ret_path)
{
	strbuf_printf(ret_path, "%s/malgil-%.*s.key", folder, VAULT_INSTANCE, instance);
	return access(ret_path->s, F_OK) == 0;
}
