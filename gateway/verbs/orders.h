/* Inside of the verb `orders`: its file import, which is long enough for a file. */
#ifndef MALGIL_VERBS_ORDERS_H
#define MALGIL_VERBS_ORDERS_H

#include "gateway/verbs/remote.h"

int orders_import(struct remote *r, const struct verb_args *args);

#endif
