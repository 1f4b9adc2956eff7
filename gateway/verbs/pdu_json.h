/* A decoded PDU as JSON: the field names the command line promises. */
#ifndef MALGIL_VERBS_PDU_JSON_H
#define MALGIL_VERBS_PDU_JSON_H

#include <jansson.h>

#include "gateway/sms/pdu.h"

/* One object, owned by the caller. A field that is not in the PDU is not in the object; a
 * time stamp that is no date is null. `smsc` may be NULL (the PDU had no such prefix). */
json_t *pdu_to_json(const struct pdu *pdu, const struct sms_address *smsc);

#endif
