#include "drivers/sim/fault.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/suggest.h"

/* clang-format off */
const struct sim_fault_row sim_fault_rows[FAULT_COUNT] = {
[FAULT_URC_BEFORE_PROMPT] = {"urc-before-prompt", FAULT_EVENT, 1, 1, NULL, 0,
	"a +CMTI between AT+CMGS and its prompt"},
[FAULT_URC_INSIDE] = {"urc-inside", FAULT_EVENT, 2, 1, NULL, 0,
	"a +CDSI line in the middle of the next answer that has lines (word=URC: another line)"},
[FAULT_PROMPT] = {"prompt", FAULT_MODE, 3, 0, NULL, 0,
	"style=bare '>' | cr '> CR' | nul '> NUL' | n211 'CR LF CR SP LF SP > CR LF' | glued '> ' without CR LF"},
[FAULT_ECHO_ON] = {"echo-on", FAULT_MODE, 4, 0, NULL, 0,
	"echoes commands and PDU whatever ATE says"},
[FAULT_ECHO_OFF] = {"echo-off", FAULT_MODE, 4, 0, NULL, 0, "never echoes, even after ATE1"},
[FAULT_CRLF_BEFORE_ECHO] = {"crlf-before-echo", FAULT_MODE, 5, 0, NULL, 0,
	"CR LF before the echo of a PDU"},
[FAULT_NO_PROMPT] = {"no-prompt", FAULT_EVENT, 6, 1, NULL, 0,
	"AT+CMGS brings no prompt; ESC (or a reboot) is the only way out"},
[FAULT_CMS] = {"cms", FAULT_EVENT, 7, 1, "code", 500,
	"cms-NNN: refuses with that +CMS ERROR (at=prompt: before the PDU, at=pdu: after it)"},
[FAULT_ERROR_TEXT] = {"error-text", FAULT_MODE, 8, 0, NULL, 0,
	"errors in words whatever CMEE says"},
[FAULT_ERROR_NO_BLANK] = {"error-no-blank", FAULT_MODE, 8, 0, NULL, 0,
	"'+CMS ERROR:500', nothing after the colon"},
[FAULT_NO_ANSWER] = {"no-answer", FAULT_EVENT, 9, 1, NULL, 0,
	"takes the PDU, sends nothing, says nothing"},
[FAULT_LOST_OK] = {"lost-ok", FAULT_EVENT, 10, 1, NULL, 0,
	"on air, but neither +CMGS nor OK comes back"},
[FAULT_CMGS_NO_OK] = {"cmgs-no-ok", FAULT_EVENT, 10, 1, NULL, 0, "+CMGS without OK"},
[FAULT_OK_NO_CMGS] = {"ok-no-cmgs", FAULT_EVENT, 10, 1, NULL, 0, "OK without +CMGS"},
[FAULT_LOST_CMGS_LATE] = {"lost-cmgs-late", FAULT_EVENT, 10, 1, "ms", 3000,
	"on air at once, +CMGS and OK only after ms, though it answers other commands meanwhile"},
[FAULT_SENT_BUT_CMS] = {"sent-but-cms", FAULT_EVENT, 11, 1, "code", 500,
	"on air, but the answer is +CMS ERROR code"},
[FAULT_REPORT_BEFORE_OK] = {"report-before-ok", FAULT_EVENT, 12, 1, NULL, 0,
	"the status report comes before +CMGS"},
[FAULT_CDSI_WRONG_MEM] = {"cdsi-wrong-mem", FAULT_MODE, 13, 0, NULL, 0,
	"+CDSI names SM though the report lies in SR"},
[FAULT_SR_NO_CMGL] = {"sr-no-cmgl", FAULT_MODE, 14, 0, NULL, 0,
	"AT+CMGL fails while CPMS is at SR; AT+CMGR works"},
[FAULT_DUP_PART] = {"dup-part", FAULT_EVENT, 15, 1, NULL, 0,
	"one part of the next long inbound text comes twice"},
[FAULT_REORDER_PARTS] = {"reorder-parts", FAULT_EVENT, 15, 1, NULL, 0,
	"the parts of the next long inbound text come last first"},
[FAULT_DROP_PART] = {"drop-part", FAULT_EVENT, 15, 1, NULL, 0,
	"the last part of the next long inbound text never comes"},
[FAULT_DUP_DELIVER] = {"dup-deliver", FAULT_EVENT, 15, 1, NULL, 0,
	"the network delivers the next inbound TPDU twice"},
[FAULT_REPORT_UNKNOWN_MR] = {"report-unknown-mr", FAULT_EVENT, 15, 1, NULL, 0,
	"the next report carries a reference nobody used"},
[FAULT_DUP_REPORT] = {"dup-report", FAULT_EVENT, 15, 1, NULL, 0,
	"the next report comes twice"},
[FAULT_WRONG_MR] = {"wrong-mr", FAULT_EVENT, 16, 1, "value", 7,
	"+CMGS says a reference that is off by value"},
[FAULT_MR_CONSTANT] = {"mr-constant", FAULT_MODE, 16, 0, "value", 0,
	"every message goes out with this reference"},
[FAULT_MR_SET] = {"mr-set", FAULT_ACTION, 16, 1, "value", 255,
	"the next reference is value (255 shows the wrap)"},
[FAULT_MR_RESET] = {"mr-reset", FAULT_MODE, 16, 0, NULL, 0,
	"references start again at 0 after every reboot"},
[FAULT_CMTI_WRONG_MEM] = {"cmti-wrong-mem", FAULT_MODE, 17, 0, NULL, 0,
	"stores in ME (and says so in +CMTI) while CPMS is at SM"},
[FAULT_INDEX_ZERO] = {"index-zero", FAULT_MODE, 17, 0, NULL, 0, "slots count from 0"},
[FAULT_CMTI_MINUS_ONE] = {"cmti-minus-one", FAULT_EVENT, 17, 1, NULL, 0,
	"'+CMTI: ,-1' for a message that was not stored (the network tries again later)"},
[FAULT_CMTI_LOST] = {"cmti-lost", FAULT_EVENT, 17, 1, NULL, 0, "stored, but no +CMTI"},
[FAULT_STORAGE_FULL] = {"storage-full", FAULT_MODE, 18, 0, NULL, 0,
	"no free slot (style=smsfull '+SMS FULL' | smmemfull '^SMMEMFULL' | cms 322 on CMGW)"},
[FAULT_REBOOT] = {"reboot", FAULT_ACTION, 19, 1, "ms", 200,
	"restarts, back after ms with RDY; CMGF, CNMI, CMEE, CSMS, ATE are lost"},
[FAULT_CNMI_REJECT] = {"cnmi-reject", FAULT_MODE, 20, 0, "value", 2,
	"AT+CNMI with that mode (mt=N: that mt, ds=N: that ds) is refused though advertised"},
[FAULT_CNMI_NO_DS2] = {"cnmi-no-ds2", FAULT_MODE, 20, 0, NULL, 0,
	"AT+CNMI=? does not offer ds 2 and refuses it (SIM800): reports only as +CDS"},
[FAULT_CSCA_UCS2] = {"csca-ucs2", FAULT_MODE, 21, 0, NULL, 0, "+CSCA in UCS2 hex"},
[FAULT_CREG_EMPTY] = {"creg-empty", FAULT_MODE, 22, 0, NULL, 0,
	"AT+CREG? answers OK and nothing else"},
[FAULT_CREG_SEARCHING] = {"creg-searching", FAULT_MODE, 22, 0, NULL, 0,
	"not registered: stat 2, +CMS ERROR: 331 for every message"},
[FAULT_CREG_STAT] = {"creg-stat", FAULT_MODE, 22, 0, "value", 6,
	"registered with that stat (6 and 7 are SMS only, 5 roaming, 3 denied)"},
[FAULT_CREG_SHORT] = {"creg-short", FAULT_MODE, 22, 0, NULL, 0, "'+CREG: stat' without n"},
[FAULT_CREG_HEX] = {"creg-hex", FAULT_MODE, 22, 0, NULL, 0,
	"unquoted area and cell with an odd number of digits"},
[FAULT_CPIN_NO_OK] = {"cpin-no-ok", FAULT_MODE, 23, 0, NULL, 0, "+CPIN: READY and no OK"},
[FAULT_CPIN_LATE] = {"cpin-late", FAULT_MODE, 23, 0, "ms", 2000,
	"+CPIN comes ms late"},
[FAULT_SIM_PIN] = {"sim-pin", FAULT_ACTION, 23, 1, "value", 1234,
	"the SIM is locked with that PIN"},
[FAULT_SIM_PUK] = {"sim-puk", FAULT_ACTION, 23, 1, NULL, 0, "the SIM wants its PUK"},
[FAULT_SIM_BUSY] = {"sim-busy", FAULT_ACTION, 23, 1, "ms", 10000,
	"CME 14 (SIM busy) for ms for whatever needs the SIM"},
[FAULT_BARE_CR] = {"bare-cr", FAULT_MODE, 24, 0, NULL, 0, "lines end in CR alone"},
[FAULT_LF_ONLY] = {"lf-only", FAULT_MODE, 24, 0, NULL, 0, "lines end in LF alone"},
[FAULT_NUL_BYTES] = {"nul-bytes", FAULT_MODE, 24, 0, NULL, 0, "a NUL after every line end"},
[FAULT_GARBAGE] = {"garbage", FAULT_EVENT, 24, 1, "value", 40,
	"that many random bytes before the next answer"},
[FAULT_TRICKLE] = {"trickle", FAULT_MODE, 24, 0, "ms", 10,
	"one byte every ms (bytes=N: N bytes)"},
[FAULT_UNPLUG] = {"unplug", FAULT_ACTION, 25, 1, "ms", 0,
	"the port disappears; back after ms, 0: when plugged by hand"},
[FAULT_UNPLUG_MID_PDU] = {"unplug-mid-pdu", FAULT_EVENT, 25, 1, "ms", 0,
	"the port disappears while a PDU is being written; back after ms, 0: by hand"},
[FAULT_CUT_MID_PDU] = {"cut-mid-pdu", FAULT_EVENT, 25, 1, "ms", 3000,
	"the cable between adapter and modem is pulled in a PDU: nothing is heard for ms"},
[FAULT_RE_ENUMERATE] = {"re-enumerate", FAULT_ACTION, 25, 1, "ms", 100,
	"unplugged, and after ms back as another terminal (path=NAME: under that name)"},
[FAULT_CMGL_BAD_LENGTH] = {"cmgl-bad-length", FAULT_MODE, 26, 0, "value", 0,
	"+CMGL counts the SMSC octets too, or says value"},
[FAULT_CMGR_EMPTY] = {"cmgr-empty", FAULT_EVENT, 27, 1, NULL, 0,
	"AT+CMGR of a full slot answers OK alone"},
[FAULT_CMGD_321] = {"cmgd-321", FAULT_EVENT, 27, 1, NULL, 0,
	"AT+CMGD deletes and says +CMS ERROR: 321"},
[FAULT_CMGD_KEPT] = {"cmgd-kept", FAULT_MODE, 27, 0, "value", 0,
	"AT+CMGD of that place (0: of any) says OK and deletes nothing (style=refuse: +CMS ERROR: 500)"},
[FAULT_CNMA_REQUIRED] = {"cnma-required", FAULT_MODE, 28, 0, NULL, 0,
	"wants AT+CNMA even under CSMS=0 and withholds the next message until it comes"},
[FAULT_URC_FLOOD] = {"urc-flood", FAULT_MODE, 29, 0, "ms", 10, "a ^RSSI line every ms"},
[FAULT_BUSY_515] = {"cme-busy", FAULT_EVENT, 30, 5, "code", 515,
	"the next commands beyond plain AT get that +CME ERROR"},
[FAULT_LENGTH_MISMATCH] = {"length-mismatch", FAULT_EVENT, 31, 1, NULL, 0,
	"+CMS ERROR: 304 for a PDU whose length is right"},
[FAULT_STUCK_PROMPT] = {"stuck-prompt", FAULT_EVENT, 32, 1, NULL, 0,
	"any command is answered by a prompt, until ESC or Ctrl-Z"},
[FAULT_HANG] = {"hang", FAULT_ACTION, 32, 1, "ms", 0,
	"answers nothing for ms, 0: until cleared, rebooted or replugged"},
};
/* clang-format on */

/* ---- parsing ---- */

static int
row_by_name(const char *name, struct sim_fault_armed *armed, struct strbuf *err)
{
	struct suggest near;
	suggest_init(&near, name);
	if (!strncmp(name, "cms-", 4) && name[4] >= '0' && name[4] <= '9') {
		armed->id = FAULT_CMS;
		armed->value = atoi(name + 4);
		return 0;
	}
	for (int i = 0; i < FAULT_COUNT; i++) {
		suggest_offer(&near, sim_fault_rows[i].name);
		if (!strcmp(name, sim_fault_rows[i].name)) {
			armed->id = (enum sim_fault)i;
			armed->value = sim_fault_rows[i].value;
			return 0;
		}
	}
	if (near.best)
		strbuf_set(err, "there is no fault \"%s\", did you mean \"%s\"?", name,
			near.best);
	else
		strbuf_set(err,
			"there is no fault \"%s\"; malgil sim --list-faults names them "
			"all",
			name);
	return -EINVAL;
}

static int
parse_count(const char *value, int64_t most, int64_t *ret)
{
	char *end;
	errno = 0;
	long long n = strtoll(value, &end, 10);
	if (errno || end == value || *end || n < 0 || n > most)
		return -EINVAL;
	*ret = n;
	return 0;
}

static int
read_pair(char *pair, struct sim_fault_armed *armed, struct strbuf *err)
{
	const struct sim_fault_row *row = &sim_fault_rows[armed->id];
	char *value = strchr(pair, '=');
	if (!value || !value[1]) {
		strbuf_set(err, "\"%s\" is not KEY=VALUE", pair);
		return -EINVAL;
	}
	*value++ = '\0';
	int64_t n = 0;
	bool number = !strcmp(pair, "after") || !strcmp(pair, "times") ||
		      (row->key && !strcmp(pair, row->key));
	if (number && parse_count(value, 1000000000, &n) < 0) {
		strbuf_set(err, "%s=%s: a number from 0 is expected", pair, value);
		return -EINVAL;
	}
	if (!strcmp(pair, "after"))
		armed->after = (unsigned)n;
	else if (!strcmp(pair, "times"))
		armed->times = (unsigned)n;
	else if (number)
		armed->value = n;
	else
		/* mt=3 and ds=1 keep their key, words (at=, style=, path=) are told by
		 * value. */
		snprintf(armed->word, sizeof(armed->word), "%s%.28s",
			!strcmp(pair, "mt")   ? "mt="
			: !strcmp(pair, "ds") ? "ds="
					      : "",
			value);
	return 0;
}

int
sim_fault_parse(const char *text, struct sim_fault_armed *ret, struct strbuf *err)
{
	char copy[256], *save = NULL;
	struct sim_fault_armed armed = {0};
	snprintf(copy, sizeof(copy), "%s", text);
	char *name = strtok_r(copy, " \t", &save);
	if (!name) {
		strbuf_set(err,
			"a fault's name is missing; malgil sim --list-faults names them");
		return -EINVAL;
	}
	int r = row_by_name(name, &armed, err);
	if (r < 0)
		return r;
	armed.times = sim_fault_rows[armed.id].times;
	for (char *pair; !r && (pair = strtok_r(NULL, " \t", &save));)
		r = read_pair(pair, &armed, err);
	if (!r && sim_fault_rows[armed.id].kind == FAULT_MODE &&
		(armed.after || armed.times)) {
		strbuf_set(err,
			"%s lasts until it is cleared: it takes neither after nor times",
			sim_fault_rows[armed.id].name);
		r = -EINVAL;
	}
	if (!r)
		*ret = armed;
	return r;
}

/* ---- keeping score ---- */

static void
remake_mask(struct sim_faults *f)
{
	f->mask[0] = f->mask[1] = 0;
	for (size_t i = 0; i < f->count; i++)
		f->mask[f->armed[i].id / 64] |= UINT64_C(1) << (f->armed[i].id % 64);
}

int
sim_fault_arm(
	struct sim_faults *f, const struct sim_fault_armed *armed, struct strbuf *err)
{
	if (f->count == SIM_FAULTS_MAX) {
		strbuf_set(err, "%d faults are armed already; clear some first",
			SIM_FAULTS_MAX);
		return -ENOSPC;
	}
	f->armed[f->count++] = *armed;
	remake_mask(f);
	return 0;
}

void
sim_fault_clear(struct sim_faults *f)
{
	f->count = 0;
	remake_mask(f);
}

static void
drop(struct sim_faults *f, size_t i)
{
	memmove(f->armed + i, f->armed + i + 1, (--f->count - i) * sizeof(*f->armed));
	remake_mask(f);
}

bool
sim_fault_strike(struct sim_faults *f, enum sim_fault id, struct sim_fault_armed *ret)
{
	if (!sim_fault_any(f, id))
		return false;
	for (size_t i = 0; i < f->count; i++) {
		struct sim_fault_armed *a = &f->armed[i];
		if (a->id != id)
			continue;
		if (a->after) {
			a->after--;
			return false;
		}
		*ret = *a;
		if (a->times && !--a->times)
			drop(f, i);
		return true;
	}
	return false;
}

const struct sim_fault_armed *
sim_fault_on(const struct sim_faults *f, enum sim_fault id)
{
	if (!sim_fault_any(f, id))
		return NULL;
	for (size_t i = 0; i < f->count; i++)
		if (f->armed[i].id == id && !f->armed[i].after)
			return &f->armed[i];
	return NULL;
}
