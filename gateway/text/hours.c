#include "gateway/text/hours.h"

#include <errno.h>
#include <stdio.h>

void
hours_init(struct hours *h, const char *zone)
{
	struct strbuf err = STRBUF_SENTENCE;
	*h = (struct hours){0};
	snprintf(h->zone, sizeof(h->zone), "%s", zone);
	if (window_parse("always", &h->week, &err) < 0)
		h->week = (struct window){0};
	strbuf_done(&err);
}

int
hours_read(struct hours *h, const char *week, const char *lunch, struct strbuf *err)
{
	struct window open, shut;
	if (window_parse(week, &open, err) < 0)
		return -EINVAL;
	if (lunch && window_parse(lunch, &shut, err) < 0)
		return -EINVAL;
	if (lunch && window_subtract(&open, &shut) < 0) {
		strbuf_set(err, "there are more than %d stretches of hours in one day",
			WINDOW_SPANS);
		return -EINVAL;
	}
	if (window_empty(&open)) {
		strbuf_set(err, "the shop would never be open");
		return -EINVAL;
	}
	h->week = open;
	return 0;
}

void
hours_done(struct hours *h)
{
	dates_done(&h->shut);
}

static struct window_rule
rule_of(const struct hours *h)
{
	return (struct window_rule){
		.window = &h->week, .shut = &h->shut, .zone = h->zone};
}

int64_t
hours_next(const struct hours *h, int64_t wall)
{
	struct window_rule rule = rule_of(h);
	return window_next(&rule, 1, wall, 0, NULL);
}

bool
hours_open(const struct hours *h, int64_t wall)
{
	return hours_next(h, wall) == wall;
}

int64_t
hours_reopens(const struct hours *h, int64_t wall)
{
	struct window_rule rule = rule_of(h);
	int64_t open = hours_next(h, wall);
	if (open != wall)
		return open;
	int64_t end = window_closes(&rule, 1, wall);
	return end == WINDOW_NEVER ? HOURS_NEVER : hours_next(h, end);
}

/* Opening time from `*wall` on, up to `to` or until `*left` is used up, whichever comes
 * first; `*wall` is moved there. */
static void
walk(const struct hours *h, int64_t *wall, int64_t to, int64_t *left)
{
	struct window_rule rule = rule_of(h);
	while (*left > 0 && *wall < to) {
		int64_t open = window_next(&rule, 1, *wall, 0, NULL);
		if (open >= to) {
			*wall = to;
			return;
		}
		/* "Never" here means not within its search: the walk goes on from there.
		 */
		int64_t end = window_closes(&rule, 1, open);
		end = MIN(end == WINDOW_NEVER ? open + DAY : end, to);
		int64_t used = MIN(end - open, *left);
		*left -= used;
		*wall = open + used;
	}
}

int64_t
hours_between(const struct hours *h, int64_t from, int64_t to)
{
	int64_t left = INT64_MAX;
	if (window_always(&h->week) && !h->shut.count)
		return MAX(to - from, 0);
	walk(h, &from, to, &left);
	return INT64_MAX - left;
}

int64_t
hours_after(const struct hours *h, int64_t wall, int64_t span)
{
	if (window_always(&h->week) && !h->shut.count)
		return wall + span;
	walk(h, &wall, HOURS_NEVER, &span);
	return wall;
}
