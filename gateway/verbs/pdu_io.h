/* What the words of `malgil pdu` share: reading PDUs from words or lines, printing
 * objects. */
#ifndef MALGIL_VERBS_PDU_IO_H
#define MALGIL_VERBS_PDU_IO_H

#include "gateway/verbs/pdu_json.h"
#include "gateway/verbs/verbs.h"

struct pdu_decoded {
	struct sms_address smsc;
	struct pdu pdu;
};

/* By --tpdu and --mo. 0, or -EINVAL with a sentence. */
int pdu_decode_hex(const struct verb_args *args, const char *hex, struct pdu_decoded *ret,
	struct strbuf *err) MUST_USE;

/* Each takes the object over. Fields go one a line, safe for a terminal. */
void pdu_print_json(json_t *o);
void pdu_print_fields(json_t *o);
/* As JSON or as fields, by --json. */
void pdu_print_object(const struct verb_args *args, json_t *o);
/* {"error"} or a line on standard error; returns EXIT_REFUSED. */
int pdu_print_refusal(const struct verb_args *args, const char *sentence);

/* Calls `each` with every PDU: the words behind the sub-verb, or the lines of standard
 * input when there are none or the only one is "-". EXIT_REFUSED when any of them was. */
int pdu_for_each(struct verb_args *args,
	int (*each)(struct verb_args *, const char *, void *), void *context);

int pdu_run_join(struct verb_args *args);

#endif
