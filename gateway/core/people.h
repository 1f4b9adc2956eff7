/* What the shop writes down about a contact: where they are, their language, fields and
 * tags. Everything can be emptied again. */
#ifndef MALGIL_CORE_PEOPLE_H
#define MALGIL_CORE_PEOPLE_H

#include "gateway/core/core.h"
#include "gateway/store/contacts.h"

#define PEOPLE_NAME_MAX 64   /* bytes of a field's or a tag's name */
#define PEOPLE_TEXT_MAX 4096 /* and of what it says */

/* `name` is zone ("Asia/Seoul"), region ("FL"), language ("ko"), or a field of the shop's
 * own, as scripts know it ({contact.NAME}). "" or NULL empties it. 0; -EINVAL with a
 * sentence. */
int people_set(struct core *core, struct contact *contact, const char *name,
	const char *text, struct strbuf *err) MUST_USE;
/* Can a field be called so? 0, or -EINVAL with a sentence. */
int people_field_name(const char *name, struct strbuf *err) MUST_USE;
int people_tag(struct core *core, const struct contact *contact, const char *tag,
	bool add, struct strbuf *err) MUST_USE;

#endif
