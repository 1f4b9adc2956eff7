/* What can go wrong: one row a failure, each seen on real hardware (the `seen` number is
 * the entry of the failure list in drivers/README.md).
 *
 * A fault is armed on a modem by name with `after=N` (let N occasions pass first),
 * `times=N` (0: until cleared) and the arguments its row explains. Three kinds: an EVENT
 * spoils the next occasions, a MODE changes how the modem is while it stays armed, an
 * ACTION happens once, at the Nth AT+CMGS when `after` says so and at once otherwise.
 * This file only keeps score; who asks (commands, submission, network, wire) decides what
 * the fault means. */
#ifndef MALGIL_SIM_FAULT_H
#define MALGIL_SIM_FAULT_H

#include "gateway/base/strbuf.h"

enum sim_fault {
	FAULT_URC_BEFORE_PROMPT,
	FAULT_URC_INSIDE,
	FAULT_PROMPT,
	FAULT_ECHO_ON,
	FAULT_ECHO_OFF,
	FAULT_CRLF_BEFORE_ECHO,
	FAULT_NO_PROMPT,
	FAULT_CMS,
	FAULT_ERROR_TEXT,
	FAULT_ERROR_NO_BLANK,
	FAULT_NO_ANSWER,
	FAULT_LOST_OK,
	FAULT_CMGS_NO_OK,
	FAULT_OK_NO_CMGS,
	FAULT_LOST_CMGS_LATE,
	FAULT_SENT_BUT_CMS,
	FAULT_REPORT_BEFORE_OK,
	FAULT_CDSI_WRONG_MEM,
	FAULT_SR_NO_CMGL,
	FAULT_DUP_PART,
	FAULT_REORDER_PARTS,
	FAULT_DROP_PART,
	FAULT_DUP_DELIVER,
	FAULT_REPORT_UNKNOWN_MR,
	FAULT_DUP_REPORT,
	FAULT_WRONG_MR,
	FAULT_MR_CONSTANT,
	FAULT_MR_SET,
	FAULT_MR_RESET,
	FAULT_CMTI_WRONG_MEM,
	FAULT_INDEX_ZERO,
	FAULT_CMTI_MINUS_ONE,
	FAULT_CMTI_LOST,
	FAULT_STORAGE_FULL,
	FAULT_REBOOT,
	FAULT_CNMI_REJECT,
	FAULT_CNMI_NO_DS2,
	FAULT_CSCA_UCS2,
	FAULT_CREG_EMPTY,
	FAULT_CREG_SEARCHING,
	FAULT_CREG_STAT,
	FAULT_CREG_SHORT,
	FAULT_CREG_HEX,
	FAULT_CPIN_NO_OK,
	FAULT_CPIN_LATE,
	FAULT_SIM_PIN,
	FAULT_SIM_PUK,
	FAULT_SIM_BUSY,
	FAULT_BARE_CR,
	FAULT_LF_ONLY,
	FAULT_NUL_BYTES,
	FAULT_GARBAGE,
	FAULT_TRICKLE,
	FAULT_UNPLUG,
	FAULT_UNPLUG_MID_PDU,
	FAULT_CUT_MID_PDU,
	FAULT_RE_ENUMERATE,
	FAULT_CMGL_BAD_LENGTH,
	FAULT_CMGR_EMPTY,
	FAULT_CMGD_321,
	FAULT_CMGD_KEPT,
	FAULT_CNMA_REQUIRED,
	FAULT_URC_FLOOD,
	FAULT_BUSY_515,
	FAULT_LENGTH_MISMATCH,
	FAULT_STUCK_PROMPT,
	FAULT_HANG,
	FAULT_COUNT
};

enum sim_fault_kind { FAULT_EVENT, FAULT_MODE, FAULT_ACTION };

struct sim_fault_row {
	const char *name;
	enum sim_fault_kind kind;
	uint8_t seen;    /* number in the failure list */
	unsigned times;  /* when none are given, 0: until cleared */
	const char *key; /* its number argument ("ms", "code", "value"), NULL none */
	int64_t value;   /* when none is given */
	const char *help;
};
extern const struct sim_fault_row sim_fault_rows[FAULT_COUNT];

struct sim_fault_armed {
	enum sim_fault id;
	unsigned after, times;
	int64_t value;
	char word[32]; /* the other argument: at=prompt, style=nul, path=NAME, mem=ME */
};

enum { SIM_FAULTS_MAX = 32 };

struct sim_faults {
	uint64_t mask[2]; /* which ids are armed: asked on every byte of the hot path */
	struct sim_fault_armed armed[SIM_FAULTS_MAX];
	size_t count;
};

/* "NAME [after=N] [times=N] [KEY=VALUE]...": 0 and what it says, or -EINVAL with a
 * sentence that suggests the nearest name. "cms-38" is short for "cms code=38". */
int sim_fault_parse(
	const char *text, struct sim_fault_armed *ret, struct strbuf *err) MUST_USE;
/* -ENOSPC with a sentence when too many are armed at once. */
int sim_fault_arm(struct sim_faults *f, const struct sim_fault_armed *armed,
	struct strbuf *err) MUST_USE;
void sim_fault_clear(struct sim_faults *f);

static inline bool
sim_fault_any(const struct sim_faults *f, enum sim_fault id)
{
	return f->mask[id / 64] >> (id % 64) & 1;
}

/* One occasion: counts `after` and `times` down. True with a copy when the fault strikes.
 */
bool
sim_fault_strike(struct sim_faults *f, enum sim_fault id, struct sim_fault_armed *ret);
/* The armed row of a mode, NULL when it is not on (or still waits for its occasions). */
const struct sim_fault_armed *sim_fault_on(const struct sim_faults *f, enum sim_fault id);

#endif
