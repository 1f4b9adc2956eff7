#include "gateway/verbs/backup_key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gateway/store/erasure.h"
#include "gateway/store/key.h"
#include "gateway/store/restore.h"
#include "gateway/verbs/offline.h"
#include "gateway/verbs/print.h"

/* The store is only read, also while it is served: the gateway learns the fingerprint of
 * a new key by itself. */
static int
check(const struct config *c, const char *path, struct store_key *key, struct strbuf *err)
{
	struct db *db = NULL;
	bool is_store = access(store_file(c->store), F_OK) == 0;
	int r = is_store ? db_open(c->store, DB_READER, &db, err) : 0;
	if (r)
		return r;
	r = store_key_read(path, key);
	if (r == -ENOENT && (!db || !suppressions_any(db) || store_key_given_up(db)))
		r = store_key_make(path, key);
	if (r)
		strbuf_set(err,
			"%s, by which forgotten numbers are known, cannot be read (%s); "
			"put it back: malgil restore --key CODE",
			path, strerror(-r));
	else if (db && store_key_fits(db, key) != KEY_FITS) {
		strbuf_set(err,
			"%s is not the key this store's forgotten numbers are known by",
			path);
		r = -EKEYREJECTED;
	}
	db_close(db);
	return r;
}

static void
show(const char *code)
{
	size_t column = 0;
	for (const char *p = code; *p; p++) {
		if (*p == '-' && ++column % 4 == 0)
			fputs("\n   ", stdout);
		else if (p == code)
			fputs("   ", stdout);
		putchar(*p == '-' ? ' ' : *p);
	}
	putchar('\n');
}

static int
write_out(const struct verb_args *args, const char *file, const char *code)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return verb_refuse(args->verb, "%s: %s", file, strerror(errno));
	int n = dprintf(fd,
		"# malgil: the key of forgotten numbers. Not beside the backups.\n%s\n",
		code);
	bool good = n > 0 && fsync(fd) == 0;
	if (close(fd) != 0 || !good) {
		unlink(file);
		return verb_refuse(args->verb, "%s cannot be written", file);
	}
	printf("The key is in %s, for its owner alone.\n", file);
	return EXIT_DONE;
}

int
backup_key(const struct verb_args *args, const struct config *c, const char *file)
{
	char path[4096], code[KEY_CODE];
	struct store_key key;
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	if (file && offline_same_folder(file, c->owner_backup))
		return verb_refuse(args->verb,
			"%s is in the folder of the backups, and together they tell who "
			"was forgotten; keep the key somewhere else",
			file);
	store_key_path(store_file(c->store), path);
	if (check(c, path, &key, &err) < 0)
		return verb_refuse(args->verb, "%s", err.s);
	store_key_code(&key, code);
	store_key_wipe(&key);
	if (file)
		return write_out(args, file, code);
	if (verb_flag(args, "--json")) {
		json_t *out = json_pack("{s:s}", "key", code);
		print_json(out);
		json_decref(out);
		return EXIT_DONE;
	}
	puts("The key of forgotten numbers. Write it down and keep it where the backups "
	     "are not;\na restore asks for it (malgil restore FILE --key CODE), and "
	     "without "
	     "it nobody who was\nforgotten is recognised again. The last character of "
	     "each "
	     "group proves the others.\n");
	show(code);
	return EXIT_DONE;
}
