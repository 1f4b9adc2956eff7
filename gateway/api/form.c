#include "gateway/api/form.h"

#include <errno.h>
#include <string.h>

#include "gateway/core/raw.h"
#include "gateway/net/json.h"

#define ROOM_MAX (256 * 1024)

static int
add_field(struct form *f, const struct strbuf *name, const struct strbuf *value,
	struct strbuf *err)
{
	if (f->count == FORM_FIELDS) {
		strbuf_set(err, "there are more than %d parameters", FORM_FIELDS);
		return -EINVAL;
	}
	if (strlen(name->s) != name->len || strlen(value->s) != value->len ||
		!json_utf8(name->s) || !json_utf8(value->s)) {
		strbuf_set(err, "a parameter holds a zero byte or is not UTF-8");
		return -EINVAL;
	}
	f->fields[f->count].name = f->room.len;
	strbuf_add(&f->room, name->s, name->len + 1);
	f->fields[f->count++].value = f->room.len;
	strbuf_add(&f->room, value->s, value->len + 1);
	return f->room.full ? -EINVAL : 0;
}

int
form_read(const char *text, size_t len, struct form *ret, struct strbuf *err)
{
	struct strbuf name AUTO(strbuf_done) = STRBUF_INIT(len + 1);
	struct strbuf value AUTO(strbuf_done) = STRBUF_INIT(len + 1);
	size_t at = 0;
	int r = 0;
	*ret = (struct form){.room = STRBUF_INIT(ROOM_MAX)};
	while (!r && raw_form_next(text, len, &at, &name, &value))
		r = add_field(ret, &name, &value, err);
	return r;
}

void
form_done(struct form *form)
{
	strbuf_done(&form->room);
}

const char *
form_get(const struct form *form, const char *name)
{
	for (size_t i = 0; i < form->count; i++)
		if (!strcmp(form->room.s + form->fields[i].name, name))
			return form->room.s + form->fields[i].value;
	return NULL;
}
