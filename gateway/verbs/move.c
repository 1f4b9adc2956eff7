/* malgil move: to another computer, so that only one of the two serves. And migrate. */
#include <errno.h>
#include <inttypes.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/base/fault.h"
#include "gateway/store/restore.h"
#include "gateway/store/vault.h"
#include "gateway/verbs/offline.h"

#define KEY_ALONG "forgotten.key"

static const struct verb_option options[] = {
	{"--here", NULL, "this computer serves this store from now on"},
	{"--back", NULL, "the move never happened: unseal the store"},
	{0},
};

/* Files of settings are small; what is larger is none. */
static int
take_along(const char *from, const char *folder, const char *sub, struct strbuf *err)
{
	char to[4096];
	const char *slash = from ? strrchr(from, '/') : NULL;
	if (!from)
		return 0;
	snprintf(to, sizeof(to), "%s%s/%s", folder, sub, slash ? slash + 1 : from);
	int r = file_copy(from, to);
	if (r)
		strbuf_set(err, "%s cannot be copied to %s: %s", from, to, strerror(-r));
	return r;
}

static int
take_scripts(const char *from, const char *folder, struct strbuf *err)
{
	char sub[4096], path[4096];
	struct dirent *e;
	DIR *dir = from ? opendir(from) : NULL;
	int r = 0;
	if (!dir)
		return 0;
	snprintf(sub, sizeof(sub), "%s/scripts", folder);
	if (mkdir(sub, 0700) != 0 && errno != EEXIST)
		r = -errno;
	while (!r && (e = readdir(dir))) {
		struct stat st;
		snprintf(path, sizeof(path), "%s/%s", from, e->d_name);
		if (*e->d_name != '.' && stat(path, &st) == 0 && S_ISREG(st.st_mode))
			r = take_along(path, folder, "/scripts", err);
	}
	closedir(dir);
	return r;
}

static int
take_settings(const struct verb_args *args, const struct config *c, const char *folder,
	struct strbuf *err)
{
	const char *const files[] = {
		args->config_path, c->policy_path, c->connectors_path, c->events_path};
	int r = 0;
	for (size_t i = 0; i < ARRAY_LEN(files) && !r; i++)
		r = take_along(files[i], folder, "", err);
	return r ? r : take_scripts(c->scripts, folder, err);
}

/* The seal first: a bundle without a sealed store could be served twice, a sealed store
 * without a bundle only has to be moved again. */
static int
bundle(const struct verb_args *args, const struct config *c, struct db *db,
	const char *folder, struct strbuf *path, struct strbuf *err)
{
	struct copy_report report;
	struct db *reader = NULL;
	char id[INSTANCE_ID], key[4096], to[4096];
	int64_t now = clock_wall(clock_real());
	instance_id(db, id);
	instance_seal(db, now);
	if (db_commit(db) != 0) {
		strbuf_set(err, "the store cannot be sealed: %s", db_error(db));
		return -EIO;
	}
	FAULT("move.sealed");
	vault_path(folder, id, now, VAULT_COPY, path);
	int r = db_open(c->store, DB_READER, &reader, err);
	if (!r)
		r = store_copy(reader, &(struct copy_wish){path->s, "move", now, NULL},
			&report, err);
	db_close(reader);
	store_key_path(store_file(c->store), key);
	snprintf(to, sizeof(to), "%.4000s/" KEY_ALONG, folder);
	if (!r && access(key, F_OK) == 0 && (r = file_copy(key, to)) < 0)
		strbuf_set(err, "%s cannot be copied: %s", key, strerror(-r));
	FAULT("move.copied");
	return r ? r : take_settings(args, c, folder, err);
}

static void
say_next(const struct verb_args *args, const struct config *c, const char *folder,
	const char *path)
{
	const char *name = strrchr(path, '/');
	printf("The store is sealed: this computer does not serve it any more.\n"
	       "Everything is in %s. On the new computer:\n"
	       "  1. install malgil, and bring the folder there\n"
	       "  2. put its settings (%s and the others) where malgil looks for them, "
	       "and "
	       "see that the\n     paths in them are right there\n"
	       "  3. malgil restore %s%s --key-file %s/" KEY_ALONG "\n"
	       "  4. plug the modem in; malgil doctor; malgil serve\n",
		folder,
		strrchr(args->config_path, '/') ? strrchr(args->config_path, '/') + 1
						: args->config_path,
		folder, name ? name : path, folder);
	if (c->owner_backup)
		printf("  5. plug the disk of the backups in (owner.backup = %s here)\n",
			c->owner_backup);
	puts("When it is done, delete " KEY_ALONG " from that folder: it is no backup.");
	puts("If the move does not happen: malgil move --back, here, and never there.");
}

static int
move_away(struct verb_args *args, const struct config *c, struct db *db)
{
	const char *folder = args->words[0];
	struct strbuf err AUTO(strbuf_done) = STRBUF_INIT(8192);
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	if (offline_same_folder(folder, c->owner_backup))
		return verb_refuse(args->verb,
			"%s is the folder of the backups: the key of forgotten numbers "
			"travels with a move and must not lie there; name another one",
			folder);
	if (mkdir(folder, 0700) != 0 && errno != EEXIST)
		return verb_refuse(
			args->verb, "%s cannot be made: %s", folder, strerror(errno));
	if (bundle(args, c, db, folder, &path, &err) < 0)
		return verb_refuse(args->verb,
			"%s. The store is sealed all the same: try again, or malgil move "
			"--back",
			err.s);
	say_next(args, c, folder, path.s);
	return EXIT_DONE;
}

static int
take_over(struct verb_args *args, const struct config *c, struct db *db)
{
	bool back = verb_flag(args, "--back");
	if (back && !instance_sealed(db))
		return verb_refuse(args->verb, "%s is not sealed", db_path(db));
	if (!back && instance_sealed(db))
		return verb_refuse(args->verb,
			"%s was moved away and is sealed: malgil move --back, when it is "
			"not served there",
			db_path(db));
	instance_unseal(db);
	instance_release(db);
	if (db_commit(db) != 0)
		return verb_refuse(
			args->verb, "the store cannot be written: %s", db_error(db));
	if (c->owner_backup)
		(void)!instance_note(db, c->owner_backup, clock_wall(clock_real()));
	puts("This computer serves it from now on. See that no other one does.");
	return EXIT_DONE;
}

static int
run(struct verb_args *args)
{
	struct db *db = NULL;
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	bool here = verb_flag(args, "--here"), back = verb_flag(args, "--back");
	if (here + back + (args->word_count == 1) != 1 || args->word_count > 1)
		return verb_misuse(
			args->verb, "a folder is expected, or --here, or --back");
	struct config *c = offline_config(args);
	if (!c)
		return EXIT_REFUSED;
	int code = EXIT_REFUSED;
	if (access(store_file(c->store), F_OK) != 0)
		verb_refuse(args->verb, "there is no store at %s", store_file(c->store));
	else if (db_open(c->store, DB_WRITER, &db, &err) < 0)
		verb_refuse(args->verb, "%s", err.s);
	else
		code = here || back ? take_over(args, c, db) : move_away(args, c, db);
	db_close(db);
	config_free(c);
	return code;
}

const struct verb verb_move = {
	.name = "move",
	.summary =
		"to another computer: seal this store and pack all that is needed there",
	.usage = "move FOLDER | --here | --back",
	.example = "  malgil move /media/usb/malgil   # the gateway must be stopped\n"
		   "  malgil move --here              # a copied store: this computer "
		   "serves "
		   "it now\n"
		   "  malgil move --back              # unseal: the move never happened",
	.options = options,
	.run = run,
};

/* ---- migrate ---- */

static const struct verb_option migrate_options[] = {
	{"--dry-run", NULL, "only say what would be done"},
	{0},
};

static int
migrate_run(struct verb_args *args)
{
	struct db *db = NULL;
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	if (verb_no_words(args))
		return EXIT_USAGE;
	struct config *c = offline_config(args);
	if (!c)
		return EXIT_REFUSED;
	const char *path = store_file(c->store);
	int missing = 0, code = EXIT_REFUSED;
	if (access(path, F_OK) != 0) {
		verb_refuse(args->verb, "there is no store at %s", path);
	} else if (db_missing_steps(c->store, schema_steps, stdout, &missing, &err) < 0) {
		verb_refuse(args->verb, "%s", err.s);
	} else if (verb_flag(args, "--dry-run") || !missing) {
		printf("%s: %d step%s to do\n", path, missing, missing == 1 ? "" : "s");
		code = EXIT_DONE;
	} else if (db_open(c->store, DB_WRITER, &db, &err) < 0) {
		verb_refuse(args->verb, "%s", err.s);
	} else {
		printf("%s is up to date\n", path);
		code = EXIT_DONE;
	}
	db_close(db);
	config_free(c);
	return code;
}

const struct verb verb_migrate = {
	.name = "migrate",
	.summary = "bring the store's tables up to date, as serve does when it starts",
	.usage = "migrate [--dry-run]",
	.example = "  malgil migrate --dry-run\n  malgil migrate\n"
		   "  Only forward: make a backup first (malgil backup) if you may want "
		   "to go "
		   "back.",
	.options = migrate_options,
	.run = migrate_run,
};
