/* Where numbers live: the shipped file of area codes, and ICU for countries. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "gateway/sms/place.h"

#define SHIPPED "etc/packs/area-codes.cfg"

static struct places *places;

static int
load(void **state)
{
	(void)state;
	struct strbuf err = STRBUF_SENTENCE;
	if (places_load(SHIPPED, &places, &err) < 0)
		fail_msg("%s", err.s);
	strbuf_done(&err);
	return 0;
}

static int
unload(void **state)
{
	(void)state;
	places_free(places);
	return 0;
}

static void
join(const struct place *p, struct strbuf *out)
{
	strbuf_reset(out);
	for (size_t i = 0; i < p->zone_count; i++)
		strbuf_printf(out, "%s%s", i ? "," : "", p->zones[i]);
}

static void
numbers_have_places(void **state)
{
	(void)state;
	static const struct {
		const char *number, *country, *region, *zones; /* NULL: not looked at */
		bool everywhere;
	} rows[] = {
		{"+821012345678", "KR", "", "Asia/Seoul"},
		{"+12125550100", "US", "NY", "America/New_York"},
		{"+13055550100", "US", "FL", "America/New_York"},
		{"+18505550100", "US", "FL", "America/New_York,America/Chicago"},
		{"+14155550100", "US", "CA", "America/Los_Angeles"},
		{"+19155550100", "US", "TX", "America/Denver"},
		{"+19995550100", "US", "", NULL, true},
		{"+18005550100", "US", "", NULL, true},
		{"+14165550100", "CA", "ON", "America/Toronto"},
		{"+17875550100", "PR", "", "America/Puerto_Rico"},
		{"+18765550100", "JM", "", "America/Jamaica"},
		{"+447400123456", "GB", "", "Europe/London"},
		{"+33612345678", "FR", "", "Europe/Paris"},
		{"+34612345678", "ES", "", NULL},
		{"+6591234567", "SG", "", "Asia/Singapore"},
		{"+819012345678", "JP", "", "Asia/Tokyo"},
		{"+919812345678", "IN", "", NULL},
		{"15441234", "", "", ""},
		{"SHOP", "", "", ""},
		{"+", "", "", ""},
		{"+99999", "", "", ""},
	};
	struct strbuf zones = STRBUF_INIT(4096);
	for (int round = 0; round < 2; round++) { /* asked again: the same, from memory */
		for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
			struct place p;
			places_find(places, rows[i].number, &p);
			join(&p, &zones);
			if (strcmp(p.country, rows[i].country) != 0 ||
				strcmp(p.region, rows[i].region) != 0 ||
				p.everywhere != rows[i].everywhere ||
				(rows[i].zones && strcmp(zones.s, rows[i].zones) != 0))
				fail_msg("%s: %s-%s %s", rows[i].number, p.country,
					p.region, zones.s);
		}
	}
	strbuf_done(&zones);
}

static void
several_zones_are_all_named(void **state)
{
	(void)state;
	struct place p;
	places_find(places, "+34612345678", &p);
	assert_true(p.zone_count >= 2); /* the peninsula and the Canary Islands */
	places_find(places, "+61412345678", &p);
	assert_true(p.zone_count >= 5);
	places_find(places, "+79161234567", &p);
	assert_true(p.zone_count >= 20 && p.zone_count < PLACE_ZONES);
	places_find(places, "+18885550100", &p);
	assert_true(p.zone_count >= 8);
}

static void
without_the_file_the_country_is_known(void **state)
{
	(void)state;
	struct place p;
	places_find(NULL, "+821012345678", &p);
	assert_string_equal(p.country, "KR");
	assert_int_equal(p.zone_count, 0);
}

static void
a_broken_file_is_named(void **state)
{
	(void)state;
	static const struct {
		const char *text, *says;
	} rows[] = {
		{"area_codes = { };", "expected"},
		{"x = 1;", "expected"},
		{"area_codes = { everywhere = \"UTC\"; rows = ( { region = \"US-XX\"; } "
		 "); };",
			"a row has"},
		{"area_codes = { everywhere = \"Mars/Base\"; rows = (); };", "Mars/Base"},
		{"area_codes = { everywhere = \"UTC\"; rows = ( { region = \"US-FL\"; "
		 "zones = "
		 "\"UTC\"; codes = \"305, 305\"; } ); };",
			"twice"},
		{"area_codes = { everywhere = \"UTC\"; rows = ( { region = \"US-FL\"; "
		 "zones = "
		 "\"UTC\"; codes = \"30\"; } ); };",
			"no area code"},
		{"area_codes = { everywhere = \"UTC\"; rows = ( { region = \"Florida\"; "
		 "zones = "
		 "\"UTC\"; codes = \"305\"; } ); };",
			"US-FL"},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char path[] = "/tmp/malgil-places-XXXXXX";
		int fd = mkstemp(path);
		struct strbuf err = STRBUF_SENTENCE;
		struct places *none = NULL;
		assert_true(write(fd, rows[i].text, strlen(rows[i].text)) > 0);
		close(fd);
		assert_true(places_load(path, &none, &err) < 0);
		if (!strstr(err.s, rows[i].says))
			fail_msg("row %zu: %s", i, err.s);
		strbuf_done(&err);
		unlink(path);
	}
}

static void
the_shipped_file_is_whole(void **state)
{
	(void)state;
	assert_true(places_code_count(places) > 430); /* about 450 are in use */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_have_places),
		cmocka_unit_test(several_zones_are_all_named),
		cmocka_unit_test(without_the_file_the_country_is_known),
		cmocka_unit_test(a_broken_file_is_named),
		cmocka_unit_test(the_shipped_file_is_whole),
	};
	return cmocka_run_group_tests(tests, load, unload);
}
