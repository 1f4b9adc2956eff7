/* text/template, text/particle and text/format: places filled, particles that fit,
 * mistakes with a sentence. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "gateway/text/format.h"
#include "gateway/text/particle.h"
#include "gateway/text/template.h"

#define ZONE "Asia/Seoul"
#define NOW                                                                              \
	INT64_C(1795240800000) /* 2026-11-21 06:00 UTC, 15:00 in Seoul, a Saturday       \
				*/

static const struct {
	const char *path;
	struct value value;
} facts[] = {
	{"name", {VALUE_TEXT, 0, 0, "김하늘"}},
	{"name2", {VALUE_TEXT, 0, 0, "이서"}},
	{"empty", {VALUE_TEXT, 0, 0, ""}},
	{"cart.total", {VALUE_NUMBER, 39000, 0, NULL}},
	{"cart.first", {VALUE_TEXT, 0, 0, "히알루론산 수분 진정 앰플 세트 30ml"}},
	{"cart.url", {VALUE_TEXT, 0, 0, "https://shop.example/c/7"}},
	{"o.eta", {VALUE_TEXT, 0, 0, "2026-11-23"}},
	{"o.at", {VALUE_TIME, 0, NOW, NULL}},
	{"o.state", {VALUE_TEXT, 0, 0, "shipped"}},
	{"o.price", {VALUE_TEXT, 0, 0, "free"}},
	{"n", {VALUE_NUMBER, 4.5, 0, NULL}},
	{"flag", {VALUE_BOOL, 1, 0, NULL}},
	{"tags", {VALUE_LIST, 0, 0, "vip\nnew"}},
};

static void
get(void *ctx, const char *path, struct value *ret)
{
	(void)ctx;
	for (size_t i = 0; i < ARRAY_LEN(facts); i++)
		if (!strcmp(facts[i].path, path))
			*ret = facts[i].value;
}

static bool
call(void *ctx, enum template_call what, const char *argument, const struct value *v,
	struct strbuf *out)
{
	(void)ctx;
	switch (what) {
	case TEMPLATE_COUPON: strbuf_printf(out, "%s-1", argument); return true;
	case TEMPLATE_LINK: strbuf_puts(out, "https://m.kr/x"); return true;
	case TEMPLATE_PRICE: return false;
	case TEMPLATE_LABEL:
		if (strcmp(argument, "o.state") != 0 || strcmp(v->text, "shipped") != 0)
			return false;
		strbuf_puts(out, "배송 중");
		return true;
	case TEMPLATE_MENU: strbuf_puts(out, "1) 가\n2) 나"); return true;
	}
	return false;
}

static struct template_env env = {.get = get, .call = call, .now = NOW, .zone = ZONE};

static const struct {
	const char *text, *lang, *expect;
} rendered[] = {
	{"", "ko", ""},
	{"그대로", "ko", "그대로"},
	{"{name|고객}님", "ko", "김하늘님"},
	{"{nobody|고객}님", "ko", "고객님"},
	{"{nobody|}!", "ko", "!"},
	{"{empty|고객}님", "ko", "고객님"},
	{"{cart.total:won}", "ko", "39,000원"},
	{"{cart.total:won}", "en", "39,000 won"},
	{"{cart.total}", "ko", "39000"},
	{"{o.price:won|무료}", "ko", "무료"}, /* not a sum of money */
	{"{cart.first:cut14}", "ko", "히알루론산 수분 진정.."},
	{"{cart.first:cut3}", "ko", "히알루"},
	{"{name:cut14}", "ko", "김하늘"},
	{"{name:cut14:은/는}", "ko", "김하늘은"},
	{"{name:cut2:은/는}", "ko", "김하는"},
	{"{cart.first:cut14:이/가}", "ko", "히알루론산 수분 진정..이"},
	{"{cart.total:won:을/를}", "ko", "39,000원을"},
	{"{o.eta:date:으로/로}", "ko", "2026년 11월 23일로"},
	{"{nobody:cut14:은/는|이것은}", "ko", "이것은"},
	{"{o.eta:date}", "ko", "2026년 11월 23일"},
	{"{o.eta:date}", "en", "23 Nov 2026"},
	{"{o.eta:day}", "ko", "11월 23일(월)"},
	{"{o.eta:day}", "en", "Mon 23 Nov"},
	{"{now:date} {now:time}", "ko", "2026년 11월 21일 오후 3:00"},
	{"{o.at:time}", "en", "3:00 pm"},
	{"{o.at}", "ko", "2026-11-21 15:00"},
	{"{o.state:date|도착일 확인 중}", "ko", "도착일 확인 중"},
	{"{cart.url:link}", "ko", "https://m.kr/x"},
	{"{o.track:link|}.", "ko", "."},
	{"{o.state:label}", "ko", "배송 중"},
	{"{name:label}", "ko", "김하늘"},
	{"{o:menu}", "ko", "1) 가\n2) 나"},
	{"{coupon:WELCOME}", "ko", "WELCOME-1"},
	{"{link:/p/tea-gel}", "ko", "https://m.kr/x"},
	{"{price:tea|값은 문의}", "ko", "값은 문의"},
	{"{name:은/는} {name2:은/는}", "ko", "김하늘은 이서는"},
	{"{nobody:은/는|고객님은}", "ko", "고객님은"},
	{"{n} {flag} {tags}", "ko", "4.5 true vip, new"},
	{"{{name}} {name}", "ko", "{name} 김하늘"},
};

static void
places_are_filled(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rendered); i++) {
		struct strbuf out = STRBUF_INIT(1024), err = STRBUF_SENTENCE;
		struct template *t = NULL;
		print_message("%s\n", rendered[i].text);
		if (template_parse(rendered[i].text, &t, &err) < 0)
			fail_msg("%s", err.s);
		env.lang = rendered[i].lang;
		assert_int_equal(template_render(t, &env, &out, &err), 0);
		assert_string_equal(out.s, rendered[i].expect);
		template_free(t);
		strbuf_done(&out);
		strbuf_done(&err);
	}
}

static void
what_is_missing_is_named(void **state)
{
	static const char *const rows[][2] = {{"a {nobody} {other}", "nobody"},
		{"{price:tea}", "price:tea"}, {"{o.price:won}", "o.price"},
		{"{empty}", "empty"}};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct strbuf out = STRBUF_INIT(1024), missing = STRBUF_SENTENCE;
		struct template *t = NULL;
		assert_int_equal(template_parse(rows[i][0], &t, NULL), 0);
		assert_true(template_render(t, &env, &out, &missing) < 0);
		assert_string_equal(missing.s, rows[i][1]);
		template_free(t);
		strbuf_done(&out);
		strbuf_done(&missing);
	}
}

static const char *const mistakes[][2] = {
	{"가 {name", "character 3: the { opened here is not closed"},
	{"a } b", "character 3: this } closes nothing; a brace itself is written }}"},
	{"{a {b}}", "character 1: the { opened here is not closed"},
	{"{}", "character 1: '{}' is not a name in braces; a brace itself is written {{"},
	{"{a b}", "character 1: '{a b}' is not a name in braces; a brace itself is "
		  "written {{"},
	{"{.a}", "character 1: '{.a}' is not a name in braces; a brace itself is written "
		 "{{"},
	{"{a:wno}", "character 1: there is no filter 'wno'; did you mean 'won'?"},
	{"{a:은/를}", "character 1: '은/를' is not a pair of particles such as 은/는, "
		      "이/가, 을/를, "
		      "과/와, 으로/로"},
	{"{a:은/는:cut14}",
		"character 1: '은/는:cut14' is not a pair of particles such as "
		"은/는, 이/가, 을/를, 과/와, 으로/로"},
	{"{a:cut0}", "character 1: cut0 would leave nothing"},
	{"{coupon:}", "character 1: {coupon:...} wants something after the colon"},
};

static void
mistakes_get_a_sentence(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(mistakes); i++) {
		struct strbuf err = STRBUF_SENTENCE;
		struct template *t = NULL;
		assert_true(template_parse(mistakes[i][0], &t, &err) < 0);
		assert_string_equal(err.s, mistakes[i][1]);
		strbuf_done(&err);
	}
}

static void
checkers_see_the_places(void **state)
{
	(void)state;
	struct template *t = NULL;
	struct strbuf words = STRBUF_INIT(256);
	assert_int_equal(template_parse("가{a.b:won|x}나{coupon:W}{c}", &t, NULL), 0);
	assert_int_equal(template_count(t), 3);
	struct template_place p = template_at(t, 0);
	assert_string_equal(p.path, "a.b");
	assert_string_equal(p.filter, "won");
	assert_true(p.fallback && !p.function);
	p = template_at(t, 1);
	assert_string_equal(p.path, "coupon");
	assert_string_equal(p.filter, "W");
	assert_true(p.function && !p.fallback);
	p = template_at(t, 2);
	assert_string_equal(p.path, "c");
	assert_null(p.filter);
	template_literal(t, &words);
	assert_string_equal(words.s, "가 나  ");
	template_free(t);
	strbuf_done(&words);
}

static const struct {
	const char *word, *pair, *expect;
} particles[] = {
	/* Hangul */
	{"사과", "을/를", "를"},
	{"귤", "을/를", "을"},
	{"귤", "으로/로", "로"},
	{"집", "으로/로", "으로"},
	{"학교", "으로/로", "로"},
	{"하늘", "이/가", "이"},
	{"친구", "과/와", "와"},
	{"가방", "과/와", "과"},
	{"가방", "와/과", "과"},
	{"하늘", "아/야", "아"},
	{"민수", "이랑/랑", "랑"},
	{"책", "이에요/예요", "이에요"},
	{"쿠폰", "이나/나", "이나"},
	/* digits as they are read */
	{"0", "은/는", "은"},
	{"1", "이/가", "이"},
	{"1", "으로/로", "로"},
	{"2", "이/가", "가"},
	{"3", "이/가", "이"},
	{"4", "을/를", "를"},
	{"5", "을/를", "를"},
	{"6", "을/를", "을"},
	{"6", "으로/로", "으로"},
	{"7", "으로/로", "로"},
	{"8", "으로/로", "로"},
	{"9", "은/는", "는"},
	{"10", "으로/로", "으로"},
	{"100", "이/가", "이"},
	{"20,000", "을/를", "을"},
	{"1000000000000", "이/가", "가"},
	{"12", "은/는", "는"},
	{"3.5", "은/는", "는"},
	{"1.0", "으로/로", "으로"},
	{"010-1234-5670", "으로/로", "으로"},
	/* units after digits */
	{"30%", "을/를", "를"},
	{"5kg", "은/는", "은"},
	{"5g", "을/를", "을"},
	{"100ml", "을/를", "를"},
	{"20cm", "이/가", "가"},
	{"36℃", "은/는", "는"},
	/* letter by letter, and words as Korean borrows them */
	{"SMS", "을/를", "를"},
	{"URL", "을/를", "을"},
	{"URL", "으로/로", "로"},
	{"KTX", "은/는", "는"},
	{"PIN", "을/를", "을"},
	{"LG", "은/는", "는"},
	{"a", "은/는", "는"},
	{"gel", "을/를", "을"},
	{"gel", "으로/로", "로"},
	{"Apple", "이/가", "이"},
	{"cream", "은/는", "은"},
	{"cup", "을/를", "을"},
	{"book", "이/가", "이"},
	{"pack", "을/를", "을"},
	{"ring", "을/를", "을"},
	{"line", "은/는", "은"},
	{"ticket", "을/를", "을"},
	{"set", "을/를", "를"},
	{"card", "을/를", "를"},
	{"cake", "이/가", "가"},
	{"shoes", "은/는", "는"},
	{"acne", "은/는", "는"},
	/* brackets and quotes */
	{"홍길동(40)", "은/는", "은"},
	{"티트리 젤 (대)", "으로/로", "로"},
	{"'사과'", "을/를", "를"},
	{"\"집\"", "으로/로", "으로"},
	{"(주)말길", "은/는", "은"},
	{"(가)", "은/는", "는"},
	{"집!", "이/가", "이"},
	/* nobody can tell */
	{"👍", "을/를", "을(를)"},
	{"", "은/는", "은(는)"},
	{"東京", "으로/로", "(으)로"},
	{"***", "이/가", "이(가)"},
};

static void
particles_fit(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(particles); i++) {
		struct strbuf out = STRBUF_INIT(64);
		print_message("%s %s\n", particles[i].word, particles[i].pair);
		assert_true(particle_known(particles[i].pair));
		particle_add(particles[i].word, particles[i].pair, &out);
		assert_string_equal(out.s, particles[i].expect);
		strbuf_done(&out);
	}
	assert_false(particle_known("은/를"));
	assert_false(particle_known("은"));
	assert_false(particle_known("/"));
}

static void
cuts_keep_characters_whole(void **state)
{
	static const struct {
		const char *text, *expect;
		unsigned max;
	} rows[] = {{"가나다라마바", "가나다..", 5}, {"가나다라마", "가나다라마", 5},
		{"a b c d e", "a b..", 6},
		{"👨‍👩‍👧👍🏽x", "👨‍👩‍👧👍🏽", 2},
		{"각", "각", 4}, {"", "", 4}};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct strbuf out = STRBUF_INIT(256);
		format_cut(rows[i].text, rows[i].max, &out);
		assert_string_equal(out.s, rows[i].expect);
		strbuf_done(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places_are_filled),
		cmocka_unit_test(what_is_missing_is_named),
		cmocka_unit_test(mistakes_get_a_sentence),
		cmocka_unit_test(checkers_see_the_places),
		cmocka_unit_test(particles_fit),
		cmocka_unit_test(cuts_keep_characters_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
