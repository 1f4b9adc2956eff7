/* malgil backup: a copy of the store, now, while it is in use. */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gateway/store/key.h"
#include "gateway/store/restore.h"
#include "gateway/store/vault.h"
#include "gateway/verbs/backup_key.h"
#include "gateway/verbs/offline.h"
#include "gateway/verbs/print.h"
#include "gateway/verbs/remote.h"

#define LOOK 100 /* ms between two looks at how far it is */

static const struct verb_option options[] = {
	{"--to", "FOLDER", "there, instead of owner.backup"},
	{"--out", "FILE", "the key into a file, not on the screen"},
	{"--json", NULL, "print data for programs"},
	{0},
};

/* ---- listing ---- */

static void
remind_of_key(const struct config *config, const char *folder)
{
	struct db *db = NULL;
	char id[INSTANCE_ID];
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	if (access(store_file(config->store), F_OK) != 0 ||
		db_open(config->store, DB_READER, &db, &err) < 0)
		return;
	if (store_key_given_up(db))
		puts("\nThe key of forgotten numbers was given up: they are not "
		     "recognised. If it turns up: malgil restore --key CODE");
	if (db_number(db, 0, "SELECT 1 FROM meta WHERE key = 'instance'", "")) {
		instance_id(db, id);
		if (store_key_beside_backups(folder, id, &path))
			printf("\n%s is the key of forgotten numbers, and must not lie "
			       "here: write it down (malgil backup key), then delete "
			       "that file.\n",
				path.s);
	}
	db_close(db);
}

static int
list(struct verb_args *args, const struct config *config, const char *folder)
{
	static const char *const titles[] = {"MADE", "SIZE", "FILE"};
	struct vault_list copies;
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct print_table table;
	if (vault_read(folder, NULL, VAULT_COPY, &copies, &err) < 0)
		return verb_refuse(args->verb, "%s", err.s);
	json_t *out = json_array();
	print_table_init(&table, titles, ARRAY_LEN(titles));
	for (size_t i = 0; i < copies.count; i++) {
		const struct vault_item *c = &copies.items[i];
		char when[40], size[32];
		offline_when(config, c->at, when);
		snprintf(size, sizeof(size), "%" PRId64 " KiB", c->bytes >> 10);
		print_cell(&table, when);
		print_cell(&table, size);
		print_cell(&table, c->name);
		json_array_append_new(
			out, json_pack("{s:s, s:s, s:I}", "file", c->name, "at", when,
				     "bytes", (json_int_t)c->bytes));
	}
	if (verb_flag(args, "--json"))
		print_json(out);
	else if (copies.count)
		print_table_end(&table);
	else
		printf("There are no backups in %s.\n", folder);
	if (!verb_flag(args, "--json"))
		remind_of_key(config, folder);
	json_decref(out);
	vault_done(&copies);
	return EXIT_DONE;
}

/* ---- by the gateway ---- */

static void
show_progress(const json_t *a, bool end)
{
	json_int_t done = json_integer_value(json_object_get(a, "pages_done"));
	json_int_t all = json_integer_value(json_object_get(a, "pages"));
	if (!isatty(STDERR_FILENO))
		return;
	fprintf(stderr, "\r\033[K");
	if (!end && all)
		fprintf(stderr, "copying: %lld %%", (long long)(done * 100 / all));
}

static int
say_result(struct verb_args *args, const json_t *a)
{
	const char *failed = print_member(a, "failed");
	const json_t *newest = json_array_get(json_object_get(a, "backups"), 0);
	if (failed)
		return verb_refuse(args->verb, "%s", failed);
	if (verb_flag(args, "--json")) {
		print_json(a);
		return EXIT_DONE;
	}
	printf("%s/%s\n", print_member(a, "folder"), print_member(newest, "file"));
	if (print_member(a, "log_failed"))
		fprintf(stderr, "malgil backup: %s\n", print_member(a, "log_failed"));
	return EXIT_DONE;
}

static int
by_gateway(struct verb_args *args, struct remote *r)
{
	json_t *a = remote_post(r, "/v1/backups", NULL);
	while (a && json_is_true(json_object_get(a, "running"))) {
		show_progress(a, false);
		json_decref(a);
		poll(NULL, 0, LOOK);
		a = remote_get(r, "/v1/backups");
	}
	show_progress(a, true);
	int code = a ? say_result(args, a) : EXIT_REFUSED;
	json_decref(a);
	return code;
}

/* ---- without it ---- */

static int
by_myself(struct verb_args *args, const struct config *config, const char *folder)
{
	struct copy_report report;
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	if (offline_backup(config, folder, &path, &report, &err) < 0)
		return verb_refuse(args->verb, "%s", err.s);
	if (verb_flag(args, "--json")) {
		json_t *out = json_pack("{s:s, s:I, s:I, s:I}", "file", path.s, "bytes",
			(json_int_t)report.bytes, "contacts", (json_int_t)report.contacts,
			"messages", (json_int_t)report.messages);
		print_json(out);
		json_decref(out);
	} else {
		puts(path.s);
	}
	return EXIT_DONE;
}

static bool
gateway_is_there(struct remote *r)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct strbuf body AUTO(strbuf_done) = STRBUF_INIT(1 << 20);
	struct client_request ask = {.method = "GET", .path = "/readyz"};
	return client_call(r->client, &ask, &body, &err) > 0;
}

static int
show_key(struct verb_args *args)
{
	struct config *config = offline_config(args);
	int code = config ? backup_key(args, config, verb_value(args, "--out"))
			  : EXIT_REFUSED;
	config_free(config);
	return code;
}

static int
run(struct verb_args *args)
{
	struct remote r;
	bool lists = args->word_count == 1 && !strcmp(args->words[0], "list");
	bool key = args->word_count == 1 && !strcmp(args->words[0], "key");
	if (verb_value(args, "--out") && !key)
		return verb_misuse(args->verb, "--out belongs to: malgil backup key");
	if (key)
		return show_key(args);
	if (args->word_count && !lists)
		return verb_misuse(args->verb, "'%s' is not known here", args->words[0]);
	int code = remote_open(&r, args);
	if (code)
		return code;
	const char *to = verb_value(args, "--to");
	const char *folder = to ? to : r.config->owner_backup;
	if (!folder)
		code = verb_refuse(args->verb,
			"where to? Set owner.backup in %s, or say "
			"--to FOLDER",
			args->config_path);
	else if (lists)
		code = list(args, r.config, folder);
	else if (!to && gateway_is_there(&r))
		code = by_gateway(args, &r);
	else
		code = by_myself(args, r.config, folder);
	remote_close(&r);
	return code;
}

const struct verb verb_backup = {
	.name = "backup",
	.summary = "copy the store, while it is in use; list the copies",
	.usage = "backup [--to FOLDER] | list [--to FOLDER] | key [--out FILE]",
	.example =
		"  malgil backup                  # into owner.backup; the gateway also "
		"does it each night\n"
		"  malgil backup --to /media/usb\n"
		"  malgil backup list\n"
		"  A copy is checked after it was written. Beside it lies a log of the\n"
		"  consents since (FILE.log): keep both.\n"
		"  malgil backup key              # the key of forgotten numbers: on "
		"paper, never beside the copies",
	.options = options,
	.run = run,
};
