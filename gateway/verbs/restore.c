/* malgil restore: the store from a backup, or from what is left of a damaged one. */
#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/store/restore.h"
#include "gateway/store/vault.h"
#include "gateway/verbs/offline.h"
#include "gateway/verbs/print.h"
#include "gateway/verbs/remote.h"

static const struct verb_option options[] = {
	{"--logs", "FOLDER",
		"where the logs of consents lie (beside FILE, owner.backup)"},
	{"--recover", NULL, "from the damaged store itself: all that can be read"},
	{"--key", "CODE", "the key of forgotten numbers, as it was written down"},
	{"--key-file", "FILE", "the same, from a file"},
	{"--without-key", NULL,
		"it is lost: who was forgotten is not recognised any more"},
	{"--confirm", NULL, "the owner's word: promotions and clocks go on"},
	{0},
};

/* ---- confirming ---- */

static int
confirm_here(struct verb_args *args, const struct config *config)
{
	struct db *db = NULL;
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	if (db_open(config->store, DB_WRITER, &db, &err) < 0)
		return verb_refuse(args->verb, "%s", err.s);
	bool waits = restore_waits(db) != 0;
	restore_confirm(db);
	int r = db_commit(db);
	db_close(db);
	if (r || !waits)
		return verb_refuse(args->verb, "%s",
			r ? "the store cannot be written"
			  : "nothing was restored that waits for a word");
	puts("Confirmed: promotions and conversations go on when the gateway starts.");
	return EXIT_DONE;
}

static int
confirm(struct verb_args *args)
{
	struct remote r;
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct strbuf body AUTO(strbuf_done) = STRBUF_INIT(1 << 20);
	int code = remote_open(&r, args);
	if (code)
		return code;
	struct client_request ask = {.method = "GET", .path = "/readyz"};
	if (client_call(r.client, &ask, &body, &err) < 0) {
		code = confirm_here(args, r.config);
	} else {
		json_t *a = remote_post(&r, "/v1/restore/confirm", NULL);
		code = a ? EXIT_DONE : EXIT_REFUSED;
		if (a)
			puts("Confirmed: promotions and conversations go on.");
		json_decref(a);
	}
	remote_close(&r);
	return code;
}

/* ---- what it says ---- */

static void
say_merged(const struct config *config, const struct keeplog_merged *m)
{
	char when[40];
	if (!m->files) {
		puts("  No log of consents was found: whoever said STOP after the backup "
		     "is "
		     "not known here.\n  If there is one, restore again with --logs "
		     "FOLDER.");
		return;
	}
	offline_when(config, m->newest, when);
	printf("  consents since      %" PRId64 " (%" PRId64 " said stop), up to %s\n",
		m->consents, m->stops, when);
	if (m->forgotten)
		printf("  forgotten again     %" PRId64 "\n", m->forgotten);
	if (m->bad)
		printf("  lines of the log that could not be read: %" PRId64 "\n",
			m->bad);
}

static void
say(const struct verb_args *args, const struct config *config,
	const struct restore_report *r, bool recover)
{
	char when[40];
	if (recover)
		printf("Recovered %" PRId64 " rows of %s.\n", r->rows_saved,
			store_file(config->store));
	else
		printf("Restored %s.\n", store_file(config->store));
	offline_when(config, r->at, when);
	if (!recover)
		printf("  as of               %s%s\n", when, r->moved ? " (a move)" : "");
	printf("  contacts, messages  %" PRId64 ", %" PRId64 "\n", r->contacts,
		r->messages);
	/* a sealed store had nobody who could say STOP */
	if (!r->moved || r->merged.files)
		say_merged(config, &r->merged);
	if (r->lost.len)
		printf("What could not be read:\n%s", r->lost.s);
	if (r->doubts)
		printf("  in doubt            %" PRId64
		       " texts had not left then and may "
		       "have since:\n"
		       "                      malgil messages list --state in_doubt\n",
			r->doubts);
	if (*r->kept)
		printf("The old store is kept as %s.\n", r->kept);
	if (r->key_given_up)
		puts("Without the key: whoever was forgotten in this store is not "
		     "recognised when they come\nback, by an import, an order or a text, "
		     "and may be written to again. That stays so until\nthe key turns up "
		     "(malgil restore --key CODE); malgil backup list reminds you.");
	if (*r->key_beside)
		printf("A copy of the key lies beside the backups, where it must not "
		       "be:\n"
		       "  malgil backup key     # write it down, then delete\n  %s\n",
			r->key_beside);
	if (!r->moved && (!recover || r->lost.len))
		printf("Promotions and the clocks of conversations wait. Start the "
		       "gateway, "
		       "look, and then:\n  malgil -c %s restore --confirm\n",
			args->config_path);
}

/* ---- doing it ---- */

/* Where FILE lies when it has logs beside it, else the configured folder. */
static char *
find_folder(struct verb_args *args, const struct config *config, const char *file)
{
	const char *given = verb_value(args, "--logs");
	struct vault_list logs = {0};
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	if (given)
		return xstrdup(given);
	if (file) {
		char *copy = xstrdup(file), *beside = xstrdup(dirname(copy));
		free(copy);
		bool found = vault_read(beside, NULL, VAULT_LOG, &logs, &err) == 0 &&
			     logs.count;
		vault_done(&logs);
		if (found)
			return beside;
		free(beside);
	}
	bool there = config->owner_backup &&
		     vault_read(config->owner_backup, NULL, VAULT_LOG, &logs, &err) == 0;
	vault_done(&logs);
	return there ? xstrdup(config->owner_backup) : NULL;
}

static int
key_given(const struct verb_args *args, struct store_key *ret, bool *ret_given,
	struct strbuf *err)
{
	const char *code = verb_value(args, "--key"),
		   *file = verb_value(args, "--key-file");
	*ret_given = code || file;
	return code   ? store_key_parse(code, ret, err)
	       : file ? store_key_from_file(file, ret, err)
		      : 0;
}

/* It turned up after all. */
static int
key_is_back(struct db *db, const struct store_key *key, struct strbuf *err)
{
	char now[4096], path[4200];
	enum store_key_fit fit = store_key_fits(db, key);
	if (fit == KEY_WRONG) {
		strbuf_set(err, "that is another key than the one this store's forgotten "
				"numbers are known by");
		return -EKEYREJECTED;
	}
	store_key_path(db_path(db), now);
	snprintf(path, sizeof(path), "%s%s", now, fit == KEY_FITS_OLD ? ".old" : "");
	int r = store_key_write(path, key);
	if (r && r != -EEXIST)
		strbuf_set(err, "%s cannot be written: %s", path, strerror(-r));
	if (r && r != -EEXIST)
		return r;
	if (fit == KEY_FITS_OLD)
		store_key_back(db);
	else
		store_key_known(db, key);
	r = db_commit(db);
	if (r)
		strbuf_set(err, "the store cannot be written: %s", db_error(db));
	return r;
}

static int
put_key_back(struct verb_args *args, const struct config *config)
{
	struct store_key key;
	struct db *db = NULL;
	bool given;
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	int r = key_given(args, &key, &given, &err);
	if (!r)
		r = db_open(config->store, DB_WRITER, &db, &err);
	if (!r) {
		r = key_is_back(db, &key, &err);
		db_close(db);
	}
	store_key_wipe(&key);
	if (r)
		return verb_refuse(args->verb, "%s", err.s);
	puts("The key is back: whoever was forgotten is recognised.");
	return EXIT_DONE;
}

static int
restore(struct verb_args *args, const struct config *config, const char *file)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_INIT(8192);
	const char *store = store_file(config->store);
	struct restore_report report = {.lost = STRBUF_INIT(64)};
	struct store_hold hold = {-1};
	char *folder = find_folder(args, config, file);
	struct store_key key;
	bool given = false;
	struct restore_wish wish = {store, file, folder, clock_wall(clock_real()), &key,
		verb_flag(args, "--without-key")};
	int r = key_given(args, &key, &given, &err);
	if (!given)
		wish.key = NULL;
	if (!r)
		r = store_hold(store, &hold, &err);
	if (!r) /* one that was interrupted is finished first */
		r = restore_finish(store, NULL, &err);
	if (!r)
		r = restore_prepare(&wish, &report, &err);
	if (!r)
		r = restore_finish(store, report.kept, &err);
	if (r)
		verb_refuse(args->verb, "%s; nothing was changed", err.s);
	else
		say(args, config, &report, !file);
	store_key_wipe(&key);
	store_release(&hold);
	restore_report_done(&report);
	free(folder);
	return r ? EXIT_REFUSED : EXIT_DONE;
}

static int
run(struct verb_args *args)
{
	bool recover = verb_flag(args, "--recover");
	if (verb_flag(args, "--confirm"))
		return args->word_count || recover
			       ? verb_misuse(args->verb, "--confirm stands alone")
			       : confirm(args);
	bool key = verb_value(args, "--key") || verb_value(args, "--key-file");
	bool key_alone = key && !recover && !args->word_count;
	if (key && verb_flag(args, "--without-key"))
		return verb_misuse(args->verb, "--key, or --without-key: not both");
	if (!key_alone && (recover ? args->word_count != 0 : args->word_count != 1))
		return verb_misuse(args->verb,
			"one backup is expected (malgil backup list shows them), or "
			"--recover, or --confirm");
	struct config *config = offline_config(args);
	if (!config)
		return EXIT_REFUSED;
	int code = key_alone ? put_key_back(args, config)
			     : restore(args, config, recover ? NULL : args->words[0]);
	config_free(config);
	return code;
}

const struct verb verb_restore = {
	.name = "restore",
	.summary =
		"put the store back from a backup, or save what a damaged one still has",
	.usage = "restore FILE [--logs FOLDER] [--key CODE] [--key-file FILE] "
		 "[--without-key] | --recover | --confirm | --key CODE",
	.example =
		"  malgil restore /media/usb/malgil-1a2b3c4d-20300131-030000.db\n"
		"  malgil restore --recover       # the store is damaged\n"
		"  malgil restore --confirm       # I have looked; go on\n"
		"  malgil restore --key '3F7KQ-...' # only puts the key of forgotten "
		"numbers back\n"
		"  The gateway must be stopped. Every STOP since the backup is read from "
		"the log beside it.\n"
		"  What had not left when the backup was made is in doubt, and never "
		"sent "
		"again by itself.",
	.options = options,
	.run = run,
};
