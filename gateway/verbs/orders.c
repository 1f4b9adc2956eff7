/* malgil orders: what customers ordered, and where it is. */
#include "gateway/verbs/orders.h"

#include <stdio.h>

#include "gateway/verbs/print.h"

static const struct verb_option options[] = {
	{"--phone", "NUMBER", "list: of this customer, in any spelling"},
	{"--state", "STATE",
		"list: open, paid, preparing, shipped, delivered, canceled ..."},
	{"--source", "NAME", "whose order number it is; import: of rows that name none"},
	{"--limit", "N", "list: how many, the newest first (50)"},
	{"--dry-run", NULL, "import: show ten rows and the counts, send nothing"},
	{"--map", "TITLE=FIELD,...",
		"import: which column is number, phone, item, state ..."},
	{"--charset", "NAME",
		"import: UTF-8, windows-949, UTF-16LE ... instead of guessing"},
	{"--errors", "FILE", "import: where bad rows are written (FILE.errors.csv)"},
	{"--json", NULL, "print data for programs"},
	{0},
};

/* "신발 외 1" as people say it: the first item and how many more. */
static void
print_items(struct print_table *table, const json_t *order)
{
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(4096);
	const json_t *items = json_object_get(order, "items");
	const char *first = print_member(json_array_get(items, 0), "item");
	strbuf_puts(&text, first ? first : "");
	if (json_array_size(items) > 1)
		strbuf_printf(&text, " +%zu", json_array_size(items) - 1);
	print_cell_short(table, text.len ? text.s : NULL, 36);
}

static const char *
word_of(const json_t *order)
{
	const char *word = print_member(order, "state_word");
	return word ? word : print_member(order, "state");
}

static void
for_people(const json_t *orders, const char *zone)
{
	static const char *const titles[] = {
		"NUMBER", "ORDERED", "PHONE", "STATE", "TRACK", "TOTAL", "ITEMS"};
	struct print_table table;
	if (!json_array_size(orders)) {
		puts("There are no such orders.");
		return;
	}
	print_table_init(&table, titles, ARRAY_LEN(titles));
	for (size_t i = 0; i < json_array_size(orders); i++) {
		const json_t *order = json_array_get(orders, i);
		char when[40];
		print_time(print_member(order, "placed"), zone, clock_wall(clock_real()),
			when);
		print_cell_short(&table, print_member(order, "number"), 24);
		print_cell(&table, when);
		print_cell(&table, print_member(order, "phone"));
		print_cell_short(&table, word_of(order), 20);
		print_cell_short(&table, print_member(order, "track"), 24);
		print_cell(&table, print_member(order, "total"));
		print_items(&table, order);
	}
	print_table_end(&table);
}

static int
list(struct remote *r, const struct verb_args *args)
{
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(8192);
	strbuf_puts(&path, "/v1/orders");
	remote_query(&path, "phone", verb_value(args, "--phone"));
	remote_query(&path, "state", verb_value(args, "--state"));
	remote_query(&path, "source", verb_value(args, "--source"));
	remote_query(&path, "limit", verb_value(args, "--limit"));
	json_t *answer = remote_get(r, path.s);
	if (!answer)
		return EXIT_REFUSED;
	if (verb_flag(args, "--json"))
		print_json(json_object_get(answer, "orders"));
	else
		for_people(json_object_get(answer, "orders"), r->config->zone);
	json_decref(answer);
	return EXIT_DONE;
}

static void
show_line(const char *title, const char *text)
{
	if (!text)
		return;
	printf("%-10s ", title);
	print_text(text);
	putchar('\n');
}

static void
show_items(const json_t *items)
{
	static const char *const titles[] = {
		"ITEM", "VARIANT", "SKU", "QUANTITY", "AMOUNT"};
	struct print_table table;
	char number[32];
	if (!json_array_size(items))
		return;
	putchar('\n');
	print_table_init(&table, titles, ARRAY_LEN(titles));
	for (size_t i = 0; i < json_array_size(items); i++) {
		const json_t *item = json_array_get(items, i);
		print_cell_short(&table, print_member(item, "item"), 48);
		print_cell_short(&table, print_member(item, "variant"), 24);
		print_cell(&table, print_member(item, "sku"));
		print_cell(&table, print_number(item, "quantity", number));
		print_cell(&table, print_member(item, "amount"));
	}
	print_table_end(&table);
}

static void
show_order(const json_t *order, const char *zone)
{
	static const char *const plain[] = {"number", "source", "phone", "name",
		"carrier", "track", "eta", "total", "currency"};
	static const char *const times[] = {"placed", "updated"};
	struct strbuf state AUTO(strbuf_done) = STRBUF_INIT(1024);
	char when[40];
	const char *name = print_member(order, "state"), *word = word_of(order);
	if (name)
		strbuf_printf(&state, "%s (%s)", word, name);
	show_line("state", name ? state.s : NULL);
	for (size_t i = 0; i < ARRAY_LEN(plain); i++)
		show_line(plain[i], print_member(order, plain[i]));
	for (size_t i = 0; i < ARRAY_LEN(times); i++) {
		print_time(print_member(order, times[i]), zone, clock_wall(clock_real()),
			when);
		show_line(times[i], when);
	}
	show_items(json_object_get(order, "items"));
}

static int
show(struct remote *r, const struct verb_args *args)
{
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(8192);
	int code = EXIT_DONE;
	strbuf_puts(&path, "/v1/orders");
	remote_query(&path, "number", args->words[1]); /* it may hold a slash */
	remote_query(&path, "source", verb_value(args, "--source"));
	json_t *answer = remote_get(r, path.s);
	if (!answer)
		return EXIT_REFUSED;
	const json_t *orders = json_object_get(answer, "orders");
	const json_t *order = json_array_get(orders, 0);
	if (json_array_size(orders) != 1)
		code = verb_refuse(args->verb,
			order ? "there is an order %s from more than one "
				"source: say which with --source"
			      : "there is no order %s",
			args->words[1]);
	else if (verb_flag(args, "--json"))
		print_json(order);
	else
		show_order(order, r->config->zone);
	json_decref(answer);
	return code;
}

static const struct remote_action actions[] = {
	{"list", 1, 1, "no more words", list},
	{"show", 2, 2, "an order's number", show},
	{"import", 2, 2, "a CSV file, or - for standard input", orders_import},
	{0},
};

static int
run(struct verb_args *args)
{
	return remote_run(args, actions);
}

const struct verb verb_orders = {
	.name = "orders",
	.summary = "customers' orders: list, show, import from a spreadsheet",
	.usage = "orders [list] [--phone N] [--state S] | show NUMBER | import FILE "
		 "[options]",
	.example = "  malgil orders import 주문목록.csv --dry-run\n"
		   "  malgil orders import 주문목록.csv --source smartstore\n"
		   "  malgil orders list --phone 010-1234-5678 --state open\n"
		   "  malgil orders show 2026112112345\n\n"
		   "The file is what a shop's system or Excel exports: UTF-8, CP949 or "
		   "UTF-16,\n"
		   "comma, semicolon or tab, titles in Korean or English. Rows with the "
		   "same\n"
		   "order number are one order. Importing a file again changes nothing.",
	.options = options,
	.run = run,
};
