/* `malgil pdu`: the shapes other programs rely on, through the verb itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "gateway/verbs/verbs.h"

/* The verb's standard output, and what it finds on standard input. */
struct run {
	int code;
	char out[65536];
};

static int
swap_fd(int fd, FILE *file)
{
	int saved = dup(fd);

	fflush(NULL);
	dup2(fileno(file), fd);
	return saved;
}

static void
restore_fd(int fd, int saved)
{
	fflush(NULL);
	dup2(saved, fd);
	close(saved);
}

static void
run_verb(struct run *run, const char *input, int argc, char **argv)
{
	FILE *out = tmpfile(), *in = tmpfile(), *nowhere = tmpfile();
	int saved_out, saved_in, saved_err;
	struct verb_args args = {0};
	size_t n;

	fputs(input, in);
	rewind(in);
	saved_out = swap_fd(1, out);
	saved_in = swap_fd(0, in);
	saved_err = swap_fd(2, nowhere);
	clearerr(stdin);
	run->code = verb_parse(&verb_pdu, argc, argv, &args);
	if (run->code == 0)
		run->code = verb_pdu.run(&args);
	restore_fd(2, saved_err);
	restore_fd(0, saved_in);
	restore_fd(1, saved_out);
	rewind(out);
	n = fread(run->out, 1, sizeof run->out - 1, out);
	run->out[n] = '\0';
	fclose(out);
	fclose(in);
	fclose(nowhere);
}

#define RUN(run, input, ...)                                                             \
	do {                                                                             \
		char *argv_[] = {__VA_ARGS__};                                           \
		run_verb(run, input, ARRAY_LEN(argv_), argv_);                           \
	} while (0)

static json_t *
json_of(const struct run *run)
{
	json_t *o = json_loads(run->out, 0, NULL);

	if (!o)
		fail_msg("not JSON: %s", run->out);
	return o;
}

static const char *
text_at(json_t *o, const char *name)
{
	return json_string_value(json_object_get(o, name));
}

/* One UCS-2 DELIVER, "가나", class 0 not set. */
#define DELIVER                                                                          \
	"07912801234567F8040C91280121436587"                                             \
	"0008"                                                                           \
	"62111271000063"                                                                 \
	"04AC00B098"

static void
decode_prints_one_object(void **state)
{
	struct run run;
	json_t *o;

	(void)state;
	RUN(&run, "", "decode", DELIVER, "--json");
	assert_int_equal(run.code, EXIT_DONE);
	o = json_of(&run);
	assert_string_equal(text_at(o, "type"), "SMS-DELIVER");
	assert_string_equal(text_at(o, "smsc"), "+82103254768");
	assert_string_equal(text_at(o, "number"), "+821012345678");
	assert_string_equal(text_at(o, "alphabet"), "ucs2");
	assert_string_equal(text_at(o, "text"), "가나");
	assert_string_equal(text_at(o, "scts"), "2026-11-21T17:00:00+09:00");
	assert_int_equal(json_integer_value(json_object_get(o, "tpdu_len")), 23);
	assert_true(json_is_array(json_object_get(o, "warnings")));
	assert_null(json_object_get(o, "class"));
	assert_null(json_object_get(o, "mr"));
	json_decref(o);
}

static void
a_nul_is_kept_in_json(void **state)
{
	struct run run;
	json_t *o;

	(void)state;
	RUN(&run, "", "decode", "--tpdu", "--json",
		"040C912801214365870008621112710000630600410000"
		"0042");
	/* jansson reads an escaped U+0000 only when asked to. */
	o = json_loads(run.out, JSON_ALLOW_NUL, NULL);
	assert_non_null(o);
	assert_int_equal(json_string_length(json_object_get(o, "text")), 3);
	assert_memory_equal(text_at(o, "text"), "A\0B", 3);
	json_decref(o);
}

static void
a_refused_pdu_says_why(void **state)
{
	struct run run;
	json_t *o;

	(void)state;
	RUN(&run, "", "decode", "0004049136", "--json");
	assert_int_equal(run.code, EXIT_REFUSED);
	o = json_of(&run);
	assert_int_equal(json_object_size(o), 1);
	assert_true(strlen(text_at(o, "error")) > 10);
	json_decref(o);
	RUN(&run, "", "decode", "not a pdu");
	assert_int_equal(run.code, EXIT_REFUSED);
	assert_string_equal(run.out, "");
}

static void
decode_reads_lines(void **state)
{
	struct run run;
	const char *p;
	int lines = 0;

	(void)state;
	RUN(&run, DELIVER "\r\n\n  " DELIVER "\nXYZ\n", "decode", "--json");
	assert_int_equal(run.code, EXIT_REFUSED);
	for (p = run.out; (p = strchr(p, '\n')); p++)
		lines++;
	assert_int_equal(lines, 3);
	assert_non_null(strstr(run.out, "error"));
}

static void
plain_output_obeys_no_escape_sequence(void **state)
{
	struct run run;

	(void)state;
	/* ESC [ 2 J and U+009B in UCS-2. */
	RUN(&run, "", "decode", "--tpdu",
		"040C91280121436587000862111271000063"
		"0A001B005B0032004A009B");
	assert_int_equal(run.code, EXIT_DONE);
	assert_null(strchr(run.out, '\x1B'));
	assert_null(strstr(run.out, "\xC2\x9B"));
	assert_non_null(strstr(run.out, "\\x1B[2J\\x9B"));
}

static void
encode_gives_what_decode_reads(void **state)
{
	struct run run;
	json_t *o, *segments, *s;
	char hex[512];

	(void)state;
	RUN(&run, "", "encode", "--to", "+82 10-1234-5678", "--text", "Hi", "--class",
		"0", "--report", "--validity", "4h", "--json");
	assert_int_equal(run.code, EXIT_DONE);
	o = json_of(&run);
	assert_string_equal(text_at(o, "alphabet"), "gsm7");
	segments = json_object_get(o, "segments");
	assert_int_equal(json_array_size(segments), 1);
	s = json_array_get(segments, 0);
	assert_int_equal(json_integer_value(json_object_get(s, "tpdu_len")),
		(strlen(text_at(s, "pdu")) - 2) / 2);
	snprintf(hex, sizeof hex, "%s", text_at(s, "pdu"));
	json_decref(o);
	RUN(&run, "", "decode", hex, "--mo", "--json");
	o = json_of(&run);
	assert_string_equal(text_at(o, "number"), "+821012345678");
	assert_string_equal(text_at(o, "text"), "Hi");
	assert_int_equal(json_integer_value(json_object_get(o, "class")), 0);
	assert_true(json_is_true(json_object_get(o, "srr")));
	assert_null(json_object_get(o, "smsc"));
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(o, "vp"), "seconds")),
		4 * 3600);
	json_decref(o);
}

static const struct {
	const char *name;
	char *argv[8];
	int code;
} bad[] = {
	{"no word", {NULL}, EXIT_USAGE},
	{"another word", {"guess"}, EXIT_USAGE},
	{"no text", {"encode", "--to", "1234"}, EXIT_USAGE},
	{"class 4", {"encode", "--to", "1", "--text", "x", "--class", "4"}, EXIT_USAGE},
	{"no such language", {"encode", "--to", "1", "--text", "x", "--national", "xx"},
		EXIT_USAGE},
	{"no such alphabet",
		{"encode", "--to", "1", "--text", "x", "--alphabet", "ebcdic"},
		EXIT_USAGE},
	{"no time", {"encode", "--to", "1", "--text", "x", "--validity", "soon"},
		EXIT_USAGE},
	{"a name", {"encode", "--to", "Malgil", "--text", "x", "--json"}, EXIT_REFUSED},
	{"Hangul in 7 bits",
		{"encode", "--to", "1", "--text", "가", "--alphabet", "gsm7"},
		EXIT_REFUSED},
	{"nothing to decode", {"decode"}, EXIT_REFUSED},
};

static void
misuse_is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		char *argv[8];
		struct run run;
		int argc = 0;

		while (argc < 8 && bad[i].argv[argc]) {
			argv[argc] = bad[i].argv[argc];
			argc++;
		}
		run_verb(&run, "", argc, argv);
		if (run.code != bad[i].code)
			fail_msg("%s: exit %d", bad[i].name, run.code);
	}
}

/* Two parts of one message "가" + "나" from +821012345678, reference 7, and its third. */
#define PART(seq, text) "00440C91280121436587000862111271000063080500030703" seq text "\n"

static void
join_tells_what_is_missing(void **state)
{
	struct run run;
	json_t *o, *m;

	(void)state;
	RUN(&run, PART("03", "B2E4") PART("01", "AC00") PART("01", "AC00"), "join",
		"--json");
	assert_int_equal(run.code, EXIT_DONE);
	o = json_of(&run);
	assert_int_equal(json_array_size(json_object_get(o, "messages")), 1);
	assert_int_equal(json_array_size(json_object_get(o, "duplicates")), 1);
	m = json_array_get(json_object_get(o, "messages"), 0);
	assert_true(json_is_false(json_object_get(m, "complete")));
	assert_int_equal(json_array_size(json_object_get(m, "missing")), 1);
	assert_int_equal(
		json_integer_value(json_array_get(json_object_get(m, "missing"), 0)), 2);
	assert_string_equal(text_at(m, "text"), "가[…]다");
	json_decref(o);
}

static void
join_completes_and_keeps_messages_apart(void **state)
{
	struct run run;
	json_t *o, *messages;

	(void)state;
	/* The same place with other content opens a second message of the same key. */
	RUN(&run,
		PART("02", "B098") PART("01", "AC00") PART("03", "B2E4")
			PART("01", "AC01") "ZZ\n",
		"join", "--json");
	assert_int_equal(run.code, EXIT_REFUSED);
	o = json_of(&run);
	messages = json_object_get(o, "messages");
	assert_int_equal(json_array_size(messages), 2);
	assert_string_equal(text_at(json_array_get(messages, 0), "text"), "가나다");
	assert_string_equal(text_at(json_array_get(messages, 1), "text"), "각[…]");
	assert_int_equal(json_array_size(json_object_get(o, "refused")), 1);
	json_decref(o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decode_prints_one_object),
		cmocka_unit_test(a_nul_is_kept_in_json),
		cmocka_unit_test(a_refused_pdu_says_why),
		cmocka_unit_test(decode_reads_lines),
		cmocka_unit_test(plain_output_obeys_no_escape_sequence),
		cmocka_unit_test(encode_gives_what_decode_reads),
		cmocka_unit_test(misuse_is_told),
		cmocka_unit_test(join_tells_what_is_missing),
		cmocka_unit_test(join_completes_and_keeps_messages_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
