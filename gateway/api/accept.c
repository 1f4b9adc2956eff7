#include "gateway/api/accept.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/api/fields.h"
#include "gateway/base/iso.h"

struct wish {
	const char *to, *text, *class_name, *channel, *key, *on_doubt;
	int64_t at, expires;
	bool report, flash;
	uint64_t reply_to;
};

/* "notice" is not among them: what may reach someone who said stop is ours to write. */
static const char *const classes[] = {"service", "reply", "marketing", NULL};
static const char *const doubts[] = {"hold", "close", "resend", NULL};

static const struct field wish_fields[] = {
	{"to", FIELD_TEXT, offsetof(struct wish, to), .required = true, .max = 64},
	{"text", FIELD_TEXT, offsetof(struct wish, text), .required = true},
	{"class", FIELD_NAME, offsetof(struct wish, class_name), .names = classes},
	{"channel", FIELD_TEXT, offsetof(struct wish, channel), .max = 63},
	{"at", FIELD_WAIT, offsetof(struct wish, at)},
	{"expires", FIELD_WAIT, offsetof(struct wish, expires)},
	{"key", FIELD_TEXT, offsetof(struct wish, key), .max = 128},
	{"report", FIELD_BOOL, offsetof(struct wish, report)},
	{"flash", FIELD_BOOL, offsetof(struct wish, flash)},
	{"on_doubt", FIELD_NAME, offsetof(struct wish, on_doubt), .names = doubts},
	{"reply_to", FIELD_ID, offsetof(struct wish, reply_to)},
	{0},
};

void
accepted_done(struct accepted *a)
{
	strbuf_done(&a->why);
}

static int
status_of(int error)
{
	switch (error) {
	case -EEXIST: return 409;
	case -EAGAIN: return 503;
	default: return 422;
	}
}

static void
accept_wish(struct core *core, const struct wish *wish, struct accepted *ret)
{
	struct outbox_request request = {.to = wish->to,
		.text = wish->text,
		.text_len = strlen(wish->text),
		.cls = CLASS_SERVICE,
		.channel = wish->channel,
		.key = wish->key,
		.origin = "api",
		.on_doubt = wish->on_doubt,
		.at = wish->at,
		.expires = wish->expires,
		.msg_class = wish->flash ? 0 : -1,
		.no_report = !wish->report,
		.reply_to = wish->reply_to};
	if (wish->class_name && message_class_parse(wish->class_name, &request.cls) < 0)
		abort(); /* the list above knows a class the store does not */
	int r = outbox_accept(core, &request, &ret->receipt, &ret->why);
	ret->status = r ? status_of(r) : 202;
	if (r == -EEXIST)
		snprintf(ret->field, sizeof(ret->field), "key");
}

/* A repeat must be able to say the same as the first time. */
static bool
repeatable(const json_t *object, const struct wish *wish, struct accepted *ret)
{
	int64_t at;
	if (!wish->key || !wish->at ||
		!iso_parse(json_string_value(json_object_get(object, "at")), &at, NULL))
		return true;
	ret->status = 422;
	snprintf(ret->field, sizeof(ret->field), "at");
	strbuf_set(&ret->why,
		"with a key, at must be a time and not a duration: a repeat has to "
		"ask for the same moment");
	return false;
}

bool
accept_message(struct core *core, const char *json, size_t len, struct accepted *ret)
{
	*ret = (struct accepted){.status = 400, .why = STRBUF_SENTENCE};
	json_t *object = json_read(json, len, &ret->why);
	if (!object)
		return false;
	struct wish wish = {.report = true};
	const char *field;
	if (!fields_read(object, wish_fields, core_now(core), &wish, &field, &ret->why)) {
		if (repeatable(object, &wish, ret))
			accept_wish(core, &wish, ret);
	} else if (field) {
		ret->status = 422;
		snprintf(ret->field, sizeof(ret->field), "%s", field);
	}
	json_decref(object);
	return ret->status == 202;
}

void
accepted_write(struct jsonw *w, const struct accepted *a)
{
	if (a->status == 202) {
		jsonw_id(w, "id", a->receipt.id);
		jsonw_text(w, "state", message_state_name(a->receipt.state));
		jsonw_int(w, "parts", a->receipt.parts);
		jsonw_text(w, "encoding", a->receipt.encoding);
		return;
	}
	jsonw_text(w, "detail", a->why.s);
	if (*a->field)
		jsonw_text(w, "field", a->field);
}
