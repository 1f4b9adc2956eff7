/* Text to document, and walking it; conf_read.c takes values out of it. */
#include "gateway/base/conf.h"

#include <errno.h>
#include <libconfig.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <limits.h>
#include <string.h>

#define FILE_CEILING (4u << 20)
#define SETTINGS_MAX 4000 /* in one group */
#define DEPTH_MAX    32   /* deeper ones are not counted */

/* `config` is first: every libconfig setting points at its config_t, hence at this. */
struct conf {
	config_t config;
	char *name;
};

static config_setting_t *
raw(const struct conf_node *node)
{
	return (config_setting_t *)node;
}

/* ---- the checker in front: what libconfig reports badly or not at all ---- */

struct checker {
	const char *name, *text;
	size_t len, at;
	unsigned line, settings[DEPTH_MAX];
	size_t depth;
	struct strbuf *err;
};

static int
complain(struct checker *c, unsigned line, const char *what)
{
	strbuf_set(c->err, "%s:%u: %s", c->name, line, what);
	return -EINVAL;
}

/* Octets of the UTF-8 sequence at `p`, 0 when there is none (RFC 3629). */
static size_t
utf8_len(const unsigned char *p, size_t left)
{
	if (p[0] < 0x80)
		return 1;
	size_t n = p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : 2;
	if (p[0] < 0xC2 || p[0] > 0xF4 || left < n)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xC0) != 0x80)
			return 0;
	if ((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F) ||
		(p[0] == 0xF0 && p[1] < 0x90) || (p[0] == 0xF4 && p[1] > 0x8F))
		return 0;
	return n;
}

static int
check_encoding(struct checker *c)
{
	const unsigned char *p = (const unsigned char *)c->text;
	if (c->len >= 3 && !memcmp(p, "\xEF\xBB\xBF", 3))
		return complain(c, 1,
			"the file starts with a byte order mark; save it as \"UTF-8 "
			"without BOM\"");
	unsigned line = 1;
	for (size_t i = 0, n; i < c->len; i += n) {
		n = utf8_len(p + i, c->len - i);
		if (!n)
			return complain(c, line,
				"this line is not UTF-8; save the file as UTF-8 (it may "
				"be in CP949)");
		if (!p[i])
			return complain(c, line, "there is a NUL byte in this line");
		line += p[i] == '\n';
	}
	return 0;
}

static int
skip_string(struct checker *c)
{
	unsigned opened = c->line;
	for (c->at++; c->at < c->len && c->text[c->at] != '\n'; c->at++) {
		if (c->text[c->at] == '\\' && c->at + 1 < c->len &&
			c->text[c->at + 1] != '\n')
			c->at++;
		else if (c->text[c->at] == '"') {
			c->at++;
			return 0;
		}
	}
	return complain(c, opened, "the quote opened in this line is not closed in it");
}

static int
skip_comment(struct checker *c)
{
	if (c->text[c->at] == '#' || c->text[c->at + 1] == '/') {
		while (c->at < c->len && c->text[c->at] != '\n')
			c->at++;
		return 0;
	}
	unsigned opened = c->line;
	for (c->at += 2; c->at + 1 < c->len; c->at++) {
		if (c->text[c->at] == '*' && c->text[c->at + 1] == '/') {
			c->at += 2;
			return 0;
		}
		c->line += c->text[c->at] == '\n';
	}
	return complain(c, opened, "the comment opened in this line is never closed");
}

static bool
starts_word(char ch)
{
	return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || ch == '_' ||
	       ch == '*';
}

static bool
in_word(char ch)
{
	return starts_word(ch) || (ch >= '0' && ch <= '9') || ch == '-' || ch == '.';
}

/* A bare integer past 32 bits wraps silently in libconfig 1.5. */
static int
check_number(struct checker *c)
{
	size_t from = c->at;
	while (c->at < c->len && in_word(c->text[c->at]))
		c->at++;
	char digits[12];
	size_t n = c->at - from;
	/* The text need not end in a NUL: a number at its very end is looked at in a
	 * copy. */
	snprintf(digits, sizeof(digits), "%.*s", (int)MIN(n, sizeof(digits) - 1),
		c->text + from);
	for (size_t i = from; i < c->at; i++)
		if (c->text[i] < '0' || c->text[i] > '9')
			return 0;
	if (n > 10 || strtoll(digits, NULL, 10) > INT32_MAX)
		return complain(
			c, c->line, "this number is too large (at most 2147483647)");
	return 0;
}

/* libconfig compares every setting with all before it in its group: tens of thousands
 * take seconds. */
static int
count_settings(struct checker *c, char ch)
{
	if (ch == '{' || ch == '(' || ch == '[') {
		c->depth++;
		if (c->depth < ARRAY_LEN(c->settings))
			c->settings[c->depth] = 0;
	} else if (ch == '}' || ch == ')' || ch == ']')
		c->depth -= c->depth > 0;
	else if ((ch == '=' || ch == ':') && c->depth < ARRAY_LEN(c->settings) &&
		 ++c->settings[c->depth] > SETTINGS_MAX)
		return complain(c, c->line, "this group holds more than 4,000 settings");
	return 0;
}

static int
check_tokens(struct checker *c)
{
	c->line = 1;
	while (c->at < c->len) {
		char ch = c->text[c->at];
		char next = c->at + 1 < c->len ? c->text[c->at + 1] : '\0';
		int r = 0;
		if (ch == '"')
			r = skip_string(c);
		else if (ch == '#' || (ch == '/' && (next == '/' || next == '*')))
			r = skip_comment(c);
		else if (ch >= '0' && ch <= '9')
			r = check_number(c);
		else if (starts_word(ch))
			while (c->at < c->len && in_word(c->text[c->at]))
				c->at++;
		else {
			r = count_settings(c, ch);
			c->line += ch == '\n';
			c->at++;
		}
		if (r < 0)
			return r;
	}
	return 0;
}

/* ---- documents ---- */

int
conf_parse(const char *name, const char *text, size_t len, struct conf **ret_conf,
	struct strbuf *err)
{
	struct checker c = {.name = name, .text = text, .len = len, .err = err};
	if (len > FILE_CEILING) {
		strbuf_set(err,
			"%s: the file is larger than 4 MiB; data belongs in the database",
			name);
		return -EINVAL;
	}
	if (check_encoding(&c) < 0 || check_tokens(&c) < 0)
		return -EINVAL;
	struct conf *conf = xcalloc(1, sizeof(*conf));
	conf->name = xstrdup(name);
	config_init(&conf->config);
	char *copy = xstrndup(text, len);
	int ok = config_read_string(&conf->config, copy);
	free(copy);
	if (!ok) {
		const char *what = config_error_text(&conf->config);
		if (!strcmp(what, "duplicate setting name"))
			strbuf_set(err,
				"%s:%d: a setting of this line stands in its group "
				"already; each may be there once",
				name, config_error_line(&conf->config));
		else
			strbuf_set(err,
				"%s:%d: %s (look at this line and the one before it for "
				"a missing ';', '=' or '}')",
				name, config_error_line(&conf->config), what);
		conf_close(conf);
		return -EINVAL;
	}
	*ret_conf = conf;
	return 0;
}

int
conf_open(const char *path, struct conf **ret_conf, struct strbuf *err)
{
	FILE *f = fopen(path, "re");
	if (!f) {
		int e = errno;
		strbuf_set(err, "%s: cannot be opened: %s", path, strerror(e));
		return -e;
	}
	struct strbuf text = STRBUF_INIT(FILE_CEILING + 1);
	char chunk[8192];
	size_t n;
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0 && !text.full)
		strbuf_add(&text, chunk, n);
	bool failed = ferror(f) != 0;
	fclose(f);
	int r = -EIO;
	if (failed)
		strbuf_set(err, "%s: cannot be read (is it a directory?)", path);
	else if (text.full) {
		r = -EINVAL;
		strbuf_set(err, "%s: the file is larger than 4 MiB", path);
	} else
		r = conf_parse(path, text.s, text.len, ret_conf, err);
	strbuf_done(&text);
	return r;
}

static bool
holds(const struct strbuf *folder, const char *file)
{
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(PATH_MAX);
	strbuf_printf(&path, "%s/%s", folder->s, file);
	return access(path.s, R_OK) == 0;
}

bool
conf_find_folder(const char *const *places, const char *here, const char *probe,
	struct strbuf *ret)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	self[MAX(n, 0)] = '\0';
	char *slash = strrchr(self, '/');
	if (slash)
		*slash = '\0';
	for (; slash && *places; places++) {
		strbuf_set(ret, "%s/%s", self, *places);
		if (holds(ret, probe))
			return true;
	}
	strbuf_set(ret, "%s", here);
	return holds(ret, probe);
}

void
conf_close(struct conf *conf)
{
	if (!conf)
		return;
	config_destroy(&conf->config);
	free(conf->name);
	free(conf);
}

const struct conf_node *
conf_root(const struct conf *conf)
{
	return (const struct conf_node *)config_root_setting(&conf->config);
}

/* ---- walking ---- */

size_t
conf_count(const struct conf_node *group)
{
	return (size_t)config_setting_length(raw(group));
}

const struct conf_node *
conf_at(const struct conf_node *group, size_t i)
{
	return (const struct conf_node *)config_setting_get_elem(raw(group), (unsigned)i);
}

const struct conf_node *
conf_get(const struct conf_node *group, const char *name)
{
	return (const struct conf_node *)config_setting_get_member(raw(group), name);
}

const char *
conf_name(const struct conf_node *node)
{
	return config_setting_name(raw(node));
}

const char *
conf_text(const struct conf_node *node)
{
	return config_setting_type(raw(node)) == CONFIG_TYPE_STRING
		       ? config_setting_get_string(raw(node))
		       : NULL;
}

bool
conf_is_group(const struct conf_node *node)
{
	return config_setting_is_group(raw(node)) != 0;
}

bool
conf_int(const struct conf_node *node, int64_t *ret)
{
	int type = config_setting_type(raw(node));
	if (type != CONFIG_TYPE_INT && type != CONFIG_TYPE_INT64)
		return false;
	*ret = config_setting_get_int64(raw(node));
	return true;
}

bool
conf_bool(const struct conf_node *node, bool *ret)
{
	if (config_setting_type(raw(node)) != CONFIG_TYPE_BOOL)
		return false;
	*ret = config_setting_get_bool(raw(node)) != 0;
	return true;
}

unsigned
conf_line(const struct conf_node *node)
{
	return config_setting_source_line(raw(node));
}

const char *
conf_file(const struct conf_node *node)
{
	const char *included = config_setting_source_file(raw(node));
	return included ? included : ((const struct conf *)raw(node)->config)->name;
}

int
conf_fail(const struct conf_node *node, struct strbuf *err, const char *fmt, ...)
{
	va_list ap;
	if (!err) /* nobody wants to read it */
		return -EINVAL;
	strbuf_printf(
		err, "%s%s:%u: ", err->len ? "\n" : "", conf_file(node), conf_line(node));
	va_start(ap, fmt);
	strbuf_vprintf(err, fmt, ap);
	va_end(ap);
	return -EINVAL;
}
