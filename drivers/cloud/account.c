#include "drivers/cloud/account.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/suggest.h"

#define SECRET_MOST  (16 * 1024)
#define SECRET_LEAST 6 /* shorter ones would be found in every text */
#define AT(member)   .offset = offsetof(struct cloud_config, member)

static const struct conf_key config_keys[] = {
	{"driver", CONF_ANY},
	{"provider", CONF_TEXT, AT(provider), .required = true},
	{"from", CONF_TEXT, AT(from)},
	{"hook", CONF_TEXT, AT(hook)},
	{"in_flight", CONF_INT, AT(in_flight), .min = 1, .max = 256},
	{"rate", CONF_INT, AT(rate), .min = 1, .max = 100000},
	{"timeout", CONF_DURATION, AT(timeout), .min = SECOND, .max = 5 * MINUTE},
	{"secrets", CONF_ANY},
	{"settings", CONF_ANY},
	{0},
};

/* ---- the profile ---- */

static void
beside(const struct conf_node *node, const char *name, struct strbuf *out)
{
	const char *file = conf_file(node), *slash = strrchr(file, '/');
	if (*name != '/' && slash)
		strbuf_add(out, file, (size_t)(slash - file) + 1);
	strbuf_puts(out, name);
}

/* "; did you mean 'twilio'?": of those that lie in a folder. */
static void
nearest(const char *dir, const char *name, struct strbuf *out)
{
	struct dirent **list;
	struct suggest near;
	int n = scandir(dir, &list, NULL, alphasort);
	suggest_init(&near, name);
	for (int i = 0; i < n; i++) {
		char *dot = strstr(list[i]->d_name, ".cfg");
		if (dot)
			*dot = '\0';
		if (dot)
			suggest_offer(&near, list[i]->d_name);
	}
	if (near.best)
		strbuf_printf(out, "; did you mean '%s'?", near.best);
	for (int i = 0; i < n; i++)
		free(list[i]);
	if (n >= 0)
		free(list);
}

static int
find_profile(const struct conf_node *group, struct cloud_config *c, struct strbuf *err)
{
	static const char *const places[] = {
		"../etc/providers", "../share/malgil/providers", NULL};
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(PATH_MAX);
	struct strbuf dir AUTO(strbuf_done) = STRBUF_INIT(PATH_MAX);
	struct strbuf why AUTO(strbuf_done) = STRBUF_INIT(8192);
	struct strbuf hint AUTO(strbuf_done) = STRBUF_SENTENCE;
	char file[96];
	if (strchr(c->provider, '/') || strstr(c->provider, ".cfg")) {
		beside(conf_get(group, "provider"), c->provider, &path);
	} else {
		snprintf(file, sizeof(file), "%.80s.cfg", c->provider);
		if (!conf_find_folder(places, "etc/providers", file, &dir)) {
			conf_find_folder(places, "etc/providers", "generic.cfg", &dir);
			nearest(dir.s, c->provider, &hint);
			return conf_fail(conf_get(group, "provider"), err,
				"there is no profile '%s' in etc/providers, and no path "
				"to "
				"one%s",
				c->provider, hint.s);
		}
		strbuf_printf(&path, "%s/%s", dir.s, file);
	}
	int r = cloud_profile_load(path.s, &c->profile, &why);
	if (!r)
		return 0;
	strbuf_printf(err, "%s%s", err->len ? "\n" : "", why.s);
	return -EINVAL;
}

/* ---- secrets and settings ---- */

static void
add(struct cloud_pairs *pairs, const char *name, const char *value)
{
	pairs->list = xrealloc(pairs->list, (pairs->count + 1) * sizeof(*pairs->list));
	pairs->list[pairs->count++] =
		(struct cloud_pair){.k = xstrdup(name), .v = xstrdup(value)};
}

static void
free_pairs(struct cloud_pairs *pairs)
{
	for (size_t i = 0; i < pairs->count; i++) {
		/* What was secret does not stay in freed memory. */
		memset(pairs->list[i].v, 0, strlen(pairs->list[i].v));
		free(pairs->list[i].k);
		free(pairs->list[i].v);
	}
	free(pairs->list);
}

static bool
has(const struct cloud_texts *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (!strcmp(list->list[i], name))
			return true;
	return false;
}

static int
read_file(const struct conf_node *node, const char *name, struct strbuf *out,
	struct strbuf *err)
{
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(PATH_MAX);
	char chunk[4096];
	size_t n;
	beside(node, name, &path);
	FILE *f = fopen(path.s, "re");
	if (!f)
		return conf_fail(node, err, "the secret's file %s cannot be read: %s",
			path.s, strerror(errno));
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		strbuf_add(out, chunk, n);
	fclose(f);
	while (out->len && strchr(" \r\n\t", out->s[out->len - 1]))
		out->s[--out->len] = '\0';
	if (out->full || !out->len || strlen(out->s) != out->len)
		return conf_fail(node, err,
			"the secret's file %s is empty, too large or no text", path.s);
	return 0;
}

static int
read_secret(const struct conf_node *node, struct strbuf *out, struct strbuf *err)
{
	const char *from = conf_text(node);
	const char *value;
	if (from && !strncmp(from, "file:", 5))
		return read_file(node, from + 5, out, err);
	if (!from || strncmp(from, "env:", 4) != 0)
		return conf_fail(node, err,
			"a secret is not written here: \"file:PATH\" or \"env:NAME\" "
			"says where "
			"it is");
	value = getenv(from + 4);
	if (!value || !*value)
		return conf_fail(
			node, err, "the variable %s is not in the environment", from + 4);
	strbuf_puts(out, value);
	return 0;
}

static int
read_secrets(const struct conf_node *group, struct cloud_config *c, struct strbuf *err)
{
	const struct conf_node *list = conf_get(group, "secrets");
	int r = 0;
	if (list && !conf_is_group(list))
		return conf_fail(list, err, "secrets should be a group { }");
	for (size_t i = 0; list && i < conf_count(list); i++) {
		const struct conf_node *node = conf_at(list, i);
		struct strbuf value AUTO(strbuf_done) = STRBUF_INIT(SECRET_MOST);
		struct suggest near;
		if (!has(&c->profile->secrets, conf_name(node))) {
			suggest_init(&near, conf_name(node));
			for (size_t k = 0; k < c->profile->secrets.count; k++)
				suggest_offer(&near, c->profile->secrets.list[k]);
			r = conf_fail(node, err, "%s has no secret '%s'%s%s%s",
				c->profile->name, conf_name(node),
				near.best ? "; did you mean '" : "",
				near.best ? near.best : "", near.best ? "'?" : "");
		} else if (read_secret(node, &value, err) < 0) {
			r = -EINVAL;
		} else {
			add(&c->account.secrets, conf_name(node), value.s);
			memset(value.s, 0, value.len);
		}
	}
	return r;
}

/* The names a profile knows: those of its defaults, and every {cfg:NAME} it says. */
struct known {
	char names[48][40];
	size_t count;
};

static void
know(struct known *k, const char *name, size_t n)
{
	if (n && n < sizeof(k->names[0]) && k->count < ARRAY_LEN(k->names))
		snprintf(k->names[k->count++], sizeof(k->names[0]), "%.*s", (int)n, name);
}

static void
know_said(struct known *k, const struct conf_node *at)
{
	const char *text = conf_text(at);
	const char *p = text ? strstr(text, "cfg:") : NULL;
	for (; p; p = strstr(p, "cfg:")) {
		p += strlen("cfg:");
		know(k, p, strspn(p, "abcdefghijklmnopqrstuvwxyz0123456789_"));
	}
	for (size_t i = 0; !text && i < conf_count(at); i++)
		know_said(k, conf_at(at, i));
}

static int
know_setting(const struct known *k, const struct conf_node *node, const char *provider,
	struct strbuf *err)
{
	struct suggest near;
	const char *name = conf_name(node);
	suggest_init(&near, name);
	for (size_t i = 0; i < k->count; i++) {
		if (!strcmp(k->names[i], name))
			return 0;
		suggest_offer(&near, k->names[i]);
	}
	return conf_fail(node, err, "the profile %s has no setting '%s'%s%s%s", provider,
		name, near.best ? "; did you mean '" : "", near.best ? near.best : "",
		near.best ? "'?" : "");
}

static int
read_settings(const struct conf_node *group, struct cloud_config *c, struct strbuf *err)
{
	const struct conf_node *list = conf_get(group, "settings");
	int r = 0;
	if (list && !conf_is_group(list))
		return conf_fail(list, err, "settings should be a group { }");
	struct known known = {.count = 0};
	for (size_t i = 0; i < c->profile->defaults.count; i++) {
		const char *name = c->profile->defaults.list[i].k;
		know(&known, name, strlen(name));
	}
	know_said(&known, conf_root(c->profile->document));
	for (size_t i = 0; list && i < conf_count(list); i++) {
		const struct conf_node *node = conf_at(list, i);
		if (!conf_text(node))
			return conf_fail(
				node, err, "%s should be a text", conf_name(node));
		if (know_setting(&known, node, c->profile->name, err))
			r = -EINVAL;
		add(&c->account.settings, conf_name(node), conf_text(node));
	}
	return r;
}

/* ---- all of it ---- */

/* A request that is never sent: what it lacks is said now and not with the first text. */
static int
rehearse(const struct conf_node *group, const struct cloud_config *c, struct strbuf *err)
{
	const struct cloud_profile *p = c->profile;
	struct strbuf why AUTO(strbuf_done) = STRBUF_SENTENCE;
	const struct cloud_call *calls[] = {p->send, p->poll, p->lookup, p->fetch};
	const struct cloud_message m = {.to = "+821012345678",
		.from = c->from ? c->from : "",
		.text = "hi",
		.key = "1",
		.id = "1:1",
		.category = "service"};
	const struct cloud_moment now = {.salt = "0123456789abcdef0123456789abcdef"};
	for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
		struct cloud_request rq;
		if (!calls[i])
			continue;
		int r = cloud_build(&c->account, calls[i], &m, &now, &rq, &why);
		cloud_request_free(&rq);
		if (r)
			return conf_fail(group, err, "%s", why.s);
	}
	return 0;
}

static void
hook_address(
	const struct conf_node *group, const char *public_url, struct cloud_config *c)
{
	struct strbuf url AUTO(strbuf_done) = STRBUF_INIT(1024);
	if (c->hook || !public_url)
		return;
	size_t n = strlen(public_url);
	while (n && public_url[n - 1] == '/')
		n--;
	strbuf_add(&url, public_url, n);
	strbuf_printf(&url, "/hooks/%s", conf_name(group));
	c->hook = xstrdup(url.s);
}

int
cloud_config_read(const struct conf_node *group, const char *public_url,
	struct cloud_config *ret, struct strbuf *err)
{
	struct cloud_config c = {.in_flight = 64};
	int r = conf_read(group, config_keys, &c, err);
	if (!r)
		r = find_profile(group, &c, err);
	if (!r) {
		c.account.profile = c.profile;
		int secrets = read_secrets(group, &c, err);
		int settings = read_settings(group, &c, err);
		r = secrets ? secrets : settings;
	}
	if (!r) {
		hook_address(group, public_url, &c);
		c.account.hook = c.hook ? c.hook : "";
		r = rehearse(group, &c, err);
	}
	if (r) {
		cloud_config_free(&c);
		return -EINVAL;
	}
	*ret = c;
	return 0;
}

void
cloud_config_free(struct cloud_config *c)
{
	conf_free(config_keys, c);
	free_pairs(&c->account.secrets);
	free_pairs(&c->account.settings);
	cloud_profile_free(c->profile);
	memset(c, 0, sizeof(*c));
}

void
cloud_scrub(const struct cloud_account *a, char *text)
{
	for (size_t i = 0; i < a->secrets.count; i++) {
		const char *secret = a->secrets.list[i].v;
		size_t n = strlen(secret);
		for (char *at = text; n >= SECRET_LEAST && (at = strstr(at, secret));
			at += n)
			memset(at, '*', n);
	}
}
