/* malgil sources: the platforms the shop sells on, and the files that were read. */
#include <stdio.h>

#include "gateway/verbs/print.h"
#include "gateway/verbs/remote.h"

static const struct verb_option options[] = {
	{"--json", NULL, "print data for programs"},
	{0},
};

static void
print_sources(const json_t *sources)
{
	static const char *const titles[] = {"SOURCE", "PROFILE", "FOLDER", "NOW"};
	struct print_table table;
	print_table_init(&table, titles, ARRAY_LEN(titles));
	for (size_t i = 0; i < json_array_size(sources); i++) {
		const json_t *s = json_array_get(sources, i);
		const char *trouble = print_member(s, "trouble");
		const char *reading = print_member(s, "reading");
		struct strbuf now AUTO(strbuf_done) = STRBUF_INIT(1024);
		if (reading)
			strbuf_printf(&now, "reads %.200s", reading);
		print_cell(&table, print_member(s, "name"));
		print_cell(&table, print_member(s, "profile"));
		print_cell(&table, print_member(s, "folder"));
		print_cell_short(&table, trouble ? trouble : now.len ? now.s : NULL, 80);
	}
	print_table_end(&table);
}

static void
print_files(const json_t *files, const char *zone)
{
	static const char *const titles[] = {"READ", "SOURCE", "FILE", "STATE", "ROWS",
		"ORDERS", "NEW", "CHANGED", "EVENTS", "REFUSED", "WHY"};
	static const char *const counts[] = {
		"rows", "orders", "created", "changed", "events", "refused"};
	struct print_table table;
	char number[32];
	putchar('\n');
	print_table_init(&table, titles, ARRAY_LEN(titles));
	for (size_t i = 0; i < json_array_size(files); i++) {
		const json_t *f = json_array_get(files, i);
		print_cell_time(&table, print_member(f, "at"), zone);
		print_cell(&table, print_member(f, "source"));
		print_cell_short(&table, print_member(f, "name"), 40);
		print_cell(&table, print_member(f, "state"));
		for (size_t c = 0; c < ARRAY_LEN(counts); c++)
			print_cell(&table, print_number(f, counts[c], number));
		print_cell_short(&table, print_member(f, "why"), 80);
	}
	print_table_end(&table);
}

static void
for_people(const json_t *answer, const char *zone)
{
	const json_t *sources = json_object_get(answer, "sources");
	const json_t *files = json_object_get(answer, "files");
	if (json_array_size(sources))
		print_sources(sources);
	else
		puts("No platform is configured: see sources in malgil.cfg.");
	if (json_array_size(files))
		print_files(files, zone);
}

static int
list(struct remote *r, const struct verb_args *args)
{
	return remote_show(r, args, "/v1/sources", NULL, for_people);
}

static const struct remote_action actions[] = {
	{"list", 1, 1, "no more words", list},
	{0},
};

static int
run(struct verb_args *args)
{
	return remote_run(args, actions);
}

const struct verb verb_sources = {
	.name = "sources",
	.summary = "the platforms the shop sells on, and what was read from their files",
	.usage = "sources [list] [--json]",
	.example = "  malgil sources\n"
		   "  A row that was refused stands with the reason in "
		   "FOLDER/failed/FILE.errors.csv;\n"
		   "  put right and put back, it is read again.",
	.options = options,
	.run = run,
};
