/* The key forgotten numbers are hashed with (core/erase.h): 32 bytes in STORE.key, for
 * its owner alone. It is neither in the store nor in any backup of it, because together
 * they would tell who was forgotten; so it is kept on paper, as a code, or in a file
 * somewhere else. The store knows its fingerprint, so that a wrong one is refused.
 *
 * A store whose key was given up (malgil restore --without-key) does not recognise those
 * who were forgotten with it, and says so; who is forgotten from then on is known by a
 * new one. When the old one turns up after all it is kept beside, as STORE.key.old, and
 * both count. */
#ifndef MALGIL_STORE_KEY_H
#define MALGIL_STORE_KEY_H

#include "gateway/store/db.h"

#define KEY_BYTES 32
#define KEY_PRINT 17  /* bytes that hold a fingerprint: 16 hex digits */
#define KEY_CODE  128 /* bytes that hold a code */

struct store_key {
	unsigned char bytes[KEY_BYTES];
};
void store_key_wipe(struct store_key *key);
/* STORE.key */
void store_key_path(const char *store, char ret[4096]);

/* 0; -ENOENT, -EBADMSG (it is none), -errno. */
int store_key_read(const char *path, struct store_key *ret) MUST_USE;
/* 0600, durable; -EEXIST when something is there. 0 or -errno. */
int store_key_write(const char *path, const struct store_key *key) MUST_USE;
/* A new one at `path`. 0; -EEXIST; -errno. */
int store_key_make(const char *path, struct store_key *ret) MUST_USE;
void store_key_print(const struct store_key *key, char ret[KEY_PRINT]);

/* For paper: 13 groups of four characters and a fifth that proves them, capitals and
 * digits that are not mistaken for one another. */
void store_key_code(const struct store_key *key, char ret[KEY_CODE]);
/* What somebody typed: blanks, dashes, small letters, O for 0 and I or L for 1 are
 * forgiven. 0, or -EINVAL with a sentence that names the group. */
int store_key_parse(const char *code, struct store_key *ret, struct strbuf *err) MUST_USE;
/* A code or the 32 bytes, from a file somebody keeps. 0, -errno with a sentence. */
int
store_key_from_file(const char *path, struct store_key *ret, struct strbuf *err) MUST_USE;

/* ---- and the store ---- */

/* Is this the one the store knows, now or from before it was given up? A store that
 * knows none takes any. */
enum store_key_fit { KEY_FITS, KEY_FITS_OLD, KEY_WRONG };
enum store_key_fit store_key_fits(struct db *db, const struct store_key *key);
/* Part of the transaction. */
void store_key_known(struct db *db, const struct store_key *key);
void store_key_give_up(struct db *db, int64_t now);
/* Since when people who were forgotten are not recognised, 0: they are. */
int64_t store_key_given_up(struct db *db);
void store_key_back(struct db *db); /* the old one turned up */

/* "code groups" or where it lies, wherever a key must not be: a copy beside backups, as
 * older programs left them. */
bool store_key_beside_backups(
	const char *folder, const char *instance, struct strbuf *ret_path);

#endif
