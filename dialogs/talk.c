/* The lines of a rehearsal. The world they act on is in stage.c. */
#include "dialogs/talk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dialogs/stage.h"
#include "dialogs/until.h"
#include "gateway/base/conf.h"
#include "gateway/base/iso.h"
#include "gateway/base/suggest.h"
#include "gateway/text/zone.h"

struct talk {
	struct stage stage;
};

int
talk_open(const char *path, const struct talk_options *o, struct talk **ret,
	struct strbuf *err)
{
	struct talk *t = xcalloc(1, sizeof(*t));
	int r = stage_open(&t->stage, path, o, err);
	if (r < 0) {
		talk_close(t);
		return r;
	}
	*ret = t;
	return 0;
}

void
talk_close(struct talk *t)
{
	if (!t)
		return;
	stage_close(&t->stage);
	free(t);
}

/* * is anything, also nothing, also line ends. */
static bool
glob(const char *pattern, const char *text)
{
	const char *star = NULL, *back = NULL;
	while (*text) {
		if (*pattern == '*') {
			star = pattern++;
			back = text;
		} else if (*pattern == *text) {
			pattern++;
			text++;
		} else if (star) {
			pattern = star + 1;
			text = ++back;
		} else
			return false;
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

static int refuse(struct strbuf *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

static int
refuse(struct strbuf *err, const char *fmt, ...)
{
	va_list ap;
	strbuf_reset(err);
	va_start(ap, fmt);
	strbuf_vprintf(err, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

static int
nothing_said(struct talk *t, struct strbuf *err)
{
	const char *text = stage_peek(&t->stage, '<');
	return text ? refuse(err, "this was said, but not listed: %s", text) : 0;
}

/* Nor has anything ended, nor was the owner told, without a line that says so. */
static int
nothing_left(struct talk *t, struct strbuf *err)
{
	int r = nothing_said(t, err);
	const char *end = stage_peek(&t->stage, '='), *told = stage_peek(&t->stage, '%');
	if (!r && end)
		r = refuse(
			err, "a conversation ended, but that is not listed: = %s", end);
	if (!r && told)
		r = refuse(err, "the owner was told, but that is not listed: %% owner %s",
			told);
	return r;
}

static int
expect(struct talk *t, char sign, const char *pattern, struct strbuf *err)
{
	const char *said = stage_peek(&t->stage, sign);
	int r = 0;
	if (!said)
		return refuse(err,
			sign == '<' ? "expected a text like \"%s\", but nothing was said"
			: sign == '='
				? "expected the outcome \"%s\", but no run has ended"
				: "expected a notice like \"%s\", but there was none",
			pattern);
	if (!glob(pattern, said))
		r = refuse(err, "expected \"%s\", but got: %s", pattern, said);
	stage_take(&t->stage, sign);
	return r;
}

/* ---- the clock ---- */

static int
jump(struct talk *t, const char *span, struct strbuf *err)
{
	int64_t ms;
	if (conf_duration(span, &ms) < 0)
		return refuse(
			err, "'+%s' is not a length of time; write +30m, +3h, +2d", span);
	return stage_advance(&t->stage, t->stage.now + ms, err);
}

static void
no_field(void *ctx, const char *name, struct value *ret)
{
	(void)ctx, (void)name, (void)ret;
}

static int
jump_to(struct talk *t, const char *when, struct strbuf *err)
{
	const char *zone = t->stage.rules->config->zone;
	int64_t after, at;
	char iso[40];
	snprintf(iso, sizeof(iso), "%s", when);
	if (strlen(iso) > 10 && iso[10] == ' ')
		iso[10] = 'T';
	if (value_parse_time(iso, zone, &at, NULL))
		after = at - t->stage.now;
	else if (!until_good(when) ||
		 !until_next(when, t->stage.now, zone, no_field, NULL, &after))
		return refuse(err,
			"'@ %s' is not a time; write @ 21:30, @ thu 12:00 or @ "
			"2026-03-01 "
			"09:00",
			when);
	if (after < 0)
		return refuse(
			err, "the clock only goes forward, and it is past %s", when);
	return stage_advance(&t->stage, t->stage.now + after, err);
}

/* ---- fixtures ---- */

/* "F=V, F=V" pairs, cut in place. Returns how many, -1 for a badly written one. */
static int
pairs(char *text, const char **names, const char **values, int max)
{
	int n = 0;
	for (char *p = text; *p && n < max;) {
		p += strspn(p, " ");
		char *end = p + strcspn(p, ",");
		bool last = !*end;
		*end = '\0';
		char *equals = strchr(p, '=');
		if (!equals || equals == p)
			return -1;
		*equals = '\0';
		names[n] = p;
		values[n++] = equals + 1;
		for (char *e = equals + strlen(equals + 1); e > equals && *e == ' '; e--)
			*e = '\0';
		p = last ? end : end + 1;
	}
	return n;
}

static int
fix_contact(struct talk *t, char *rest, struct strbuf *err)
{
	const char *names[16], *values[16];
	int n = pairs(rest, names, values, 16);
	if (n <= 0)
		return refuse(err, "write: %% contact name=김하늘, tags=vip+new");
	for (int i = 0; i < n; i++)
		stage_contact(&t->stage, names[i], values[i]);
	return 0;
}

static int
fix_emit(struct talk *t, char *rest, struct strbuf *err)
{
	const char *names[16], *values[16];
	char *space = strchr(rest, ' ');
	int n = 0;
	if (space) {
		*space = '\0';
		n = pairs(space + 1, names, values, 16);
	}
	if (!*rest || n < 0)
		return refuse(err, "write: %% emit order.paid total=39000, cart=c-7");
	stage_emit(&t->stage, rest, names, values, (size_t)n);
	return 0;
}

static int
fix_consent(struct talk *t, char *rest, struct strbuf *err)
{
	bool grant = !strncmp(rest, "grant ", 6);
	if (!grant && strncmp(rest, "deny ", 5) != 0)
		return refuse(err, "write: %% consent grant marketing");
	stage_consent(&t->stage, rest + (grant ? 6 : 5), grant);
	return 0;
}

static int
fix_coupons(struct talk *t, char *rest, struct strbuf *err)
{
	char pool[40];
	unsigned count;
	if (sscanf(rest, "%39s %u", pool, &count) != 2)
		return refuse(err, "write: %% coupons WELCOME 10");
	stage_coupons(&t->stage, pool, count);
	return 0;
}

static int
fix_lookup(struct talk *t, char *rest, struct strbuf *err)
{
	char *equals = strchr(rest, '=');
	if (!equals)
		return refuse(err, "write: %% lookup shop_db.orders = none, error, or "
				   "item=젤, no=12; "
				   "item=크림, no=13");
	*equals = '\0';
	for (char *e = equals - 1; e > rest && *e == ' '; e--)
		*e = '\0';
	stage_lookup(&t->stage, rest, equals + 1 + strspn(equals + 1, " "));
	return 0;
}

static int
fix_staff(struct talk *t, char *rest, struct strbuf *err)
{
	if (!stage_ticket_open(&t->stage))
		return refuse(err, "no ticket is open");
	if (!strcmp(rest, "closes"))
		stage_close_ticket(&t->stage);
	else if (!strcmp(rest, "replies") || !strcmp(rest, "claims"))
		stage_claim_ticket(&t->stage, *rest == 'r');
	else
		return refuse(err, "staff does one of: closes, replies, claims");
	return 0;
}

static int
fix_winner(struct talk *t, char *rest, struct strbuf *err)
{
	char step[128], variant[64];
	if (sscanf(rest, "%127[^= ] = %63s", step, variant) != 2)
		return refuse(err, "write: %% winner remind = a");
	return stage_winner(&t->stage, step, variant, err);
}

static int
fix_hours(struct talk *t, char *rest, struct strbuf *err)
{
	if (strcmp(rest, "open") != 0 && strcmp(rest, "closed") != 0)
		return refuse(err, "write: %% hours open, or %% hours closed");
	t->stage.hours = *rest == 'o' ? 1 : 0;
	return 0;
}

static int
fix_shop(struct talk *t, char *rest, struct strbuf *err)
{
	const char *names[8], *values[8];
	int n = pairs(rest, names, values, 8);
	if (n <= 0)
		return refuse(err,
			"write: %% shop country=US, tz=America/New_York, name=Corner");
	return stage_shop(&t->stage, names, values, (size_t)n, err);
}

static int
fix_reload(struct talk *t, char *rest, struct strbuf *err)
{
	return stage_reload(&t->stage, rest, err);
}

static int
fix_owner(struct talk *t, char *rest, struct strbuf *err)
{
	return expect(t, '%', rest, err);
}

static const struct {
	const char *name;
	int (*act)(struct talk *t, char *rest, struct strbuf *err);
} fixtures[] = {{"contact", fix_contact}, {"emit", fix_emit}, {"consent", fix_consent},
	{"coupons", fix_coupons}, {"lookup", fix_lookup}, {"staff", fix_staff},
	{"winner", fix_winner}, {"hours", fix_hours}, {"reload", fix_reload},
	{"owner", fix_owner}, {"shop", fix_shop}};

static int
fixture(struct talk *t, const char *line, struct strbuf *err)
{
	char copy[2048], name[24];
	struct suggest near;
	snprintf(copy, sizeof(copy), "%s", line);
	char *rest = copy + (words_first(copy, name, sizeof(name)) - copy);
	suggest_init(&near, name);
	for (size_t i = 0; i < ARRAY_LEN(fixtures); i++) {
		if (!strcmp(fixtures[i].name, name))
			return fixtures[i].act(t, rest, err);
		suggest_offer(&near, fixtures[i].name);
	}
	return refuse(err, "'%% %s' is nothing that can be arranged%s%s%s", name,
		near.best ? "; did you mean '% " : "", near.best ? near.best : "",
		near.best ? "'?" : "");
}

/* ---- lines ---- */

static int
write_text(struct talk *t, const char *text, bool free, struct strbuf *err)
{
	int r = free ? 0 : nothing_left(t, err);
	if (!r)
		stage_inbound(&t->stage, text);
	return r;
}

static void
tell(struct talk *t)
{
	struct strbuf out = STRBUF_INIT(8192);
	const struct talk_options *o = &t->stage.options;
	stage_tell(&t->stage, &out);
	if (o->show)
		o->show(o->ctx, '?', out.s);
	strbuf_done(&out);
}

static int
signed_line(struct talk *t, char sign, const char *rest, bool free, struct strbuf *err)
{
	switch (sign) {
	case '#': return 0;
	case '>': return write_text(t, rest, free, err);
	case '+': return free || !nothing_left(t, err) ? jump(t, rest, err) : -EINVAL;
	case '@': return free || !nothing_left(t, err) ? jump_to(t, rest, err) : -EINVAL;
	case '%': return fixture(t, rest, err);
	case '<':
	case '=': return free ? 0 : expect(t, sign, rest, err);
	case '!': return free ? 0 : nothing_said(t, err);
	case '?': tell(t); return 0;
	default: break;
	}
	if (free)
		return write_text(t, rest, true, err);
	return refuse(err, "a line begins with one of > < + @ = ! ? %% #");
}

int
talk_line(struct talk *t, const char *line, bool free, struct strbuf *err)
{
	char copy[4096];
	snprintf(copy, sizeof(copy), "%s", line);
	size_t n = strlen(copy);
	while (n && strchr(" \t\r\n", copy[n - 1]))
		copy[--n] = '\0';
	const char *p = copy + strspn(copy, " \t");
	if (!*p)
		return 0;
	bool is_signed = strchr("#>+@%<=!?", *p) != NULL;
	const char *rest = p + is_signed;
	int r = signed_line(
		t, is_signed ? *p : '\0', rest + strspn(rest, " \t"), free, err);
	if (free) {
		while (stage_peek(&t->stage, '<'))
			stage_take(&t->stage, '<');
		while (stage_peek(&t->stage, '='))
			stage_take(&t->stage, '=');
		while (stage_peek(&t->stage, '%'))
			stage_take(&t->stage, '%');
	}
	return r;
}

int
talk_finish(struct talk *t, struct strbuf *err)
{
	return nothing_left(t, err);
}

int
talk_run(const char *talk_path, const char *script_path, const struct talk_options *o,
	struct strbuf *err)
{
	struct talk *t = NULL;
	struct strbuf why = STRBUF_INIT(4096);
	char line[4096];
	unsigned number = 0;
	FILE *f = fopen(talk_path, "re");
	if (!f) {
		int e = errno;
		strbuf_set(err, "%s: cannot be opened: %s", talk_path, strerror(e));
		return -e;
	}
	int r = talk_open(script_path, o, &t, &why);
	while (!r && fgets(line, sizeof(line), f)) {
		number++;
		r = talk_line(t, line, false, &why);
	}
	if (!r)
		r = talk_finish(t, &why);
	if (r < 0 && t)
		strbuf_set(err, "%s:%u: %s", talk_path, number, why.s);
	else if (r < 0)
		strbuf_set(err, "%s", why.s);
	talk_close(t);
	fclose(f);
	strbuf_done(&why);
	return r;
}
