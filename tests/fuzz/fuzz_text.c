/* Any octets as an expression, a template and a reply. The first octet chooses which. */
#include <stdlib.h>
#include <string.h>

#include "gateway/text/answer.h"
#include "gateway/text/expr.h"
#include "gateway/text/match.h"
#include "gateway/text/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool condition)
{
	if (!condition)
		abort();
}

static void
get(void *ctx, const char *name, struct value *ret)
{
	(void)ctx;
	static const char *const texts[] = {"", "3", "가나", "2026-11-21", "no"};
	size_t n = strlen(name);
	if (n % 3)
		*ret = value_text(texts[n % ARRAY_LEN(texts)]);
	else if (n % 2)
		*ret = value_number((double)n);
}

static bool
column(void *ctx, const char *name, struct expr_column *ret)
{
	(void)ctx, (void)name;
	*ret = (struct expr_column){"a", "b", "c", "SELECT d"};
	return true;
}

static void
expression(const char *text)
{
	static struct expr_params params;
	static const struct expr_env env = {
		.get = get, .now = 1795240800000, .zone = "UTC"};
	static const struct expr_schema schema = {.column = column, .events = "SELECT 1"};
	struct strbuf err = STRBUF_SENTENCE, sql = STRBUF_INIT(1 << 20);
	struct expr *e, *again;
	if (expr_parse(text, &e, &err) < 0) {
		must(err.len > 0);
	} else {
		expr_eval(e, &env);
		if (expr_sql(e, &schema, env.now, "UTC", 1, &sql, &params, &err) < 0)
			must(err.len > 0);
		must(expr_parse(expr_source(e), &again, &err) == 0);
		must(expr_eval(again, &env) == expr_eval(e, &env));
		expr_free(again);
		expr_free(e);
	}
	strbuf_done(&err);
	strbuf_done(&sql);
}

static void
filled(const char *text)
{
	static const struct template_env env = {
		.get = get, .now = 1795240800000, .zone = "Asia/Seoul", .lang = "ko"};
	struct strbuf err = STRBUF_SENTENCE, out = STRBUF_INIT(1 << 16);
	struct template *t;
	if (template_parse(text, &t, &err) < 0) {
		must(err.len > 0);
	} else {
		if (template_render(t, &env, &out, &err) < 0)
			must(err.len > 0);
		for (size_t i = 0; i < template_count(t); i++)
			must(template_at(t, i).path != NULL);
		template_free(t);
	}
	strbuf_done(&err);
	strbuf_done(&out);
}

static void
reply(const char *text, unsigned fuzzy)
{
	static const char *const accepts[] = {"number 1-50", "date", "date past",
		"time 9:00-18:00", "yesno", "phone", "pattern [0-9]{6}", "any"};
	static const struct answer_env env = {
		.now = 1795240800000, .zone = "Asia/Seoul", .lang = "ko"};
	static struct wordset lists[3];
	if (!lists[0].count) {
		wordset_init(&lists[0], "1, 네, 예, 응, ㅇㅇ, yes, y");
		wordset_init(&lists[1], "2, 아니, 번들거림, 주문 취소, no");
		wordset_init(&lists[2], "3, 배송, back in stock");
	}
	struct match_choice choices[] = {
		{.words = &lists[0]}, {.words = &lists[1]}, {.words = &lists[2]}};
	struct strbuf out = STRBUF_INIT(8192);
	struct answer_accept a;
	size_t chosen = match_choose(text, choices, 3, fuzzy);
	must(chosen == MATCH_NONE || chosen < 3);
	must(chosen == match_choose(text, choices, 3, fuzzy));
	words_courtesy(text);
	for (size_t i = 0; i < ARRAY_LEN(accepts); i++) {
		must(answer_parse(accepts[i], &a, NULL) == 0);
		if (answer_read(&a, text, &env, &out))
			must(out.len > 0);
	}
	if (answer_parse(text, &a, &out) == 0)
		answer_read(&a, "12 three 2026-11-21", &env, &out);
	strbuf_done(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1 || size > 4096)
		return 0;
	char *text = malloc(size);
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	if (data[0] % 3 == 0)
		expression(text);
	else if (data[0] % 3 == 1)
		filled(text);
	else
		reply(text, data[0] % 4);
	free(text);
	return 0;
}
