/* 27.007 and V.250: who the modem is, its SIM, the network. */
#include "drivers/sim/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Commands whose one answer is a fact of this modem. */
static int
run_imei(struct sim_modem *m, enum sim_op op, char *args)
{
	(void)op, (void)args;
	sim_modem_line(m, "%s", m->imei);
	return SIM_OK;
}

static int
run_imsi(struct sim_modem *m, enum sim_op op, char *args)
{
	(void)op, (void)args;
	sim_modem_line(m, "%s", m->imsi);
	return SIM_OK;
}

static int
run_iccid(struct sim_modem *m, enum sim_op op, char *args)
{
	(void)op, (void)args;
	sim_modem_line(m, "+CCID: %s", m->iccid);
	return SIM_OK;
}

static int
run_iccid_plain(struct sim_modem *m, enum sim_op op, char *args)
{
	(void)op, (void)args;
	sim_modem_line(m, "%s", m->iccid);
	return SIM_OK;
}

static int
run_number(struct sim_modem *m, enum sim_op op, char *args)
{
	(void)op, (void)args;
	sim_modem_line(m, "+CNUM: \"\",\"%s\",145", m->me->number);
	return SIM_OK;
}

static int
run_clac(struct sim_modem *m, enum sim_op op, char *args)
{
	(void)op, (void)args;
	for (const struct sim_command *c = sim_commands_general; c->name; c++)
		sim_modem_line(m, "%s", c->name);
	for (const struct sim_command *c = sim_commands_sms; c->name; c++)
		sim_modem_line(m, "%s", c->name);
	return SIM_OK;
}

/* A small setting: `name: value` when read, a number within bounds when set. */
static int
setting(struct sim_modem *m, enum sim_op op, char *args, const char *name, int max,
	int *value)
{
	struct sim_args a;
	int n;
	if (op != SIM_SET) {
		sim_modem_line(m, "%s: %d", name, *value);
		return SIM_OK;
	}
	sim_args_split(args, &a);
	if (sim_args_int(a.v[0], 0, max, 0, &n) < 0)
		return SIM_CME(50);
	*value = n;
	return SIM_OK;
}

static int
run_cmee(struct sim_modem *m, enum sim_op op, char *args)
{
	return setting(m, op, args, "+CMEE", 2, &m->set.cmee);
}

static int
run_clip(struct sim_modem *m, enum sim_op op, char *args)
{
	return setting(m, op, args, "+CLIP", 1, &m->set.clip);
}

static int
run_cscs(struct sim_modem *m, enum sim_op op, char *args)
{
	struct sim_args a;
	static const char *const known[] = {"GSM", "HEX", "UCS2", "IRA"};
	if (op != SIM_SET) {
		sim_modem_line(m, "+CSCS: \"%s\"", m->set.charset);
		return SIM_OK;
	}
	sim_args_split(args, &a);
	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		if (strcmp(a.v[0], known[i]) != 0)
			continue;
		snprintf(m->set.charset, sizeof(m->set.charset), "%s", known[i]);
		return SIM_OK;
	}
	return SIM_CME(50);
}

/* ---- registration ---- */

static int
run_registration(
	struct sim_modem *m, enum sim_op op, char *args, const char *name, int *n)
{
	if (op == SIM_SET)
		return setting(m, op, args, name, 2, n);
	int stat = sim_modem_registration(m);
	if (sim_fault_on(&m->faults, FAULT_CREG_EMPTY))
		return SIM_OK;
	if (sim_fault_on(&m->faults, FAULT_CREG_SHORT))
		sim_modem_line(m, "%s: %d", name, stat);
	else if (sim_fault_on(&m->faults, FAULT_CREG_HEX))
		sim_modem_line(m, "%s: %d,%d,4CA,81DE445", name, *n, stat);
	else if (*n == 2 && sim_modem_registered(m))
		sim_modem_line(m, "%s: 2,%d,\"1A2B\",\"01C3D4E5\",7", name, stat);
	else
		sim_modem_line(m, "%s: %d,%d", name, *n, stat);
	return SIM_OK;
}

static int
run_creg(struct sim_modem *m, enum sim_op op, char *args)
{
	return run_registration(m, op, args, "+CREG", &m->set.creg[0]);
}

static int
run_cgreg(struct sim_modem *m, enum sim_op op, char *args)
{
	return run_registration(m, op, args, "+CGREG", &m->set.creg[1]);
}

static int
run_cereg(struct sim_modem *m, enum sim_op op, char *args)
{
	return run_registration(m, op, args, "+CEREG", &m->set.creg[2]);
}

static int
run_cops(struct sim_modem *m, enum sim_op op, char *args)
{
	const struct sim_country *c = m->sim->country;
	struct sim_args a;
	if (op == SIM_TEST) {
		sim_modem_line(m,
			"+COPS: (2,\"%s\",\"%s\",\"%s\",7),,(0,1,2,3,4),(0,1,2)",
			c->operator_name, c->operator_name, c->operator_code);
	} else if (op == SIM_SET) {
		sim_args_split(args, &a);
		int mode, format;
		if (sim_args_int(a.v[0], 0, 4, 0, &mode) < 0 ||
			sim_args_int(a.v[1], 0, 2, m->set.cops_format, &format) < 0)
			return SIM_CME(50);
		m->set.cops_format = format;
	} else if (!sim_modem_registered(m)) {
		sim_modem_line(m, "+COPS: 0");
	} else {
		sim_modem_line(m, "+COPS: 0,%d,\"%s\",7", m->set.cops_format,
			m->set.cops_format == 2 ? c->operator_code : c->operator_name);
	}
	return SIM_OK;
}

static int
run_csq(struct sim_modem *m, enum sim_op op, char *args)
{
	(void)op, (void)args;
	sim_modem_line(m, sim_modem_registered(m) ? "+CSQ: 20,99" : "+CSQ: 99,99");
	return SIM_OK;
}

static int
run_cfun(struct sim_modem *m, enum sim_op op, char *args)
{
	struct sim_args a;
	int fun, reset;
	if (op != SIM_SET) {
		sim_modem_line(m, "+CFUN: %d", m->set.radio ? 1 : 4);
		return SIM_OK;
	}
	sim_args_split(args, &a);
	if (sim_args_int(a.v[0], 0, 16, 1, &fun) < 0 ||
		sim_args_int(a.v[1], 0, 1, 0, &reset) < 0)
		return SIM_CME(50);
	m->set.radio = fun != 0 && fun != 4;
	if (reset || fun > 4) {
		sim_modem_result(m, SIM_OK);
		sim_pty_flush(&m->port);
		sim_modem_reboot(m, 200);
		return SIM_SILENT;
	}
	return SIM_OK;
}

static int
run_cclk(struct sim_modem *m, enum sim_op op, char *args)
{
	(void)args;
	if (op == SIM_SET)
		return SIM_OK;
	int zone = m->sim->country->zone;
	time_t t = (time_t)(clock_wall(loop_clock(m->sim->loop)) / SECOND + zone * 60);
	struct tm tm;
	gmtime_r(&t, &tm);
	sim_modem_line(m, "+CCLK: \"%02d/%02d/%02d,%02d:%02d:%02d%+03d\"",
		tm.tm_year % 100, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
		tm.tm_sec, zone / 15);
	return SIM_OK;
}

/* ---- the SIM ---- */

static int
wrong_code(struct sim_modem *m, unsigned *tries)
{
	if (*tries)
		--*tries;
	if (m->lock == SIM_WANTS_PIN && !*tries)
		m->lock = SIM_WANTS_PUK;
	sim_modem_note(m, "pin");
	sim_ledger_text(&m->sim->ledger, "result", "wrong");
	sim_ledger_int(&m->sim->ledger, "left", *tries);
	sim_ledger_end(&m->sim->ledger);
	return SIM_CME(16);
}

static int
enter_pin(struct sim_modem *m, char *args)
{
	struct sim_args a;
	sim_args_split(args, &a);
	if (m->lock == SIM_UNLOCKED)
		return SIM_CME(3);
	if (m->lock == SIM_WANTS_PIN && strcmp(a.v[0], m->pin) != 0)
		return wrong_code(m, &m->pin_tries);
	if (m->lock == SIM_WANTS_PUK && (strcmp(a.v[0], "12345678") != 0 || !a.v[1][0]))
		return wrong_code(m, &m->puk_tries);
	if (m->lock == SIM_WANTS_PUK)
		snprintf(m->pin, sizeof(m->pin), "%.8s", a.v[1]);
	m->lock = SIM_UNLOCKED;
	m->pin_tries = 3;
	sim_modem_note(m, "pin");
	sim_ledger_text(&m->sim->ledger, "result", "right");
	sim_ledger_end(&m->sim->ledger);
	sim_modem_urc(m, "Call Ready");
	sim_modem_urc(m, "SMS Ready");
	return SIM_OK;
}

static int
run_cpin(struct sim_modem *m, enum sim_op op, char *args)
{
	const struct sim_fault_armed *late = sim_fault_on(&m->faults, FAULT_CPIN_LATE);
	int64_t now = clock_mono(loop_clock(m->sim->loop));
	if (m->sim_busy_until > now)
		return SIM_CME(14);
	if (op == SIM_SET)
		return enter_pin(m, args);
	if (late) {
		m->late = *late;
		loop_timer_in(&m->later, late->value);
		return SIM_OK;
	}
	sim_modem_line(m, "+CPIN: %s", sim_modem_lock(m));
	if (m->lock == SIM_UNLOCKED && sim_fault_on(&m->faults, FAULT_CPIN_NO_OK))
		return SIM_SILENT;
	return SIM_OK;
}

static int
run_cpinr(struct sim_modem *m, enum sim_op op, char *args)
{
	(void)op, (void)args;
	sim_modem_line(m, "+CPINR: SIM PIN,%u,3", m->pin_tries);
	return SIM_OK;
}

static int
run_clck(struct sim_modem *m, enum sim_op op, char *args)
{
	struct sim_args a;
	(void)op;
	sim_args_split(args, &a);
	if (!strcmp(a.v[0], "SC") && !strcmp(a.v[1], "2")) {
		sim_modem_line(m, "+CLCK: %d", m->pin_on);
		return SIM_OK;
	}
	return SIM_CME(4);
}

/* 31.102 4.2.9 EF_SMSS: last used TP-MR, then bit 1 of the next octet clear when memory
 * ran out; 4.2... EF_ICCID: digits nibble-swapped. Anything else is not found (6A82). */
static int
run_crsm(struct sim_modem *m, enum sim_op op, char *args)
{
	struct sim_args a;
	(void)op;
	sim_args_split(args, &a);
	if (!strcmp(a.v[0], "176") && !strcmp(a.v[1], "28483")) {
		bool full =
			sim_storage_used(&m->storage, SIM_SM) == m->sim->options.storage;
		sim_modem_line(m, "+CRSM: 144,0,\"%02X%s\"", (unsigned)m->last_mr,
			full ? "FE" : "FF");
	} else if (!strcmp(a.v[0], "176") && !strcmp(a.v[1], "12258")) {
		char swapped[21] = "FFFFFFFFFFFFFFFFFFFF";
		for (size_t i = 0; m->iccid[i]; i++)
			swapped[i ^ 1] = m->iccid[i];
		sim_modem_line(m, "+CRSM: 144,0,\"%s\"", swapped);
	} else {
		sim_modem_line(m, "+CRSM: 106,130");
	}
	return SIM_OK;
}

/* ---- balance ---- */

static int
run_cusd(struct sim_modem *m, enum sim_op op, char *args)
{
	const char *answer = m->balance;
	struct sim_args a;
	if (op != SIM_SET) {
		sim_modem_line(m, "+CUSD: 1");
		return SIM_OK;
	}
	sim_args_split(args, &a);
	if (!a.v[1][0])
		return SIM_OK;
	if (strcmp(m->set.charset, "UCS2") != 0) {
		sim_modem_urc(m, "+CUSD: 0,\"%s\",15", answer);
		return SIM_OK;
	}
	char hex[sizeof(m->balance) * 4] = "";
	for (size_t i = 0; answer[i]; i++)
		snprintf(hex + i * 4, 5, "00%02X", (unsigned char)answer[i]);
	sim_modem_urc(m, "+CUSD: 0,\"%s\",72", hex);
	return SIM_OK;
}

/* clang-format off */
const struct sim_command sim_commands_general[] = {
	{"+CGMI",  SIM_ALWAYS, NULL, "", "Malgil"},
	{"+GMI",   SIM_ALWAYS, NULL, "", "Malgil"},
	{"+CGMM",  SIM_ALWAYS, NULL, "", "SIM-1"},
	{"+GMM",   SIM_ALWAYS, NULL, "", "SIM-1"},
	{"+CGMR",  SIM_ALWAYS, NULL, "", "Revision: 1.0"},
	{"+GMR",   SIM_ALWAYS, NULL, "", "Revision: 1.0"},
	{"+CGSN",  SIM_ALWAYS, run_imei, "", NULL},
	{"+GSN",   SIM_ALWAYS, run_imei, "", NULL},
	{"+CIMI",  SIM_NEEDS_SIM, run_imsi, "", NULL},
	{"+CCID",  SIM_NEEDS_SIM, run_iccid, "", NULL},
	{"+ICCID", SIM_NEEDS_SIM, run_iccid_plain, "", NULL},
	{"+QCCID", SIM_NEEDS_SIM, run_iccid, "", NULL},
	{"+CNUM",  SIM_NEEDS_SIM, run_number, "", NULL},
	{"+GCAP",  SIM_ALWAYS, NULL, "", "+GCAP: +CGSM"},
	{"+CLAC",  SIM_ALWAYS, run_clac, "", NULL},
	{"+CMEE",  SIM_ALWAYS, run_cmee, "+CMEE: (0-2)", NULL},
	{"+CLIP",  SIM_ALWAYS, run_clip, "+CLIP: (0,1)", NULL},
	{"+CRC",   SIM_ALWAYS, NULL, "+CRC: (0,1)", "+CRC: 0"},
	{"+CSCS",  SIM_ALWAYS, run_cscs, "+CSCS: (\"GSM\",\"HEX\",\"UCS2\",\"IRA\")", NULL},
	{"+CREG",  SIM_ALWAYS, run_creg, "+CREG: (0-2)", NULL},
	{"+CGREG", SIM_ALWAYS, run_cgreg, "+CGREG: (0-2)", NULL},
	{"+CEREG", SIM_ALWAYS, run_cereg, "+CEREG: (0-2)", NULL},
	{"+CGATT", SIM_ALWAYS, NULL, "+CGATT: (0,1)", "+CGATT: 1"},
	{"+COPS",  SIM_ALWAYS, run_cops, NULL, NULL},
	{"+CSQ",   SIM_ALWAYS, run_csq, "+CSQ: (0-31,99),(0-7,99)", NULL},
	{"+CFUN",  SIM_ALWAYS, run_cfun, "+CFUN: (0,1,4),(0,1)", NULL},
	{"+CPAS",  SIM_ALWAYS, NULL, "+CPAS: (0,3,4)", "+CPAS: 0"},
	{"+CBC",   SIM_ALWAYS, NULL, "+CBC: (0-3),(0-100)", "+CBC: 0,100"},
	{"+CCLK",  SIM_ALWAYS, run_cclk, "", NULL},
	{"+CPIN",  SIM_ALWAYS, run_cpin, "", NULL},
	{"+CPINR", SIM_ALWAYS, run_cpinr, "", NULL},
	{"+CLCK",  SIM_ALWAYS, run_clck, "+CLCK: (\"SC\")", NULL},
	{"+CRSM",  SIM_NEEDS_SIM, run_crsm, "", NULL},
	{"+CUSD",  SIM_NEEDS_SIM, run_cusd, "+CUSD: (0-2)", NULL},
	{"+CPBS",  SIM_NEEDS_SIM, NULL, "+CPBS: (\"SM\")", "+CPBS: \"SM\",0,250"},
	{"+IPR",   SIM_ALWAYS, NULL, "+IPR: (),(0,115200)", "+IPR: 115200"},
	{"+IFC",   SIM_ALWAYS, NULL, "+IFC: (0-2),(0-2)", "+IFC: 0,0"},
	{"+CSDH",  SIM_ALWAYS, NULL, "+CSDH: (0,1)", "+CSDH: 0"},
	{NULL, SIM_ALWAYS, NULL, NULL, NULL},
};
/* clang-format on */
