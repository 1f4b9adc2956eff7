#include "drivers/at/profile.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
/* cmocka wants the above first */
#include <cmocka.h>

/* What is built in and firmware-notes/generic are the same profile. */
static void
test_generic(void **state)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct profile built_in, read;

	(void)state;
	profile_init(&built_in);
	assert_int_equal(
		profile_find("firmware-notes", "", "Nobody", "X1", &read, &err), 0);
	assert_string_equal(read.name, "generic");
	assert_string_equal(read.cnmi, built_in.cnmi);
	assert_string_equal(read.storage, built_in.storage);
	assert_string_equal(read.boot_ready, built_in.boot_ready);
	assert_string_equal(read.vendor_cms, built_in.vendor_cms);
	assert_string_equal(read.ladder, built_in.ladder);
	assert_string_equal(read.cnma, built_in.cnma);
	assert_string_equal(read.pin_tries, built_in.pin_tries);
	assert_int_equal(read.prompt_timeout, built_in.prompt_timeout);
	assert_int_equal(read.submit_timeout, built_in.submit_timeout);
	assert_int_equal(read.sweep, built_in.sweep);
	assert_int_equal(read.boot, built_in.boot);
	assert_int_equal(read.prompt_delay + read.chunk + read.chunk_gap +
				 read.ctrlz_delay + read.command_gap,
		0);
	profile_free(&read);
	profile_free(&built_in);
}

/* What modems of each family say of themselves leads to its folder; each folder is whole.
 */
static void
test_families(void **state)
{
	static const struct {
		const char *manufacturer, *model, *family;
	} rows[] = {
		{"SIMCOM_Ltd", "SIMCOM_SIM800L", "simcom-2g"},
		{"SIMCOM_Ltd", "SIMCOM_SIM900", "simcom-2g"},
		{"SIMCOM INCORPORATED", "SIMCOM_SIM7600G-H", "simcom-lte"},
		{"SIMCOM INCORPORATED", "A7670E-LASE", "simcom-lte"},
		{"Quectel_Ltd", "Quectel_M95", "quectel-2g"},
		{"Quectel", "M26", "quectel-2g"},
		{"Quectel", "EC25", "quectel-lte"},
		{"Quectel", "EG91", "quectel-lte"},
		{"Quectel", "BG96", "quectel-lte"},
		{"huawei", "E173", "huawei-stick"},
		{"huawei", "E3372", "huawei-stick"},
		{"huawei", "K3765", "huawei-stick"},
		{"Huawei Technologies Co., Ltd.", "ME909s-120", "huawei-module"},
		{"huawei", "MU609", "huawei-module"},
		{"ZTE INCORPORATED", "MF190", "zte-mf"},
		{"ZTE CORPORATION", "MF667", "zte-mf"},
		{"Telit", "HE910-D", "telit"},
		{"u-blox", "SARA-R410M-02B", "ublox"},
		{"WAVECOM MODEM", "MULTIBAND  900E  1800", "wavecom"},
		{"Sierra Wireless, Incorporated", "SL8082T", "sierra-sl808x"},
		{"Sierra Wireless, Incorporated", "MC7710", "generic"},
		{"SIEMENS", "TC35i", "cinterion"},
		{"Cinterion", "EHS6", "cinterion"},
		{"Gemalto", "PLS62-W", "cinterion"},
		{"QUALCOMM INCORPORATED", "whatever", "generic"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
		struct profile p;
		char path[128];

		if (profile_find("firmware-notes", "", rows[i].manufacturer,
			    rows[i].model, &p, &err))
			fail_msg("%s: %s", rows[i].family, err.s);
		if (strcmp(p.name, rows[i].family) != 0)
			fail_msg(
				"%s %s: %s", rows[i].manufacturer, rows[i].model, p.name);
		snprintf(path, sizeof(path), "firmware-notes/%s/note.md", p.name);
		assert_int_equal(access(path, R_OK), 0);
		profile_free(&p);
	}
}

static void
put(const char *dir, const char *family, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, family);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/%s/profile.cfg", dir, family);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void
drop(const char *dir, const char *family)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s/profile.cfg", dir, family);
	unlink(path);
	snprintf(path, sizeof(path), "%s/%s", dir, family);
	assert_int_equal(rmdir(path), 0);
}

static void
test_match(void **state)
{
	static const struct {
		const char *wanted, *manufacturer, *model;
		int result;
		const char *name;
	} rows[] = {
		{"", "SIEMENS", "TC35i", 0, "tc35"},
		{"", "siemens ag", "tc35", 0, "tc35"},
		{"", "SIEMENS", "MC75i", 0, "generic"},
		{"", "Acme", "TC35i", 0, "generic"},
		{"", "", "", 0, "generic"},
		{"tc35", "Acme", "X", 0, "tc35"},
		{"nobody", "SIEMENS", "TC35i", -ENOENT, "generic"},
	};
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	char dir[] = "/tmp/malgil-at-XXXXXX";
	struct profile p;

	(void)state;
	assert_non_null(mkdtemp(dir));
	put(dir, "generic", "format = 1;\n");
	put(dir, "tc35",
		"format = 1;\nmatch = { manufacturer = \"Siemens, Cinterion\"; model = "
		"\"TC35\"; };\n"
		"vendor_cms = \"siemens\";\ncommand_gap = 50;\n");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(profile_find(dir, rows[i].wanted, rows[i].manufacturer,
					 rows[i].model, &p, &err),
			rows[i].result);
		assert_string_equal(p.name, rows[i].name);
		assert_int_equal(p.vendor, strcmp(p.name, "tc35") == 0
						   ? VENDOR_CMS_SIEMENS
						   : VENDOR_CMS_NONE);
		profile_free(&p);
	}
	/* A broken one is said, with file, line and the nearest name; the built-in one
	 * serves. */
	put(dir, "aaa", "format = 1;\nchunks = 18;\n");
	assert_int_equal(profile_find(dir, "", "SIEMENS", "TC35i", &p, &err), -EINVAL);
	assert_non_null(strstr(err.s, "aaa/profile.cfg:2"));
	assert_non_null(strstr(err.s, "did you mean 'chunk'"));
	assert_string_equal(p.name, "generic");
	profile_free(&p);
	drop(dir, "aaa");
	drop(dir, "tc35");
	drop(dir, "generic");
	assert_int_equal(rmdir(dir), 0);
	assert_int_equal(profile_find(dir, "", "SIEMENS", "TC35i", &p, &err), -ENOENT);
	assert_non_null(strstr(err.s, "no firmware notes in"));
	profile_free(&p);
}

static void
test_lists(void **state)
{
	const char *list = " a , bc,,  ,d", *none = NULL;
	char item[8];

	(void)state;
	assert_true(profile_next(&list, ",", item, sizeof(item)));
	assert_string_equal(item, "a");
	assert_true(profile_next(&list, ",", item, sizeof(item)));
	assert_string_equal(item, "bc");
	assert_true(profile_next(&list, ",", item, sizeof(item)));
	assert_string_equal(item, "d");
	assert_false(profile_next(&list, ",", item, sizeof(item)));
	assert_false(profile_next(&none, ",", item, sizeof(item)));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(test_generic),
		cmocka_unit_test(test_families), cmocka_unit_test(test_match),
		cmocka_unit_test(test_lists)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
