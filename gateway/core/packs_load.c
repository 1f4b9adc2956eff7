#include "gateway/core/packs.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/core/packs_check.h"

/* ---- files, and the built-in ones ---- */

/* The text of a file of the built-in folder, NULL: the path is an ordinary one. */
static const char *
built_in(const char *path)
{
	size_t n = strlen(PACKS_BUILT_IN);
	if (strncmp(path, PACKS_BUILT_IN "/", n + 1) != 0)
		return NULL;
	for (const struct pack_text *t = packs_built_in; t->name; t++)
		if (!strcmp(t->name, path + n + 1))
			return t->text;
	return NULL;
}

int
packs_open(const char *path, struct conf **ret, struct strbuf *err)
{
	const char *text = built_in(path);
	return text ? conf_parse(path, text, strlen(text), ret, err)
		    : conf_open(path, ret, err);
}

/* ---- which are loaded ---- */

void
packs_find_dir(struct strbuf *ret_dir)
{
	static const char *const places[] = {
		"../etc/packs", "../share/malgil/packs", "../../../etc/packs", NULL};
	if (!conf_find_folder(places, "etc/packs", "ZZ.cfg", ret_dir))
		strbuf_set(ret_dir, PACKS_BUILT_IN);
}

static int
load_country(struct packs *packs, const char *country, struct strbuf *err)
{
	if (packs_country(packs, country))
		return 0;
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(PATH_MAX);
	strbuf_printf(&path, "%s/%s.cfg", packs->dir, country);
	struct pack pack;
	int r = pack_load(path.s, &pack, err);
	if (r)
		return r;
	if (strcmp(pack.country, country) != 0) {
		strbuf_set(err, "%s: says country = \"%s\"", path.s, pack.country);
		pack_free(&pack);
		return -EINVAL;
	}
	packs->list = xrealloc(packs->list, (packs->count + 1) * sizeof(*packs->list));
	packs->list[packs->count++] = pack;
	return 0;
}

static int
load_listed(struct packs *packs, const char *countries, struct strbuf *err)
{
	for (const char *p = countries;;) {
		char country[4];
		p += strspn(p, " ,");
		size_t n = strcspn(p, " ,");
		if (!n)
			return 0;
		if (n != 2) {
			strbuf_set(err, "packs: \"%.*s\" is no country; write \"KR, US\"",
				(int)MIN(n, 20), p);
			return -EINVAL;
		}
		snprintf(country, sizeof(country), "%.2s", p);
		int r = load_country(packs, country, err);
		if (r)
			return r;
		p += n;
	}
}

/* Every pack that is there, listed or not: a law binds whether or not the owner thought
 * of the country. */
static int
load_folder(struct packs *packs, struct strbuf *err)
{
	char country[4];
	int r = 0;
	if (!strcmp(packs->dir, PACKS_BUILT_IN)) {
		for (const struct pack_text *t = packs_built_in; t->name && !r; t++)
			if (packs_is_country_file(t->name, country))
				r = load_country(packs, country, err);
		return r;
	}
	struct dirent **files;
	int n = scandir(packs->dir, &files, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		if (!r && packs_is_country_file(files[i]->d_name, country))
			r = load_country(packs, country, err);
		free(files[i]);
	}
	if (n >= 0)
		free(files);
	return r;
}

int
packs_load(const char *dir, const char *countries, const char *home,
	struct packs **ret_packs, struct strbuf *err)
{
	struct packs *packs = xcalloc(1, sizeof(*packs));
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(PATH_MAX);
	packs->dir = xstrdup(dir);
	strbuf_printf(&path, "%s/%s.cfg", dir, home);
	int r = load_country(packs, "ZZ", err);
	if (!r)
		r = load_listed(packs, countries, err);
	if (!r && (built_in(path.s) ||
			  access(path.s, F_OK) ==
				  0)) /* a country without a pack has ZZ's rules */
		r = load_country(packs, home, err);
	packs->meant = packs->count;
	if (!r)
		r = load_folder(packs, err);
	strbuf_set(&path, "%s/area-codes.cfg", dir);
	struct conf *places = NULL;
	if (!r)
		r = packs_open(path.s, &places, err);
	if (!r)
		r = places_read(conf_root(places), &packs->places, err);
	conf_close(places);
	if (r)
		packs_free(packs);
	else
		*ret_packs = packs;
	return r;
}

void
packs_free(struct packs *packs)
{
	if (!packs)
		return;
	for (size_t i = 0; i < packs->count; i++)
		pack_free(&packs->list[i]);
	free(packs->list);
	places_free(packs->places);
	free(packs->dir);
	free(packs);
}

const struct pack *
packs_country(const struct packs *packs, const char *country)
{
	for (size_t i = 0; i < packs->count; i++)
		if (!strcmp(packs->list[i].country, country))
			return &packs->list[i];
	return NULL;
}

const struct pack *
packs_default(const struct packs *packs)
{
	return packs_country(packs, "ZZ");
}

const struct pack_rules *
pack_region(const struct pack *pack, const char *region)
{
	for (size_t i = 1; i < pack->rules_count; i++)
		if (!strcmp(pack->rules[i].region, region))
			return &pack->rules[i];
	return NULL;
}
