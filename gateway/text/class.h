/* The class of a text: what it is to the person who gets it. The law, their consent and
 * good manners ask after nothing else (core/gates.h). Said by whoever writes the text,
 * judged when it leaves. */
#ifndef MALGIL_TEXT_CLASS_H
#define MALGIL_TEXT_CLASS_H

#include "gateway/base/def.h"

enum message_class {
	CLASS_NOTICE, /* the one confirmation of an opt-out: made by core/consent alone */
	CLASS_REPLY,  /* answers what they have just written */
	CLASS_SERVICE,   /* facts of an order or an appointment */
	CLASS_MARKETING, /* everything else */
	CLASS_COUNT
};
const char *message_class_name(enum message_class cls);
/* -EINVAL for an unknown name. */
int message_class_parse(const char *name, enum message_class *ret_class) MUST_USE;

#endif
