/* malgil doctor: what is wrong with the modems, and what to do about it. With the gateway
 * running it is asked, for it holds the modems; without it they are asked themselves. */
#include "gateway/verbs/doctor.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "gateway/verbs/print.h"
#include "gateway/verbs/remote.h"

static const struct verb_option options[] = {
	{"--json", NULL, "print data for programs"},
	{0},
};

struct visit {
	bool json;
	json_t *findings;
	unsigned troubles;
};

/* ---- saying ---- */

static void
say(void *arg, const struct exam_finding *f)
{
	static const char *const marks[] = {
		[EXAM_GOOD] = "ok  ", [EXAM_NOTE] = "    ", [EXAM_TROUBLE] = "!!  "};
	static const char *const words[] = {
		[EXAM_GOOD] = "good", [EXAM_NOTE] = "note", [EXAM_TROUBLE] = "trouble"};
	struct visit *v = arg;
	v->troubles += f->level == EXAM_TROUBLE;
	if (v->json) {
		json_array_append_new(v->findings,
			json_pack("{s:s, s:s, s:s, s:s}", "channel", f->channel, "level",
				words[f->level], "en", f->en, "ko", f->ko));
		return;
	}
	printf("%s", marks[f->level]);
	if (*f->channel) {
		print_text(f->channel);
		printf(": ");
	}
	print_text(f->en);
	putchar('\n');
	if (*f->ko)
		printf("      %s\n", f->ko);
}

static void
say_of(struct visit *v, const char *channel, enum exam_level level, const char *en,
	const char *ko)
{
	say(v, &(struct exam_finding){channel, level, en, ko});
}

/* ---- what the running gateway knows ---- */

static const struct advice {
	const char *state;  /* NULL: any that is not ready */
	const char *needle; /* in the last error */
	const char *en, *ko;
} advices[] = {
	{NULL, "cannot be opened: Permission denied",
		"the gateway's user may not open the port: put it into the group dialout "
		"and "
		"restart the gateway",
		"게이트웨이 사용자에게 포트 권한이 없습니다. dialout 그룹에 넣고 다시 "
		"시작하세요."},
	{NULL, "cannot be opened",
		"the modem is unplugged, or has another name now; plug it in "
		"again, and write device = \"serial:imei=...\"",
		"모뎀이 빠졌거나 이름이 바뀌었습니다. 다시 꽂고 device = "
		"\"serial:imei=...\" 로 "
		"쓰세요."},
	{NULL, "is in use", "stop the other program, often ModemManager",
		"다른 프로그램(흔히 ModemManager)을 끄세요."},
	{NULL, "not plugged in", "plug the modem in", "모뎀을 꽂으세요."},
	{NULL, "none of the ports",
		"plug the right modem in, or correct the channel's device",
		"맞는 모뎀을 꽂거나 설정의 device 를 고치세요."},
	{"blocked", "another SIM", "put the right SIM in, or correct `iccid`",
		"맞는 SIM을 끼우거나 설정의 iccid 를 고치세요."},
	{"blocked", "another modem", "put the right modem in, or correct `imei`",
		"맞는 모뎀을 꽂거나 설정의 imei 를 고치세요."},
	{"blocked", "PUK", "enter the PUK in a phone; the operator knows it",
		"휴대폰에서 PUK를 입력하세요. 통신사가 알려 줍니다."},
	{"blocked", "PIN",
		"write the right pin into the channel, or switch the PIN off in a "
		"phone",
		"설정에 맞는 pin 을 적거나 휴대폰에서 PIN 잠금을 끄세요."},
	{"blocked", "pin",
		"write the right pin into the channel, or switch the PIN off in a "
		"phone",
		"설정에 맞는 pin 을 적거나 휴대폰에서 PIN 잠금을 끄세요."},
	{"blocked", "SIM", "switch the modem off and put the SIM in again",
		"모뎀을 끄고 SIM을 다시 끼우세요."},
	{NULL, "not in a network",
		"check the antenna, that the SIM is activated, and that the operator "
		"still runs "
		"the network this modem needs",
		"안테나와 개통 여부, 모뎀이 쓰는 통신망(2G·3G)이 아직 있는지 "
		"확인하세요."},
	{NULL, "service centre", "ask the operator for its number and set `smsc`",
		"통신사에 문자 센터 번호를 물어 smsc 에 적으세요."},
	{NULL, "does not answer",
		"it is being revived; if that takes long, unplug it, wait ten seconds "
		"and plug "
		"it in again",
		"되살리는 중입니다. 오래 걸리면 뽑았다가 10초 뒤 다시 꽂으세요."},
	{"resting", "credit", "top the SIM up", "SIM을 충전하세요."},
};

static const struct advice *
advice_for(const char *state, const char *why)
{
	for (size_t i = 0; i < ARRAY_LEN(advices); i++)
		if ((!advices[i].state || !strcmp(advices[i].state, state)) &&
			strstr(why, advices[i].needle))
			return &advices[i];
	return NULL;
}

static const char *
text_of(const json_t *object, const char *name)
{
	const char *text = print_member(object, name);
	return text ? text : "";
}

static void
see_storage(struct visit *v, const char *name, const json_t *channel)
{
	const json_t *storage = json_object_get(channel, "storage");
	long long used = json_integer_value(json_object_get(storage, "used"));
	long long total = json_integer_value(json_object_get(storage, "total"));
	char en[200];
	if (total > 0 && used * 100 >= total * 80) {
		snprintf(en, sizeof(en),
			"the SIM's storage is nearly full (%lld of %lld): when it is "
			"full "
			"nothing arrives%s",
			used, total,
			json_is_false(json_object_get(channel, "adopted"))
				? "; malgil channels adopt lets the gateway empty it"
				: "");
		say_of(v, name, EXAM_TROUBLE, en,
			"SIM의 문자 보관함이 거의 찼습니다. 가득 차면 문자가 오지 "
			"않습니다.");
	}
	if (json_is_false(json_object_get(channel, "adopted")) &&
		!strcmp(text_of(channel, "state"), "ready"))
		say_of(v, name, EXAM_TROUBLE,
			"this SIM came with many texts; they are stored but not deleted "
			"until "
			"you say that it is the shop's: malgil channels adopt NAME",
			"문자가 많이 든 SIM입니다. 가게의 것이면 malgil channels adopt "
			"를 실행하세요.");
}

static void
see_reports(struct visit *v, const char *name, const json_t *channel)
{
	const char *kept = text_of(channel, "reports_while_down");
	if (!strcmp(kept, "lost"))
		say_of(v, name, EXAM_NOTE,
			"delivery reports that come while the gateway is down are lost: "
			"this modem keeps none. Those texts stay \"sent\"",
			"게이트웨이가 꺼져 있는 동안 온 전달 결과는 사라집니다. 이 "
			"모뎀은 보관하지 못합니다.");
	else if (!strcmp(kept, "kept_if_stopped"))
		say_of(v, name, EXAM_GOOD,
			"delivery reports that come while the gateway is stopped are "
			"kept by the modem and read at the next start; those that come "
			"after it was cut off (power, crash) are lost",
			"게이트웨이를 끈 동안 온 전달 결과는 모뎀이 보관했다가 다시 켤 "
			"때 읽습니다. 갑자기 꺼진 동안의 것은 사라집니다.");
}

static void
see_channel(struct visit *v, const json_t *channel)
{
	struct strbuf en AUTO(strbuf_done) = STRBUF_INIT(4096);
	const char *name = text_of(channel, "name"), *state = text_of(channel, "state");
	const char *why = text_of(channel, "last_error");
	const struct advice *advice = advice_for(state, why);
	char dbm[32];
	const char *signal = print_number(channel, "signal_dbm", dbm);
	if (!strcmp(state, "ready"))
		strbuf_printf(&en, "works: %s %s at %s, network %s (%s, %s dBm)",
			text_of(channel, "manufacturer"), text_of(channel, "model"),
			text_of(channel, "device"), text_of(channel, "operator"),
			text_of(channel, "registration"), signal ? signal : "?");
	else
		strbuf_printf(&en, "is %s: %s%s%s", state, why,
			advice ? ". What to do: " : "", advice ? advice->en : "");
	say_of(v, name, strcmp(state, "ready") ? EXAM_TROUBLE : EXAM_GOOD, en.s,
		!strcmp(state, "ready") ? "잘 됩니다."
		: advice                ? advice->ko
					: "");
	see_storage(v, name, channel);
	see_reports(v, name, channel);
}

/* False when no gateway answers. */
static bool
ask_gateway(struct visit *v, const struct config *config)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct strbuf body AUTO(strbuf_done) = STRBUF_INIT(8 << 20);
	char path[108];
	if (config_socket_path(config, path, &err) < 0)
		return false;
	struct client *client = client_new(path);
	int status = client_call(client,
		&(struct client_request){
			.method = "GET", .path = "/v1/channels", .patience = 5 * SECOND},
		&body, &err);
	client_free(client);
	if (status == -ECONNREFUSED)
		return false;
	json_t *answer = status == 200 ? json_loadb(body.s, body.len, 0, NULL) : NULL;
	const json_t *channels = json_object_get(answer, "channels");
	if (!json_is_array(channels)) {
		say_of(v, "", EXAM_TROUBLE,
			err.len ? err.s
				: "the gateway runs but does not tell of its channels",
			"게이트웨이가 실행 중이지만 답하지 않습니다.");
		return true;
	}
	say_of(v, "", EXAM_GOOD, "the gateway runs", "게이트웨이가 실행 중입니다.");
	for (size_t i = 0; i < json_array_size(channels); i++)
		see_channel(v, json_array_get(channels, i));
	json_decref(answer);
	return true;
}

/* ---- without it ---- */

static void
ask_modems(struct visit *v, const struct config *config)
{
	struct exam exam = {config->run_dir, config->notes_dir, say, v};
	say_of(v, "", EXAM_NOTE,
		"the gateway does not run: its modems are asked directly (some seconds "
		"each)",
		"게이트웨이가 꺼져 있어 모뎀에 직접 물어봅니다.");
	for (size_t i = 0; i < config->channel_count; i++) {
		const struct config_channel *c = &config->channels[i];
		if (c->ops->examine)
			c->ops->examine(c->name, c->node, &exam);
	}
}

static void
ask_machine(struct visit *v, const struct config *config)
{
	struct exam exam = {
		config ? config->run_dir : "", config ? config->notes_dir : "", say, v};
	for (size_t i = 0; drivers[i]; i++)
		if (drivers[i]->examine)
			drivers[i]->examine(NULL, NULL, &exam);
}

int
doctor_run(struct verb_args *args, bool json)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_INIT(64 * 1024);
	struct visit v = {.json = json, .findings = json_array()};
	struct config *config = NULL;
	if (config_load(args->config_path, &config, &err) < 0) {
		config = NULL;
		say_of(&v, "", EXAM_TROUBLE, err.s, "설정 파일을 읽을 수 없습니다.");
	} else if (!ask_gateway(&v, config)) {
		ask_modems(&v, config);
	}
	ask_machine(&v, config);
	if (json)
		print_json(v.findings);
	else if (v.troubles)
		printf("\n%u thing%s to look after. / 살펴볼 것이 %u가지 있습니다.\n",
			v.troubles, v.troubles == 1 ? "" : "s", v.troubles);
	else
		puts("\nNothing is wrong. / 이상이 없습니다.");
	json_decref(v.findings);
	if (config)
		config_free(config);
	return v.troubles ? EXIT_REFUSED : EXIT_DONE;
}

static int
run(struct verb_args *args)
{
	if (verb_no_words(args))
		return EXIT_USAGE;
	return doctor_run(args, verb_flag(args, "--json"));
}

const struct verb verb_doctor = {
	.name = "doctor",
	.summary = "finds the modems and says what is wrong, and what to do",
	.usage = "doctor [--json]",
	.example = "  malgil doctor\n"
		   "  Works with the gateway running and without it. It changes nothing; "
		   "the exit\n"
		   "  code is 1 when there is something to look after.",
	.options = options,
	.run = run,
};
