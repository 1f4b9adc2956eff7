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
	if (r->key_missing)
		printf("The key of forgotten numbers is missing: put it at %s.key, or "
		       "they "
		       "are not known when they come back.\n",
			store_file(config->store));
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
restore(struct verb_args *args, const struct config *config, const char *file)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_INIT(8192);
	const char *store = store_file(config->store);
	struct restore_report report = {.lost = STRBUF_INIT(64)};
	struct store_hold hold = {-1};
	char *folder = find_folder(args, config, file);
	struct restore_wish wish = {store, file, folder, clock_wall(clock_real())};
	int r = store_hold(store, &hold, &err);
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
	if (recover ? args->word_count != 0 : args->word_count != 1)
		return verb_misuse(args->verb,
			"one backup is expected (malgil backup list shows them), or "
			"--recover, or --confirm");
	struct config *config = offline_config(args);
	if (!config)
		return EXIT_REFUSED;
	int code = restore(args, config, recover ? NULL : args->words[0]);
	config_free(config);
	return code;
}

const struct verb verb_restore = {
	.name = "restore",
	.summary =
		"put the store back from a backup, or save what a damaged one still has",
	.usage = "restore FILE [--logs FOLDER] | --recover | --confirm",
	.example =
		"  malgil restore /media/usb/malgil-1a2b3c4d-20300131-030000.db\n"
		"  malgil restore --recover       # the store is damaged\n"
		"  malgil restore --confirm       # I have looked; go on\n"
		"  The gateway must be stopped. Every STOP since the backup is read from "
		"the log beside it.\n"
		"  What had not left when the backup was made is in doubt, and never "
		"sent "
		"again by itself.",
	.options = options,
	.run = run,
};
