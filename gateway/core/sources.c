#include "gateway/core/sources.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/iso.h"
#include "gateway/base/suggest.h"
#include "gateway/net/secret.h"
#include "gateway/net/sign.h"

struct source_profile {
	struct conf *document; /* the profile is read where it stands */
	const struct conf_node *root;
	bool utc;
	enum sign_alg alg;
	bool hex, plain;
	bool is_sheet;
	struct source_sheet sheet;
};

/* ---- what may be missing ---- */

static const struct conf_node *
member(const struct conf_node *group, const char *name)
{
	return group && conf_is_group(group) ? conf_get(group, name) : NULL;
}

static const char *
text_in(const struct conf_node *node)
{
	return node ? conf_text(node) : NULL;
}

static size_t
count_of(const struct conf_node *group)
{
	return group ? conf_count(group) : 0;
}

/* ---- words of a profile ---- */

static const char *const top_names[] = {"format", "source", NULL};
static const char *const source_names[] = {"title", "as_of", "docs", "confidence",
	"proof", "topic", "key", "pass_over", "times", "phone", "customer", "calls",
	"sheet", NULL};
static const char *const proof_names[] = {"header", "alg", "encoding", NULL};
static const char *const place_names[] = {"header", "pointer", NULL};
static const char *const call_names[] = {"topic", "at", "is", "event", "id", "when",
	"fields", "order", "item", "changed", "consent", NULL};
static const char *const order_names[] = {"number", "name", "state", "carrier", "track",
	"eta", "currency", "total", "placed", "items", NULL};
static const char *const item_names[] = {
	"item", "variant", "sku", "quantity", "amount", NULL};
static const char *const consent_names[] = {"says", "grant", "revoke", "at", NULL};

static int
check_names(const struct conf_node *group, const char *const *names, struct strbuf *err)
{
	int r = 0;
	if (!conf_is_group(group))
		return conf_fail(group, err, "it is %s; a group { } is expected",
			conf_kind(group));
	for (size_t i = 0; i < count_of(group); i++) {
		const struct conf_node *n = conf_at(group, i);
		struct suggest near;
		size_t k = 0;
		suggest_init(&near, conf_name(n));
		for (; names[k] && strcmp(names[k], conf_name(n)) != 0; k++)
			suggest_offer(&near, names[k]);
		if (names[k])
			continue;
		r = near.best ? conf_fail(n, err,
					"'%s' is not known here; did you mean "
					"'%s'?",
					conf_name(n), near.best)
			      : conf_fail(n, err, "'%s' is not known here", conf_name(n));
	}
	return r;
}

/* "/a/b | /c | =word": the first that leads somewhere, or a word as it stands. */
static bool
next_path(const char **at, char ret[256])
{
	const char *p = *at + strspn(*at, " |");
	size_t n = strcspn(p, "|");
	*at = p + n;
	while (n && p[n - 1] == ' ')
		n--;
	snprintf(ret, 256, "%.*s", (int)MIN(n, (size_t)255), p);
	return n > 0;
}

static int
check_path(const struct conf_node *n, struct strbuf *err)
{
	const char *at = text_in(n);
	char path[256];
	if (!at || !next_path(&at, path))
		return conf_fail(n, err,
			"'%s' is %s; a place in the call is expected, such as "
			"\"/customer/phone\"",
			conf_name(n), conf_kind(n));
	at = text_in(n);
	while (next_path(&at, path))
		if (*path != '=' && !json_pointer_valid(path))
			return conf_fail(n, err,
				"'%s': \"%s\" is no place in the call; \"/name/name\" or "
				"\"=word\" is expected",
				conf_name(n), path);
	return 0;
}

static int
check_paths(const struct conf_node *group, const char *const *names, struct strbuf *err)
{
	int r = names ? check_names(group, names, err) : 0;
	for (size_t i = 0; i < count_of(group); i++)
		if (check_path(conf_at(group, i), err) < 0)
			r = -EINVAL;
	return r;
}

static int
check_consent(const struct conf_node *group, struct strbuf *err)
{
	if (!group)
		return 0;
	if (check_names(group, consent_names, err) < 0)
		return -EINVAL;
	const struct conf_node *says = member(group, "says"), *at = member(group, "at");
	if (!says || check_path(says, err) < 0 || (at && check_path(at, err) < 0))
		return conf_fail(group, err, "consent needs 'says', a place in the call");
	return 0;
}

static int
check_call(const struct conf_node *c, struct strbuf *err)
{
	if (!conf_is_group(c))
		return conf_fail(c, err, "a call is a group { }");
	int r = check_names(c, call_names, err);
	static const char *const places[] = {"at", "id", "when", "changed"};
	const struct conf_node *order = member(c, "order"), *item = member(c, "item");
	if (!text_in(member(c, "topic")))
		r = conf_fail(c, err, "a call needs a 'topic'");
	if (!member(c, "event") && !order && !member(c, "consent"))
		r = conf_fail(c, err, "a call needs an event, an order or a consent");
	if (!member(c, "at") != !text_in(member(c, "is")))
		r = conf_fail(c, err, "'at' and 'is' belong together");
	for (size_t i = 0; i < ARRAY_LEN(places); i++)
		if (member(c, places[i]) && check_path(member(c, places[i]), err) < 0)
			r = -EINVAL;
	if (member(c, "fields") && check_paths(member(c, "fields"), NULL, err) < 0)
		r = -EINVAL;
	if (order && check_paths(order, order_names, err) < 0)
		r = -EINVAL;
	if (order && !member(order, "number"))
		r = conf_fail(order, err, "an order needs its number");
	if (item && check_paths(item, item_names, err) < 0)
		r = -EINVAL;
	if (order && !member(order, "items") != !item)
		r = conf_fail(
			order, err, "'items' of the order and 'item' belong together");
	return check_consent(member(c, "consent"), err) < 0 ? -EINVAL : r;
}

static int
check_proof(struct source_profile *p, struct strbuf *err)
{
	const struct conf_node *proof = member(p->root, "proof");
	if (!proof || !text_in(member(proof, "header")))
		return conf_fail(p->root, err,
			"how does a call prove that it is genuine? proof = { header = "
			"\"...\"; alg = \"sha256\"; encoding = \"base64\"; }");
	int r = check_names(proof, proof_names, err);
	const char *alg = text_in(member(proof, "alg"));
	const char *encoding = text_in(member(proof, "encoding"));
	p->plain = alg && !strcmp(alg, "none");
	if (!alg || (!p->plain && sign_alg_parse(alg, &p->alg) < 0))
		r = conf_fail(proof, err,
			"alg is expected: sha256, sha1, sha512; or none, "
			"where the header is the secret itself");
	p->hex = encoding && !strcmp(encoding, "hex");
	if (!p->plain && !p->hex && (!encoding || strcmp(encoding, "base64") != 0))
		r = conf_fail(proof, err, "encoding is expected: base64 or hex");
	return r;
}

static int
check_place(
	const struct source_profile *p, const char *name, bool needed, struct strbuf *err)
{
	const struct conf_node *n = member(p->root, name);
	if (!n)
		return needed ? conf_fail(p->root, err, "'%s' is missing", name) : 0;
	if (!conf_is_group(n) || check_names(n, place_names, err) < 0 || count_of(n) != 1)
		return conf_fail(n, err,
			"%s = { header = \"...\"; } or { pointer = \"/...\"; "
			"} is expected",
			name);
	return 0;
}

/* Webhooks and spreadsheets are two profiles, also where one platform has both. */
static int
check_sheet(struct source_profile *p, struct strbuf *err)
{
	static const char *const names[] = {
		"title", "as_of", "docs", "confidence", "sheet", NULL};
	int r = check_names(p->root, names, err);
	if (!text_in(member(p->root, "title")))
		r = conf_fail(p->root, err, "'title' is missing");
	p->is_sheet = true;
	return conf_both(r, source_sheet_read(member(p->root, "sheet"), &p->sheet, err));
}

static int
check_profile(struct source_profile *p, struct strbuf *err)
{
	if (member(p->root, "sheet"))
		return check_sheet(p, err);
	const struct conf_node *calls = member(p->root, "calls");
	const char *times = text_in(member(p->root, "times"));
	int r = check_names(p->root, source_names, err);
	if (!text_in(member(p->root, "title")))
		r = conf_fail(p->root, err, "'title' is missing");
	r = conf_both(r, check_proof(p, err));
	r = conf_both(r, check_place(p, "topic", true, err));
	r = conf_both(r, check_place(p, "key", false, err));
	if (!member(p->root, "phone") || check_path(member(p->root, "phone"), err) < 0)
		r = conf_fail(
			p->root, err, "'phone' says whose the call is, and is missing");
	if (member(p->root, "customer"))
		r = conf_both(r, check_path(member(p->root, "customer"), err));
	p->utc = times && !strcmp(times, "utc");
	if (times && !p->utc && strcmp(times, "offset") != 0)
		r = conf_fail(member(p->root, "times"), err,
			"times is \"utc\" (they carry no offset and are UTC) or "
			"\"offset\"");
	if (!calls || !count_of(calls))
		return conf_fail(p->root, err, "'calls' is missing or empty");
	for (size_t i = 0; i < count_of(calls); i++)
		r = conf_both(r, check_call(conf_at(calls, i), err));
	return r;
}

int
source_profile_load(const char *path, struct source_profile **ret, struct strbuf *err)
{
	struct source_profile *p = xcalloc(1, sizeof(*p));
	int r = conf_open(path, &p->document, err);
	if (!r) {
		const struct conf_node *root = conf_root(p->document);
		p->root = member(root, "source");
		r = check_names(root, top_names, err);
		if (!p->root || !conf_is_group(p->root))
			r = conf_fail(root, err, "source = { ... } is expected");
		else
			r = conf_both(r, check_profile(p, err));
	}
	if (r) {
		source_profile_free(p);
		return r;
	}
	*ret = p;
	return 0;
}

void
source_profile_free(struct source_profile *p)
{
	if (p && p->document)
		conf_close(p->document);
	free(p);
}

void
source_profile_about(const struct source_profile *p, struct strbuf *ret)
{
	size_t n = count_of(member(p->root, "calls"));
	if (p->is_sheet) {
		strbuf_printf(ret, "The spreadsheets of %s, %zu kinds of events",
			text_in(member(p->root, "title")), p->sheet.event_count);
		return;
	}
	strbuf_printf(ret, "The webhooks of %s, %zu kind%s of calls",
		text_in(member(p->root, "title")), n, n == 1 ? "" : "s");
}

const struct source_sheet *
source_profile_sheet(const struct source_profile *p)
{
	return p->is_sheet ? &p->sheet : NULL;
}

/* ---- the configuration ---- */

#define KEEP_FILES (30 * DAY) /* what was read: names and numbers of customers */

static int
read_keep(const struct conf_node *n, struct source *s, struct strbuf *err)
{
	const struct conf_node *keep = member(n, "keep");
	const char *text = text_in(keep);
	s->keep = KEEP_FILES;
	if (!keep)
		return 0;
	if (!s->folder)
		return conf_fail(keep, err,
			"source '%s': keep is about the files of a folder, and this one "
			"has none",
			s->name);
	if (!text || conf_duration(text, &s->keep) < 0 || s->keep < DAY ||
		s->keep > 3650 * DAY)
		return conf_fail(keep, err,
			"keep is how long files that were read lie in done/ and failed/: "
			"\"1d\" to \"10y\", such as \"30d\"");
	return 0;
}

static int
find_profile(const struct conf_node *node, const char *base, const char *name,
	struct strbuf *ret)
{
	static const char *const places[] = {"../etc/sources", "../share/malgil/sources",
		"../../../etc/sources", NULL};
	char probe[256];
	const char *slash = strrchr(base, '/');
	(void)node;
	if (strchr(name, '/')) {
		strbuf_puts(ret, name);
		return 0;
	}
	snprintf(probe, sizeof(probe), "%.200s.cfg", name);
	strbuf_printf(
		ret, "%.*ssources/%s", slash ? (int)(slash - base) + 1 : 0, base, probe);
	FILE *f = fopen(ret->s, "re");
	if (f) {
		fclose(f);
		return 0;
	}
	struct strbuf folder AUTO(strbuf_done) = STRBUF_INIT(4096);
	bool found = conf_find_folder(places, "etc/sources", probe, &folder);
	strbuf_set(ret, "%s/%s", folder.s, probe);
	return found ? 0 : -ENOENT;
}

static int
read_one(
	const struct conf_node *n, const char *base, struct source *s, struct strbuf *err)
{
	static const char *const names[] = {"profile", "secret", "folder", "keep", NULL};
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	if (!conf_is_group(n) || check_names(n, names, err) < 0)
		return conf_fail(n, err,
			"%s = { profile = \"...\"; secret = \"...\"; } is "
			"expected",
			conf_name(n));
	const char *profile = text_in(member(n, "profile"));
	const char *secret = text_in(member(n, "secret"));
	const char *folder = text_in(member(n, "folder"));
	if (!profile || (!folder && (!secret || strlen(secret) < 8)))
		return conf_fail(n, err,
			"source '%s' needs a profile and the secret its platform gave "
			"(8 characters or more), or the folder its files are put in",
			conf_name(n));
	if (folder && (secret || *folder != '/'))
		return conf_fail(n, err,
			"source '%s': folder is a whole path (\"/srv/orders\"), and "
			"needs no secret",
			conf_name(n));
	s->name = xstrdup(conf_name(n));
	s->secret = xstrdup(secret ? secret : "");
	s->folder = folder ? xstrdup(folder) : NULL;
	s->profile_name = xstrdup(profile);
	if (read_keep(n, s, err) < 0)
		return -EINVAL;
	if (find_profile(n, base, profile, &path) < 0)
		return conf_fail(member(n, "profile"), err,
			"there is no profile '%s' (%s was looked for)", profile, path.s);
	int r = source_profile_load(path.s, &s->profile, err);
	if (!r && s->profile->is_sheet != (folder != NULL))
		r = conf_fail(n, err, "profile '%s' is about %s", profile,
			folder ? "webhooks: secret = \"...\" is expected, no folder"
			       : "spreadsheets: folder = \"...\" is expected, no secret");
	return r;
}

int
sources_read(const struct conf_node *root, const char *base, struct sources *ret,
	struct strbuf *err)
{
	const struct conf_node *group = member(root, "sources");
	int r = 0;
	if (group && !conf_is_group(group))
		return conf_fail(group, err, "sources = { NAME = { ... }; } is expected");
	for (size_t i = 0; i < count_of(group); i++) {
		if (ret->count == SOURCES_MAX)
			return conf_fail(
				group, err, "there are more than %d", SOURCES_MAX);
		r = conf_both(r,
			read_one(conf_at(group, i), base, &ret->list[ret->count++], err));
	}
	return r;
}

void
sources_done(struct sources *sources)
{
	for (size_t i = 0; i < sources->count; i++) {
		free(sources->list[i].name);
		free(sources->list[i].profile_name);
		free(sources->list[i].secret);
		free(sources->list[i].folder);
		source_profile_free(sources->list[i].profile);
	}
	sources->count = 0;
}

const struct source *
source_find(const struct sources *sources, const char *name)
{
	for (size_t i = 0; i < sources->count; i++)
		if (!strcmp(sources->list[i].name, name))
			return &sources->list[i];
	return NULL;
}

/* ---- is it genuine, and which is it ---- */

bool
source_genuine(const struct source *s, const struct source_call *call)
{
	const struct source_profile *p = s->profile;
	const char *header = text_in(member(member(p->root, "proof"), "header"));
	const char *shown = call->header(call->arg, header);
	struct strbuf md AUTO(strbuf_done) = STRBUF_INIT(128);
	struct strbuf got AUTO(strbuf_done) = STRBUF_INIT(1024);
	if (p->plain)
		return secret_same(shown, s->secret);
	sign_hmac(p->alg, s->secret, strlen(s->secret), call->body, call->len, &md);
	bool read = p->hex ? sign_from_hex(shown, strlen(shown), &got)
			   : sign_from_base64(shown, strlen(shown), &got);
	return read && sign_same(md.s, md.len, got.s, got.len);
}

static void
as_text(const json_t *v, struct strbuf *ret)
{
	if (json_is_string(v))
		strbuf_puts(ret, json_string_value(v));
	else if (json_is_integer(v))
		strbuf_printf(ret, "%lld", (long long)json_integer_value(v));
	else if (json_is_real(v))
		strbuf_printf(ret, "%.15g", json_real_value(v));
	else if (json_is_boolean(v))
		strbuf_puts(ret, json_is_true(v) ? "true" : "false");
}

static void
look_at(const struct conf_node *place, const struct source_call *call, const json_t *body,
	struct strbuf *ret)
{
	const char *header = text_in(member(place, "header"));
	const char *pointer = text_in(member(place, "pointer"));
	if (header)
		strbuf_puts(ret, call->header(call->arg, header));
	else if (pointer && body)
		as_text(json_pointer(body, pointer), ret);
}

/* Is `word` in "a, b, c"? */
static bool
in_list(const char *list, const char *word)
{
	size_t len = strlen(word);
	for (const char *p = list; p && *p;) {
		p += strspn(p, ", ");
		size_t n = strcspn(p, ",");
		if (n == len && !strncmp(p, word, n))
			return true;
		p += n;
	}
	return false;
}

bool
source_known(const struct source *s, const struct source_call *call,
	struct strbuf *ret_topic, struct strbuf *ret_key)
{
	const struct conf_node *root = s->profile->root, *calls = member(root, "calls");
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	json_t *body = json_read(call->body, call->len, &err);
	look_at(member(root, "topic"), call, body, ret_topic);
	look_at(member(root, "key"), call, body, ret_key);
	json_decref(body);
	if (!ret_key->len) {
		struct strbuf md AUTO(strbuf_done) = STRBUF_INIT(64);
		sign_digest(SIGN_SHA256, call->body, call->len, &md);
		sign_hex(ret_key, md.s, md.len);
	}
	const char *over = text_in(member(root, "pass_over"));
	if (!ret_topic->len || in_list(over, ret_topic->s))
		return false;
	for (size_t i = 0; i < count_of(calls); i++)
		if (in_list(text_in(member(conf_at(calls, i), "topic")), ret_topic->s))
			return true;
	return false;
}

/* ---- what it says ---- */

/* What stands at the first place that leads to something; false: nowhere. */
static bool
find(const json_t *body, const struct conf_node *place, struct strbuf *ret)
{
	const char *at = text_in(place);
	char path[256];
	strbuf_reset(ret);
	while (at && !ret->len && next_path(&at, path)) {
		if (*path == '=')
			strbuf_puts(ret, path + 1);
		else
			as_text(json_pointer(body, path), ret);
	}
	return ret->len > 0;
}

static bool
find_time(const struct source_profile *p, const json_t *body,
	const struct conf_node *place, struct strbuf *ret, int64_t *ret_wall)
{
	bool local = false;
	if (!find(body, place, ret) || iso_parse(ret->s, ret_wall, &local) < 0 ||
		(local && !p->utc))
		return false;
	char iso[ISO_MAX];
	iso_format(*ret_wall, 0, iso);
	strbuf_set(ret, "%s", iso);
	return true;
}

static void
put_fields(const json_t *body, const struct conf_node *group, json_t *into)
{
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(64 * 1024);
	for (size_t i = 0; i < count_of(group); i++)
		if (find(body, conf_at(group, i), &text))
			json_object_set_new(
				into, conf_name(conf_at(group, i)), json_string(text.s));
}

static json_t *
read_items(const json_t *body, const struct conf_node *c)
{
	const json_t *list, *one;
	json_t *items = json_array();
	size_t i;
	list = json_pointer(body, text_in(member(member(c, "order"), "items")));
	json_array_foreach(list, i, one)
	{
		json_t *item = json_object();
		put_fields(one, member(c, "item"), item);
		json_array_append_new(items, item);
	}
	return items;
}

static void
read_order(const struct source *s, const json_t *body, const struct conf_node *c,
	const char *phone, struct source_facts *ret)
{
	const struct conf_node *group = member(c, "order");
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(4096);
	json_t *order = json_object();
	int64_t wall;
	put_fields(body, group, order);
	json_object_del(order, "items");
	json_object_del(order, "placed");
	if (find_time(s->profile, body, member(group, "placed"), &text, &wall))
		json_object_set_new(order, "placed", json_string(text.s));
	if (member(group, "items"))
		json_object_set_new(order, "items", read_items(body, c));
	if (*phone)
		json_object_set_new(order, "phone", json_string(phone));
	json_object_set_new(order, "source", json_string(s->name));
	const char *number = json_string_value(json_object_get(order, "number"));
	snprintf(ret->subject, sizeof(ret->subject), "%.127s", number ? number : "");
	if (ret->order)
		json_object_update(ret->order, order);
	else
		ret->order = json_incref(order);
	json_decref(order);
}

static void
read_event(const struct source *s, const json_t *body, const struct conf_node *c,
	const char *phone, struct source_facts *ret)
{
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(4096);
	struct strbuf told AUTO(strbuf_done) = STRBUF_INIT(4096);
	json_t *event = json_object(), *data = json_object();
	int64_t wall;
	put_fields(body, member(c, "fields"), data);
	/* the purchase is the order's, not a second one */
	json_object_set_new(data, "source", json_string(s->name));
	json_object_set_new(event, "name", json_string(text_in(member(c, "event"))));
	if (find(body, member(c, "id"), &text)) {
		strbuf_printf(&told, "%s:%s", s->name, text.s);
		json_object_set_new(event, "id", json_string(told.s));
	}
	if (find_time(s->profile, body, member(c, "when"), &text, &wall))
		json_object_set_new(event, "at", json_string(text.s));
	if (*phone)
		json_object_set_new(event, "phone", json_string(phone));
	if (find(body, member(s->profile->root, "customer"), &text) &&
		strcmp(text.s, "0") != 0) {
		strbuf_set(&told, "%s:%s", s->name, text.s);
		json_object_set_new(event, "customer", json_string(told.s));
	}
	json_object_set_new(event, "data", data);
	json_array_append_new(ret->events, event);
}

static void
read_consent(const struct source *s, const json_t *body, const struct conf_node *c,
	const char *phone, struct source_facts *ret)
{
	const struct conf_node *group = member(c, "consent");
	struct strbuf says AUTO(strbuf_done) = STRBUF_INIT(1024);
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(4096);
	int64_t wall;
	if (!*phone || !find(body, member(group, "says"), &says))
		return;
	bool grant = in_list(text_in(member(group, "grant")), says.s);
	if (!grant && !in_list(text_in(member(group, "revoke")), says.s))
		return;
	/* a consent without its date is no proof of anything */
	bool dated = find_time(s->profile, body, member(group, "at"), &text, &wall);
	if (grant && !dated)
		return;
	json_decref(ret->consent);
	ret->consent = json_pack("{s:s, s:s, s:o}", "phone", phone, "action",
		grant ? "grant" : "revoke", "words", json_string(says.s));
	if (dated)
		json_object_set_new(ret->consent, "at", json_integer(wall));
}

static bool
fits(const struct conf_node *c, const char *topic, const json_t *body)
{
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(4096);
	if (!in_list(text_in(member(c, "topic")), topic))
		return false;
	const char *is = text_in(member(c, "is"));
	return !member(c, "at") || (find(body, member(c, "at"), &text) &&
					   (!strcmp(is, "*") || in_list(is, text.s)));
}

int
source_understand(const struct source *s, const char *topic, const char *bytes,
	size_t len, struct source_facts *ret, struct strbuf *err)
{
	const struct conf_node *root = s->profile->root, *calls = member(root, "calls");
	struct strbuf phone AUTO(strbuf_done) = STRBUF_INIT(256);
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(4096);
	*ret = (struct source_facts){.events = json_array()};
	json_t *body = json_read(bytes, len, err);
	if (!body)
		return -EINVAL;
	find(body, member(root, "phone"), &phone);
	for (size_t i = 0; i < count_of(calls); i++) {
		const struct conf_node *c = conf_at(calls, i);
		if (!fits(c, topic, body))
			continue;
		if (member(c, "order"))
			read_order(s, body, c, phone.s, ret);
		if (member(c, "event"))
			read_event(s, body, c, phone.s, ret);
		if (member(c, "consent"))
			read_consent(s, body, c, phone.s, ret);
		int64_t wall;
		if (find_time(s->profile, body, member(c, "changed"), &text, &wall))
			ret->said = MAX(ret->said, wall);
	}
	json_decref(body);
	return json_array_size(ret->events) || ret->order || ret->consent ? 0 : -ENOENT;
}

void
source_facts_done(struct source_facts *facts)
{
	json_decref(facts->events);
	json_decref(facts->order);
	json_decref(facts->consent);
}
