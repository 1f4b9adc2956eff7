#include "gateway/base/log.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gateway/base/strbuf.h"

static struct {
	FILE *out;
	enum log_level level;
	const struct clock *clock;
} sink = {NULL, LOG_INFO, NULL};

static const char *const level_names[] = {
	"trace", "debug", "info", "warn", "error", "off"};

void
log_open(FILE *out, enum log_level level, const struct clock *clock)
{
	sink.out = out;
	sink.level = level;
	sink.clock = clock;
}

bool
log_enabled(enum log_level level)
{
	return level >= sink.level;
}

int
log_level_parse(const char *name, enum log_level *ret_level)
{
	for (size_t i = 0; i < ARRAY_LEN(level_names); i++) {
		if (!strcmp(name, level_names[i])) {
			*ret_level = (enum log_level)i;
			return 0;
		}
	}
	return -EINVAL;
}

static bool
needs_quotes(const char *s)
{
	if (!*s)
		return true;
	for (; *s; s++)
		if ((unsigned char)*s <= ' ' || *s == '"' || *s == '=' || *s == 0x7F)
			return true;
	return false;
}

static void
add_text(struct strbuf *b, const char *s)
{
	if (!needs_quotes(s)) {
		strbuf_puts(b, s);
		return;
	}
	strbuf_putc(b, '"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			strbuf_printf(b, "\\%c", *s);
		else if (*s == '\n')
			strbuf_puts(b, "\\n");
		else if (*s == '\r')
			strbuf_puts(b, "\\r");
		else if ((unsigned char)*s < ' ' || *s == 0x7F)
			strbuf_printf(b, "\\x%02x", (unsigned char)*s);
		else
			strbuf_putc(b, *s);
	}
	strbuf_putc(b, '"');
}

/* All digits but the last four become '*', so a log can be shown to strangers. */
static void
add_phone(struct strbuf *b, const char *s)
{
	size_t digits = 0;
	for (const char *p = s; *p; p++)
		digits += isdigit((unsigned char)*p) != 0;
	struct strbuf masked = STRBUF_INIT(64);
	for (; *s; s++) {
		bool digit = isdigit((unsigned char)*s) != 0;
		strbuf_putc(&masked, digit && digits > 4 ? '*' : *s);
		digits -= digit;
	}
	add_text(b, masked.s);
	strbuf_done(&masked);
}

static void
add_field(struct strbuf *b, const struct log_field *f)
{
	if ((f->kind == LOG_FIELD_TEXT || f->kind == LOG_FIELD_PHONE) && !f->text)
		return;
	strbuf_printf(b, " %s=", f->key);
	switch (f->kind) {
	case LOG_FIELD_TEXT: add_text(b, f->text); break;
	case LOG_FIELD_PHONE: add_phone(b, f->text); break;
	case LOG_FIELD_INT: strbuf_printf(b, "%" PRId64, f->number); break;
	case LOG_FIELD_ID: strbuf_printf(b, "%" PRIu64, (uint64_t)f->number); break;
	}
}

void
log_line(enum log_level level, const char *event, const struct log_field *fields,
	size_t count)
{
	const struct clock *clock = sink.clock ? sink.clock : clock_real();
	int64_t now = clock_wall(clock);
	time_t seconds = (time_t)(now / 1000);
	struct tm tm;
	char stamp[32];
	gmtime_r(&seconds, &tm);
	strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &tm);

	struct strbuf line = STRBUF_INIT(16384);
	strbuf_printf(&line, "ts=%s.%03dZ level=%s event=%s", stamp, (int)(now % 1000),
		level_names[level], event);
	for (size_t i = 0; i < count; i++)
		add_field(&line, &fields[i]);
	strbuf_putc(&line, '\n');
	FILE *out = sink.out ? sink.out : stderr;
	fwrite(line.s, 1, line.len, out);
	fflush(out);
	strbuf_done(&line);
}
