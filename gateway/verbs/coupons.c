/* malgil coupons: pools of codes, what became of them, codes in from a file. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/verbs/print.h"
#include "gateway/verbs/remote.h"

#define CODES_AT_ONCE 5000

static const struct verb_option options[] = {
	{"--prefix", "TEXT", "pool: codes made here begin with it"},
	{"--most", "N", "pool: so many may be made as they are needed (0)"},
	{"--lasts", "TIME", "pool: a code is good for so long once given, \"30d\""},
	{"--until", "TIME", "pool: none is good after that"},
	{"--worth", "TEXT", "pool: for people, \"3,000 won off\""},
	{"--low", "N", "pool: the owner hears when so few are left"},
	{"--stands", "TIME",
		"pool: codes to hand on; a friend's order stands after that"},
	{"--reward", "TEXT", "pool: what who recommended us gets then"},
	{"--state", "STATE", "codes: free, given, redeemed or void"},
	{"--limit", "N", "codes: how many (100)"},
	{"--json", NULL, "print data for programs"},
	{0},
};

static void
print_pools(const json_t *answer, const char *zone)
{
	static const char *const titles[] = {
		"POOL", "FREE", "TO MAKE", "GIVEN", "REDEEMED", "VOID", "UNTIL", "WORTH"};
	const json_t *p, *pools = json_object_get(answer, "pools");
	struct print_table table;
	size_t i;
	if (!json_array_size(pools)) {
		puts("There are no pools. Make one: malgil coupons pool WELCOME --most "
		     "1000");
		return;
	}
	print_table_init(&table, titles, ARRAY_LEN(titles));
	json_array_foreach(pools, i, p)
	{
		char n[32];
		long long left = json_integer_value(json_object_get(p, "most")) -
				 json_integer_value(json_object_get(p, "made"));
		print_cell(&table, print_member(p, "pool"));
		print_cell(&table, print_number(p, "free", n));
		snprintf(n, sizeof(n), "%lld", left > 0 ? left : 0);
		print_cell(&table, n);
		print_cell(&table, print_number(p, "given", n));
		print_cell(&table, print_number(p, "redeemed", n));
		print_cell(&table, print_number(p, "void", n));
		print_cell_time(&table, print_member(p, "until"), zone);
		print_cell(&table, print_member(p, "worth"));
	}
	print_table_end(&table);
}

static int
list(struct remote *r, const struct verb_args *args)
{
	return remote_show(r, args, "/v1/coupons", "pools", print_pools);
}

static void
print_codes(const json_t *answer, const char *zone)
{
	static const char *const titles[] = {
		"CODE", "STATE", "GIVEN", "TO", "EXPIRES", "REDEEMED", "ORDER"};
	const json_t *c, *codes = json_object_get(answer, "codes");
	struct print_table table;
	size_t i;
	if (!json_array_size(codes)) {
		puts("There are none.");
		return;
	}
	print_table_init(&table, titles, ARRAY_LEN(titles));
	json_array_foreach(codes, i, c)
	{
		print_cell(&table, print_member(c, "code"));
		print_cell(&table, print_member(c, "state"));
		print_cell_time(&table, print_member(c, "given"), zone);
		print_cell(&table, print_member(c, "phone"));
		print_cell_time(&table, print_member(c, "expires"), zone);
		print_cell_time(&table, print_member(c, "redeemed"), zone);
		print_cell(&table, print_member(c, "order"));
	}
	print_table_end(&table);
	if (print_member(answer, "next"))
		puts("\nThere are more: add --limit.");
}

static int
codes(struct remote *r, const struct verb_args *args)
{
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	remote_path(&path, "/v1/coupons/", args->words[1], "/codes");
	remote_query(&path, "state", verb_value(args, "--state"));
	remote_query(&path, "limit", verb_value(args, "--limit"));
	return remote_show(r, args, path.s, "codes", print_codes);
}

static void
print_code(const json_t *c, const char *zone)
{
	json_t *answer = json_pack("{s:[O]}", "codes", c);
	print_codes(answer, zone);
	json_decref(answer);
}

static int
show(struct remote *r, const struct verb_args *args)
{
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	remote_path(&path, "/v1/codes/", args->words[1], "");
	return remote_show(r, args, path.s, NULL, print_code);
}

static int
post(struct remote *r, const struct verb_args *args, const char *path, json_t *body,
	void (*for_people)(const json_t *answer, const char *zone))
{
	json_t *answer = remote_post(r, path, body);
	if (answer && verb_flag(args, "--json"))
		print_json(answer);
	else if (answer)
		for_people(answer, r->config->zone);
	json_decref(answer);
	return answer ? EXIT_DONE : EXIT_REFUSED;
}

static int
void_one(struct remote *r, const struct verb_args *args)
{
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	remote_path(&path, "/v1/codes/", args->words[1], "/void");
	return post(r, args, path.s, NULL, print_code);
}

static void
print_pool(const json_t *p, const char *zone)
{
	json_t *answer = json_pack("{s:[O]}", "pools", p);
	print_pools(answer, zone);
	json_decref(answer);
}

static void
print_made(const json_t *answer, const char *zone)
{
	(void)zone;
	print_figure(answer, "made", "code was", "codes were");
	printf(" made for %s\n", print_member(answer, "pool"));
}

static bool
put_number(const struct verb_args *args, json_t *body, const char *option)
{
	const char *text = verb_value(args, option);
	char *end;
	if (!text)
		return true;
	errno = 0;
	long long n = strtoll(text, &end, 10);
	if (!*text || *end || errno || n < 0) {
		verb_misuse(args->verb, "%s should be a whole number", option);
		return false;
	}
	json_object_set_new(body, option + 2, json_integer(n));
	return true;
}

static int
pool(struct remote *r, const struct verb_args *args)
{
	static const char *const texts[] = {
		"--prefix", "--worth", "--reward", "--lasts", "--until", "--stands"};
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	json_t *body = json_object();
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (verb_value(args, texts[i]))
			json_object_set_new(body, texts[i] + 2,
				json_string(verb_value(args, texts[i])));
	if (!put_number(args, body, "--most") || !put_number(args, body, "--low")) {
		json_decref(body);
		return EXIT_USAGE;
	}
	remote_path(&path, "/v1/coupons/", args->words[1], "");
	return post(r, args, path.s, body, print_pool);
}

static int
make(struct remote *r, const struct verb_args *args)
{
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	char *end;
	long long n = strtoll(args->words[2], &end, 10);
	if (*end || n < 1 || n > 10000)
		return verb_misuse(args->verb, "how many? 1 to 10000 at once");
	remote_path(&path, "/v1/coupons/", args->words[1], "/codes");
	return post(
		r, args, path.s, json_pack("{s:I}", "make", (json_int_t)n), print_made);
}

/* ---- codes from a file ---- */

struct reading {
	struct remote *r;
	const char *path;
	json_t *codes;
	long long added, known;
	bool refused;
};

static void
flush(struct reading *f)
{
	if (f->refused || !json_array_size(f->codes))
		return;
	json_t *answer =
		remote_post(f->r, f->path, json_pack("{s:O}", "codes", f->codes));
	f->refused = !answer;
	f->added += json_integer_value(json_object_get(answer, "added"));
	f->known += json_integer_value(json_object_get(answer, "known"));
	json_decref(answer);
	json_array_clear(f->codes);
}

/* The first field of a line; a header is told by its name. */
static void
take_line(struct reading *f, char *line, bool first)
{
	size_t n = strcspn(line, ",;\t\r\n");
	if (first && !strncmp(line, "\xEF\xBB\xBF", 3))
		line += 3, n -= 3;
	while (n && (*line == ' ' || *line == '"'))
		line++, n--;
	while (n && (line[n - 1] == ' ' || line[n - 1] == '"'))
		n--;
	if (!n || (first && n == 4 && !strncmp(line, "code", 4)) ||
		(first && n == 6 && !strncmp(line, "coupon", 6)))
		return;
	json_array_append_new(f->codes, json_stringn(line, n));
	if (json_array_size(f->codes) == CODES_AT_ONCE)
		flush(f);
}

static int
import(struct remote *r, const struct verb_args *args)
{
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	bool standard = !strcmp(args->words[2], "-");
	FILE *in = standard ? stdin : fopen(args->words[2], "r");
	char *line = NULL;
	size_t cap = 0;
	if (!in)
		return verb_refuse(args->verb, "%s: %s", args->words[2], strerror(errno));
	remote_path(&path, "/v1/coupons/", args->words[1], "/codes");
	struct reading f = {.r = r, .path = path.s, .codes = json_array()};
	for (bool first = true; !f.refused && getline(&line, &cap, in) > 0; first = false)
		take_line(&f, line, first);
	flush(&f);
	free(line);
	if (!standard)
		fclose(in);
	json_decref(f.codes);
	printf("%lld %s in%s", f.added, print_noun(f.added, "code is", "codes are"),
		f.known ? "" : "\n");
	if (f.known)
		printf("; %lld %s there before and stay%s as %s\n", f.known,
			print_noun(f.known, "was", "were"), print_noun(f.known, "s", ""),
			print_noun(f.known, "it is", "they are"));
	return f.refused ? EXIT_REFUSED : EXIT_DONE;
}

static const struct remote_action actions[] = {
	{"list", 1, 1, "no more words", list},
	{"pool", 2, 2, "a name", pool},
	{"import", 3, 3, "a pool and a file, or - for standard input", import},
	{"make", 3, 3, "a pool and how many", make},
	{"codes", 2, 2, "a pool", codes},
	{"show", 2, 2, "a code", show},
	{"void", 2, 2, "a code", void_one},
	{0},
};

static int
run(struct verb_args *args)
{
	return remote_run(args, actions);
}

const struct verb verb_coupons = {
	.name = "coupons",
	.summary =
		"codes that texts give away: pools, files of codes, what became of them",
	.usage = "coupons [list] [--json] | coupons pool NAME [--prefix TEXT] [--most N] "
		 "[--lasts TIME] [--until TIME] [--worth TEXT] [--low N] [--stands TIME "
		 "--reward TEXT] | coupons import NAME FILE | coupons make NAME N | "
		 "coupons "
		 "codes NAME [--state STATE] [--limit N] [--json] | coupons show CODE | "
		 "coupons void CODE",
	.example =
		"  malgil coupons pool WELCOME --lasts 30d --low 50 --worth \"10% off\"\n"
		"  malgil coupons import WELCOME codes.csv\n"
		"  malgil coupons pool FRIEND --prefix VISIT- --most 100000 --stands "
		"14d --reward \"a mini serum\"\n\n"
		"A text says {coupon:WELCOME|nothing}; the words behind | go out when "
		"no\n"
		"code is left. A code is redeemed by the shop's event: order.paid with\n"
		"coupon=CODE, or coupon.redeemed with code=CODE.",
	.options = options,
	.run = run,
};
