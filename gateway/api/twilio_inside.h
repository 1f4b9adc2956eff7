/* Between twilio.c and twilio_read.c. */
#ifndef MALGIL_API_TWILIO_INSIDE_H
#define MALGIL_API_TWILIO_INSIDE_H

#include "gateway/api/request.h"
#include "gateway/api/twilio.h"

/* The state of a request about one message. */
struct twilio_change {
	const struct config_account *account;
	uint64_t id;
};

/* Answers in Twilio's shape; `message` NULL: the code's own. */
void twilio_refuse(struct request *rq, int status, int code, const char *message);
/* The account of the path, for one who may use it; NULL after answering. */
const struct config_account *twilio_account(struct request *rq);

/* twilio_read.c: one as JSON, in the loop: by its id, and whose. False when there is
 * none. */
bool twilio_one(struct request *rq, const struct config_account *account, uint64_t id,
	struct strbuf *ret);
void twilio_list(struct request *rq, const struct config_account *account);

#endif
