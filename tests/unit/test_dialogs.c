/* dialogs: mistakes in scripts get a sentence with file and line, the linter's
 * judgements, every .talk beside a script goes as written, and a run stored after each
 * event goes on the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "dialogs/lint.h"
#include "gateway/core/handler.h"
#include "dialogs/promo.h"
#include "dialogs/step.h"
#include "dialogs/talk.h"

#define HEAD                                                                             \
	"format = 1;\ndialog = { class = \"reply\"; start = { keywords = \"go\"; };\n"

static struct script *
parse(const char *text, struct strbuf *err)
{
	struct script *s = NULL;
	return script_parse("x.cfg", text, strlen(text), &s, err) < 0 ? NULL : s;
}

static const char *const mistakes[][2] = {
	{"dialog = { };", "x.cfg:1: a script begins with: format = 1;"},
	{"format = 1;", "x.cfg:1: a script holds one 'dialog' or one 'journey'"},
	{"format = 1;\ndialogue = { };", "x.cfg:2: there is no 'dialogue' in a script; "
					 "it has 'format' and one 'dialog' or "
					 "'journey'"},
	{"format = 1;\ndialog = { titel = \"a\"; };",
		"x.cfg:2: there is no 'titel' here; did you mean 'title'?"},
	{"format = 1;\ndialog = { title = 3; };",
		"x.cfg:2: 'title' should be a text in quotes, not a whole number"},
	{"format = 1;\ndialog = { title = \"a\"; };", "x.cfg:2: 'dialog' has no 'steps'"},
	{HEAD "steps = { a = {\n ask = \"?\"; timout = { after = \"1h\"; }; }; }; };",
		"x.cfg:4: there is no 'timout' here; did you mean 'timeout'?"},
	{HEAD "steps = { a = {\n goto = \"lapsd\"; }; lapsed = { end = \"x\"; }; }; };",
		"x.cfg:4: there is no step 'lapsd'; did you mean 'lapsed'?"},
	{"format = 1;\ndialog = { steps = {\n"
	 "a = { ask = \"x\"; accept = \"any\";\nother = \"endd\";\n"
	 "retry = { max = 1; then = \"nowhere\"; }; };\nend = { end = \"x\"; }; }; };",
		"x.cfg:4: there is no step 'endd'; did you mean 'end'?\n"
		"x.cfg:5: there is no step 'nowhere'"},
	{HEAD "steps = { a = { ask = \"?\"; wait = { for = \"1h\"; }; }; }; };",
		"x.cfg:3: the step 'a' has both 'ask' and 'wait'; it may do one of ask, "
		"wait, lookup, "
		"handoff, split"},
	{HEAD "steps = { a = { say = \"?\"; retry = { max = 1; }; }; }; };",
		"x.cfg:3: 'retry' belongs to 'ask', which the step 'a' lacks"},
	{HEAD "steps = { a = { say = { ko = \"가\"; kr = \"나\"; }; }; }; };",
		"x.cfg:3: 'kr' is not a language; did you mean 'ko'?"},
	{HEAD "steps = { a = { say = { ko = \"가\"; xx = \"나\"; }; }; }; };",
		"x.cfg:3: 'xx' is not a language; a text is \"...\" or { ko = \"...\"; "
		"en = \"...\"; }"},
	{HEAD "steps = { a = { say = \"가 {name\"; }; }; };",
		"x.cfg:3: in 'say', character 3: the { opened here is not closed"},
	{HEAD "steps = { a = { say = \"a\"; if = \"b == c\"; }; }; };",
		"x.cfg:3: in 'if', character 3: write = instead of =="},
	{HEAD "steps = { a = { ask = \"?\"; accept = \"numbr 1-5\"; }; }; };",
		"x.cfg:3: in 'accept', nothing is called 'numbr' here; did you mean "
		"'number'?"},
	{HEAD "steps = { a = { ask = \"?\"; timeout = { after = \"3 hours\"; }; }; }; };",
		"x.cfg:3: 'after = \"3 hours\"' is not a length of time; write \"90m\", "
		"\"4h\", \"2d\" "
		"or \"3mo\""},
	{HEAD "steps = { a = { class = \"markting\"; say = \"a\"; }; }; };",
		"x.cfg:3: 'markting' is not a class; did you mean 'marketing'?"},
	{HEAD "steps = { a = { ask = \"?\"; answers = { y = { match = \"exact\"; }; }; "
	      "}; }; };",
		"x.cfg:3: the answer 'y' lacks 'is', its words"},
	{HEAD "steps = { a = { split = { x = { goto = \"a\"; }; y = { goto = \"a\"; }; "
	      "}; }; }; };",
		"x.cfg:3: 'x' has no 'if', so it takes everybody: it must be the last"},
	{HEAD "steps = { a = { split = { x = { if = \"b = c\"; goto = \"a\"; }; }; }; }; "
	      "};",
		"x.cfg:3: the last case of a split has no 'if': it takes everybody else"},
	{HEAD "steps = { a = { variants = { x = { share = 60; say = \"a\"; }; y = { "
	      "share = 30; say "
	      "= \"b\"; }; }; }; }; };",
		"x.cfg:3: the shares of the variants add up to 90, not 100"},
	{HEAD "steps = { a = { lookup = { use = \"db\"; query = \"q\"; into = \"o\"; on "
	      "= { none = \"a\"; }; }; }; }; };",
		"x.cfg:3: there is no 'on' here; it belongs to 'a', outside 'lookup'"},
	{HEAD "steps = { a = { say = \"a\"; title = \"t\"; }; }; };",
		"x.cfg:3: there is no 'title' here; it belongs to 'dialog', outside 'a'"},
	{HEAD "steps = { a = { lookup = { use = \"db\"; query = \"q\"; into = \"o\"; }; "
	      "}; }; };",
		"x.cfg:3: the lookup of 'a' lacks 'on { none, one, many, error }'"},
	{HEAD "steps = { a = { wait = { for = \"1h\"; reply = \"1h\"; }; }; }; };",
		"x.cfg:3: 'wait' has one of 'for', 'until', 'reply' or 'event' ('event' "
		"takes 'for' as "
		"its limit)"},
	{HEAD "steps = { a = { consent = { list = \"news\"; }; }; }; };",
		"x.cfg:3: 'consent' has either 'grant' or 'deny'"},
	{HEAD "steps = { a = { say = { ko = \"a\"; english = \"b\"; }; }; }; };",
		"x.cfg:3: 'english' is not a language; a text is \"...\" or { ko = "
		"\"...\"; en = "
		"\"...\"; }"},
	{HEAD "steps = ( { say = \"a\"; } ); };",
		"x.cfg:3: 'steps' should be a group of named steps { name = { ... }; }, "
		"not a list"},
	{HEAD "steps = { a = { say = \"a; }; }; };",
		"x.cfg:3: the quote opened in this line is not closed in it"},
	{HEAD "steps = { a = { end = \"x\"; goto = \"a\"; }; }; };",
		"x.cfg:3: 'a' ends, so its 'goto' is never followed"},
	{HEAD "steps = { a = {\n asc = \"?\";\n say = 3; };\nb = { goto = \"c\"; }; }; "
	      "};",
		"x.cfg:4: there is no 'asc' here; did you mean 'ask'?\n"
		"x.cfg:5: 'say' should be a text in quotes, not a whole number"},
	{"format = 1;\njourney = { steps = { a = { say = \"a\"; }; }; };",
		"x.cfg:2: a journey needs its 'trigger'"},
	{"format = 1;\njourney = { trigger = { event = \"a\"; date = \"b\"; }; steps = { "
	 "a = { say = "
	 "\"a\"; }; }; };",
		"x.cfg:2: 'trigger' has one of event, date, segment, keyword"},
};

static void
mistakes_get_a_sentence(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(mistakes); i++) {
		struct strbuf err = STRBUF_SENTENCE;
		struct script *s = parse(mistakes[i][0], &err);
		print_message("%s\n", mistakes[i][1]);
		assert_null(s);
		assert_string_equal(err.s, mistakes[i][1]);
		strbuf_done(&err);
	}
}

/* Exactly as long as it says: what reads on behind it is found by valgrind. */
static void
a_text_needs_no_nul_at_its_end(void **state)
{
	static const char text[] = "format = 1; dialog = { }; 2";
	struct strbuf err = STRBUF_SENTENCE;
	struct script *s = NULL;
	(void)state;
	char *copy = malloc(strlen(text));
	memcpy(copy, text, strlen(text));
	assert_true(script_parse("x.cfg", copy, strlen(text), &s, &err) < 0);
	assert_true(err.len > 0);
	free(copy);
	strbuf_done(&err);
}

/* ---- lint ---- */

#define ENDS "b = { end = \"x\"; }; }; };"

static const struct {
	const char *text;
	const char *expect; /* every finding, '\n' between them; "" is clean */
} judgements[] = {
	{HEAD "steps = { a = { ask = \"?\"; accept = \"any\"; timeout = { after = "
	      "\"1h\"; then = "
	      "\"b\"; }; }; " ENDS,
		""},
	{HEAD "steps = { a = { say = \"a\"; goto = \"b\"; };\nc = { say = \"c\"; "
	      "};\n" ENDS,
		"x.cfg:4: nothing leads to the step 'c'"},
	{HEAD "steps = { a = { ask = \"?\"; accept = \"any\"; }; " ENDS,
		"x.cfg:3: the question 'a' never ends: give it a 'timeout', or the "
		"script an 'expire'"},
	{HEAD "steps = {\na = { say = \"a\"; goto = \"c\"; };\nc = { say = \"c\"; goto = "
	      "\"a\"; }; }; };",
		"x.cfg:4: from 'a' the script comes back to itself without waiting for "
		"anybody"},
	{HEAD "steps = { a = { say = \"{contact.name}님\"; }; " ENDS,
		"x.cfg:3: {contact.name} may have no value: give it a fallback, "
		"{contact.name|...}"},
	{HEAD "steps = { a = { say = \"{contact.name|고객}님 {shop} {last}\"; }; " ENDS,
		""},
	{HEAD "steps = { a = { variants = { x = { share = 50; say = \"1\"; }; y = { "
	      "share = 50; "
	      "say = \"2\"; }; };\nwinner = { by = \"click\"; }; }; " ENDS,
		"x.cfg:4: 'by = \"click\"', but no text of this script holds a link "
		"({link:/...} or {NAME:link})"},
	{HEAD "steps = { a = { variants = { x = { share = 50; say = \"1 "
	      "{link:https://shop.example/n}\"; "
	      "};\ny = { share = 50; "
	      "say = \"2\"; }; };\nwinner = { by = \"click\"; }; }; " ENDS,
		"x.cfg:4: 'by = \"click\"', but who gets the variant 'y' is shown no "
		"link ({link:/...} or {NAME:link}), so it can never win"},
	{HEAD "steps = { a = { variants = { x = { share = 50; say = \"1 "
	      "{link:https://shop.example/n}\"; "
	      "}; y = { share = 50; "
	      "say = \"2\"; }; };\nwinner = { by = \"click\"; }; };\nc = { say = "
	      "\"{link:https://shop.example/more}\"; }; " ENDS,
		""},
	{HEAD "steps = { a = { say = \"{contact.color:cut8|색}은 없어요\"; }; " ENDS,
		"x.cfg:3: warning: which particle fits depends on the value: write "
		"{contact.color:cut8:은/는|...} for {contact.color:cut8|색}"},
	{HEAD "steps = { a = { say = \"{now:date}은 {contact.a|x}은행 "
	      "{contact.b:을/를|것을} "
	      "{contact.c|y} 이 {{a}}는\"; }; " ENDS,
		""},
	{HEAD "steps = { a = { say = \"{contcat.name|x}\"; }; " ENDS,
		"x.cfg:3: nothing gives {contcat.name} a value in this script"},
	{HEAD "steps = { a = { say = \"{policy.month_mx}\"; }; " ENDS,
		"x.cfg:3: the shop's policy has no 'month_mx'; did you mean "
		"'month_max'?"},
	{HEAD "steps = { a = { say = \"{policy.month_max|4}\"; }; " ENDS,
		"x.cfg:3: {policy.month_max} takes no fallback: a made-up number would "
		"be a lie"},
	{HEAD "steps = { a = { ask = \"?\"; retry = { max = 1; then = \"b\"; }; timeout "
	      "= { after = "
	      "\"1h\"; then = \"b\"; }; answers = { y = { is = \"계속\"; }; n = { is = "
	      "\"2, 그만\"; }; }; "
	      "}; " ENDS,
		"x.cfg:3: '그만' in an answer is a STOP word (the pack of KR): whoever "
		"writes it is "
		"unsubscribed and never "
		"gets here"},
	{HEAD "steps = { a = { ask = \"?\"; retry = { max = 1; then = \"b\"; }; timeout "
	      "= { after = "
	      "\"1h\"; then = \"b\"; }; answers = { y = { is = \"1, ok\"; }; n = { is = "
	      "\"2, OK!\"; }; "
	      "}; }; " ENDS,
		"x.cfg:3: 'ok' is an answer of both 'y' and 'n', so it is none"},
	{HEAD "steps = { a = { say = \"쿠폰 {coupon:A|-}\"; }; " ENDS,
		"x.cfg:3: this text of 'a' offers something, so it is marketing: write "
		"class = "
		"\"marketing\"; in the step"},
	{HEAD "steps = { a = { class = \"marketing\"; say = \"쿠폰 {coupon:A|-}\"; "
	      "}; " ENDS,
		""},
	{HEAD "steps = { a = { say = \"Season's greetings! SAVE 20% today\"; }; " ENDS,
		"x.cfg:3: this text of 'a' offers something, so it is marketing: write "
		"class = \"marketing\"; in the step"},
	{HEAD "steps = { a = { class = \"service\"; say = \"신상품을 소개합니다\"; "
	      "}; " ENDS,
		"x.cfg:3: this text of 'a' suggests something to buy, so it is "
		"marketing: write class = \"marketing\"; in the step"},
	{HEAD "steps = { a = { say = \"할인 소식을 보내드릴까요\"; }; " ENDS, ""},
	{HEAD "steps = { a = { class = \"marketing\"; say = \"별점을 남기시면 10% "
	      "할인\"; }; " ENDS,
		"x.cfg:3: a coupon or gift in a script that asks for a review"},
	{HEAD "steps = { a = { say = \"후기 부탁드려요\"; }; c = { class = "
	      "\"marketing\"; say = "
	      "\"{coupon:A|-}\"; }; " ENDS,
		"x.cfg:3: a coupon or gift in a script that asks for a review"},
	{HEAD "steps = { a = { consent = { grant = \"marketing\"; wording = \"a, ask\"; "
	      "}; say = "
	      "\"a\"; }; " ENDS,
		"x.cfg:3: 'wording' names 'ask', which is no step"},
	{HEAD "steps = { a = { consent = { grant = \"marketing\"; }; say = \"a\"; "
	      "}; " ENDS,
		"x.cfg:3: a consent without 'wording' proves nothing: name the steps "
		"whose texts were "
		"shown"},
	{HEAD "steps = { a = { start = \"suport\"; }; " ENDS,
		"x.cfg:3: warning: there is no script 'suport' beside this one to start"},
	{"format = 1;\ndialog = { class = \"reply\"; start = { keywords = \"stop, "
	 "시작\"; }; steps = { "
	 "a = { say = \"a\"; }; }; };",
		"x.cfg:2: 'stop' in the keywords is a STOP word (the pack of KR): "
		"whoever writes it is "
		"unsubscribed and "
		"never gets here"},
	{HEAD "steps = { a = { ask = \"?\"; accept = \"any\"; timeout = { after = "
	      "\"1h\"; nudge = "
	      "\"!\"; max = 3; then = \"b\"; }; }; " ENDS,
		"x.cfg:3: one nudge is the most a question may send"},
	{HEAD "steps = { a = { say = \"{contact.nmae|-} {contact.skin|-}\"; }; " ENDS,
		"x.cfg:3: warning: nothing here saves contact.nmae; did you mean "
		"contact.name?"},
	{HEAD "steps = { a = { ask = \"?\"; accept = \"any\"; save = "
	      "\"contact.allergy\"; "
	      "timeout = { after = \"1h\"; then = \"b\"; }; }; c = { split = { y = { if "
	      "= "
	      "\"contact.alergy = nuts\"; goto = \"b\"; }; n = { goto = \"b\"; }; }; "
	      "}; " ENDS,
		"x.cfg:3: warning: nothing here saves contact.alergy; did you mean "
		"contact.allergy?"},
	{HEAD "steps = { a = { split = { y = { if = \"count(message.recieved within "
	      "9d) > 1 or count(pet.walked) > 1\"; goto = \"b\"; }; n = { goto = \"b\"; "
	      "}; }; "
	      "}; " ENDS,
		"x.cfg:3: warning: nothing tells of 'message.recieved'; did you mean "
		"'message.received'?"},
	{HEAD "steps = { a = { wait = { until = \"noonish\"; }; }; " ENDS,
		"x.cfg:3: 'until = \"noonish\"' is not a time; write \"10:00\", \"thu "
		"12:00\" or "
		"\"order.eta 10:00\""},
};

const struct driver_ops *const drivers[] = {NULL};
const struct handler handlers[] = {{NULL}};

static void
rules_of_a_shop(struct rules *rules)
{
	static const struct config_shop shop = {
		.name = "가게", .country = "KR", .zone = "Asia/Seoul"};
	struct config *config;
	struct strbuf err = STRBUF_SENTENCE;
	if (config_plain(&shop, &config, &err) < 0)
		fail_msg("%s", err.s);
	rules_init(rules, config);
	strbuf_done(&err);
}

static void
no_more_rules(struct rules *rules)
{
	config_free((struct config *)rules->config);
	rules_done(rules);
}

static void
the_linter_judges(void **state)
{
	struct rules rules;
	(void)state;
	rules_of_a_shop(&rules);
	for (size_t i = 0; i < ARRAY_LEN(judgements); i++) {
		struct strbuf err = STRBUF_SENTENCE, all = STRBUF_INIT(4096);
		struct lint l = {0};
		const struct script *s = parse(judgements[i].text, &err);
		if (!s)
			fail_msg("%s", err.s);
		struct script_set set = {&s, 1};
		lint_script(&l, s, &set, &rules);
		lint_set(&l, &set);
		for (size_t k = 0; k < l.count; k++)
			strbuf_printf(&all, "%s%s", k ? "\n" : "", l.found[k].sentence);
		print_message("%s\n", judgements[i].text);
		assert_string_equal(all.s, judgements[i].expect);
		lint_done(&l);
		script_free((struct script *)s);
		strbuf_done(&all);
		strbuf_done(&err);
	}
	no_more_rules(&rules);
}

/* Where no number takes refusals yet, what only tags and tells is good all the same. */
static void
only_promotions_need_the_number(void **state)
{
	static const struct {
		const char *steps;
		bool wants;
	} rows[] = {
		{"a = { tag = \"x\"; webhook = \"ads.add\"; end = \"x\"; };", false},
		{"a = { class = \"marketing\"; tag = \"x\"; end = \"x\"; };", false},
		{"a = { class = \"service\"; say = \"a\"; end = \"x\"; };", false},
		{"a = { say = \"a\"; end = \"x\"; };", true},
		{"a = { ask = \"a\"; accept = \"any\"; timeout = { after = \"1h\"; then "
		 "= \"b\"; }; }; b = { end = \"x\"; };",
			true},
	};
	struct rules rules;
	(void)state;
	rules_of_a_shop(&rules);
	char **number = &((struct config *)rules.config)->policy->optout_080;
	char *kept = *number;
	*number = NULL;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct strbuf err = STRBUF_SENTENCE, text = STRBUF_INIT(4096);
		struct lint l = {0};
		bool found = false;
		strbuf_printf(&text,
			"format = 1;\njourney = { class = \"marketing\"; trigger = { "
			"event = "
			"\"cart.updated\"; }; steps = { %s }; };\n",
			rows[i].steps);
		const struct script *s = parse(text.s, &err);
		if (!s)
			fail_msg("%s", err.s);
		lint_script(&l, s, &(struct script_set){&s, 1}, &rules);
		for (size_t k = 0; k < l.count; k++)
			found |= strstr(l.found[k].sentence, "policy.optout_080") != NULL;
		if (found != rows[i].wants)
			fail_msg("%s", rows[i].steps);
		lint_done(&l);
		script_free((struct script *)s);
		strbuf_done(&text);
		strbuf_done(&err);
	}
	*number = kept;
	no_more_rules(&rules);
}

static void
keywords_are_compared_across_scripts(void **state)
{
	static const char *const texts[] = {"format = 1;\ndialog = { class = \"reply\"; "
					    "start = { keywords = \"주문, 배송\"; };\n"
					    "steps = { a = { start = \"b\"; }; }; };",
		"format = 1;\ndialog = { class = \"reply\";\nstart = { keywords = "
		"\"취소, 배송\"; };\n"
		"steps = { a = { start = \"a\"; }; }; };",
		"format = 1;\ndialog = { class = \"reply\"; start = { keywords = "
		"\"배송\"; rank = 20; };\n"
		"steps = { a = { end = \"x\"; }; }; };"};
	static const char *const files[] = {"a.cfg", "b.cfg", "c.cfg"};
	static const char *const expect[] = {
		"a.cfg:2: scripts that start each other in a circle lead back here",
		"b.cfg:3: the keyword '배송' also starts a (line 2) with the same rank "
		"10; one of them "
		"needs another rank",
		"b.cfg:2: scripts that start each other in a circle lead back here"};
	const struct script *scripts[3];
	struct lint l = {0};
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct script *s = NULL;
		assert_int_equal(
			script_parse(files[i], texts[i], strlen(texts[i]), &s, NULL), 0);
		scripts[i] = s;
	}
	struct script_set set = {scripts, 3};
	lint_set(&l, &set);
	assert_int_equal(l.count, ARRAY_LEN(expect));
	for (size_t i = 0; i < l.count; i++)
		assert_string_equal(l.found[i].sentence, expect[i]);
	lint_done(&l);
	for (size_t i = 0; i < 3; i++)
		script_free((struct script *)scripts[i]);
}

/* ---- absurd sizes ---- */

static void
refused(const char *path, const struct strbuf *text, const char *why)
{
	struct script *s = NULL;
	struct strbuf err = STRBUF_INIT(1 << 16);
	if (script_parse(path, text->s, text->len, &s, &err) == 0)
		fail_msg("%.60s... was taken", path);
	if (!strstr(err.s, why))
		fail_msg("%.200s", err.s);
	strbuf_done(&err);
}

static void
absurd_sizes_are_refused(void **state)
{
	struct strbuf steps = STRBUF_INIT(1 << 20), answers = STRBUF_INIT(1 << 16);
	struct strbuf cases = STRBUF_INIT(1 << 16), deep = STRBUF_INIT(1 << 16);
	char long_name[200];
	(void)state;
	strbuf_puts(&steps, HEAD "steps = { ");
	for (int i = 0; i < 1001; i++)
		strbuf_printf(&steps, "s%d = { say = \"x\"; };", i);
	strbuf_puts(&steps, "}; };");
	refused("x.cfg", &steps, "a script has at most 1000 steps");
	strbuf_reset(&steps);
	strbuf_puts(&steps, HEAD "steps = {");
	for (int i = 0; i < 20000; i++)
		strbuf_printf(&steps, "\ns%d = { say = \"x\"; };", i);
	strbuf_puts(&steps, "}; };");
	refused("x.cfg", &steps, "x.cfg:4004: this group holds more than 4,000 settings");
	strbuf_puts(&answers, HEAD "steps = { a = { ask = \"?\"; answers = { ");
	for (int i = 0; i < 65; i++)
		strbuf_printf(&answers, "a%d = { is = \"w%d\"; };", i, i);
	strbuf_puts(&answers, "}; }; }; };");
	refused("x.cfg", &answers, "a question has at most 64 answers, not 65");
	strbuf_puts(&cases, HEAD "steps = { a = { split = { ");
	for (int i = 0; i < 65; i++)
		strbuf_printf(&cases, "c%d = { if = \"a = %d\"; goto = \"a\"; };", i, i);
	strbuf_puts(&cases, "}; }; }; };");
	refused("x.cfg", &cases, "a split has at most 64 cases, not 65");
	strbuf_puts(&deep, HEAD "steps = { a = { if = \"");
	for (int i = 0; i < 500; i++)
		strbuf_putc(&deep, '(');
	strbuf_puts(&deep, "a = 1\"; end = \"x\"; }; }; };");
	refused("x.cfg", &deep, "x.cfg:3: in 'if'");
	memset(long_name, 'n', sizeof(long_name));
	memcpy(long_name + 190, ".cfg", 5);
	strbuf_set(&cases, HEAD "steps = { a = { end = \"x\"; }; }; };");
	refused(long_name, &cases, "at most 60 bytes");
	strbuf_set(&cases,
		HEAD "steps = { a = { ask = \"?\"; save = \"my color\"; }; }; };");
	refused("x.cfg", &cases, "'save = \"my color\"' is not a name");
	strbuf_set(&cases, "\xEF\xBB\xBF" HEAD "steps = { a = { end = \"x\"; }; }; };");
	refused("x.cfg", &cases, "x.cfg:1: ");
	strbuf_set(&cases, HEAD "steps = { a = { say = \"\xC3(\"; }; }; };");
	refused("x.cfg", &cases, "x.cfg:3: ");
	strbuf_done(&steps);
	strbuf_done(&answers);
	strbuf_done(&cases);
	strbuf_done(&deep);
}

/* A column of somebody's database may be called anything, and so may a script's file. */
static void
odd_names_survive_the_store(void **state)
{
	struct run run, again;
	struct strbuf text = STRBUF_INIT(4096), twice = STRBUF_INIT(4096);
	struct value v = value_text("a b\nc \\ d"), got = {0};
	(void)state;
	run_init(&run, 7);
	run.depth = 1;
	run.state = RUN_REPLY;
	snprintf(run.frames[0].script, sizeof(run.frames[0].script), "my own script");
	snprintf(run.frames[0].hash, sizeof(run.frames[0].hash), "0123456789abcdef");
	snprintf(run.frames[0].step, sizeof(run.frames[0].step), "a");
	run_set(&run.frames[0], "o.count(*) of \\ all", &v);
	run_encode(&run, &text);
	assert_int_equal(run_decode(text.s, &again), 0);
	assert_string_equal(again.frames[0].script, "my own script");
	assert_true(run_get(&again.frames[0], "o.count(*) of \\ all", &got));
	assert_string_equal(got.text, "a b\nc \\ d");
	run_encode(&again, &twice);
	assert_string_equal(text.s, twice.s);
	run_done(&run);
	run_done(&again);
	strbuf_done(&text);
	strbuf_done(&twice);
}

/* ---- talks ---- */

static void
run_talks(const char *pattern, size_t least)
{
	glob_t found;
	struct rules rules;
	rules_of_a_shop(&rules);
	struct talk_options o = {.rules = &rules};
	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct strbuf err = STRBUF_INIT(8192), script = STRBUF_INIT(1024);
		const char *talk = found.gl_pathv[i];
		strbuf_add(&script, talk, strlen(talk) - strlen(".talk"));
		strbuf_puts(&script, ".cfg");
		print_message("%s\n", talk);
		if (talk_run(talk, script.s, &o, &err) < 0)
			fail_msg("%s", err.s);
		strbuf_done(&err);
		strbuf_done(&script);
	}
	assert_true(found.gl_pathc >= least);
	globfree(&found);
	no_more_rules(&rules);
}

static void
talks_go_as_written(void **state)
{
	(void)state;
	run_talks("etc/scripts/*.talk", 16);
	run_talks("tests/golden/talk/*.talk", 4);
}

/* A talk that lies must fail, or the others prove nothing. */
static void
talks_can_fail(void **state)
{
	static const struct {
		const char *lines[4], *expect;
	} rows[] = {
		{{"> quiz", "> 1"}, "this was said, but not listed: [가게] 30초 퀴즈!"},
		{{"> quiz", "! silence"},
			"this was said, but not listed: [가게] 30초 퀴즈!"},
		{{"> quiz", "< something else"},
			"expected \"something else\", but got: [가게] 30초"},
		{{"< *"}, "expected a text like \"*\", but nothing was said"},
		{{"= done"}, "expected the outcome \"done\", but no run has ended"},
		{{"+3 hours"},
			"'+3 hours' is not a length of time; write +30m, +3h, +2d"},
		{{"@ 2020-01-01"},
			"the clock only goes forward, and it is past 2020-01-01"},
		{{"% contct a=b"}, "'% contct' is nothing that can be arranged; did you "
				   "mean '% contact'?"},
		{{"% staff closes"}, "no ticket is open"},
		{{"hello"}, "a line begins with one of > < + @ = ! ? % #"},
	};
	struct rules rules;
	(void)state;
	rules_of_a_shop(&rules);
	struct talk_options o = {.rules = &rules};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct strbuf err = STRBUF_INIT(8192);
		struct talk *t = NULL;
		int r = 0;
		assert_int_equal(talk_open("etc/scripts/quiz.cfg", &o, &t, &err), 0);
		for (size_t k = 0; !r && k < 4 && rows[i].lines[k]; k++)
			r = talk_line(t, rows[i].lines[k], false, &err);
		print_message("%s\n", rows[i].lines[0]);
		assert_true(r < 0);
		assert_memory_equal(err.s, rows[i].expect, strlen(rows[i].expect));
		talk_close(t);
		strbuf_done(&err);
	}
	no_more_rules(&rules);
}

/* ---- the engine alone ---- */

static void
no_fact(void *ctx, const char *name, struct value *ret)
{
	(void)ctx, (void)name, (void)ret;
}

static const struct step_env env = {
	.get = no_fact, .now = 1795240800000, .zone = "Asia/Seoul", .pack_lang = "ko"};

static void
note(struct strbuf *out, const struct step_result *r)
{
	for (const struct effect *f = r->first; f; f = f->next) {
		strbuf_printf(out, "%d:%s:%s:%u", (int)f->kind, f->name ? f->name : "",
			f->text ? f->text : "", f->visit);
		strbuf_putc(out, ' ');
	}
}

/* The effects of a whole conversation; with `store`, the run goes through its text form
 * after every event. */
static void
converse(const struct script_set *set, bool store, struct strbuf *out)
{
	static const char *const texts[] = {
		"당김", "뭐라고?", "트러블\nand \\ more", "여드름", "2만원", "4"};
	struct run run;
	struct step_event event = {
		.kind = EVENT_START, .script = set->scripts[0], .text = "퀴즈"};
	run_init(&run, 7);
	for (size_t i = 0; i <= ARRAY_LEN(texts); i++) {
		struct step_result r;
		step(set, &run, &event, &env, &r);
		note(out, &r);
		arena_done(&r.arena);
		if (store) {
			struct strbuf text = STRBUF_INIT(1 << 16),
				      again = STRBUF_INIT(1 << 16);
			run_encode(&run, &text);
			run_done(&run);
			assert_int_equal(run_decode(text.s, &run), 0);
			run_encode(&run, &again);
			assert_string_equal(text.s, again.s);
			strbuf_done(&text);
			strbuf_done(&again);
		}
		event = (struct step_event){
			.kind = EVENT_TEXT, .text = i < ARRAY_LEN(texts) ? texts[i] : ""};
	}
	assert_int_equal(run.state, RUN_ENDED);
	run_done(&run);
}

static void
a_stored_run_goes_on_the_same(void **state)
{
	struct strbuf err = STRBUF_SENTENCE, a = STRBUF_INIT(1 << 16),
		      b = STRBUF_INIT(1 << 16);
	struct script *s = NULL;
	(void)state;
	assert_int_equal(script_load("etc/scripts/quiz.cfg", &s, &err), 0);
	const struct script *one = s;
	struct script_set set = {&one, 1};
	converse(&set, false, &a);
	converse(&set, true, &b);
	assert_string_equal(a.s, b.s);
	assert_true(a.len > 200);
	script_free(s);
	strbuf_done(&a);
	strbuf_done(&b);
	strbuf_done(&err);
}

static void
damaged_runs_are_refused(void **state)
{
	static const char *const texts[] = {"", "run 2 1", "run 1 1 9 0 0 0 0 0 0 0 0\n",
		"run 1 1 1 0 0 0 0 0 0 0 0\n", "run 1 1 1 0 0 0 0 0 0 0 0\nframe a\n",
		"run 1 1 1 0 0 0 0 0 0 0 0\nframe a b c\nvar 9 0 0 1 x y\n",
		"run 1 1 1 0 0 0 0 0 0 0 0\nframe a b c\nvar 4 0 0 0 x\n"};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct run run;
		assert_true(run_decode(texts[i], &run) < 0);
	}
}

/* Counts effects of a kind after one event. */
static size_t
effects(const struct script_set *set, struct run *run, const struct step_event *event,
	enum effect_kind kind)
{
	struct step_result r;
	size_t n = 0;
	step(set, run, event, &env, &r);
	for (const struct effect *f = r.first; f; f = f->next)
		n += f->kind == kind;
	arena_done(&r.arena);
	return n;
}

static void
circles_end_the_run(void **state)
{
	struct strbuf err = STRBUF_SENTENCE;
	(void)state;
	const struct script *s = parse(HEAD
		"steps = { a = { goto = \"b\"; }; b = { goto = \"a\"; }; }; };",
		&err);
	struct script_set set = {&s, 1};
	struct run run;
	run_init(&run, 1);
	struct step_event event = {.kind = EVENT_START, .script = s, .text = "go"};
	assert_int_equal(effects(&set, &run, &event, EFFECT_TROUBLE), 1);
	assert_int_equal(run.state, RUN_ENDED);
	assert_string_equal(run.outcome, "limit");
	run_done(&run);
	script_free((struct script *)s);
	strbuf_done(&err);
}

static void
stale_timers_do_nothing(void **state)
{
	struct strbuf err = STRBUF_SENTENCE;
	(void)state;
	const struct script *s =
		parse(HEAD "steps = { a = { ask = \"?\"; accept = \"any\"; timeout = { "
			   "after = \"1h\"; then = \"c\"; "
			   "}; }; b = { ask = \"!\"; accept = \"any\"; timeout = { after "
			   "= \"1h\"; then = \"c\"; }; }; "
			   "c = { say = \"late\"; }; }; };",
			&err);
	struct script_set set = {&s, 1};
	struct run run;
	run_init(&run, 1);
	struct step_event start = {.kind = EVENT_START, .script = s, .text = "go"};
	assert_int_equal(effects(&set, &run, &start, EFFECT_TIMER), 1);
	struct step_event timer = {
		.kind = EVENT_TIMER, .timer = TIMER_TIMEOUT, .visit = run.visit};
	struct step_event text = {.kind = EVENT_TEXT, .text = "x"};
	assert_int_equal(effects(&set, &run, &text, EFFECT_SAY), 1);
	assert_int_equal(
		effects(&set, &run, &timer, EFFECT_SAY), 0); /* of the first question */
	assert_int_equal(run.state, RUN_REPLY);
	timer.visit = run.visit;
	assert_int_equal(effects(&set, &run, &timer, EFFECT_SAY), 1);
	assert_int_equal(
		effects(&set, &run, &(struct step_event){.kind = EVENT_SENT}, EFFECT_END),
		1);
	assert_int_equal(effects(&set, &run, &text, EFFECT_SAY), 0); /* it is over */
	run_done(&run);
	script_free((struct script *)s);
	strbuf_done(&err);
}

static void
consent_cites_what_was_shown(void **state)
{
	struct strbuf err = STRBUF_SENTENCE;
	(void)state;
	const struct script *s =
		parse(HEAD "steps = { a = { ask = \"Agree, {contact.name|you}?\"; "
			   "answers = { y = { is = \"agree\"; "
			   "match = \"exact\"; }; }; fuzzy = 2; }; b = { consent = { "
			   "grant = \"marketing\"; wording = "
			   "\"a\"; }; say = \"thanks\"; }; }; };",
			&err);
	struct script_set set = {&s, 1};
	struct run run;
	struct step_result r;
	run_init(&run, 1);
	struct step_event start = {.kind = EVENT_START, .script = s, .text = "go"};
	assert_int_equal(effects(&set, &run, &start, EFFECT_SAY), 1);
	assert_false(step_fits(&set, &run, "agre", &env));
	assert_true(step_fits(&set, &run, " AGREE! ", &env));
	step(&set, &run, &(struct step_event){.kind = EVENT_TEXT, .text = "Agree"}, &env,
		&r);
	assert_int_equal(r.first->kind, EFFECT_CONSENT);
	assert_string_equal(r.first->text, "Agree, you?");
	assert_string_equal(r.first->value, s->hash);
	arena_done(&r.arena);
	run_done(&run);
	script_free((struct script *)s);
	strbuf_done(&err);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mistakes_get_a_sentence),
		cmocka_unit_test(a_text_needs_no_nul_at_its_end),
		cmocka_unit_test(the_linter_judges),
		cmocka_unit_test(only_promotions_need_the_number),
		cmocka_unit_test(keywords_are_compared_across_scripts),
		cmocka_unit_test(absurd_sizes_are_refused),
		cmocka_unit_test(odd_names_survive_the_store),
		cmocka_unit_test(talks_go_as_written),
		cmocka_unit_test(talks_can_fail),
		cmocka_unit_test(a_stored_run_goes_on_the_same),
		cmocka_unit_test(damaged_runs_are_refused),
		cmocka_unit_test(circles_end_the_run),
		cmocka_unit_test(stale_timers_do_nothing),
		cmocka_unit_test(consent_cites_what_was_shown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
