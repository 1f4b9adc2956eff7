/* Contacts as people ask for them. Read only, for the reader thread. */
#ifndef MALGIL_STORE_CONTACTS_LIST_H
#define MALGIL_STORE_CONTACTS_LIST_H

#include "gateway/store/contacts.h"

struct contact_filter {
	const char *tag; /* NULL: all */
	uint64_t before; /* older than this one, 0: from the newest */
	int limit;       /* 1..1000 */
};
/* Newest first, those who were forgotten left out; `each` returns false to stop. */
void contacts_list(struct db *db, const struct contact_filter *filter,
	bool (*each)(void *arg, const struct contact *c), void *arg);

/* What is known beyond the number, by name; texts borrowed for the call. */
void attributes_list(struct db *db, uint64_t contact,
	void (*each)(void *arg, const char *name, const char *text), void *arg);

#endif
