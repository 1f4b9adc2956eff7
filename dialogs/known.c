#include "dialogs/known.h"

#include <inttypes.h>
#include <string.h>

#include "gateway/store/runs.h"
#include "gateway/text/format.h"

#define REQUEST_FOR   (90 * DAY)
#define PROMOTION_FOR (62 * DAY) /* longer than a month, and a night */

/* "30분", "2 hours": what the shop promised, in the customer's language. */
static void
print_span(const char *lang, int64_t ms, struct strbuf *out)
{
	bool ko = !strcmp(lang, "ko");
	bool hours = ms >= HOUR && ms % HOUR == 0;
	int64_t n = ms / (hours ? HOUR : MINUTE);
	if (ko)
		strbuf_printf(out, "%" PRId64 "%s", n, hours ? "시간" : "분");
	else
		strbuf_printf(out, "%" PRId64 " %s%s", n, hours ? "hour" : "minute",
			n == 1 ? "" : "s");
}

static void
hours_get(const struct known *k, const char *name, struct strbuf *scratch,
	struct value *ret)
{
	const struct config *config = k->rules->config;
	const struct hours *hours = &config->hours;
	int64_t next = config->hours_week ? hours_reopens(hours, k->now) : HOURS_NEVER;
	strbuf_reset(scratch);
	if (!strcmp(name, "open")) {
		bool open = !config->hours_week || hours_open(hours, k->now);
		*ret = value_bool(k->open >= 0 ? k->open : open);
	} else if (!strcmp(name, "reply") && config->reply) {
		print_span(k->lang, config->reply, scratch);
		*ret = value_text(scratch->s);
	} else if (!strcmp(name, "next") && next != HOURS_NEVER) {
		format_day(next, config->zone, k->lang, scratch);
		strbuf_putc(scratch, ' ');
		format_time(next, config->zone, k->lang, scratch);
		*ret = value_text(scratch->s);
	}
}

bool
known_get(const struct known *k, const char *name, struct strbuf *scratch,
	struct value *ret)
{
	if (!strcmp(name, "shop") || !strcmp(name, "shop.name"))
		*ret = value_text(k->rules->config->shop_name);
	else if (!strncmp(name, "policy.", 7))
		*ret = value_text(rules_value(k->rules, name));
	else if (!strncmp(name, "hours.", 6))
		hours_get(k, name + 6, scratch, ret);
	else
		return false;
	return true;
}

int64_t
known_expires(
	const struct pack *pack, enum message_class cls, const char *basis, int64_t now)
{
	if (basis && !strcmp(basis, "request"))
		return now + (pack->request_for ? pack->request_for : REQUEST_FOR);
	return cls == CLASS_MARKETING ? now + PROMOTION_FOR : 0;
}

bool
known_loops(struct db *db, const struct policy *p, uint64_t contact, int64_t advanced,
	const char *text, int64_t now)
{
	int64_t all, same, since = MAX(run_last_advance(db, contact), advanced);
	run_count_texts(db, contact, (uint64_t)MAX(since, now - p->loop_same_per) << 20,
		text, &all, &same);
	if (same >= p->loop_same_out)
		return true;
	run_count_texts(db, contact, (uint64_t)MAX(since, now - p->loop_bot_per) << 20,
		text, &all, &same);
	return all >= p->loop_bot_max;
}
