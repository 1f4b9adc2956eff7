/* 27.005: messages in slots, where they go, how they are listed. Sending is submit.c. */
#include "drivers/sim/commands.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static unsigned
base_index(const struct sim_modem *m)
{
	return sim_fault_any(&m->faults, FAULT_INDEX_ZERO) ? 0 : 1;
}

static unsigned
used(const struct sim_modem *m, enum sim_memory mem)
{
	if (sim_fault_any(&m->faults, FAULT_STORAGE_FULL) && mem != SIM_SR)
		return sim_storage_size(&m->storage, mem);
	return sim_storage_used(&m->storage, mem);
}

/* ---- settings ---- */

static int
run_cmgf(struct sim_modem *m, enum sim_op op, char *args)
{
	struct sim_args a;
	if (op != SIM_SET) {
		sim_modem_line(m, "+CMGF: %d", m->set.cmgf);
		return SIM_OK;
	}
	sim_args_split(args, &a);
	return sim_args_int(a.v[0], 0, 1, 0, &m->set.cmgf) < 0 ? SIM_CMS(304) : SIM_OK;
}

static int
run_csca(struct sim_modem *m, enum sim_op op, char *args)
{
	struct sim_args a;
	char shown[100];
	if (op == SIM_SET) {
		sim_args_split(args, &a);
		if (strlen(a.v[0]) >= sizeof(m->set.smsc))
			return SIM_CMS(304);
		snprintf(m->set.smsc, sizeof(m->set.smsc), "%s", a.v[0]);
		return SIM_OK;
	}
	bool wide = sim_fault_on(&m->faults, FAULT_CSCA_UCS2) ||
		    !strcmp(m->set.charset, "UCS2");
	snprintf(shown, sizeof(shown), "%s", m->set.smsc);
	for (size_t i = 0; wide && m->set.smsc[i]; i++)
		snprintf(shown + i * 4, 5, "%04X", (unsigned char)m->set.smsc[i]);
	sim_modem_line(m, "+CSCA: \"%s\",%d", shown, m->set.smsc[0] == '+' ? 145 : 129);
	return SIM_OK;
}

static int
run_csms(struct sim_modem *m, enum sim_op op, char *args)
{
	struct sim_args a;
	if (op != SIM_SET) {
		sim_modem_line(m, "+CSMS: %d,1,1,1", m->set.csms);
		return SIM_OK;
	}
	sim_args_split(args, &a);
	if (sim_args_int(a.v[0], 0, 1, 0, &m->set.csms) < 0)
		return SIM_CMS(302);
	sim_modem_line(m, "+CSMS: 1,1,1");
	return SIM_OK;
}

static int
run_cpms(struct sim_modem *m, enum sim_op op, char *args)
{
	struct sim_args a;
	enum sim_memory mem[3];
	unsigned n[6];
	memcpy(mem, m->set.mem, sizeof(mem));
	sim_args_split(args, &a);
	for (size_t i = 0; op == SIM_SET && i < 3; i++) {
		int parsed = a.v[i][0] ? sim_memory_parse(a.v[i]) : (int)mem[i];
		/* Reports are read from SR, never written to it by hand. */
		if (parsed < 0 || (i > 0 && parsed == SIM_SR))
			return SIM_CMS(302);
		mem[i] = (enum sim_memory)parsed;
	}
	memcpy(m->set.mem, mem, sizeof(mem));
	for (size_t i = 0; i < 3; i++) {
		n[i * 2] = used(m, mem[i]);
		n[i * 2 + 1] = sim_storage_size(&m->storage, mem[i]);
	}
	if (op == SIM_SET)
		sim_modem_line(m, "+CPMS: %u,%u,%u,%u,%u,%u", n[0], n[1], n[2], n[3],
			n[4], n[5]);
	else
		sim_modem_line(m, "+CPMS: \"%s\",%u,%u,\"%s\",%u,%u,\"%s\",%u,%u",
			sim_memory_name(mem[0]), n[0], n[1], sim_memory_name(mem[1]),
			n[2], n[3], sim_memory_name(mem[2]), n[4], n[5]);
	return SIM_OK;
}

/* Advertised, and yet refused: as many Qualcomm firmwares do. */
static bool
cnmi_refused(const struct sim_modem *m, const int v[5])
{
	const struct sim_fault_armed *f = sim_fault_on(&m->faults, FAULT_CNMI_REJECT);
	int n;
	if (v[3] == 2 && sim_fault_on(&m->faults, FAULT_CNMI_NO_DS2))
		return true;
	if (!f)
		return false;
	if (sscanf(f->word, "mt=%d", &n) == 1)
		return v[1] == n;
	if (sscanf(f->word, "ds=%d", &n) == 1)
		return v[3] == n;
	return v[0] == f->value;
}

static int
run_cnmi(struct sim_modem *m, enum sim_op op, char *args)
{
	static const int most[5] = {2, 3, 3, 2, 1};
	struct sim_args a;
	int v[5];
	if (op == SIM_TEST) {
		bool less = sim_fault_on(&m->faults, FAULT_CNMI_NO_DS2);
		sim_modem_line(
			m, "+CNMI: (0-2),(0-3),(0-3),%s,(0,1)", less ? "(0,1)" : "(0-2)");
		return SIM_OK;
	}
	if (op == SIM_READ_OP) {
		const int *s = m->set.cnmi;
		sim_modem_line(m, "+CNMI: %d,%d,%d,%d,%d", s[0], s[1], s[2], s[3], s[4]);
		return SIM_OK;
	}
	sim_args_split(args, &a);
	for (size_t i = 0; i < 5; i++)
		if (sim_args_int(a.v[i], 0, most[i], op == SIM_SET ? m->set.cnmi[i] : 0,
			    &v[i]) < 0)
			return SIM_CMS(303);
	if (cnmi_refused(m, v))
		return SIM_CMS(303);
	memcpy(m->set.cnmi, v, sizeof(v));
	sim_receive_routing(m, v[4] == 1);
	return SIM_OK;
}

static int
run_cmms(struct sim_modem *m, enum sim_op op, char *args)
{
	struct sim_args a;
	if (op != SIM_SET) {
		sim_modem_line(m, "+CMMS: %d", m->set.cmms);
		return SIM_OK;
	}
	sim_args_split(args, &a);
	return sim_args_int(a.v[0], 0, 2, 0, &m->set.cmms) < 0 ? SIM_CMS(302) : SIM_OK;
}

/* ---- reading ---- */

static void
text_item(struct sim_modem *m, const char *head, const struct sim_slot *slot)
{
	static const char *const stats[] = {
		"REC UNREAD", "REC READ", "STO UNSENT", "STO SENT"};
	struct pdu pdu;
	char date[100] = "";
	bool mine = slot->stat >= SIM_UNSENT;
	if (pdu_decode(slot->tpdu, slot->len, mine ? PDU_FROM_PHONE : PDU_TO_PHONE, &pdu,
		    NULL) < 0)
		return;
	if (pdu.scts.valid) {
		time_t t =
			(time_t)(pdu.scts.wall / SECOND + pdu.scts.offset_minutes * 60);
		struct tm tm;
		gmtime_r(&t, &tm);
		snprintf(date, sizeof(date), "%02d/%02d/%02d,%02d:%02d:%02d%+03d",
			tm.tm_year % 100, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
			tm.tm_min, tm.tm_sec, pdu.scts.offset_minutes / 15);
	}
	sim_modem_line(m, "%s\"%s\",\"%s\",,\"%s\"\r\n%s", head, stats[slot->stat],
		pdu.address.text, date, pdu.text);
}

/* One stored message as +CMGL and +CMGR show it: what `head` begins, then the PDU with
 * its SMSC (none for what was never sent). */
static void
pdu_item(struct sim_modem *m, const char *head, const struct sim_slot *slot, bool list)
{
	struct strbuf *b = &m->sim->scratch;
	const struct sim_fault_armed *f = sim_fault_on(&m->faults, FAULT_CMGL_BAD_LENGTH);
	unsigned len = slot->len;
	bool mine = slot->stat >= SIM_UNSENT;
	if (f && list)
		len = f->value ? (unsigned)f->value : len + m->sim->smsc_len;
	strbuf_reset(b);
	strbuf_puts(b, mine ? "00" : m->sim->smsc_hex);
	strbuf_hex(b, slot->tpdu, slot->len);
	sim_modem_line(m, "%s%u,,%u\r\n%s", head, slot->stat, len, b->s);
}

static int
list_filter(struct sim_modem *m, enum sim_op op, char *args)
{
	static const char *const names[] = {
		"REC UNREAD", "REC READ", "STO UNSENT", "STO SENT", "ALL"};
	struct sim_args a;
	int n = SIM_UNREAD;
	sim_args_split(args, &a);
	if (op != SIM_SET || !a.v[0][0])
		return SIM_UNREAD;
	for (int i = 0; m->set.cmgf && i < (int)ARRAY_LEN(names); i++)
		if (!strcmp(a.v[0], names[i]))
			return i;
	if (m->set.cmgf || sim_args_int(a.v[0], 0, SIM_ALL, 0, &n) < 0)
		return -1;
	return n;
}

static int
run_cmgl(struct sim_modem *m, enum sim_op op, char *args)
{
	enum sim_memory mem = m->set.mem[0];
	int filter = list_filter(m, op, args);
	char head[32];
	if (filter < 0)
		return SIM_CMS(m->set.cmgf ? 305 : 304);
	if (mem == SIM_SR && sim_fault_on(&m->faults, FAULT_SR_NO_CMGL))
		return SIM_CMS(302);
	for (unsigned i = 0; i < sim_storage_size(&m->storage, mem); i++) {
		struct sim_slot *slot = sim_storage_at(&m->storage, mem, i);
		if (!slot->used || (filter != SIM_ALL && slot->stat != filter))
			continue;
		snprintf(head, sizeof(head), "+CMGL: %u,", i + base_index(m));
		if (m->set.cmgf)
			text_item(m, head, slot);
		else
			pdu_item(m, head, slot, true);
		if (slot->stat == SIM_UNREAD)
			slot->stat = SIM_READ;
	}
	return SIM_OK;
}

/* The slot an argument names: NULL when there is no such slot. */
static struct sim_slot *
slot_of(struct sim_modem *m, const char *text, unsigned *ret_index)
{
	int n;
	if (sim_args_int(text, 0, 100000, -1, &n) < 0 || n < (int)base_index(m))
		return NULL;
	*ret_index = (unsigned)n - base_index(m);
	return sim_storage_at(&m->storage, m->set.mem[0], *ret_index);
}

static int
run_cmgr(struct sim_modem *m, enum sim_op op, char *args)
{
	struct sim_args a;
	struct sim_fault_armed f;
	unsigned index;
	(void)op;
	sim_args_split(args, &a);
	struct sim_slot *slot = slot_of(m, a.v[0], &index);
	if (!slot)
		return SIM_CMS(321);
	if (!slot->used || sim_modem_strike(m, FAULT_CMGR_EMPTY, &f))
		return SIM_OK;
	if (m->set.cmgf)
		text_item(m, "+CMGR: ", slot);
	else
		pdu_item(m, "+CMGR: ", slot, false);
	if (slot->stat == SIM_UNREAD)
		slot->stat = SIM_READ;
	return SIM_OK;
}

/* ---- deleting ---- */

static void
delete_one(struct sim_modem *m, unsigned index)
{
	enum sim_memory mem = m->set.mem[0];
	struct sim_slot *slot = sim_storage_at(&m->storage, mem, index);
	if (!slot->used)
		return;
	struct sim_ledger *l = &m->sim->ledger;
	sim_modem_note(m, "delete");
	sim_ledger_text(l, "mem", sim_memory_name(mem));
	sim_ledger_int(l, "index", index + base_index(m));
	sim_ledger_hex(l, "tpdu", slot->tpdu, slot->len);
	sim_ledger_end(l);
	sim_storage_delete(&m->storage, mem, index);
	m->full_said = false;
}

/* 27.005 3.5.4: flag 1 read, 2 read and sent, 3 read, sent and unsent, 4 everything. */
static bool
flag_covers(int flag, unsigned stat)
{
	switch (stat) {
	case SIM_UNREAD: return flag >= 4;
	case SIM_READ: return flag >= 1;
	case SIM_SENT: return flag >= 2;
	default: return flag >= 3;
	}
}

static int
run_cmgd(struct sim_modem *m, enum sim_op op, char *args)
{
	enum sim_memory mem = m->set.mem[0];
	struct sim_args a;
	struct sim_fault_armed f;
	unsigned index;
	int flag;
	if (op == SIM_TEST) {
		sim_modem_line(m, "+CMGD: (%u-%u),(0-4)", base_index(m),
			sim_storage_size(&m->storage, mem) - 1 + base_index(m));
		return SIM_OK;
	}
	sim_args_split(args, &a);
	if (sim_args_int(a.v[1], 0, 4, 0, &flag) < 0)
		return SIM_CMS(302);
	for (unsigned i = 0; flag && i < sim_storage_size(&m->storage, mem); i++)
		if (flag_covers(flag, sim_storage_at(&m->storage, mem, i)->stat))
			delete_one(m, i);
	if (flag)
		return SIM_OK;
	if (!slot_of(m, a.v[0], &index))
		return SIM_CMS(321);
	const struct sim_fault_armed *kept = sim_fault_on(&m->faults, FAULT_CMGD_KEPT);
	if (kept && (!kept->value || kept->value == (int64_t)index + base_index(m)))
		return strcmp(kept->word, "refuse") ? SIM_OK : SIM_CMS(500);
	delete_one(m, index);
	return sim_modem_strike(m, FAULT_CMGD_321, &f) ? SIM_CMS(321) : SIM_OK;
}

/* ---- handing over to submit.c and receive.c ---- */

static int
run_cmgs(struct sim_modem *m, enum sim_op op, char *args)
{
	return op == SIM_SET ? sim_submit_begin(m, SIM_DATA_SEND, args) : SIM_CMS(304);
}

static int
run_cmgw(struct sim_modem *m, enum sim_op op, char *args)
{
	if (sim_fault_on(&m->faults, FAULT_STORAGE_FULL))
		return SIM_CMS(322);
	return op == SIM_SET ? sim_submit_begin(m, SIM_DATA_WRITE, args) : SIM_CMS(304);
}

static int
run_cmss(struct sim_modem *m, enum sim_op op, char *args)
{
	struct sim_args a;
	int n;
	(void)op;
	sim_args_split(args, &a);
	if (sim_args_int(a.v[0], (int)base_index(m), 100000, -1, &n) < 0 || n < 0)
		return SIM_CMS(321);
	return sim_submit_stored(m, (unsigned)n - base_index(m));
}

/* 27.005 4.7: bare or 0 and 1 acknowledge, 2 refuses; with a length an ack TPDU follows.
 */
static int
run_cnma(struct sim_modem *m, enum sim_op op, char *args)
{
	struct sim_args a;
	int n = 0;
	sim_args_split(args, &a);
	if (op == SIM_SET && sim_args_int(a.v[0], 0, 2, 0, &n) < 0)
		return SIM_CMS(304);
	if (a.v[1][0] && m->unacked) {
		m->stat = (unsigned)n;
		m->data = SIM_DATA_ACK;
		sim_modem_prompt(m);
		return SIM_LATER;
	}
	return sim_receive_ack(m, n != 2);
}

/* clang-format off */
const struct sim_command sim_commands_sms[] = {
	{"+CMGS", SIM_NEEDS_SMS, run_cmgs, "", NULL},
	{"+CMGD", SIM_NEEDS_SMS, run_cmgd, NULL, NULL},
	{"+CMGR", SIM_NEEDS_SMS, run_cmgr, "", NULL},
	{"+CMGL", SIM_NEEDS_SMS, run_cmgl, "+CMGL: (0-4)", NULL},
	{"+CNMA", SIM_NEEDS_SMS, run_cnma, "+CNMA: (0-2)", NULL},
	{"+CMMS", SIM_NEEDS_SMS, run_cmms, "+CMMS: (0-2)", NULL},
	{"+CMGF", SIM_ALWAYS,    run_cmgf, "+CMGF: (0,1)", NULL},
	{"+CSCA", SIM_NEEDS_SMS, run_csca, "", NULL},
	{"+CSMS", SIM_ALWAYS,    run_csms, "+CSMS: (0,1)", NULL},
	{"+CPMS", SIM_NEEDS_SMS, run_cpms,
		"+CPMS: (\"SM\",\"ME\",\"MT\",\"SR\"),(\"SM\",\"ME\",\"MT\"),(\"SM\",\"ME\",\"MT\")", NULL},
	{"+CNMI", SIM_NEEDS_SMS, run_cnmi, NULL, NULL},
	{"+CMGW", SIM_NEEDS_SMS, run_cmgw, "", NULL},
	{"+CMSS", SIM_NEEDS_SMS, run_cmss, "", NULL},
	{"+CSMP", SIM_ALWAYS,    NULL,     "", "+CSMP: 17,167,0,0"},
	{"+CSCB", SIM_ALWAYS,    NULL,     "+CSCB: (0,1)", "+CSCB: 0,\"\",\"\""},
	{"+CSAS", SIM_ALWAYS,    NULL,     "", ""},
	{"+CRES", SIM_ALWAYS,    NULL,     "", ""},
	{"+CGSMS", SIM_ALWAYS,   NULL,     "+CGSMS: (0-3)", "+CGSMS: 1"},
	{NULL, SIM_ALWAYS, NULL, NULL, NULL},
};
/* clang-format on */
