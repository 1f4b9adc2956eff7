#include "drivers/at/lines.h"
#include "drivers/at/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the above first */
#include <cmocka.h>

/* The tokens of a whole input, one a line: the text, ">" for a prompt, "#" for a dropped
 * one. The input is given in pieces of `step` bytes. */
static void
tokens(const char *input, size_t len, size_t step, bool prompt, struct strbuf *out)
{
	struct lines l = {.want_prompt = prompt};
	struct token t;

	strbuf_reset(out);
	for (size_t i = 0; i < len; i += step) {
		const char *bytes = input + i;
		size_t n = MIN(step, len - i);

		while (lines_next(&l, &bytes, &n, &t)) {
			assert_int_equal(strlen(t.text), t.len);
			strbuf_puts(out, t.kind == TOKEN_LINE     ? t.text
					 : t.kind == TOKEN_PROMPT ? ">"
								  : "#");
			strbuf_putc(out, '|');
		}
		assert_int_equal(n, 0);
	}
}

#define INPUT(s) s, sizeof(s) - 1

static const struct {
	const char *name, *input;
	size_t len;
	bool prompt;
	const char *want;
} rows[] = {
	{"CRLF", INPUT("\r\nOK\r\n"), false, "OK|"},
	{"bare CR", INPUT("\rOK\r"), false, "OK|"},
	{"LF only", INPUT("\nOK\n"), false, "OK|"},
	{"CRCRLF", INPUT("\r\r\nOK\r\r\n"), false, "OK|"},
	{"several", INPUT("\r\n+CSQ: 1,2\r\n\r\nOK\r\n"), false, "+CSQ: 1,2|OK|"},
	{"half a line is no token", INPUT("\r\nO"), false, ""},
	{"blank lines", INPUT("\r\n \r\n\t\r\n"), false, ""},
	{"outer blanks", INPUT(" WAVECOM MODEM \r\n"), false, "WAVECOM MODEM|"},
	{"NUL and 0xFF", INPUT("\0\xff\r\nO\0K\xff\r\n"), false, "OK|"},
	{"ESC and Ctrl-Z echoed",
		INPUT("\x1b"
		      "AT\x1a\r\n"),
		false, "AT|"},
	{"damage before a line", INPUT("\xee\x92OK\r\n"), false, "OK|"},
	{"damage inside a line", INPUT("+CMGS: 1\xee\r\n"), false, "+CMGS: 1?|"},
	{"tab", INPUT("a\tb\r"), false, "a b|"},
	{"prompt", INPUT("\r\n> "), true, ">|"},
	{"prompt without blank", INPUT("\r\n>"), true, ">|"},
	{"prompt without line end before", INPUT("> "), true, ">|"},
	{"prompt as Cuttlefish gives it", INPUT("> \r"), true, ">|"},
	{"prompt as SARA-R410M gives it", INPUT("\r\n> \0"), true, ">|"},
	{"prompt as SARA-N211 gives it", INPUT("\r\n\r \n > \r\n"), true, ">|"},
	{"result behind a prompt", INPUT("\r\n> \r\n+CMGS: 1\r\n"), true, ">|+CMGS: 1|"},
	{"echo before a prompt", INPUT("AT+CMGS=9\r\r\n> "), true, "AT+CMGS=9|>|"},
	{"news before a prompt", INPUT("\r\n+CMTI: \"SM\",1\r\n\r\n> "), true,
		"+CMTI: \"SM\",1|>|"},
	{"no prompt inside a line", INPUT("a> b\r\n"), true, "a> b|"},
	{"one prompt only", INPUT("> > x\r\n"), true, ">|> x|"},
	{"no prompt unless expected", INPUT("\r\n> \r\n"), false, ">|"},
};

static void
test_rows(void **state)
{
	struct strbuf got AUTO(strbuf_done) = STRBUF_INIT(4096);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		for (size_t step = 1; step <= rows[i].len; step++) {
			tokens(rows[i].input, rows[i].len, step, rows[i].prompt, &got);
			if (strcmp(got.s, rows[i].want) != 0)
				fail_msg("%s, in pieces of %zu: \"%s\"", rows[i].name,
					step, got.s);
		}
}

/* The limit is in bytes kept: LINES_MAX pass, one more is dropped up to the line's end.
 */
static void
test_limit(void **state)
{
	char input[LINES_MAX + 64];
	struct strbuf got AUTO(strbuf_done) = STRBUF_INIT(4096);

	(void)state;
	memset(input, 'A', sizeof(input));
	memcpy(input + LINES_MAX, "\r\nOK\r\n", 7);
	tokens(input, LINES_MAX + 6, 7, false, &got);
	assert_int_equal(got.len, LINES_MAX + 1 + 3);
	memset(input, 'A', sizeof(input));
	memcpy(input + LINES_MAX + 1, "\r\nOK\r\n", 7);
	tokens(input, LINES_MAX + 7, 7, false, &got);
	assert_string_equal(got.s, "#|OK|");
}

static void
test_reset(void **state)
{
	struct lines l = {.want_prompt = true};
	const char *bytes = "half", *rest = "OK\r";
	size_t n = 4, m = 3;
	struct token t;

	(void)state;
	assert_false(lines_next(&l, &bytes, &n, &t));
	lines_reset(&l);
	assert_false(l.want_prompt);
	assert_true(lines_next(&l, &rest, &m, &t));
	assert_string_equal(t.text, "OK");
}

/* ---- the ring ---- */

static void
test_masks(void **state)
{
	static const struct {
		const char *text, *want;
	} masks[] = {
		{"AT+CPIN=\"1234\"\r", "AT+CPIN=****"},
		{"at+cpin=1234", "at+cpin=****"},
		{"AT^CPIN=\"1234\"", "AT^CPIN=****"},
		{"AT+CLCK=\"SC\",0,\"1234\"", "AT+CLCK=****"},
		{"AT+CPWD=\"SC\",\"1234\",\"5678\"", "AT+CPWD=****"},
		{"AT+CPIN?", "AT+CPIN?"},
		{"+CCID: 8982000000000000001", "+CCID: 8982000000000000001"},
		{"0001000A8100000000010000AA0141\x1a", "(15 octets)^Z"},
		{"\x1b\r", "^["},
	};
	struct strbuf got AUTO(strbuf_done) = STRBUF_INIT(256);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(masks); i++) {
		strbuf_reset(&got);
		wire_mask(masks[i].text, strlen(masks[i].text), false, &got);
		assert_string_equal(got.s, masks[i].want);
	}
	strbuf_reset(&got);
	wire_mask("0001000A8100000000010000AA0141", 30, true, &got);
	assert_string_equal(got.s, "0001000A8100000000010000AA0141");
}

/* Only whole lines, the newest last, never more than the ring holds. */
static void
test_ring(void **state)
{
	struct wire *w = xcalloc(1, sizeof(*w));
	struct strbuf got AUTO(strbuf_done) = STRBUF_INIT(WIRE_SIZE);
	char line[64];

	(void)state;
	for (int i = 0; i < 1000; i++) {
		int n = snprintf(line, sizeof(line), "+CSQ: %d,99", i);

		wire_note(w, i % 2 ? '<' : '>', line, (size_t)n);
	}
	wire_print(w, &got);
	assert_false(got.full);
	assert_true(got.len > WIRE_SIZE - 20);
	assert_true(
		strncmp(got.s, "< +CSQ: ", 8) == 0 || strncmp(got.s, "> +CSQ: ", 8) == 0);
	assert_string_equal(got.s + got.len - 14, " +CSQ: 999,99\n");
	free(w);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows),
		cmocka_unit_test(test_limit), cmocka_unit_test(test_reset),
		cmocka_unit_test(test_masks), cmocka_unit_test(test_ring)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
