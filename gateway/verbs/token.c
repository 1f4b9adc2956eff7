/* malgil token: who may ask the API from the network. */
#include <stdio.h>
#include <string.h>

#include "gateway/verbs/print.h"
#include "gateway/verbs/remote.h"

static const struct verb_option options[] = {
	{"--role", "ROLE", "create: owner, agent, app (sends and looks) or read"},
	{"--staff", "NAME", "create: whose it is; it acts as this person"},
	{"--expires", "TIME", "create: 90d, or a time with its offset; never by default"},
	{"--grace", "TIME", "rotate: so long the old one stays good (not at all)"},
	{"--all", NULL, "list: the revoked ones too"},
	{"--json", NULL, "print data for programs"},
	{0},
};

/* ---- list ---- */

static void
for_people(const json_t *answer, const char *zone)
{
	static const char *const titles[] = {
		"NAME", "ROLE", "STAFF", "BEGINS", "STATE", "MADE", "EXPIRES", "USED"};
	const json_t *tokens = json_object_get(answer, "tokens");
	struct print_table table;
	if (!json_array_size(tokens)) {
		puts("There is no token: nobody may ask from the network.");
		return;
	}
	print_table_init(&table, titles, ARRAY_LEN(titles));
	for (size_t i = 0; i < json_array_size(tokens); i++) {
		const json_t *t = json_array_get(tokens, i);
		char begins[40];
		snprintf(begins, sizeof(begins), "mg_%.20s_", print_member(t, "handle"));
		print_cell(&table, print_member(t, "name"));
		print_cell(&table, print_member(t, "role"));
		print_cell(&table, print_member(t, "staff"));
		print_cell(&table, begins);
		print_cell(&table, print_member(t, "state"));
		print_cell_time(&table, print_member(t, "created"), zone);
		print_cell_time(&table, print_member(t, "expires"), zone);
		print_cell_time(&table, print_member(t, "last_used"), zone);
	}
	print_table_end(&table);
}

static int
list(struct remote *r, const struct verb_args *args)
{
	return remote_show(r, args,
		verb_flag(args, "--all") ? "/v1/tokens?limit=1000&all=1"
					 : "/v1/tokens?limit=1000",
		"tokens", for_people);
}

/* ---- changes ---- */

/* The secret alone on stdout, so that it can be put where it belongs; what it is for a
 * person goes to stderr. */
static int
show_secret(const struct verb_args *args, json_t *answer)
{
	if (!answer)
		return EXIT_REFUSED;
	if (verb_flag(args, "--json")) {
		print_json(answer);
	} else {
		printf("%s\n", print_member(answer, "token"));
		fflush(stdout);
		fprintf(stderr,
			"Keep it: it is not shown again. It goes into the header\n"
			"  Authorization: Bearer TOKEN\n");
	}
	json_decref(answer);
	return EXIT_DONE;
}

/* Takes no responsibility for what is not UTF-8: the gateway would not understand it. */
static bool
put(json_t *body, const char *name, const char *value)
{
	return !value || json_object_set_new(body, name, json_string(value)) == 0;
}

static int
create(struct remote *r, const struct verb_args *args)
{
	json_t *body = json_object();
	if (!verb_value(args, "--role")) {
		json_decref(body);
		return verb_misuse(args->verb,
			"create wants --role: owner, agent, app or "
			"read");
	}
	if (!put(body, "name", args->words[1]) ||
		!put(body, "role", verb_value(args, "--role")) ||
		!put(body, "staff", verb_value(args, "--staff")) ||
		!put(body, "expires", verb_value(args, "--expires"))) {
		json_decref(body);
		return verb_refuse(args->verb, "the name is not UTF-8");
	}
	return show_secret(args, remote_post(r, "/v1/tokens", body));
}

static int
rotate(struct remote *r, const struct verb_args *args)
{
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	json_t *body = json_object();
	remote_path(&path, "/v1/tokens/", args->words[1], "/rotate");
	if (!put(body, "grace", verb_value(args, "--grace"))) {
		json_decref(body);
		return verb_refuse(args->verb, "--grace is not UTF-8");
	}
	return show_secret(args, remote_post(r, path.s, body));
}

static int
revoke(struct remote *r, const struct verb_args *args)
{
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	remote_path(&path, "/v1/tokens/", args->words[1], "/revoke");
	json_t *answer = remote_post(r, path.s, NULL);
	if (!answer)
		return EXIT_REFUSED;
	if (verb_flag(args, "--json"))
		print_json(answer);
	else
		printf("%s is worth nothing from now on\n", print_member(answer, "name"));
	json_decref(answer);
	return EXIT_DONE;
}

static const struct remote_action actions[] = {
	{"list", 1, 1, "no more words", list},
	{"create", 2, 2, "a NAME for what it is for", create},
	{"rotate", 2, 2, "the NAME or id of a token", rotate},
	{"revoke", 2, 2, "the NAME or id of a token", revoke},
	{0},
};

static int
run(struct verb_args *args)
{
	return remote_run(args, actions);
}

const struct verb verb_token = {
	.name = "token",
	.summary = "who may ask the API from the network",
	.usage = "token [list] [--all] [--json] | create NAME --role ROLE [--staff NAME] "
		 "[--expires TIME] | rotate NAME [--grace TIME] | revoke NAME",
	.example = "  malgil token create webshop --role app\n"
		   "  malgil token create soyeon-laptop --role agent --staff soyeon\n"
		   "  malgil token rotate webshop --grace 1d",
	.options = options,
	.run = run,
};
