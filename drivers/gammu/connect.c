/* From nothing to a phone that answers, and back. */
#include "drivers/gammu/phone_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "drivers/gammu/tpdu.h"

/* How often libgammu says a thing again that was not answered. More than once would send
 * a message twice over the protocols where it waits for the answer itself. */
#define SAY_ONCE 1

/* ---- the last of the wire ---- */

static void
note(struct phone *p, char way, const char *text)
{
	pthread_mutex_lock(&p->lock);
	const char head[] = {way, ' ', '\0'};
	for (const char *s = head; *s; s++)
		p->wire[p->wire_total++ % sizeof(p->wire)] = *s;
	for (const char *s = text; *s; s++)
		p->wire[p->wire_total++ % sizeof(p->wire)] = *s;
	p->wire[p->wire_total++ % sizeof(p->wire)] = '\n';
	pthread_mutex_unlock(&p->lock);
}

/* libgammu logs what it read as numbered lines, '2 "+CMGS: 5"'; the first is the echo of
 * what it said. */
static void
take_line(struct phone *p)
{
	char *text = p->line, *end;
	long number = strtol(text, &end, 10);
	size_t len = strlen(text);
	if (end == text || end[0] != ' ' || end[1] != '"' || text[len - 1] != '"' ||
		p->secret)
		return;
	text[len - 1] = '\0';
	note(p, number == 1 && p->is_at ? '>' : '<', end + 2);
	phone_line(p, number, end + 2);
}

static void
on_log(const char *text, void *arg)
{
	struct phone *p = arg;
	for (; *text; text++) {
		if (*text != '\n' && *text != '\r') {
			if (p->line_len < sizeof(p->line) - 1)
				p->line[p->line_len++] = *text;
			continue;
		}
		p->line[p->line_len] = '\0';
		p->line_len = 0;
		take_line(p);
	}
}

/* ---- the device ---- */

static bool
down(struct letter *ret, bool blocked, const char *why)
{
	ret->good = blocked;
	snprintf(ret->text, sizeof(ret->text), "%s", why);
	return false;
}

/* Held open beside libgammu's own descriptor, so that a hang-up can be seen; the lock
 * file is ours, the flock() libgammu's. */
static bool
take_device(struct phone *p, struct letter *ret)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	const char *device = p->config->device;
	if (!gammu_config_is_path(p->config))
		return true;
	p->guard = open(device, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (p->guard < 0) {
		strbuf_set(&err, "%s: %s", device, strerror(errno));
		return down(ret, false, err.s);
	}
	if (lock_take(&p->device_lock, p->lock_dir, device, p->guard, &err) == 0) {
		flock(p->guard, LOCK_UN); /* libgammu takes this one itself */
		return true;
	}
	close(p->guard);
	p->guard = -1;
	return down(ret, false, err.s);
}

static void
configure(struct phone *p, GSM_StateMachine *sm)
{
	GSM_Config *c = GSM_GetConfig(sm, 0);
	memset(c, 0, sizeof(*c));
	c->Device = xstrdup(p->config->device);
	c->Connection = xstrdup(p->config->connection);
	c->DebugFile = xstrdup("");
	snprintf(c->Model, sizeof(c->Model), "%s",
		p->config->model ? p->config->model : "");
	snprintf(c->DebugLevel, sizeof(c->DebugLevel), "textall");
	for (size_t i = 0; i < ARRAY_LEN(c->CNMIParams); i++)
		c->CNMIParams[i] = -1;
	GSM_SetConfigNum(sm, 1);
}

static bool
dial_up(struct phone *p, struct letter *ret)
{
	GSM_StateMachine *sm = GSM_AllocStateMachine();
	if (!sm)
		abort();
	configure(p, sm);
	pthread_mutex_lock(&p->lock);
	p->sm = sm;
	bool hurried = p->hurry;
	pthread_mutex_unlock(&p->lock);
	if (hurried)
		return down(ret, false, "the phone did not answer in time");
	GSM_Error e = GSM_InitConnection_Log(sm, SAY_ONCE, on_log, p);
	if (e == ERR_NONE)
		return true;
	char why[200];
	snprintf(why, sizeof(why), "%s: %s", p->config->device, GSM_ErrorString(e));
	return down(ret, false, why);
}

/* ---- the SIM ---- */

static void
ask_pin(struct phone *p)
{
	struct letter letter = {.kind = LETTER_LOCKED};
	char imei[GSM_MAX_IMEI_LENGTH + 1] = "";
	GSM_GetIMEI(p->sm, imei);
	snprintf(letter.who.imei, sizeof(letter.who.imei), "%.23s", imei);
	phone_post(p, &letter);
}

/* Gives the PIN the driver hands over, once. The driver decides whether it may be. */
static bool
give_pin(struct phone *p, struct letter *ret)
{
	struct letter letter = {.kind = LETTER_PIN};
	GSM_SecurityCode code = {.Type = SEC_Pin};
	GSM_SecurityCodeType now = SEC_Pin;
	if (!phone_wait_pin(p, code.Code, sizeof(code.Code)))
		return down(ret, true, ""); /* the driver has said why */
	p->secret = true;
	GSM_Error e = GSM_EnterSecurityCode(p->sm, &code);
	p->secret = false;
	memset(code.Code, 0, sizeof(code.Code));
	/* An answer that was lost is not a wrong PIN: what the SIM says now decides. */
	letter.good = e == ERR_NONE ||
		      (GSM_GetSecurityStatus(p->sm, &now) == ERR_NONE && now == SEC_None);
	letter.registered = e == ERR_SECURITYERROR || e == ERR_UNKNOWN ||
			    now == SEC_Pin || now == SEC_Puk;
	phone_post(p, &letter);
	if (!letter.good)
		return down(ret, true,
			"the SIM did not accept the configured pin; it is not tried "
			"again. Correct `pin`, or unlock the SIM in a phone");
	return true;
}

static bool
open_sim(struct phone *p, struct letter *ret)
{
	GSM_SecurityCodeType wants = SEC_None;
	if (GSM_GetSecurityStatus(p->sm, &wants) != ERR_NONE)
		return true; /* this phone does not tell */
	switch (wants) {
	case SEC_None:
	case SEC_Pin2:
	case SEC_Puk2: return true;
	case SEC_Pin: ask_pin(p); return give_pin(p, ret);
	case SEC_Puk:
		return down(ret, true,
			"the SIM is blocked and wants its PUK: enter it in a phone");
	case SEC_SecurityCode:
	case SEC_Phone:
	case SEC_Network: break;
	}
	return down(
		ret, true, "the phone or SIM is locked in a way only a person can open");
}

/* ---- who it is ---- */

static void
ask_who(struct phone *p, struct channel_identity *who)
{
	char text[GSM_MAX_MODEL_LENGTH + GSM_MAX_VERSION_LENGTH + 200] = "",
								  date[200] = "";
	double number;
	if (GSM_GetManufacturer(p->sm, text) == ERR_NONE)
		snprintf(who->manufacturer, sizeof(who->manufacturer), "%.47s", text);
	if (GSM_GetModel(p->sm, text) == ERR_NONE)
		snprintf(who->model, sizeof(who->model), "%.47s", text);
	if (GSM_GetFirmware(p->sm, text, date, &number) == ERR_NONE)
		snprintf(who->revision, sizeof(who->revision), "%.63s", text);
	if (GSM_GetIMEI(p->sm, text) == ERR_NONE)
		snprintf(who->imei, sizeof(who->imei), "%.23s", text);
	if (GSM_GetSIMIMSI(p->sm, text) == ERR_NONE)
		snprintf(who->imsi, sizeof(who->imsi), "%.23s", text);
	snprintf(who->profile, sizeof(who->profile), "libgammu");
}

/* Only what was asked for and answered otherwise is another one. */
static bool
is_wanted(struct phone *p, const struct channel_identity *who, struct letter *ret)
{
	char why[300];
	const char *imei = p->config->imei, *imsi = p->config->imsi;
	if (imei && strncmp(imei, who->imei, 14) != 0)
		snprintf(why, sizeof(why),
			"another phone is connected: its IMEI is %s, the channel's is %s",
			*who->imei ? who->imei : "unknown", imei);
	else if (imsi && strcmp(imsi, who->imsi) != 0)
		snprintf(why, sizeof(why),
			"another SIM is in the phone: its IMSI is %s, the channel's is "
			"%s",
			*who->imsi ? who->imsi : "unknown", imsi);
	else
		return true;
	return down(ret, true, why);
}

static void
find_smsc(struct phone *p)
{
	GSM_SMSC smsc = {.Location = 1};
	p->smsc[0] = '\0';
	if (p->config->smsc)
		snprintf(p->smsc, sizeof(p->smsc), "%s", p->config->smsc);
	else if (GSM_GetSMSC(p->sm, &smsc) == ERR_NONE)
		tpdu_ascii(smsc.Number, p->smsc, sizeof(p->smsc));
}

bool
phone_connect(struct phone *p, struct letter *ret_down)
{
	struct letter letter = {.kind = LETTER_WHO};
	p->lost = NULL;
	p->heard_count = 0;
	p->heard_more = false;
	p->direct_len = 0;
	p->silent = 0;
	p->send.attempt = p->doubtful = 0;
	if (!take_device(p, ret_down) || !dial_up(p, ret_down) || !open_sim(p, ret_down))
		return false;
	ask_who(p, &letter.who);
	if (phone_hurried(p))
		return down(ret_down, false, "the phone did not answer in time");
	if (!is_wanted(p, &letter.who, ret_down))
		return false;
	find_smsc(p);
	phone_callbacks(p);
	phone_post(p, &letter);
	if (p->is_at && p->config->reports)
		phone_reports(p);
	phone_sweep(p);
	if (!p->lost)
		return true;
	return down(ret_down, false, p->lost);
}

void
phone_disconnect(struct phone *p)
{
	pthread_mutex_lock(&p->lock);
	GSM_StateMachine *sm = p->sm;
	p->sm = NULL;
	pthread_mutex_unlock(&p->lock);
	if (sm) {
		GSM_TerminateConnection(sm);
		GSM_FreeStateMachine(sm);
	}
	if (p->guard >= 0) {
		close(p->guard);
		p->guard = -1;
		lock_drop(&p->device_lock);
	}
}
