#include "gateway/text/template.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/suggest.h"
#include "gateway/text/format.h"
#include "gateway/text/particle.h"

#define LONGEST 8192 /* bytes of a template */

enum filter {
	FILTER_NONE,
	FILTER_WON,
	FILTER_DATE,
	FILTER_DAY,
	FILTER_TIME,
	FILTER_CUT,
	FILTER_LINK,
	FILTER_LABEL,
	FILTER_MENU,
	FILTER_PARTICLE,
	FILTER_FUNCTION,
};

struct part {
	const char *literal; /* NULL: a place. In the pool, as all of these */
	const char *path, *filter, *fallback;
	const char *particle; /* a pair, after another filter */
	enum filter kind;
	enum template_call call;
	unsigned cut;
};

struct template
{
	char *source, *pool;
	size_t pool_len, count, place_count;
	struct part *parts;
};

static const struct {
	const char *name;
	enum filter kind;
} filters[] = {{"won", FILTER_WON}, {"date", FILTER_DATE}, {"day", FILTER_DAY},
	{"time", FILTER_TIME}, {"link", FILTER_LINK}, {"label", FILTER_LABEL},
	{"menu", FILTER_MENU}};

static const struct {
	const char *name;
	enum template_call call;
} functions[] = {
	{"coupon", TEMPLATE_COUPON}, {"link", TEMPLATE_LINK}, {"price", TEMPLATE_PRICE}};

/* ---- parsing ---- */

struct parser {
	struct template *t;
	const char *text;
	struct strbuf *err;
};

static int
fail(const struct parser *p, const char *at, const char *fmt, ...) PRINTF_LIKE(3, 4);

static int
fail(const struct parser *p, const char *at, const char *fmt, ...)
{
	unsigned column = 1;
	for (const char *s = p->text; s < at; s++)
		column += ((unsigned char)*s & 0xC0) != 0x80;
	strbuf_set(p->err, "character %u: ", column);
	va_list ap;
	va_start(ap, fmt);
	if (p->err)
		strbuf_vprintf(p->err, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

static const char *
keep(struct parser *p, const char *s, size_t len)
{
	char *at = p->t->pool + p->t->pool_len;
	memcpy(at, s, len);
	at[len] = '\0';
	p->t->pool_len += len + 1;
	return at;
}

static struct part *
add_part(struct parser *p)
{
	struct template *t = p->t;
	if ((t->count & (t->count - 1)) == 0)
		t->parts = xrealloc(t->parts, (t->count * 2 + 1) * sizeof(*t->parts));
	t->parts[t->count] = (struct part){0};
	return &t->parts[t->count++];
}

static bool
path_char(char c, bool first)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       (unsigned char)c >= 0x80 ||
	       (!first && ((c >= '0' && c <= '9') || c == '-'));
}

static bool
good_path(const char *s)
{
	bool first = true;
	for (; *s; s++) {
		if (*s == '.' ? first || !s[1] : !path_char(*s, first))
			return false;
		first = *s == '.';
	}
	return !first;
}

static int
unknown_filter(const struct parser *p, const char *at, const char *name)
{
	struct suggest near;
	suggest_init(&near, name);
	for (size_t i = 0; i < ARRAY_LEN(filters); i++)
		suggest_offer(&near, filters[i].name);
	suggest_offer(&near, "cut16");
	if (strchr(name, '/'))
		return fail(p, at,
			"'%s' is not a pair of particles such as 은/는, 이/가, 을/를, "
			"과/와, 으로/로",
			name);
	if (near.best)
		return fail(p, at, "there is no filter '%s'; did you mean '%s'?", name,
			near.best);
	return fail(p, at,
		"there is no filter '%s' (won, date, day, time, cut16, link, label, "
		"menu, 은/는)",
		name);
}

static int
read_filter(struct parser *p, const char *at, struct part *part)
{
	for (size_t i = 0; i < ARRAY_LEN(functions); i++) {
		if (strcmp(functions[i].name, part->path) != 0)
			continue;
		if (!*part->filter)
			return fail(p, at, "{%s:...} wants something after the colon",
				part->path);
		part->kind = FILTER_FUNCTION;
		part->call = functions[i].call;
		return 0;
	}
	char *second = strchr(part->filter, ':'); /* cut14:은/는 */
	if (second && particle_known(second + 1)) {
		*second = '\0';
		part->particle = second + 1;
	}
	for (size_t i = 0; i < ARRAY_LEN(filters); i++) {
		if (!strcmp(filters[i].name, part->filter)) {
			part->kind = filters[i].kind;
			return 0;
		}
	}
	if (particle_known(part->filter)) {
		part->kind = FILTER_PARTICLE;
		return 0;
	}
	size_t digits =
		strspn(part->filter + strcspn(part->filter, "0123456789"), "0123456789");
	if (strncmp(part->filter, "cut", 3) != 0 || strlen(part->filter) != 3 + digits ||
		!digits || digits > 3)
		return unknown_filter(p, at, part->filter);
	part->kind = FILTER_CUT;
	part->cut = (unsigned)atoi(part->filter + 3);
	return part->cut ? 0 : fail(p, at, "cut0 would leave nothing");
}

/* `open` is at the brace, `len` the length of what stands between the braces. */
static int
read_place(struct parser *p, const char *open, size_t len)
{
	const char *inside = keep(p, open + 1, len);
	char *colon = strchr(inside, ':'), *bar = strchr(inside, '|');
	struct part *part = add_part(p);
	p->t->place_count++;
	part->path = inside;
	if (bar)
		*bar = '\0';
	if (colon && (!bar || colon < bar))
		*colon = '\0';
	else
		colon = NULL;
	part->fallback = bar ? bar + 1 : NULL;
	part->filter = colon ? colon + 1 : NULL;
	if (!good_path(inside))
		return fail(p, open,
			"'{%.*s}' is not a name in braces; a brace itself is written {{",
			(int)MIN(len, 40), open + 1);
	return part->filter ? read_filter(p, open, part) : 0;
}

/* Ordinary text up to the next place; doubled braces become one. */
static int
read_literal(struct parser *p, const char **s)
{
	char *out = p->t->pool + p->t->pool_len;
	size_t n = 0;
	const char *c = *s;
	for (; *c && (*c != '{' || c[1] == '{'); c++) {
		if (*c == '}' && c[1] != '}')
			return fail(p, c,
				"this } closes nothing; a brace itself is written }}");
		out[n++] = *c;
		c += *c == '{' || *c == '}';
	}
	*s = c;
	if (!n)
		return 0;
	out[n] = '\0';
	p->t->pool_len += n + 1;
	add_part(p)->literal = out;
	return 0;
}

int
template_parse(const char *text, struct template **ret, struct strbuf *err)
{
	struct parser p = {.text = text, .err = err};
	size_t len = strlen(text);
	if (len > LONGEST) {
		strbuf_set(err, "the text is longer than %d bytes", LONGEST);
		return -EINVAL;
	}
	p.t = xcalloc(1, sizeof(*p.t));
	p.t->source = xstrdup(text);
	p.t->pool = xmalloc(len * 2 + 2);
	int r = 0;
	for (const char *s = text; !r && *s;) {
		r = read_literal(&p, &s);
		if (r || !*s)
			continue;
		size_t n = strcspn(s + 1, "{}");
		if (s[n + 1] != '}')
			r = fail(&p, s, "the { opened here is not closed");
		else
			r = read_place(&p, s, n);
		s += n + 2;
	}
	if (r < 0) {
		template_free(p.t);
		return r;
	}
	*ret = p.t;
	return 0;
}

void
template_free(struct template *t)
{
	if (!t)
		return;
	free(t->source);
	free(t->pool);
	free(t->parts);
	free(t);
}

const char *
template_source(const struct template *t)
{
	return t->source;
}

/* ---- rendering ---- */

static bool
call(const struct template_env *env, enum template_call what, const char *argument,
	const struct value *v, struct strbuf *out)
{
	return env->call && env->call(env->ctx, what, argument, v, out);
}

static bool
print_moment(const struct part *p, const struct template_env *env, const struct value *v,
	struct strbuf *out)
{
	int64_t wall;
	if (!value_as_time(v, env->zone, &wall))
		return false;
	if (p->kind == FILTER_DATE)
		format_date(wall, env->zone, env->lang, out);
	else if (p->kind == FILTER_DAY)
		format_day(wall, env->zone, env->lang, out);
	else
		format_time(wall, env->zone, env->lang, out);
	return true;
}

static bool
print_text(const struct part *p, const struct template_env *env, const struct value *v,
	struct strbuf *out)
{
	struct strbuf plain = STRBUF_INIT(LONGEST);
	value_print(v, env->zone, &plain);
	bool there = plain.len > 0;
	if (!there)
		;
	else if (p->kind == FILTER_CUT)
		format_cut(plain.s, p->cut, out);
	else if (p->kind == FILTER_LINK)
		there = call(env, TEMPLATE_LINK, plain.s, v, out);
	else {
		strbuf_puts(out, plain.s);
		if (p->kind == FILTER_PARTICLE)
			particle_add(plain.s, p->filter, out);
	}
	strbuf_done(&plain);
	return there;
}

static bool
print_place(const struct part *p, const struct template_env *env, struct strbuf *out)
{
	struct value v = {.kind = VALUE_MISSING};
	double number;
	if (p->kind == FILTER_FUNCTION)
		return call(env, p->call, p->filter, &v, out);
	if (!strcmp(p->path, "now"))
		v = value_time(env->now);
	else
		env->get(env->ctx, p->path, &v);
	if (p->kind == FILTER_MENU)
		return call(env, TEMPLATE_MENU, p->path, &v, out);
	if (v.kind == VALUE_MISSING)
		return false;
	switch (p->kind) {
	case FILTER_WON:
		if (!value_as_number(&v, &number))
			return false;
		format_won(number, env->lang, out);
		return true;
	case FILTER_DATE:
	case FILTER_DAY:
	case FILTER_TIME: return print_moment(p, env, &v, out);
	case FILTER_LABEL:
		if (call(env, TEMPLATE_LABEL, p->path, &v, out))
			return true;
		return print_text(p, env, &v, out);
	case FILTER_NONE:
	case FILTER_CUT:
	case FILTER_LINK:
	case FILTER_PARTICLE: return print_text(p, env, &v, out);
	case FILTER_MENU:
	case FILTER_FUNCTION: break;
	}
	return false;
}

int
template_render(const struct template *t, const struct template_env *env,
	struct strbuf *out, struct strbuf *missing)
{
	int r = 0;
	for (size_t i = 0; i < t->count; i++) {
		const struct part *p = &t->parts[i];
		size_t before = out->len;
		if (p->literal)
			strbuf_puts(out, p->literal);
		else if (print_place(p, env, out)) {
			if (p->particle && !out->full)
				particle_add(out->s + before, p->particle, out);
		} else if (p->fallback)
			strbuf_puts(out, p->fallback);
		else if (!r) {
			r = -ENOENT;
			strbuf_set(missing, "%s%s%s", p->path,
				p->kind == FILTER_FUNCTION ? ":" : "",
				p->kind == FILTER_FUNCTION ? p->filter : "");
		}
	}
	return r;
}

/* ---- for checkers ---- */

size_t
template_count(const struct template *t)
{
	return t->place_count;
}

struct template_place
template_at(const struct template *t, size_t i)
{
	for (size_t k = 0; k < t->count; k++) {
		const struct part *p = &t->parts[k];
		if (p->literal || i--)
			continue;
		return (struct template_place){.path = p->path,
			.filter = p->filter,
			.function = p->kind == FILTER_FUNCTION,
			.fallback = p->fallback != NULL};
	}
	return (struct template_place){0};
}

void
template_literal(const struct template *t, struct strbuf *out)
{
	for (size_t i = 0; i < t->count; i++)
		if (t->parts[i].literal)
			strbuf_puts(out, t->parts[i].literal);
		else
			strbuf_putc(out, ' ');
}
