/* malgil tickets show: one ticket and its thread, as it happened. */
#include "gateway/verbs/tickets.h"

#include <stdio.h>
#include <string.h>

#include "gateway/base/iso.h"
#include "gateway/text/zone.h"

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
span(int64_t ms, char *ret, size_t size)
{
	long long minutes = ms / MINUTE;
	if (minutes >= 60)
		snprintf(ret, size, "%lld h %lld min", minutes / 60, minutes % 60);
	else
		snprintf(ret, size, "%lld min", minutes);
}

#define AWAY_MAX 400 /* days */

static void
shut_while_away(struct hours *hours, const json_t *away, const char *zone)
{
	const char *since = print_member(away, "since"),
		   *until = print_member(away, "until");
	int64_t from, to;
	char day[ISO_MAX];
	if (!since || !until || iso_parse(since, &from, NULL) < 0 ||
		iso_parse(until, &to, NULL) < 0)
		return;
	for (int i = 0; i < AWAY_MAX && from < to; i++, from += DAY) {
		iso_format(from, zone_offset(zone, from), day);
		day[10] = '\0';
		(void)!dates_add(&hours->shut, day, NULL);
	}
}

const struct hours *
tickets_hours(struct remote *r)
{
	struct hours *hours = &r->config->hours;
	json_t *holidays = remote_get(r, "/v1/holidays"),
	       *away = remote_get(r, "/v1/away");
	const json_t *one;
	size_t i;
	json_array_foreach(json_object_get(holidays, "holidays"), i,
		one) if (print_member(one, "day"))(void) !dates_add(&hours->shut,
		print_member(one, "day"), NULL);
	shut_while_away(hours, away, r->config->zone);
	json_decref(holidays);
	json_decref(away);
	return hours;
}

void
tickets_left(const struct hours *hours, const char *due, char ret[40])
{
	int64_t now = clock_wall(clock_real()), wall;
	char text[24];
	ret[0] = '\0';
	if (!due || iso_parse(due, &wall, NULL) < 0)
		return;
	span(wall > now ? hours_between(hours, now, wall)
			: hours_between(hours, wall, now),
		text, sizeof(text));
	snprintf(ret, 40, wall > now ? "%s left" : "late by %s", text);
}

/* Of whose shop: what is shown is asked for without a context. */
static const struct hours *opening;

static void
line_left(const json_t *t)
{
	char left[40];
	tickets_left(opening, print_member(t, "due"), left);
	if (*left)
		printf("%-10s %s of opening time\n", "answer", left);
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
	line_left(t);
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
	opening = tickets_hours(r);
	remote_path(&path, "/v1/tickets/", args->words[1], "");
	remote_query(&path, "limit", verb_value(args, "--limit"));
	return remote_show(r, args, path.s, NULL, for_people);
}
