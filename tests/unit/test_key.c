/* The key of forgotten numbers as people write it down. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "gateway/store/key.h"

static struct store_key
some_key(unsigned seed)
{
	struct store_key key;
	for (size_t i = 0; i < KEY_BYTES; i++)
		key.bytes[i] = (unsigned char)(seed * 167 + i * 73 + (seed * i >> 3));
	return key;
}

static void
a_code_is_read_as_it_was_written(void **state)
{
	(void)state;
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	for (unsigned seed = 0; seed < 300; seed++) {
		struct store_key key = some_key(seed), back;
		char code[KEY_CODE], loose[2 * KEY_CODE] = "";
		store_key_code(&key, code);
		assert_int_equal(strlen(code), 13 * 5 + 12);
		assert_int_equal(store_key_parse(code, &back, &err), 0);
		assert_memory_equal(key.bytes, back.bytes, KEY_BYTES);
		/* as people type: small, blanks, O and l for 0 and 1 */
		size_t n = 0;
		for (const char *p = code; *p; p++) {
			char c = *p == '0' ? 'O' : *p == '1' ? 'l' : *p;
			loose[n++] = c == '-' ? ' ' : c;
			if (n % 11 == 0)
				loose[n++] = '\n';
		}
		assert_int_equal(store_key_parse(loose, &back, &err), 0);
		assert_memory_equal(key.bytes, back.bytes, KEY_BYTES);
	}
}

static void
every_wrong_character_is_found_and_its_group_named(void **state)
{
	(void)state;
	static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	struct store_key key = some_key(9), back;
	char code[KEY_CODE], group[16];
	store_key_code(&key, code);
	for (size_t i = 0; code[i]; i++) {
		char was = code[i];
		for (const char *d = digits; was != '-' && *d; d++) {
			struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
			if (*d == was)
				continue;
			code[i] = *d;
			snprintf(group, sizeof(group), "group %zu ", i / 6 + 1);
			if (!store_key_parse(code, &back, &err) || !strstr(err.s, group))
				fail_msg("%s: %s", code, err.s);
		}
		code[i] = was;
	}
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	static const char *const bad[] = {"", "AAAAA", "한글", "U-U-U", "DN29N PK4WG!"};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		strbuf_reset(&err);
		assert_true(store_key_parse(bad[i], &back, &err) < 0 && err.len > 10);
	}
	/* two groups in each other's place */
	char swapped[KEY_CODE];
	snprintf(swapped, sizeof(swapped), "%.5s-%.5s%s", code + 6, code, code + 11);
	assert_true(store_key_parse(swapped, &back, &err) < 0);
}

static void
files_of_keys(void **state)
{
	(void)state;
	char dir[] = "/tmp/malgil-key-XXXXXX", path[64], code[KEY_CODE];
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct store_key key, back;
	struct stat st;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/key", dir);
	assert_int_equal(store_key_make(path, &key), 0);
	assert_int_equal(store_key_make(path, &back), -17 /* EEXIST */);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(store_key_from_file(path, &back, &err), 0);
	assert_memory_equal(key.bytes, back.bytes, KEY_BYTES);
	/* a letter somebody wrote around the code */
	store_key_code(&key, code);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fprintf(f, "# my shop - kept in the safe\r\n\r\n%s\r\n", code);
	fclose(f);
	memset(&back, 0, sizeof(back));
	assert_int_equal(store_key_from_file(path, &back, &err), 0);
	assert_memory_equal(key.bytes, back.bytes, KEY_BYTES);
	assert_int_equal(truncate(path, 20), 0);
	assert_true(store_key_from_file(path, &back, &err) < 0 && err.len);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
}

static void
a_store_knows_its_key(void **state)
{
	(void)state;
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct db *db;
	struct store_key a = some_key(1), b = some_key(2);
	assert_int_equal(db_open("", DB_SCRATCH, &db, &err), 0);
	assert_int_equal(store_key_fits(db, &b), KEY_FITS);
	store_key_known(db, &a);
	assert_int_equal(store_key_fits(db, &a), KEY_FITS);
	assert_int_equal(store_key_fits(db, &b), KEY_WRONG);
	store_key_give_up(db, 5);
	store_key_known(db, &b);
	assert_int_equal(store_key_given_up(db), 5);
	assert_int_equal(store_key_fits(db, &a), KEY_FITS_OLD);
	assert_int_equal(store_key_fits(db, &b), KEY_FITS);
	store_key_back(db);
	assert_int_equal(store_key_given_up(db), 0);
	db_rollback(db);
	db_close(db);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_code_is_read_as_it_was_written),
		cmocka_unit_test(every_wrong_character_is_found_and_its_group_named),
		cmocka_unit_test(files_of_keys),
		cmocka_unit_test(a_store_knows_its_key),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
