/* Any octets as a script: loaded or refused with a sentence, judged, and talked to. What
 * it cannot do is crash, hang, or say the same run ended twice. */
#include <stdlib.h>
#include <string.h>

#include "dialogs/lint.h"
#include "gateway/core/handler.h"
#include "dialogs/route.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

/* libconfig 1.5 loses the string it was reading when a syntax error follows. */
const char *
__lsan_default_suppressions(void)
{
	return "leak:libconfig";
}

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
	if (strlen(name) % 2)
		*ret = value_text("3");
}

static const struct step_env env = {.get = get,
	.now = 1795240800000,
	.zone = "Asia/Seoul",
	.lang = "ko",
	.pack_lang = "ko"};

static void
feed(const struct script_set *set, struct run *run, const struct step_event *event,
	unsigned *ends)
{
	struct step_result r;
	struct strbuf text = STRBUF_INIT(1 << 22);
	step(set, run, event, &env, &r);
	for (const struct effect *f = r.first; f; f = f->next)
		*ends += f->kind == EFFECT_END;
	arena_done(&r.arena);
	must(*ends <= 1 && (*ends == 1) == (run->state == RUN_ENDED));
	run_encode(run, &text);
	run_done(run);
	must(text.full || run_decode(text.s, run) == 0);
	strbuf_done(&text);
}

static void
talk(const struct script_set *set)
{
	static const char *const texts[] = {
		"1", "네", "주문", "3만원", "tomorrow", "동의", "??"};
	static const char *const names[] = {"item", "no"}, *const values[] = {"젤", "12"};
	static const struct step_row rows[] = {{names, values, 2}, {names, values, 2}};
	struct run run;
	unsigned ends = 0;
	run_init(&run, 1);
	feed(set, &run,
		&(struct step_event){
			.kind = EVENT_START, .script = set->scripts[0], .text = "go"},
		&ends);
	for (unsigned i = 0; i < 40 && run.state != RUN_ENDED; i++) {
		struct step_event event = {
			.kind = EVENT_TEXT, .text = texts[i % ARRAY_LEN(texts)]};
		if (run.state == RUN_SENDING)
			event.kind = i % 5 ? EVENT_SENT : EVENT_SUPPRESSED;
		else if (run.state == RUN_LOOKUP)
			event = (struct step_event){.kind = EVENT_LOOKUP,
				.visit = run.visit,
				.rows = rows,
				.row_count = i % 3,
				.failed = i % 7 == 6};
		else if (run.state == RUN_TICKET)
			event.kind = EVENT_CLOSED;
		else if (run.state == RUN_PAUSE || i % 4 == 3)
			event = (struct step_event){.kind = EVENT_TIMER,
				.visit = run.visit,
				.timer = run.state == RUN_PAUSE ? TIMER_WAIT
								: TIMER_TIMEOUT};
		else
			step_fits(set, &run, event.text, &env);
		feed(set, &run, &event, &ends);
	}
	run_done(&run);
}

const struct driver_ops *const drivers[] = {NULL};
const struct handler handlers[] = {{NULL}};

static void
open_shop(struct rules *rules)
{
	static const struct config_shop shop = {
		.name = "Shop", .country = "KR", .zone = "Asia/Seoul"};
	struct config *config;
	must(config_plain(&shop, &config, NULL) == 0);
	rules_init(rules, config);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rules rules;
	struct strbuf err = STRBUF_SENTENCE;
	struct script *s;
	if (!rules.config)
		open_shop(&rules);
	if (size > 20000)
		return 0;
	if (script_parse("x.cfg", (const char *)data, size, &s, &err) < 0) {
		must(err.len > 0);
	} else {
		const struct script *one = s;
		struct script_set set = {&one, 1};
		struct lint l = {0};
		lint_script(&l, s, &set, &rules);
		lint_set(&l, &set);
		lint_done(&l);
		talk(&set);
		script_free(s);
	}
	strbuf_done(&err);
	return 0;
}
