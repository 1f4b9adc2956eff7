/* What an application answers to an inbound text: TwiML for messaging, the part of it
 * that means something to SMS. Pure, on expat.
 *
 *	<Response><Message to="+1..." from="north" statusCallback="https://...">text
 *	</Message></Response>
 *
 * <Message> holds its text or a <Body>; <Sms> is its old name. <Redirect> names where to
 * ask on. Media cannot be sent: the text goes without. Other elements are ignored, as
 * Twilio does with what it does not know. A document with a DOCTYPE is refused, so no
 * entity is ever expanded; so is one that is not well-formed, deeper than 16 or with more
 * than 10 messages: nothing of it counts then. */
#ifndef MALGIL_API_TWIML_H
#define MALGIL_API_TWIML_H

#include "gateway/base/strbuf.h"

#define TWIML_MESSAGES 10

struct twiml_message {
	struct strbuf text;
	char to[64], from[64], callback[2048]; /* "" not given */
};

struct twiml {
	struct twiml_message messages[TWIML_MESSAGES];
	size_t count;
	char redirect[2048]; /* "" none */
	bool media;          /* there was some, and it was left out */
};

/* 0, or -EINVAL with a sentence. twiml_done() in either case. */
int
twiml_read(const char *xml, size_t len, struct twiml *ret, struct strbuf *err) MUST_USE;
void twiml_done(struct twiml *t);

#endif
