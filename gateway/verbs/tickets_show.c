/* malgil tickets show: one ticket and its thread, as it happened. */
#include "gateway/verbs/tickets.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *name, *meaning;
} states[] = {
	{"waiting", "somebody waits for an answer"},
	{"answered", "it is the customer's turn"},
	{"snoozed", "out of sight for now"},
	{"closed", "done"},
};

const char *
tickets_meaning(const char *state)
{
	for (size_t i = 0; state && i < ARRAY_LEN(states); i++)
		if (!strcmp(states[i].name, state))
			return states[i].meaning;
	return "";
}

static void
line(const char *title, const char *value)
{
	if (!value || !*value)
		return;
	printf("%-10s ", title);
	print_text(value);
	putchar('\n');
}

static void
line_time(const char *title, const json_t *t, const char *name, const char *zone)
{
	char when[40], far[40];
	int64_t now = clock_wall(clock_real());
	const char *iso = print_member(t, name);
	if (!iso)
		return;
	print_time(iso, zone, now, when);
	print_distance(iso, now, far);
	printf("%-10s %s (%s)\n", title, when, far);
}

/* "minji: ..." for a text, "-- note by minji: ..." for what the customer never sees. */
static void
thread_line(const json_t *l, const char *zone)
{
	char when[40];
	const char *what = print_member(l, "what"), *by = print_member(l, "by");
	const char *direction = print_member(l, "direction"),
		   *state = print_member(l, "state"), *text = print_member(l, "text");
	print_time(print_member(l, "at"), zone, clock_wall(clock_real()), when);
	printf("%s  ", when);
	if (direction) {
		bool out = !strcmp(direction, "out");
		print_text(!out ? "customer" : by ? by : "(automatic)");
		printf("%s%s%s: ", state ? " [" : "", state ? state : "",
			state ? "]" : "");
	} else {
		printf("-- %s%s", what, by ? " by " : "");
		print_text(by ? by : "");
		printf("%s", text ? ": " : "");
	}
	print_text(text ? text : "");
	putchar('\n');
}

static void
for_people(const json_t *t, const char *zone)
{
	char state[128];
	const json_t *thread = json_object_get(t, "thread");
	const char *name = print_member(t, "state");
	snprintf(state, sizeof(state), "%s: %s%s", name, tickets_meaning(name),
		json_is_true(json_object_get(t, "late")) ? " (late)" : "");
	line("ticket", print_member(t, "id"));
	line("customer", print_member(t, "phone"));
	line("state", state);
	line("queue", print_member(t, "queue"));
	line("topic", print_member(t, "topic"));
	line("priority", print_member(t, "priority"));
	line("has it", print_member(t, "agent"));
	line("bot", json_is_true(json_object_get(t, "bot_muted"))
			    ? "silent while it is open"
			    : NULL);
	line_time("waiting", t, "waiting_since", zone);
	line_time("due", t, "due", zone);
	line_time("snoozed", t, "snoozed_until", zone);
	line_time("opened", t, "created", zone);
	line_time("closed", t, "closed", zone);
	line("outcome", print_member(t, "outcome"));
	putchar('\n');
	for (size_t i = 0; i < json_array_size(thread); i++)
		thread_line(json_array_get(thread, i), zone);
}

int
tickets_show(struct remote *r, const struct verb_args *args)
{
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	remote_path(&path, "/v1/tickets/", args->words[1], "");
	remote_query(&path, "limit", verb_value(args, "--limit"));
	return remote_show(r, args, path.s, NULL, for_people);
}
