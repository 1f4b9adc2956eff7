/* malgil contacts: the people the shop writes to, and forgetting them. */
#include <stdio.h>
#include <string.h>

#include "gateway/verbs/contacts.h"
#include "gateway/verbs/print.h"
#include "gateway/verbs/remote.h"

static const struct verb_option options[] = {
	{"--tag", "NAME", "list: only those with this tag; import: all get it"},
	{"--limit", "N", "list: how many, newest first (100)"},
	{"--before", "ID", "list: older than this one: the next page"},
	{"--dry", NULL, "forget: only say what would go"},
	{"--yes", NULL, "import, forget: do it"},
	{"--source", "TEXT", "import: where those who said yes did so"},
	{"--map", "TITLE=FIELD", "import: what a column is; several with commas between"},
	{"--charset", "NAME", "import: of the file, when it is guessed wrong"},
	{"--errors", "FILE", "import: where the rows with something to be said go"},
	{"--why", "TEXT", "forget: kept with the proof that it was done"},
	{"--json", NULL, "print data for programs"},
	{0},
};

/* ---- looking ---- */

static void
list_for_people(const json_t *answer, const char *zone)
{
	static const char *const titles[] = {
		"NUMBER", "KNOWN SINCE", "WROTE", "GOT", "STOPPED", "ZONE"};
	const json_t *c, *contacts = json_object_get(answer, "contacts");
	struct print_table table;
	size_t i;
	if (!json_array_size(contacts)) {
		puts("There are no such contacts.");
		return;
	}
	print_table_init(&table, titles, ARRAY_LEN(titles));
	json_array_foreach(contacts, i, c)
	{
		print_cell(&table, print_member(c, "phone"));
		print_cell_time(&table, print_member(c, "created"), zone);
		print_cell_time(&table, print_member(c, "last_in"), zone);
		print_cell_time(&table, print_member(c, "last_out"), zone);
		print_cell(&table, print_member(c, "stopped"));
		print_cell(&table, print_member(c, "zone"));
	}
	print_table_end(&table);
	if (print_member(answer, "next"))
		printf("\nThere are more: --before %s\n", print_member(answer, "next"));
}

static int
list(struct remote *r, const struct verb_args *args)
{
	static const char *const filters[] = {"--tag", "--limit", "--before"};
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	strbuf_puts(&path, "/v1/contacts");
	for (size_t i = 0; i < ARRAY_LEN(filters); i++)
		remote_query(&path, filters[i] + 2, verb_value(args, filters[i]));
	return remote_show(r, args, path.s, NULL, list_for_people);
}

static void
say_time(const json_t *c, const char *name, const char *label, const char *zone)
{
	char when[40];
	if (!print_member(c, name))
		return;
	print_time(print_member(c, name), zone, clock_wall(clock_real()), when);
	printf("  %-12s %s\n", label, when);
}

static void
say_text(const char *label, const char *text)
{
	if (!text)
		return;
	printf("  %-12s ", label);
	print_text(text);
	putchar('\n');
}

static void
say_consent(const json_t *c, const char *zone)
{
	const json_t *consent = json_object_get(c, "consent");
	const char *stopped = print_member(c, "stopped");
	if (stopped)
		printf("  %-12s to %s\n", "said stop",
			strcmp(stopped, "all") ? stopped : "everything");
	else if (json_is_true(json_object_get(consent, "marketing")))
		say_time(consent, "since", "promotions", zone);
	else
		printf("  %-12s never agreed to them\n", "promotions");
}

static void
say_running(const json_t *run)
{
	struct strbuf line AUTO(strbuf_done) = STRBUF_INIT(512);
	strbuf_printf(&line, "%s at '%s' (%s)", print_member(run, "script"),
		print_member(run, "step"), print_member(run, "state"));
	say_text("runs", line.s);
}

static void
show_for_people(const json_t *c, const char *zone)
{
	const char *name;
	const json_t *value, *tags = json_object_get(c, "tags");
	size_t i;
	printf("%s (%s)\n", print_member(c, "phone"), print_member(c, "id"));
	say_time(c, "created", "known since", zone);
	say_time(c, "last_in", "wrote", zone);
	say_time(c, "last_out", "got", zone);
	say_text("zone", print_member(c, "zone"));
	say_text("region", print_member(c, "region"));
	say_consent(c, zone);
	say_time(c, "dead_since", "dead since", zone);
	say_time(c, "forgotten_before", "forgotten", zone);
	say_text("open ticket", print_member(c, "ticket"));
	json_array_foreach(json_object_get(c, "running"), i, value) say_running(value);
	json_array_foreach(tags, i, value) say_text("tag", json_string_value(value));
	json_object_foreach((json_t *)json_object_get(c, "fields"), name, value)
		say_text(name, json_string_value(value));
}

static int
show(struct remote *r, const struct verb_args *args)
{
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	remote_path(&path, "/v1/contacts/", args->words[1], "");
	return remote_show(r, args, path.s, NULL, show_for_people);
}

static int export(struct remote *r, const struct verb_args *args)
{
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	remote_path(&path, "/v1/contacts/", args->words[1], "/export");
	json_t *answer = remote_get(r, path.s);
	if (!answer)
		return EXIT_REFUSED;
	print_json(answer);
	json_decref(answer);
	return EXIT_DONE;
}

/* ---- changing ---- */

static int
change(struct remote *r, const struct verb_args *args, const char *tail, json_t *body)
{
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	remote_path(&path, "/v1/contacts/", args->words[1], tail);
	json_t *answer = remote_post(r, path.s, body);
	if (!answer)
		return EXIT_REFUSED;
	if (verb_flag(args, "--json"))
		print_json(answer);
	else
		printf("%s\n", print_member(answer, "phone"));
	json_decref(answer);
	return EXIT_DONE;
}

/* NAME=TEXT; nothing after the sign empties it. */
static int
set(struct remote *r, const struct verb_args *args)
{
	static const char *const own[] = {"zone", "region", "language"};
	json_t *body = json_object(), *fields = json_object();
	for (size_t i = 2; i < args->word_count; i++) {
		const char *word = args->words[i], *sign = strchr(word, '=');
		char name[128];
		if (!sign || sign == word || !json_utf8(word)) {
			json_decref(body);
			json_decref(fields);
			return verb_misuse(args->verb,
				"'%s': NAME=TEXT is expected, such as zone=Asia/Seoul",
				word);
		}
		snprintf(name, sizeof(name), "%.*s", (int)(sign - word), word);
		bool is_own = false;
		for (size_t k = 0; k < ARRAY_LEN(own); k++)
			is_own |= !strcmp(name, own[k]);
		json_object_set_new(is_own ? body : fields, name,
			sign[1] ? json_string(sign + 1) : json_null());
	}
	if (json_object_size(fields))
		json_object_set(body, "fields", fields);
	json_decref(fields);
	return change(r, args, "", body);
}

static int
change_tags(struct remote *r, const struct verb_args *args, const char *what)
{
	json_t *list = json_array(), *body = json_object();
	for (size_t i = 2; i < args->word_count; i++)
		json_array_append_new(list, json_string(args->words[i]));
	json_object_set_new(body, what, list);
	return change(r, args, "/tags", body);
}

static int
tag(struct remote *r, const struct verb_args *args)
{
	return change_tags(r, args, "add");
}

static int
untag(struct remote *r, const struct verb_args *args)
{
	return change_tags(r, args, "remove");
}

/* ---- forgetting ---- */

static void
say_files(const json_t *files)
{
	char days[32];
	for (size_t i = 0; i < json_array_size(files); i++) {
		const json_t *f = json_array_get(files, i);
		printf("Spreadsheets that were read may name them: look into done/ and "
		       "failed/ of %s.\nThere they go by themselves after %s days.\n",
			print_member(f, "folder"), print_number(f, "days", days));
	}
}

static void
say_forgotten(const json_t *a, const char *zone)
{
	static const char *const names[] = {"messages", "conversations", "tickets",
		"fields", "tags", "orders", "consents"};
	char n[32], when[40];
	bool done = json_is_true(json_object_get(a, "done"));
	const char *kept = print_member(a, "consents_kept_until");
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		printf("  %-14s %s\n", names[i], print_number(a, names[i], n));
	if (kept) {
		print_time(kept, zone, clock_wall(clock_real()), when);
		printf("Their consents are kept as a proof until %s (the pack of %s); "
		       "then "
		       "they go too.\n",
			when, print_member(a, "kept_by"));
	}
	say_files(json_object_get(a, "files"));
	printf("The number stays stopped for %s, by a keyed hash alone.\n",
		strcmp(print_member(a, "stopped"), "all") ? "promotions" : "everything");
	puts(done ? "Forgotten. The texts themselves go within minutes; backups made "
		    "before "
		    "today still have them."
		  : "Nothing was done: --yes does it, and nothing brings it back.");
}

static int
forget(struct remote *r, const struct verb_args *args)
{
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	json_t *body = json_object();
	const char *why = verb_value(args, "--why");
	bool dry = verb_flag(args, "--dry") || !verb_flag(args, "--yes");
	json_object_set_new(body, "dry", json_boolean(dry));
	if (why)
		json_object_set_new(body, "why", json_string(why));
	remote_path(&path, "/v1/contacts/", args->words[1], "/forget");
	json_t *answer = remote_post(r, path.s, body);
	if (!answer)
		return EXIT_REFUSED;
	if (verb_flag(args, "--json"))
		print_json(answer);
	else
		say_forgotten(answer, r->config->zone);
	json_decref(answer);
	return EXIT_DONE;
}

static void
retention_for_people(const json_t *answer, const char *zone)
{
	static const char *const titles[] = {"WHAT", "OLDER THAN", "ROWS"};
	const json_t *t;
	struct print_table table;
	size_t i;
	print_table_init(&table, titles, ARRAY_LEN(titles));
	json_array_foreach(json_object_get(answer, "tonight"), i, t)
	{
		char n[32];
		print_cell(&table, print_member(t, "what"));
		print_cell_time(&table, print_member(t, "before"), zone);
		print_cell(&table, print_number(t, "rows", n));
	}
	print_table_end(&table);
	puts("\nThat is what tonight throws away (after three o'clock). '-': kept for "
	     "ever.");
}

static int
retention(struct remote *r, const struct verb_args *args)
{
	return remote_show(r, args, "/v1/retention", NULL, retention_for_people);
}

static const struct remote_action actions[] = {
	{"list", 1, 1, "no more words", list},
	{"show", 2, 2, "a number", show},
	{"export", 2, 2, "a number", export},
	{"set", 3, 64, "a number and NAME=TEXT", set},
	{"tag", 3, 64, "a number and tags", tag},
	{"untag", 3, 64, "a number and tags", untag},
	{"import", 2, 2, "a FILE", contacts_import},
	{"imports", 1, 1, "no more words", contacts_imports},
	{"undo", 2, 2, "the id of an import", contacts_undo},
	{"forget", 2, 2, "a number", forget},
	{"retention", 1, 1, "no more words", retention},
	{0},
};

static int
run(struct verb_args *args)
{
	return remote_run(args, actions);
}

const struct verb verb_contacts = {
	.name = "contacts",
	.summary = "the people you write to: fields, tags, export, and forgetting them",
	.usage = "contacts [list] [--tag NAME] | show NUMBER | set NUMBER NAME=TEXT... | "
		 "tag NUMBER TAG... | untag NUMBER TAG... | export NUMBER | import FILE "
		 "[--yes] [--source TEXT] [--map TITLE=FIELD] [--tag NAME] | imports | "
		 "undo IMPORT | forget NUMBER [--yes] | retention",
	.example =
		"  malgil contacts --tag vip\n"
		"  malgil contacts set 010-1234-5678 zone=Asia/Seoul name=지우 size=\n"
		"  malgil contacts tag 010-1234-5678 vip\n"
		"  malgil contacts export 010-1234-5678 > person.json\n"
		"  malgil contacts import customers.xlsx       # shows, writes nothing\n"
		"  malgil contacts import customers.xlsx --yes --source \"web shop\"\n"
		"  malgil contacts undo IMPORT\n"
		"  malgil contacts forget 010-1234-5678        # says what would go\n"
		"  malgil contacts forget 010-1234-5678 --yes\n"
		"  NAME= empties a field. What is forgotten stays stopped: an import "
		"does "
		"not bring it back.",
	.options = options,
	.run = run,
};
