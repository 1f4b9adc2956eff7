#include "gateway/sms/place.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/ucal.h>
#include <unicode/uenum.h>
#include <unicode/ustring.h>

#include "gateway/base/conf.h"
#include "gateway/sms/address.h"

#define AREA_CODES 1000
#define ROWS_MAX   255
#define COUNTRIES  256

struct area {
	char country[4], region[4];
	char *zones[PLACE_ZONES];
	size_t zone_count;
};

struct country {
	char name[4];
	char *zones[PLACE_ZONES];
	size_t zone_count;
};

struct places {
	struct area areas[ROWS_MAX]; /* [0]: a number of no region */
	size_t area_count, code_count;
	uint8_t row_of[AREA_CODES];          /* 0: not in the file */
	struct country countries[COUNTRIES]; /* filled when asked for */
	size_t country_count;
	char code_country[AREA_CODES][4]; /* by calling code, where it has one country */
};

/* ---- the file of area codes ---- */

static bool
zone_exists(const char *name)
{
	UChar wide[64], canonical[64];
	UBool system = 0;
	UErrorCode status = U_ZERO_ERROR;
	if (strlen(name) >= ARRAY_LEN(wide))
		return false;
	u_charsToUChars(name, wide, (int32_t)strlen(name) + 1);
	ucal_getCanonicalTimeZoneID(
		wide, -1, canonical, ARRAY_LEN(canonical), &system, &status);
	return U_SUCCESS(status) && system;
}

/* The next item of a list with commas into `ret`; NULL at its end. */
static const char *
next_item(const char *p, char *ret, size_t size)
{
	p += strspn(p, " \t\n,");
	size_t n = strcspn(p, " \t\n,");
	if (!n)
		return NULL;
	snprintf(ret, size, "%.*s", (int)n, p);
	return p + n;
}

static int
read_zones(struct area *area, const struct conf_node *node, struct strbuf *err)
{
	char zone[64];
	const char *p = node ? conf_text(node) : NULL;
	if (!p)
		return -EINVAL;
	while ((p = next_item(p, zone, sizeof(zone)))) {
		if (!zone_exists(zone))
			return conf_fail(node, err, "\"%s\" is no time zone", zone);
		if (area->zone_count == PLACE_ZONES)
			return conf_fail(node, err, "more than %d zones", PLACE_ZONES);
		area->zones[area->zone_count++] = xstrdup(zone);
	}
	return area->zone_count ? 0 : conf_fail(node, err, "no time zone is named");
}

static int
read_codes(struct places *places, size_t row, const struct conf_node *node,
	struct strbuf *err)
{
	char code[16];
	const char *p = conf_text(node);
	while (p && (p = next_item(p, code, sizeof(code)))) {
		if (strlen(code) != 3 || strspn(code, "0123456789") != 3 || code[0] < '2')
			return conf_fail(node, err, "\"%s\" is no area code", code);
		int n = atoi(code);
		if (places->row_of[n])
			return conf_fail(
				node, err, "area code %s stands here twice", code);
		places->row_of[n] = (uint8_t)row;
		places->code_count++;
	}
	return 0;
}

static int
read_row(struct places *places, const struct conf_node *node, struct strbuf *err)
{
	const struct conf_node *region = conf_get(node, "region"),
			       *codes = conf_get(node, "codes");
	const char *name = region ? conf_text(region) : NULL;
	if (!name || !codes || !conf_text(codes) || !conf_get(node, "zones"))
		return conf_fail(node, err, "a row has a region, zones and codes");
	if (places->area_count == ROWS_MAX)
		return conf_fail(node, err, "there are more than %d rows", ROWS_MAX);
	size_t n = strlen(name), row = places->area_count;
	if (n != 2 && (n != 5 || name[2] != '-'))
		return conf_fail(
			region, err, "\"%s\": \"US-FL\" or \"PR\" is expected", name);
	struct area *area = &places->areas[places->area_count++];
	snprintf(area->country, sizeof(area->country), "%.2s", name);
	snprintf(area->region, sizeof(area->region), "%.2s", n == 5 ? name + 3 : "");
	if (read_zones(area, conf_get(node, "zones"), err) < 0)
		return -EINVAL;
	return read_codes(places, row, codes, err);
}

static int
read_file(struct places *places, const struct conf_node *root, struct strbuf *err)
{
	const struct conf_node *group = conf_get(root, "area_codes");
	const struct conf_node *rows = group ? conf_get(group, "rows") : NULL;
	if (!rows || !conf_get(group, "everywhere"))
		return conf_fail(root, err,
			"area_codes = { everywhere = \"...\"; rows = ( ... ); } is "
			"expected");
	places->area_count = 1;
	snprintf(places->areas[0].country, sizeof(places->areas[0].country), "US");
	if (read_zones(&places->areas[0], conf_get(group, "everywhere"), err) < 0)
		return -EINVAL;
	for (size_t i = 0; i < conf_count(rows); i++)
		if (read_row(places, conf_at(rows, i), err) < 0)
			return -EINVAL;
	return 0;
}

int
places_read(const struct conf_node *root, struct places **ret_places, struct strbuf *err)
{
	struct places *places = xcalloc(1, sizeof(*places));
	int r = read_file(places, root, err);
	if (r)
		places_free(places);
	else
		*ret_places = places;
	return r;
}

int
places_load(const char *path, struct places **ret_places, struct strbuf *err)
{
	struct conf *conf;
	int r = conf_open(path, &conf, err);
	if (r)
		return r;
	r = places_read(conf_root(conf), ret_places, err);
	conf_close(conf);
	return r;
}

void
places_free(struct places *places)
{
	if (!places)
		return;
	for (size_t i = 0; i < places->area_count; i++)
		for (size_t z = 0; z < places->areas[i].zone_count; z++)
			free(places->areas[i].zones[z]);
	for (size_t i = 0; i < places->country_count; i++)
		for (size_t z = 0; z < places->countries[i].zone_count; z++)
			free(places->countries[i].zones[z]);
	free(places);
}

size_t
places_code_count(const struct places *places)
{
	return places->code_count;
}

/* ---- countries ---- */

/* Canonical zones with a location. No country has more than fit (Russia: 26). */
static void
ask_zones(struct country *c)
{
	UErrorCode status = U_ZERO_ERROR;
	UEnumeration *all = ucal_openTimeZoneIDEnumeration(
		UCAL_ZONE_TYPE_CANONICAL_LOCATION, c->name, NULL, &status);
	const char *zone;
	while (U_SUCCESS(status) && c->zone_count < PLACE_ZONES &&
		(zone = uenum_next(all, NULL, &status)))
		c->zones[c->zone_count++] = xstrdup(zone);
	uenum_close(all);
}

static const struct country *
country_find(struct places *places, const char *name)
{
	for (size_t i = 0; i < places->country_count; i++)
		if (!strcmp(places->countries[i].name, name))
			return &places->countries[i];
	if (places->country_count == COUNTRIES)
		return NULL;
	struct country *c = &places->countries[places->country_count++];
	snprintf(c->name, sizeof(c->name), "%s", name);
	ask_zones(c);
	return c;
}

/* ITU-T E.164 annex: codes of one and two digits; all others have three. */
static int
calling_code(const char *digits)
{
	static const char two[] =
		"20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 "
		"53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86 90 91 92 "
		"93 94 95 98 ";
	char pair[4] = {digits[0], digits[0] ? digits[1] : '\0', ' ', '\0'};
	if (digits[0] == '1' || digits[0] == '7')
		return digits[0] - '0';
	if (digits[0] && digits[1] && strstr(two, pair))
		return atoi(pair);
	char three[4];
	snprintf(three, sizeof(three), "%.3s", digits);
	return atoi(three);
}

/* Codes that several countries share: these numbers are looked up one by one. */
static bool
is_shared(int code)
{
	static const int shared[] = {
		1, 7, 39, 44, 47, 61, 212, 246, 262, 290, 358, 381, 590, 599, 672};
	for (size_t i = 0; i < ARRAY_LEN(shared); i++)
		if (shared[i] == code)
			return true;
	return false;
}

static void
find_country(struct places *places, const char *e164, char ret[4])
{
	int code = calling_code(e164 + 1);
	bool cached = places && code > 0 && code < AREA_CODES && !is_shared(code);
	if (cached && *places->code_country[code]) {
		snprintf(ret, 4, "%s", places->code_country[code]);
		return;
	}
	sms_number_region(e164, ret);
	if (cached)
		snprintf(places->code_country[code], 4, "%s", ret);
}

static bool
find_area(struct places *places, const char *e164, struct place *ret)
{
	if (!places || e164[1] != '1' || strspn(e164 + 1, "0123456789") != 11)
		return false;
	int code = (e164[2] - '0') * 100 + (e164[3] - '0') * 10 + (e164[4] - '0');
	const struct area *area = &places->areas[places->row_of[code]];
	ret->everywhere = area == &places->areas[0];
	memcpy(ret->country, area->country, sizeof(ret->country));
	memcpy(ret->region, area->region, sizeof(ret->region));
	memcpy(ret->zones, area->zones, sizeof(ret->zones));
	ret->zone_count = area->zone_count;
	return true;
}

void
places_find(struct places *places, const char *e164, struct place *ret)
{
	*ret = (struct place){0};
	if (*e164 != '+' || find_area(places, e164, ret))
		return;
	find_country(places, e164, ret->country);
	const struct country *c =
		places && *ret->country ? country_find(places, ret->country) : NULL;
	if (!c)
		return;
	memcpy(ret->zones, c->zones, sizeof(ret->zones));
	ret->zone_count = c->zone_count;
}
