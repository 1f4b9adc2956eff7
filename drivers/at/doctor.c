/* What is wrong with a modem, found without the gateway and said in words a shop owner
 * can follow. Runs in a command of its own: it may wait. It asks, and changes nothing: no
 * PIN, no setting that outlasts it, no message read or deleted. */
#include "drivers/at/doctor_inside.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static void
look_identity(struct patient *p, struct channel_identity *who)
{
	struct profile profile;
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	if (doctor_ok(p, "AT+CGMI"))
		parse_value(doctor_first(p), "+CGMI", who->manufacturer,
			sizeof(who->manufacturer));
	if (doctor_ok(p, "AT+CGMM"))
		parse_value(doctor_first(p), "+CGMM", who->model, sizeof(who->model));
	if (doctor_ok(p, "AT+CGSN"))
		for (size_t i = 0; i < p->answers && !who->imei[0]; i++)
			if (parse_digits(p->answer[i], 14, who->imei, sizeof(who->imei)))
				who->imei[0] = '\0';
	if (profile_find(p->exam->notes_dir, p->config.profile, who->manufacturer,
		    who->model, &profile, &err))
		doctor_say(
			p, EXAM_TROUBLE, "모뎀 프로필을 읽을 수 없습니다.", "%s", err.s);
	doctor_say(p, EXAM_GOOD, "모뎀이 응답합니다.",
		"the modem answers: %s %s, IMEI %s, profile %s", who->manufacturer,
		who->model, who->imei[0] ? who->imei : "unknown", profile.name);
	profile_free(&profile);
	if (p->config.imei && !find_same_imei(who->imei, p->config.imei))
		doctor_say(p, EXAM_TROUBLE,
			"설정과 다른 모뎀입니다. 맞는 모뎀을 꽂거나 설정의 imei 를 "
			"고치세요.",
			"this is another modem than the channel is for (IMEI %s): put "
			"the "
			"right one back, or correct `imei`",
			p->config.imei);
}

static bool
look_lock(struct patient *p)
{
	char state[32] = "";
	if (!doctor_ask(p, "AT+CPIN?", 5 * SECOND)) {
		doctor_say(p, EXAM_TROUBLE, "모뎀이 SIM 상태를 말하지 않습니다.",
			"the modem does not say whether the SIM is open");
		return false;
	}
	if (p->answers)
		parse_value(doctor_first(p), "+CPIN", state, sizeof(state));
	if (strcasecmp(state, "READY") == 0)
		return true;
	if (strstr(state, "PUK"))
		doctor_say(p, EXAM_TROUBLE,
			"SIM이 잠겼습니다(PUK). 휴대폰에 넣고 PUK를 입력하세요. 통신사에 "
			"문의하면 "
			"알려 줍니다.",
			"the SIM is blocked and wants its PUK: put it into a phone and "
			"enter "
			"the PUK the operator gave you");
	else if (strcasecmp(state, "SIM PIN") == 0 && p->config.pin)
		doctor_say(p, EXAM_NOTE,
			"SIM이 PIN을 원하며, 시작할 때 한 번 입력됩니다.",
			"the SIM wants its PIN; the gateway will enter it once, when it "
			"starts");
	else if (strcasecmp(state, "SIM PIN") == 0)
		doctor_say(p, EXAM_TROUBLE,
			"SIM이 PIN을 원합니다. 채널에 pin = \"1234\"; 처럼 적거나 "
			"휴대폰에서 PIN "
			"잠금을 끄세요.",
			"the SIM wants its PIN: write pin = \"...\" into the channel, or "
			"switch the PIN off in a phone");
	else
		doctor_say(p, EXAM_TROUBLE,
			"SIM이 없거나 읽히지 않습니다. 모뎀을 끄고 SIM을 다시 끼우세요.",
			"no SIM can be used (%s): switch the modem off and put the SIM "
			"in "
			"again",
			state[0]                     ? state
			: p->final.kind == FINAL_CME ? codes_cme(p->final.code)->sentence
						     : "no answer");
	return false;
}

static void
look_sim(struct patient *p)
{
	static const char *const commands[] = {
		"AT+CCID", "AT+ICCID", "AT+QCCID", "AT^ICCID?", "AT#CCID", "AT^SCID"};
	char iccid[24] = "";
	for (size_t i = 0; i < ARRAY_LEN(commands) && !iccid[0]; i++)
		if (doctor_ok(p, commands[i]) &&
			parse_digits(doctor_first(p), 18, iccid, sizeof(iccid)))
			iccid[0] = '\0';
	const char *wanted = p->config.iccid                   ? p->config.iccid
			     : p->config.find.by == FIND_ICCID ? p->config.find.what
							       : NULL;
	if (wanted && !find_same_iccid(iccid, wanted))
		doctor_say(p, EXAM_TROUBLE,
			"설정과 다른 SIM입니다. 맞는 SIM을 끼우거나 설정의 iccid 를 "
			"고치세요.",
			"another SIM is in it (ICCID %s, the channel is for %s): put the "
			"right one in, or correct `iccid`",
			iccid[0] ? iccid : "unknown", wanted);
	else
		doctor_say(p, EXAM_GOOD, "SIM이 열려 있습니다.",
			"the SIM is open, ICCID %s", iccid[0] ? iccid : "unknown");
}

static void
look_network(struct patient *p)
{
	static const char *const names[] = {"+CREG", "+CEREG", "+CGREG"};
	char command[16], operator_name[48] = "";
	const char *word = "unknown";
	bool registered = false;
	int dbm = 0;
	for (size_t i = 0; i < ARRAY_LEN(names) && !registered; i++) {
		struct creg creg;
		snprintf(command, sizeof(command), "AT%s?", names[i]);
		if (!doctor_ok(p, command) ||
			parse_creg(doctor_first(p), names[i], true, &creg))
			continue;
		word = parse_creg_word(creg.stat);
		registered = parse_creg_registered(creg.stat);
	}
	if (doctor_ok(p, "AT+CSQ") && parse_csq(doctor_first(p), &dbm))
		dbm = 0;
	if (doctor_ok(p, "AT+COPS?") &&
		parse_cops(doctor_first(p), operator_name, sizeof(operator_name)))
		operator_name[0] = '\0';
	if (!registered)
		doctor_say(p, EXAM_TROUBLE,
			"통신망에 등록되지 않았습니다. 안테나와 개통 여부를 확인하고, "
			"2G·3G 모뎀이라면 "
			"그 망이 아직 있는지 확인하세요.",
			"not in a network (%s, signal %d dBm): is the antenna on, the "
			"SIM "
			"activated, and does the operator still run the network (2G, 3G) "
			"this "
			"modem needs?",
			word, dbm);
	else if (dbm && dbm < -100)
		doctor_say(p, EXAM_NOTE, "신호가 약합니다. 안테나를 창가로 옮기세요.",
			"in the network of %s (%s), but the signal is weak (%d dBm): "
			"move the "
			"antenna",
			operator_name, word, dbm);
	else
		doctor_say(p, EXAM_GOOD, "통신망에 등록되었습니다.",
			"in the network of %s (%s), signal %d dBm", operator_name, word,
			dbm);
}

static void
look_storage(struct patient *p)
{
	struct mem_use use[PARSE_GROUPS];
	size_t count = 0;
	if (!doctor_ok(p, "AT+CPMS?") || parse_cpms(doctor_first(p), use, &count) ||
		!count)
		return;
	for (size_t i = 0; i < count; i++) {
		if (i > 0 && strcmp(use[i].name, use[0].name) == 0)
			continue;
		if (use[i].total > 0 && use[i].used * 100 >= use[i].total * 80)
			doctor_say(p, EXAM_TROUBLE,
				"SIM의 문자 보관함이 거의 찼습니다. 가득 차면 문자가 "
				"오지 않습니다. "
				"게이트웨이를 켜면 읽어서 비웁니다.",
				"the storage \"%s\" is nearly full (%d of %d): when it "
				"is "
				"full nothing arrives. The running gateway empties it; "
				"if it "
				"does not, see malgil channels adopt",
				use[i].name, use[i].used, use[i].total);
		else if (use[i].total > 0)
			doctor_say(p, EXAM_GOOD, "보관함에 자리가 있습니다.",
				"storage \"%s\": %d of %d places taken", use[i].name,
				use[i].used, use[i].total);
	}
}

/* Not which of them is used, but what the modem offers: the gateway picks the best. */
static void
look_reports(struct patient *p)
{
	struct mem_groups mems = {.count = 0};
	struct sets cnmi = {.count = 0};
	if (!doctor_ok(p, "AT+CNMI=?") || parse_sets(doctor_first(p), "+CNMI", &cnmi) ||
		!doctor_ok(p, "AT+CPMS=?") || parse_cpms_test(doctor_first(p), &mems))
		return;
	if (p->config.reports && strcmp(p->config.reports, "direct") != 0)
		return;
	if (cnmi.count > 3 && parse_sets_has(&cnmi, 3, 2) && mems.count > 0 &&
		parse_mem_has(&mems.group[0], "SR"))
		doctor_say(p, EXAM_GOOD,
			"게이트웨이를 끈 동안 온 전달 결과는 모뎀이 보관합니다.",
			"delivery reports that come while the gateway is stopped are "
			"kept by the modem; those that come after it was cut off "
			"(power, crash) are lost, unless the channel says reports = "
			"\"stored\"");
	else
		doctor_say(p, EXAM_NOTE,
			"게이트웨이가 꺼져 있는 동안 온 전달 결과는 사라집니다. 이 "
			"모뎀은 보관하지 못합니다.",
			"delivery reports that come while the gateway is down are lost: "
			"this modem keeps none (reports = \"acknowledged\" may help)");
}

static void
look_smsc(struct patient *p)
{
	char number[32] = "";
	if (p->config.smsc || !doctor_ok(p, "AT+CSCA?") ||
		parse_csca(doctor_first(p), number, sizeof(number)) || number[0])
		return;
	doctor_say(p, EXAM_TROUBLE,
		"문자 센터 번호가 없어 문자를 보낼 수 없습니다. 통신사에 물어 smsc = "
		"\"+82...\"; 로 "
		"적으세요.",
		"the SIM knows no service centre, so nothing can be sent: ask the "
		"operator for "
		"its number and write smsc = \"+82...\" into the channel");
}

static void
look(struct patient *p)
{
	struct channel_identity who = {.imei = ""};
	if (!doctor_wake(p)) {
		doctor_say(p, EXAM_TROUBLE,
			"포트는 열리지만 모뎀이 응답하지 않습니다. 모뎀에는 포트가 "
			"여럿이니 다른 번호"
			"(ttyUSB1, ttyUSB2 …)를 써 보고, 모뎀을 뽑았다 꽂으세요.",
			"the port opens, but nobody answers AT. Modems have several "
			"ports: try "
			"the others (ttyUSB1, ttyUSB2 ...), or unplug the modem and plug "
			"it in "
			"again");
		return;
	}
	look_identity(p, &who);
	if (!look_lock(p))
		return;
	look_sim(p);
	look_network(p);
	look_storage(p);
	look_reports(p);
	look_smsc(p);
}

/* The port that is meant, when the device is named by what it is. */
static bool
choose(struct patient *p, char *ret_device, size_t size)
{
	struct find_port ports[FIND_MAX];
	size_t count = find_list(&p->config.find, ports);
	for (size_t i = 0; i < count; i++) {
		struct channel_identity who = {.imei = ""};
		char iccid[24] = "";
		bool it = false;
		if (doctor_open(p, ports[i].device, true) && doctor_wake(p)) {
			if (p->config.find.by == FIND_USB)
				it = true;
			if (p->config.find.by == FIND_IMEI && doctor_ok(p, "AT+CGSN") &&
				!parse_digits(
					doctor_first(p), 14, who.imei, sizeof(who.imei)))
				it = find_same_imei(who.imei, p->config.find.what);
			if (p->config.find.by == FIND_ICCID && doctor_ok(p, "AT+CCID") &&
				!parse_digits(doctor_first(p), 18, iccid, sizeof(iccid)))
				it = find_same_iccid(iccid, p->config.find.what);
		}
		doctor_close(p);
		if (it) {
			snprintf(ret_device, size, "%.299s", ports[i].device);
			return true;
		}
	}
	return false;
}

static void
doctor_channel(struct patient *p)
{
	struct strbuf name AUTO(strbuf_done) = STRBUF_SENTENCE;
	char device[300];
	snprintf(device, sizeof(device), "%s", p->config.device);
	if (p->config.find.by != FIND_PATH) {
		find_name(&p->config.find, &name);
		if (!choose(p, device, sizeof(device))) {
			doctor_say(p, EXAM_TROUBLE,
				"설정에 적힌 모뎀(SIM)이 어느 포트에도 없습니다. 꽂혀 "
				"있는지, 다른 "
				"프로그램이 쓰고 있지 않은지 확인하세요.",
				"%s is at none of the ports that can be opened: is it "
				"plugged "
				"in, and not in use by another program?",
				name.s);
			return;
		}
		doctor_say(p, EXAM_GOOD, "모뎀을 찾았습니다.", "%s is at %s", name.s,
			device);
	}
	if (doctor_open(p, device, false))
		look(p);
	doctor_close(p);
}

unsigned
doctor_examine(
	const char *channel, const struct conf_node *config, const struct exam *exam)
{
	struct patient p = {.exam = exam, .channel = channel, .fd = -1};
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	if (!channel) {
		doctor_machine(&p);
	} else if (at_config_read(config, &p.config, &err)) {
		doctor_say(&p, EXAM_TROUBLE, "설정이 틀렸습니다.", "%s", err.s);
	} else {
		doctor_channel(&p);
		at_config_free(&p.config);
	}
	return p.troubles;
}
