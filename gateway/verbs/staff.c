/* malgil staff: the people who work here. */
#include <stdio.h>

#include "gateway/verbs/print.h"
#include "gateway/verbs/remote.h"

static const struct verb_option options[] = {
	{"--login", "LOGIN", "their login on this machine"},
	{"--phone", "NUMBER", "where they are reached"},
	{"--role", "ROLE", "agent (the default), owner or read"},
	{"--to", "NAME", "remove: who takes over the open tickets (nobody: all may)"},
	{"--all", NULL, "list: those who left too"},
	{"--json", NULL, "print data for programs"},
	{0},
};

static void
for_people(const json_t *answer, const char *zone)
{
	static const char *const titles[] = {
		"NAME", "ROLE", "LOGIN", "PHONE", "SINCE", "LEFT"};
	const json_t *staff = json_object_get(answer, "staff");
	struct print_table table;
	if (!json_array_size(staff)) {
		puts("Nobody is entered; root and the gateway's own user may do all.");
		return;
	}
	print_table_init(&table, titles, ARRAY_LEN(titles));
	for (size_t i = 0; i < json_array_size(staff); i++) {
		const json_t *s = json_array_get(staff, i);
		print_cell(&table, print_member(s, "name"));
		print_cell(&table, print_member(s, "role"));
		print_cell(&table, print_member(s, "login"));
		print_cell(&table, print_member(s, "phone"));
		print_cell_time(&table, print_member(s, "created"), zone);
		print_cell_time(&table, print_member(s, "gone"), zone);
	}
	print_table_end(&table);
}

static int
list(struct remote *r, const struct verb_args *args)
{
	return remote_show(r, args,
		verb_flag(args, "--all") ? "/v1/staff?all=1" : "/v1/staff", "staff",
		for_people);
}

/* NULL when something is not UTF-8. */
static json_t *
body_of(const struct verb_args *args, const char *name)
{
	static const char *const given[] = {"--login", "--phone", "--role"};
	json_t *body = json_object();
	bool good = !name || !json_object_set_new(body, "name", json_string(name));
	for (size_t i = 0; i < ARRAY_LEN(given); i++) {
		const char *value = verb_value(args, given[i]);
		if (value)
			good &= !json_object_set_new(
				body, given[i] + 2, json_string(value));
	}
	if (good)
		return body;
	json_decref(body);
	return NULL;
}

static int
done(const struct verb_args *args, json_t *answer)
{
	if (!answer)
		return EXIT_REFUSED;
	const json_t *moved = json_object_get(answer, "tickets_moved");
	int tokens = (int)json_integer_value(json_object_get(answer, "tokens_revoked"));
	if (verb_flag(args, "--json"))
		print_json(answer);
	else if (moved)
		printf("%s has left: %d %s revoked, %d %s given to %s\n",
			print_member(answer, "name"), tokens,
			print_noun(tokens, "token", "tokens"),
			(int)json_integer_value(moved),
			print_noun(json_integer_value(moved), "ticket", "tickets"),
			print_member(answer, "to") ? print_member(answer, "to")
						   : "whoever claims them");
	else
		printf("%s (%s)\n", print_member(answer, "name"),
			print_member(answer, "role"));
	json_decref(answer);
	return EXIT_DONE;
}

static int
add(struct remote *r, const struct verb_args *args)
{
	json_t *body = body_of(args, args->words[1]);
	if (!body)
		return verb_refuse(args->verb, "the name is not UTF-8");
	return done(args, remote_post(r, "/v1/staff", body));
}

static int
change(struct remote *r, const struct verb_args *args)
{
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	json_t *body = body_of(args, NULL);
	if (!body)
		return verb_refuse(args->verb, "an option is not UTF-8");
	remote_path(&path, "/v1/staff/", args->words[1], "");
	return done(args, remote_post(r, path.s, body));
}

static int
leave(struct remote *r, const struct verb_args *args)
{
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	const char *to = verb_value(args, "--to");
	json_t *body = json_object();
	if (to && json_object_set_new(body, "to", json_string(to)) != 0) {
		json_decref(body);
		return verb_refuse(args->verb, "the name is not UTF-8");
	}
	remote_path(&path, "/v1/staff/", args->words[1], "/remove");
	return done(args, remote_post(r, path.s, body));
}

static const struct remote_action actions[] = {
	{"list", 1, 1, "no more words", list},
	{"add", 2, 2, "a NAME", add},
	{"change", 2, 2, "the NAME of somebody", change},
	{"remove", 2, 2, "the NAME of somebody", leave},
	{0},
};

static int
run(struct verb_args *args)
{
	return remote_run(args, actions);
}

const struct verb verb_staff = {
	.name = "staff",
	.summary = "the people who work here: add, change, remove, list",
	.usage = "staff [list] [--all] [--json] | add NAME [--login LOGIN] [--phone "
		 "NUMBER] "
		 "[--role ROLE] | change NAME ... | remove NAME [--to NAME]",
	.example = "  malgil staff add soyeon --login soyeon --phone 010-1234-5678\n"
		   "  malgil staff remove soyeon --to minho",
	.options = options,
	.run = run,
};
