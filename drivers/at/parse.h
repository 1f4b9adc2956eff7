/* Tolerant readers for single lines a modem says (27.005 and 27.007 grammars, and what
 * real modems make of them). Each takes one line without its end and touches nothing
 * else.
 *
 * Readers return 0, or -EINVAL when the line is not theirs; output is untouched then. A
 * field that is absent or unreadable is -1 or "". Pure. */
#ifndef MALGIL_AT_PARSE_H
#define MALGIL_AT_PARSE_H

#include "gateway/base/strbuf.h"

/* What follows "+NAME" and its ":" or "=", blanks skipped; NULL when the line is
 * another's. */
const char *parse_after(const char *line, const char *name);

/* ---- final results ---- */

enum final_kind {
	FINAL_OK,
	FINAL_ERROR,  /* ERROR and vendors' spellings of it */
	FINAL_CME,    /* +CME ERROR */
	FINAL_CMS,    /* +CMS ERROR */
	FINAL_HANGUP, /* NO CARRIER, BUSY, NO ANSWER, NO DIALTONE: final for a call only
		       */
};

struct final {
	enum final_kind kind;
	int code;         /* CME, CMS: the number, -1 when it came as text */
	const char *text; /* CME, CMS: what stood there, within the line; else the line */
};

int parse_final(const char *line, struct final *ret_final) MUST_USE;

/* ---- storage ---- */

enum {
	PARSE_GROUPS = 3,
	PARSE_MEMS = 12,
	PARSE_MEM_SIZE = 8,
};

struct mem_group {
	char name[PARSE_MEMS][PARSE_MEM_SIZE]; /* unknown names are kept, long ones cut */
	size_t count;
};

struct mem_groups {
	struct mem_group group[PARSE_GROUPS];
	size_t count; /* memories AT+CPMS= takes: 3, 2 on Wavecom, 0 when storage is
			 unusable */
};

struct mem_use {
	char name[PARSE_MEM_SIZE]; /* "" in the answer to AT+CPMS= */
	int used, total;
};

int parse_cpms_test(const char *line, struct mem_groups *ret_groups) MUST_USE;
/* Both +CPMS forms, with and without names. Entries beyond the answer's have total -1. */
int parse_cpms(const char *line, struct mem_use ret_use[PARSE_GROUPS],
	size_t *ret_count) MUST_USE;
bool parse_mem_has(const struct mem_group *group, const char *name);

struct stored {
	int index;       /* +CMGL only, else -1 */
	int stat;        /* 0 unread, 1 read, 2 unsent, 3 sent, -1 not said */
	int len;         /* as claimed */
	const char *pdu; /* when it stands on the same line, else NULL */
};

int parse_cmgl(const char *line, struct stored *ret_stored) MUST_USE;
int parse_cmgr(const char *line, struct stored *ret_stored) MUST_USE;

/* +CMTI and +CDSI. `mem` "" and `index` -1 mean: nothing can be read there. */
struct stored_at {
	bool report;
	char mem[PARSE_MEM_SIZE];
	int index;
};
int parse_cmti(const char *line, struct stored_at *ret_at) MUST_USE;

/* The first line of the two that +CMT, +CDS and +CBM are made of. */
enum direct_kind { DIRECT_DELIVER, DIRECT_REPORT, DIRECT_BROADCAST };
struct direct {
	enum direct_kind kind;
	int len;
};
int parse_direct(const char *line, struct direct *ret_direct) MUST_USE;

/* A PDU line as storage and +CMT give it, SMSC part first. */
struct pdu_line {
	uint8_t octets[512];
	size_t len;
	size_t tpdu; /* where the TPDU starts */
	char smsc[24];
};
/* 0, or -EINVAL when this cannot be a PDU: not hex, odd, or an impossible SMSC part. */
int parse_pdu(const char *line, struct pdu_line *ret_pdu) MUST_USE;

/* ---- the rest ---- */

struct sets { /* "(0-2),(0,1),(0,2)": which values from 0 to 255 each set has */
	uint32_t bits[8][8];
	size_t count;
};
bool parse_sets_has(const struct sets *sets, size_t set, unsigned value);
int parse_sets(const char *line, const char *name, struct sets *ret_sets) MUST_USE;

struct creg {
	int n, stat, act;
	char lac[12], ci[12];
};
/* `query`: the line answers AT+CREG?, where the mode stands first. */
int parse_creg(
	const char *line, const char *name, bool query, struct creg *ret_creg) MUST_USE;
const char *parse_creg_word(int stat); /* "home", "roaming", "searching", ... "unknown" */
bool parse_creg_registered(int stat);

int parse_csca(const char *line, char *ret_number, size_t size) MUST_USE;
int parse_csq(const char *line, int *ret_dbm) MUST_USE;                 /* 0: unknown */
int parse_cmgs(const char *line, int *ret_mr) MUST_USE;                 /* -1: not said */
int parse_cops(const char *line, char *ret_name, size_t size) MUST_USE; /* "" none */
/* The last TP-MR in the answer to AT+CRSM=176,28483 (EF_SMSS, 31.102 4.2.9). */
int parse_crsm_mr(const char *line, int *ret_mr) MUST_USE;
/* EF_ICCID in the answer to AT+CRSM=176,12258: nibbles swapped, filler dropped. */
int parse_crsm_iccid(const char *line, char *ret_iccid, size_t size) MUST_USE;
/* The first run of `min` or more digits (IMEI, IMSI, ICCID in any dress). */
int parse_digits(const char *line, size_t min, char *ret_digits, size_t size) MUST_USE;
/* A value in any dress: "+NAME:" dropped when there, quotes and outer blanks too. */
void parse_value(const char *line, const char *name, char *ret_value, size_t size);

#endif
