/* A ticket as JSON: the same in lists, alone, and after a change. */
#ifndef MALGIL_API_TICKET_JSON_H
#define MALGIL_API_TICKET_JSON_H

#include "gateway/net/jsonw.h"
#include "gateway/store/tickets.h"

/* The members, without the brackets. */
void ticket_write(struct jsonw *w, const struct ticket *t);
/* One row of a list into a struct page. */
bool ticket_write_item(void *page, const struct ticket_item *item);

#endif
