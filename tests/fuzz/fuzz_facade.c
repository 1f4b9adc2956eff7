/* Any octets as the query of sendsms, as a form, and as a dlr-url: what is taken is a
 * text somebody could be sent and numbers within bounds; a url that is filled in stays
 * free of what would end a request line; a form signs and writes what it read. */
#include <stdlib.h>
#include <string.h>

#include "gateway/api/form.h"
#include "gateway/api/kannel.h"
#include "gateway/api/push_sign.h"
#include "gateway/core/config_hooks.h"
#include "gateway/net/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool condition)
{
	if (!condition)
		abort();
}

static void
expand(const struct kannel_wish *w)
{
	struct strbuf url = STRBUF_INIT(64 * 1024);
	kannel_expand(w->dlr_url,
		&(struct kannel_report_facts){.type = 8,
			.to = w->receivers[0],
			.from = w->from,
			.reply = w->text.s,
			.channel = w->smsc,
			.user = w->user,
			.message = 1,
			.at = 1},
		&url);
	must(!strpbrk(url.s, " \r\n\t"));
	must(config_url_valid(url.s, 64 * 1024));
	strbuf_done(&url);
}

static void
read_query(const char *text, size_t size)
{
	struct strbuf err = STRBUF_SENTENCE;
	struct kannel_wish w;
	kannel_wish_init(&w);
	int r = kannel_read(text, size, &w, &err);
	must(!r || err.len);
	if (!r) {
		must(w.receiver_count > 0 && w.receiver_count <= KANNEL_RECEIVERS);
		must(w.text.len && strlen(w.text.s) == w.text.len && json_utf8(w.text.s));
		must(w.dlr_mask >= 0 && w.dlr_mask < 64 && w.msg_class < 4);
		must(w.validity >= 0 && w.deferred >= 0);
		if (*w.dlr_url)
			expand(&w);
	}
	kannel_wish_done(&w);
	strbuf_done(&err);
}

static void
read_form(const char *text, size_t size)
{
	struct strbuf err = STRBUF_SENTENCE, written = STRBUF_INIT(8 << 20);
	struct push_form out = {.count = 0};
	struct form f, back;
	if (!form_read(text, size, &f, &err)) {
		for (size_t i = 0; i < f.count && i < PUSH_FIELDS; i++)
			push_form_add(&out, f.room.s + f.fields[i].name,
				f.room.s + f.fields[i].value);
		push_form_write(&out, &written);
		must(!form_read(written.s, written.len, &back, &err));
		for (size_t i = 0; i < out.count; i++)
			must(form_get(&back, out.fields[i].name) || !*out.fields[i].name);
		form_done(&back);
	}
	form_done(&f);
	strbuf_done(&written);
	strbuf_done(&err);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_query((const char *)data, size);
	read_form((const char *)data, size);
	return 0;
}
