#include "gateway/verbs/setup_edit.h"

#include <ctype.h>
#include <string.h>

#define NAME_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-*"

void
setup_quoted(struct strbuf *out, const char *text)
{
	strbuf_putc(out, '"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			strbuf_putc(out, '\\');
		strbuf_putc(out, *text);
	}
	strbuf_putc(out, '"');
}

const char *
setup_past_quiet(const char *p)
{
	if (*p == '#' || (p[0] == '/' && p[1] == '/'))
		return p + strcspn(p, "\n");
	if (p[0] == '/' && p[1] == '*') {
		const char *end = strstr(p, "*/");
		return end ? end + 2 : p + strlen(p);
	}
	if (*p != '"')
		return p;
	for (p++; *p && *p != '"'; p++)
		if (*p == '\\' && p[1])
			p++;
	return *p ? p + 1 : p;
}

const char *
setup_end_of_setting(const char *p)
{
	int depth = 0;
	while (*p) {
		const char *past = setup_past_quiet(p);
		if (past != p) {
			p = past;
			continue;
		}
		depth += (*p == '{' || *p == '(' || *p == '[');
		depth -= (*p == '}' || *p == ')' || *p == ']');
		if (depth < 0) /* the group around it ends here */
			return p;
		p++;
		if (depth == 0 && (p[-1] == ';' || p[-1] == ','))
			break;
		if (depth == 0 && p[-1] == '}' && p[strspn(p, " \t")] != ';')
			break;
	}
	size_t blank = strspn(p, " \t");
	if (p[blank] == '#')
		p += blank + strcspn(p + blank, "\n");
	return p + (*p == '\n');
}

/* Blanks and comments that say nothing. */
static const char *
skip(const char *p)
{
	for (;;) {
		const char *past = *p == '"' ? p : setup_past_quiet(p);
		if (past == p && !isspace((unsigned char)*p))
			return p;
		p = past == p ? p + 1 : past;
	}
}

/* The setting of that name among those that begin at p, up to the end of their group. */
static const char *
find_setting(const char *p, const char *name)
{
	while (*p && *p != '}') {
		const char *past = setup_past_quiet(p);
		if (past != p || !isalpha((unsigned char)*p)) {
			p = past != p ? past : p + 1;
			continue;
		}
		size_t n = strspn(p, NAME_CHARS);
		if (strlen(name) == n && !strncmp(p, name, n))
			return p;
		p = setup_end_of_setting(p);
	}
	return NULL;
}

/* What follows the name and its sign. */
static const char *
value_of(const char *setting)
{
	const char *p = skip(setting + strspn(setting, NAME_CHARS));
	return *p == '=' || *p == ':' ? skip(p + 1) : NULL;
}

static void
splice(struct strbuf *text, const char *from, const char *to, const char *fresh)
{
	struct strbuf out = STRBUF_INIT(text->max);
	strbuf_add(&out, text->s, (size_t)(from - text->s));
	strbuf_puts(&out, fresh);
	strbuf_puts(&out, to);
	strbuf_reset(text);
	strbuf_add(text, out.s, out.len);
	strbuf_done(&out);
}

static bool
replace(struct strbuf *text, const char *setting, const char *value)
{
	struct strbuf fresh AUTO(strbuf_done) = STRBUF_INIT(8192);
	const char *from = value_of(setting);
	if (!*value) {
		const char *end = setup_end_of_setting(setting);
		splice(text, setting, end, "");
		return true;
	}
	if (!from || *from != '"')
		return false;
	const char *to = setup_past_quiet(from);
	setup_quoted(&fresh, value);
	splice(text, from, to, fresh.s);
	return true;
}

static void
insert(struct strbuf *text, const char *at, const char *name, const char *value,
	bool inside)
{
	struct strbuf fresh AUTO(strbuf_done) = STRBUF_INIT(8192);
	strbuf_printf(&fresh, "%s%s = ", inside ? "\n  " : "\n", name);
	setup_quoted(&fresh, value);
	strbuf_puts(&fresh, inside ? ";" : ";\n");
	splice(text, at, at, fresh.s);
}

bool
setup_edit(struct strbuf *text, const char *const *path, const char *value)
{
	const char *p = text->s;
	size_t i = 0;
	for (; path[i + 1]; i++) {
		const char *group = find_setting(p, path[i]);
		const char *brace = group ? value_of(group) : NULL;
		if (!brace || *brace != '{')
			return false;
		p = brace + 1;
	}
	const char *setting = find_setting(p, path[i]);
	if (setting)
		return replace(text, setting, value);
	if (*value)
		insert(text, i ? p : text->s + text->len, path[i], value, i > 0);
	return true;
}
