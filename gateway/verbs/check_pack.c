#include "gateway/verbs/check_pack.h"

#include <stdio.h>
#include <string.h>

#include "gateway/core/packs.h"
#include "gateway/core/policy.h"
#include "gateway/sms/segment.h"

/* A shop of four letters stands for all: its name costs more where it is longer. */
#define SHOP "Shop"

static const struct segment_options options = {.alphabet = SEGMENT_AUTO};
static struct segment_plan plan; /* 255 segments are much for a stack */

static void
fill(const struct pack *pack, const char *text, struct strbuf *out)
{
	struct policy *policy = policy_default();
	struct policy_words words = {
		policy, SHOP, !strcmp(pack->country, "KR") ? "Asia/Seoul" : "UTC", 0};
	policy_make_up(policy);
	policy_expand(&words, text, out);
	policy_free(policy);
}

/* What stands around a promotion when its owner wrote none of it. */
static void
wrapper(const struct pack *pack, const struct pack_class *c, struct strbuf *out)
{
	if (c->prefix)
		strbuf_puts(out, c->prefix);
	if (c->sender)
		strbuf_printf(out, SHOP "%s", c->prefix ? "\n" : ": ");
	if (!c->suffix)
		return;
	strbuf_putc(out, '\n');
	fill(pack, c->suffix, out);
}

static bool
measure(const struct strbuf *text)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	return segment_plan(text->s, text->len, &options, &plan, &err) == 0;
}

static void
say_wrapper(const struct pack *pack)
{
	const struct pack_class *c = &pack->rules[0].classes[CLASS_MARKETING];
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(4096);
	wrapper(pack, c, &text);
	if (!text.len || !measure(&text))
		return;
	bool gsm = plan.alphabet == SMS_GSM7;
	size_t room = segment_capacity(plan.alphabet, 0);
	printf("  around a promotion of \"" SHOP "\": %zu of %zu letters (%s), %zu left "
	       "in one segment\n",
		plan.units, room, gsm ? "GSM 7-bit" : "UCS-2",
		room > plan.units ? room - plan.units : 0);
	if (!gsm)
		puts("  note: it makes every promotion UCS-2: 70 letters a segment and "
		     "not 160");
}

static void
say_hours(const struct pack *pack)
{
	const struct pack_class *c = &pack->rules[0].classes[CLASS_MARKETING];
	printf("  promotions: %s%s%s%s\n", c->hours_text,
		c->closed_on_holidays ? ", not on holidays" : "",
		c->night ? ", at night with consent for it" : "",
		c->sim && !strcmp(c->sim, "refuse") ? "; never from a SIM" : "");
}

/* What it answers: one segment each is what most networks carry best. */
static void
say_answers(const struct pack *pack)
{
	const struct {
		const char *name, *text;
	} answers[] = {{"stop", pack->say_stop}, {"start", pack->say_start},
		{"help", pack->say_help}, {"granted", pack->say_granted},
		{"refused", pack->say_refused}, {"reconfirm", pack->say_reconfirm}};
	const char *between = "";
	printf("  it says:");
	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(4096);
		if (!answers[i].text)
			continue;
		fill(pack, answers[i].text, &text);
		if (!text.len || !measure(&text))
			continue;
		printf("%s %s %zu segment%s (%s, %zu letters)", between, answers[i].name,
			plan.count, plan.count == 1 ? "" : "s",
			plan.alphabet == SMS_GSM7 ? "GSM 7-bit" : "UCS-2", plan.units);
		between = ",";
	}
	puts("");
}

int
check_pack_file(const struct verb *verb, const char *path)
{
	struct pack pack;
	struct strbuf err AUTO(strbuf_done) = STRBUF_INIT(64 * 1024);
	if (pack_load(path, &pack, &err) < 0)
		return verb_refuse(verb, "%s", err.s);
	printf("%s: good. The pack of %s (%s), as of %s, confidence %s, %zu region%s, "
	       "%zu holidays\n",
		path, pack.country, pack.name, pack.as_of, pack.confidence,
		pack.rules_count - 1, pack.rules_count == 2 ? "" : "s",
		pack.holidays.count);
	say_hours(&pack);
	say_wrapper(&pack);
	say_answers(&pack);
	pack_free(&pack);
	return EXIT_DONE;
}
