/* What the files of `malgil contacts` share. */
#ifndef MALGIL_VERBS_CONTACTS_H
#define MALGIL_VERBS_CONTACTS_H

#include "gateway/verbs/remote.h"

/* contacts_import.c */
int contacts_import(struct remote *r, const struct verb_args *args);
int contacts_imports(struct remote *r, const struct verb_args *args);
int contacts_undo(struct remote *r, const struct verb_args *args);

#endif
