/* What is said to a phone that is there. */
#include "drivers/gammu/phone_inside.h"

#include <stdio.h>
#include <string.h>

#include "drivers/gammu/tpdu.h"
#include "drivers/gammu/verdict.h"

#define LATE_ANSWER (10 * SECOND) /* how long a given-up send is still listened for */
#define ANSWER_LOOK 2             /* ms */
#define CALL_APART  (15 * SECOND) /* rings further apart are two calls */
#define POLL        (5 * SECOND)  /* a phone that does not announce is asked */
#define SILENT_MAX  2
#define FLAT_PHONE  100000
#define SLOTS_MAX   1000
#define REPORTS_MAX 100
#define EMPTY_MAX   3 /* in a row: nothing lies behind them */

/* The same place is named in two ways by libgammu's AT part: by folder, as announced, or
 * flat, as listed, with the phone's own memory behind the SIM's. Flat is what can also be
 * deleted. Reports have a memory of their own. */
static struct place
place_of(const struct phone *p, const GSM_SMSMessage *sms)
{
	struct place at = {.memory = (int)sms->Memory,
		.folder = sms->Folder,
		.location = sms->Location};
	if (!p->is_at || sms->Memory == MEM_SR)
		return at;
	if (sms->Memory == MEM_ME && at.location < FLAT_PHONE)
		at.location += FLAT_PHONE;
	at.memory = at.folder = 0;
	return at;
}

/* ---- callbacks: libgammu calls them from inside its reads ---- */

static void
on_sent(GSM_StateMachine *sm, int status, int reference, void *arg)
{
	struct phone *p = arg;
	(void)sm;
	p->send.answered = true;
	p->send.status = status;
	p->send.reference = reference;
}

/* No call may be made from here: what was announced is read later. */
static void
on_incoming(GSM_StateMachine *sm, GSM_SMSMessage *sms, void *arg)
{
	struct phone *p = arg;
	(void)sm;
	if (sms->Location <= 0 || p->heard_count == HEARD_MAX) {
		p->heard_more = true;
		return;
	}
	if (sms->Memory == MEM_SR)
		p->keeps = "kept";
	p->heard[p->heard_count++] = place_of(p, sms);
}

static void
on_call(GSM_StateMachine *sm, GSM_Call *call, void *arg)
{
	struct phone *p = arg;
	struct letter letter = {.kind = LETTER_CALL};
	int64_t now = phone_now(), before = p->rang;
	(void)sm;
	if (call->Status != GSM_CALL_IncomingCall)
		return;
	p->rang = now;
	if (before && now - before < CALL_APART)
		return;
	tpdu_ascii(call->PhoneNumber, letter.text, 48);
	phone_post(p, &letter);
}

static void
on_ussd(GSM_StateMachine *sm, GSM_USSDMessage *ussd, void *arg)
{
	struct phone *p = arg;
	struct letter letter = {.kind = LETTER_USSD};
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(sizeof(letter.text) - 1);
	(void)sm;
	for (size_t i = 0;
		i < GSM_MAX_USSD_LENGTH && (ussd->Text[2 * i] || ussd->Text[2 * i + 1]);
		i++)
		strbuf_utf8(&text,
			(uint32_t)(ussd->Text[2 * i] << 8 | ussd->Text[2 * i + 1]));
	snprintf(letter.text, sizeof(letter.text), "%s", text.s);
	phone_post(p, &letter);
}

void
phone_callbacks(struct phone *p)
{
	GSM_SetSendSMSStatusCallback(p->sm, on_sent, p);
	GSM_SetIncomingSMSCallback(p->sm, on_incoming, p);
	GSM_SetIncomingCallCallback(p->sm, on_call, p);
	GSM_SetIncomingUSSDCallback(p->sm, on_ussd, p);
	p->announces = GSM_SetIncomingSMS(p->sm, TRUE) == ERR_NONE;
	/* Not every phone can; then nobody rings here. */
	GSM_SetIncomingCall(p->sm, TRUE);
	GSM_SetIncomingUSSD(p->sm, TRUE);
}

/* ---- messages in ---- */

static void
tell(struct phone *p, const GSM_SMSMessage *sms)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct letter letter = {.kind = LETTER_INCOMING};
	if (sms->PDU == SMS_Submit || sms->State == SMS_Sent || sms->State == SMS_UnSent)
		return; /* ours */
	letter.place = place_of(p, sms);
	int len = tpdu_from_gammu(sms, letter.octets, &err);
	letter.good = len > 0;
	letter.len = letter.good ? (size_t)len : 0;
	if (letter.good)
		tpdu_ascii(sms->SMSC.Number, letter.text, 32);
	else
		snprintf(letter.text, sizeof(letter.text), "place %d in folder %d: %s",
			sms->Location, sms->Folder, err.s);
	phone_post(p, &letter);
}

static void
hear(struct phone *p)
{
	struct place heard[HEARD_MAX];
	size_t count = p->heard_count;
	memcpy(heard, p->heard, count * sizeof(*heard));
	p->heard_count = 0;
	for (size_t i = 0; i < count; i++) {
		GSM_MultiSMSMessage found = {0};
		found.SMS[0].Memory = (GSM_MemoryType)heard[i].memory;
		found.SMS[0].Folder = heard[i].folder;
		found.SMS[0].Location = heard[i].location;
		GSM_Error e = GSM_GetSMS(p->sm, &found);
		for (int n = 0; e == ERR_NONE && n < found.Number; n++)
			tell(p, &found.SMS[n]);
		if (e != ERR_NONE && e != ERR_EMPTY)
			p->heard_more = true;
	}
}

/* Everything that is stored. False when the phone does not answer. */
static bool
list(struct phone *p)
{
	GSM_MultiSMSMessage found = {0};
	GSM_Error e = ERR_NONE;
	p->heard_more = false;
	for (int i = 0; i < SLOTS_MAX && e == ERR_NONE && !phone_hurried(p); i++) {
		e = GSM_GetNextSMS(p->sm, &found, i == 0);
		for (int n = 0; e == ERR_NONE && n < found.Number; n++)
			tell(p, &found.SMS[n]);
	}
	return e != ERR_TIMEOUT && e != ERR_DEVICEREADERROR && e != ERR_DEVICEWRITEERROR;
}

/* Reports that came while nobody listened lie in a memory that libgammu's list leaves
 * out: place by place, until there are no more. */
void
phone_reports(struct phone *p)
{
	GSM_Error e = ERR_NONE;
	int empty = 0;
	p->keeps = "lost";
	for (int i = 1; i <= REPORTS_MAX && empty < EMPTY_MAX && !phone_hurried(p); i++) {
		GSM_MultiSMSMessage found = {0};
		found.SMS[0].Memory = MEM_SR;
		found.SMS[0].Folder = 1;
		found.SMS[0].Location = i;
		e = GSM_GetSMS(p->sm, &found);
		if (e != ERR_NONE && e != ERR_EMPTY && e != ERR_INVALIDLOCATION)
			return; /* there is no such memory */
		if (!strcmp(p->keeps, "lost"))
			p->keeps = ""; /* there is: whether it is used is seen later */
		empty = e == ERR_NONE && found.Number > 0 ? 0 : empty + 1;
		if (!empty)
			p->keeps = "kept";
		for (int n = 0; e == ERR_NONE && n < found.Number; n++)
			tell(p, &found.SMS[n]);
	}
}

/* ---- who and where ---- */

static const char *
registration(const GSM_NetworkInfo *net)
{
	switch (net->State) {
	case GSM_HomeNetwork: return "home";
	case GSM_RoamingNetwork: return "roaming";
	case GSM_RequestingNetwork: return "searching";
	case GSM_RegistrationDenied: return "denied";
	case GSM_NoNetwork: return "none";
	case GSM_NetworkStatusUnknown: break;
	}
	return "unknown";
}

/* A phone that cannot tell about its network is believed to have one. */
static bool
ask_facts(struct phone *p, struct letter *letter)
{
	struct channel_facts *f = &letter->facts;
	GSM_NetworkInfo net = {.State = GSM_NetworkStatusUnknown};
	GSM_SignalQuality signal = {0};
	GSM_SMSMemoryStatus use = {0};
	GSM_Error e = GSM_GetNetworkInfo(p->sm, &net);
	f->storage_used = f->storage_total = -1;
	if (e == ERR_NONE)
		tpdu_ascii(net.NetworkName, f->operator_name, sizeof(f->operator_name));
	snprintf(f->registration, sizeof(f->registration), "%s",
		e == ERR_NONE ? registration(&net) : "unknown");
	letter->registered =
		e != ERR_NONE ||
		(net.State != GSM_NoNetwork && net.State != GSM_RequestingNetwork &&
			net.State != GSM_RegistrationDenied);
	if (GSM_GetSignalQuality(p->sm, &signal) == ERR_NONE && signal.SignalStrength < 0)
		f->signal_dbm = signal.SignalStrength;
	if (GSM_GetSMSStatus(p->sm, &use) == ERR_NONE) {
		f->storage_used = use.SIMUsed + use.PhoneUsed;
		f->storage_total = use.SIMSize + use.PhoneSize;
	}
	snprintf(f->device, sizeof(f->device), "%s", p->config->device);
	snprintf(f->reports, sizeof(f->reports), "%s", p->keeps ? p->keeps : "");
	return e != ERR_TIMEOUT && e != ERR_DEVICEREADERROR && e != ERR_DEVICEWRITEERROR;
}

void
phone_sweep(struct phone *p)
{
	struct letter facts = {.kind = LETTER_FACTS}, told = {.kind = LETTER_TOLD};
	bool answers = ask_facts(p, &facts);
	if (answers)
		phone_post(p, &facts);
	answers = answers && list(p);
	if (answers)
		phone_post(p, &told);
	p->swept = phone_now();
	p->silent = answers ? 0 : p->silent + 1;
	if (p->silent >= SILENT_MAX)
		p->lost = "the phone does not answer";
}

/* ---- jobs ---- */

static void
settle(struct phone *p, uint64_t attempt, const struct outcome *outcome)
{
	struct letter letter = {
		.kind = LETTER_OUTCOME, .id = attempt, .outcome = *outcome};
	snprintf(
		letter.text, sizeof(letter.text), "%s", outcome->why ? outcome->why : "");
	letter.outcome.why = NULL;
	phone_post(p, &letter);
	p->send.attempt = 0;
}

/* Listens for the answer until `until`. */
static bool
await(struct phone *p, int64_t until)
{
	while (!p->send.answered && phone_now() < until && !phone_hurried(p)) {
		if (GSM_ReadDevice(p->sm, FALSE) < 0)
			return false;
		phone_pause(p, ANSWER_LOOK);
	}
	return p->send.answered;
}

/* A send that was given up: its answer would be evidence. */
static void
await_late(struct phone *p, uint64_t attempt)
{
	struct letter letter = {.kind = LETTER_EVIDENCE, .id = attempt, .good = true};
	if (await(p, phone_now() + MIN(LATE_ANSWER, p->config->send_timeout))) {
		letter.outcome = verdict_answer(p->send.status, p->send.reference);
		letter.good = letter.outcome.what == SEND_SENT;
		if (letter.outcome.what != SEND_UNKNOWN)
			phone_post(p, &letter);
	}
	p->lost = "the phone did not say what became of a message";
}

static void
do_send(struct phone *p, const struct job *job)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct letter begun = {.kind = LETTER_BEGUN, .id = job->id};
	GSM_SMSMessage sms;
	if (tpdu_to_gammu(job->octets, job->len, p->smsc, &sms, &err)) {
		settle(p, job->id,
			&(struct outcome){.what = SEND_REJECTED,
				.reference = -1,
				.code = -1,
				.why = err.s});
		return;
	}
	p->send.attempt = job->id;
	p->send.answered = false;
	phone_post(p, &begun);
	GSM_Error e = GSM_SendSMS(p->sm, &sms);
	struct outcome outcome;
	if (e != ERR_NONE && !p->send.answered) {
		outcome = verdict_call(e, p->is_at);
		settle(p, job->id, &outcome);
		if (outcome.what == SEND_UNKNOWN || e == ERR_TIMEOUT)
			p->lost = "the phone did not take a message";
		return;
	}
	if (await(p, phone_now() + p->config->send_timeout)) {
		outcome = verdict_answer(p->send.status, p->send.reference);
		settle(p, job->id, &outcome);
		return;
	}
	settle(p, job->id,
		&(struct outcome){.what = SEND_UNKNOWN,
			.reference = -1,
			.code = -1,
			.why = "the phone did not say what became of it; it may have "
			       "gone "
			       "out"});
	await_late(p, job->id);
}

static void
do_delete(struct phone *p, const struct job *job)
{
	struct letter letter = {.kind = LETTER_DELETED, .id = job->id};
	GSM_SMSMessage sms = {0};
	sms.Memory = (GSM_MemoryType)job->place.memory;
	sms.Folder = job->place.folder;
	sms.Location = job->place.location;
	GSM_Error e = GSM_DeleteSMS(p->sm, &sms);
	letter.good = e == ERR_NONE || e == ERR_EMPTY;
	phone_post(p, &letter);
}

static void
do_ussd(struct phone *p, const struct job *job)
{
	struct letter letter = {.kind = LETTER_USSD};
	char code[64];
	snprintf(code, sizeof(code), "%s", job->text);
	GSM_Error e = GSM_DialService(p->sm, code);
	if (e == ERR_NONE)
		return;
	snprintf(letter.text, sizeof(letter.text), "the phone refused: %s",
		GSM_ErrorString(e));
	phone_post(p, &letter);
}

void
phone_do(struct phone *p, const struct job *job)
{
	switch (job->kind) {
	case JOB_SEND: do_send(p, job); break;
	case JOB_DELETE: do_delete(p, job); break;
	case JOB_USSD: do_ussd(p, job); break;
	case JOB_PIN:
	case JOB_RESTART: break;
	}
}

void
phone_listen(struct phone *p)
{
	int64_t every = p->announces ? p->config->sweep : MIN(p->config->sweep, POLL);
	if (GSM_ReadDevice(p->sm, FALSE) < 0) {
		p->lost = "the phone is gone";
		return;
	}
	if (p->heard_count)
		hear(p);
	if (p->heard_more && phone_now() - p->swept > SECOND) {
		if (!list(p))
			p->silent++;
		p->swept = MAX(p->swept, phone_now() - every + POLL);
	}
	if (phone_now() - p->swept >= every || p->silent)
		phone_sweep(p);
}
