#include "gateway/net/jsonw.h"

#include <inttypes.h>
#include <math.h>

#include "gateway/base/iso.h"
#include "gateway/net/json.h"

static void
begin(struct jsonw *w, const char *name)
{
	if (w->comma)
		strbuf_putc(w->out, ',');
	w->comma = true;
	if (!name)
		return;
	json_quote(w->out, name);
	strbuf_putc(w->out, ':');
}

void
jsonw_open(struct jsonw *w, const char *name, char bracket)
{
	begin(w, name);
	strbuf_putc(w->out, bracket);
	w->comma = false;
}

void
jsonw_close(struct jsonw *w, char bracket)
{
	strbuf_putc(w->out, bracket);
	w->comma = true;
}

void
jsonw_null(struct jsonw *w, const char *name)
{
	begin(w, name);
	strbuf_puts(w->out, "null");
}

void
jsonw_text(struct jsonw *w, const char *name, const char *text)
{
	if (!text) {
		jsonw_null(w, name);
		return;
	}
	begin(w, name);
	json_quote(w->out, text);
}

void
jsonw_some(struct jsonw *w, const char *name, const char *text)
{
	jsonw_text(w, name, text && *text ? text : NULL);
}

void
jsonw_int(struct jsonw *w, const char *name, int64_t value)
{
	begin(w, name);
	strbuf_printf(w->out, "%" PRId64, value);
}

void
jsonw_real(struct jsonw *w, const char *name, double value)
{
	if (!isfinite(value)) {
		jsonw_null(w, name);
		return;
	}
	begin(w, name);
	strbuf_printf(w->out, "%.3f", value);
}

void
jsonw_bool(struct jsonw *w, const char *name, bool value)
{
	begin(w, name);
	strbuf_puts(w->out, value ? "true" : "false");
}

void
jsonw_id(struct jsonw *w, const char *name, uint64_t id)
{
	if (!id) {
		jsonw_null(w, name);
		return;
	}
	begin(w, name);
	strbuf_printf(w->out, "\"%" PRIu64 "\"", id);
}

void
jsonw_time(struct jsonw *w, const char *name, int64_t wall)
{
	char text[ISO_MAX];
	iso_format(wall, 0, text);
	jsonw_some(w, name, wall ? text : NULL);
}
