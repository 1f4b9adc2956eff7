/* malgil products: what the shop sells: the list of it, and from a CSV file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/suggest.h"
#include "gateway/verbs/print.h"
#include "gateway/verbs/upload.h"

static const struct verb_option options[] = {
	{"--limit", "N", "list: how many (100)"},
	{"--after", "SKU", "list: those behind this one"},
	{"--json", NULL, "list: print data for programs"},
	{0},
};

static const char *const known[] = {"sku", "name", "category", "kind", "price", "url",
	"howto", "lasts", "upgrade_of", "pack_of", "goes_with"};

static int
header(struct upload *u, const struct csv_row *row)
{
	bool sku = false, name = false;
	(void)row;
	for (size_t i = 0; i < u->count; i++) {
		struct suggest near;
		size_t k = 0;
		suggest_init(&near, u->columns[i]);
		while (k < ARRAY_LEN(known) && strcmp(known[k], u->columns[i]) != 0)
			suggest_offer(&near, known[k++]);
		if (k == ARRAY_LEN(known))
			return verb_refuse(u->verb,
				"%s: there is no column '%s'%s%s%s; there are sku, name, "
				"category, kind, price, url, howto, lasts, upgrade_of, "
				"pack_of and goes_with",
				u->file, u->columns[i],
				near.best ? "; did you mean '" : "",
				near.best ? near.best : "", near.best ? "'?" : "");
		sku |= k == 0;
		name |= k == 1;
	}
	if (!sku || !name)
		return verb_refuse(u->verb, "%s: the header needs sku and name", u->file);
	return 0;
}

static json_t *
read_row(struct upload *u, const struct csv_row *row, struct strbuf *err)
{
	json_t *object = json_object();
	(void)err;
	for (size_t i = 0; i < row->count; i++)
		if (*row->fields[i])
			json_object_set_new(
				object, u->columns[i], json_string(row->fields[i]));
	return object;
}

static int
import(struct remote *r, const struct verb_args *args)
{
	struct upload *u = xcalloc(1, sizeof(*u));
	*u = (struct upload){.path = "/v1/products",
		.file = args->words[1],
		.header = header,
		.row = read_row,
		.remote = r,
		.verb = args->verb};
	int code = upload_file(u);
	free(u);
	return code;
}

static void
list_for_people(const json_t *answer, const char *zone)
{
	static const char *const titles[] = {
		"SKU", "NAME", "PRICE", "LASTS", "KIND", "BELONGS TO"};
	const json_t *p, *list = json_object_get(answer, "products");
	struct print_table table;
	size_t i;
	(void)zone;
	if (!json_array_size(list)) {
		puts("No products: malgil products import FILE.");
		return;
	}
	print_table_init(&table, titles, ARRAY_LEN(titles));
	json_array_foreach(list, i, p)
	{
		const char *of = print_member(p, "upgrade_of");
		char price[32], lasts[32];
		of = of ? of : print_member(p, "pack_of");
		print_cell(&table, print_member(p, "sku"));
		print_cell_short(&table, print_member(p, "name"), 40);
		print_cell(&table, print_number(p, "price", price));
		print_cell(&table, print_number(p, "lasts", lasts));
		print_cell(&table, print_member(p, "kind"));
		print_cell(&table, of ? of : print_member(p, "goes_with"));
	}
	print_table_end(&table);
	if (print_member(answer, "next"))
		printf("\nThere are more: --after '%s'\n", print_member(answer, "next"));
}

static int
list(struct remote *r, const struct verb_args *args)
{
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	strbuf_puts(&path, "/v1/products");
	remote_query(&path, "limit", verb_value(args, "--limit"));
	remote_query(&path, "after", verb_value(args, "--after"));
	return remote_show(r, args, path.s, "products", list_for_people);
}

static const struct remote_action actions[] = {
	{"list", 1, 1, "nothing more", list},
	{"import", 2, 2, "a CSV file, or - for standard input", import},
	{0},
};

static int
run(struct verb_args *args)
{
	return remote_run(args, actions);
}

const struct verb verb_products = {
	.name = "products",
	.summary = "what the shop sells, for journeys: list, import a CSV file",
	.usage = "products [list] [--limit N] [--after SKU] | products import FILE",
	.example = "  malgil products\n"
		   "  malgil products import products.csv\n\n"
		   "The header names the columns: sku, name, and any of category, kind\n"
		   "(soft or hard), price, url, howto, lasts (days one unit lasts),\n"
		   "upgrade_of, pack_of, goes_with (skus).",
	.options = options,
	.run = run,
};
