#include "gateway/api/facade.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/core/raw.h"

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

const char *
facade_query(const struct request *rq)
{
	const char *mark = strchr(((const struct call *)rq)->target, '?');
	return mark ? mark + 1 : "";
}

void
facade_part(const struct request *rq, int n, char *ret, size_t size)
{
	const char *p = ((const struct call *)rq)->path;
	for (p += *p == '/'; n > 0 && *p; n--) {
		p += strcspn(p, "/");
		p += *p == '/';
	}
	snprintf(ret, size, "%.*s", (int)MIN(strcspn(p, "/"), size - 1), p);
}

const char *
facade_header(const struct request *rq, const char *name)
{
	return call_header((const struct call *)rq, name);
}

bool
facade_basic(const struct request *rq, char **ret_user, char **ret_password)
{
	const struct call *call = (const struct call *)rq;
	*ret_password = NULL;
	*ret_user = MHD_basic_auth_get_username_password(call->connection, ret_password);
	if (*ret_user && *ret_password)
		return true;
	free(*ret_user);
	free(*ret_password);
	*ret_user = *ret_password = NULL;
	return false;
}

void
facade_add_header(struct request *rq, const char *name, const char *value)
{
	struct call *call = (struct call *)rq;
	if (call->response)
		MHD_add_response_header(call->response, name, value);
}
