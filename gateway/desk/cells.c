#include "gateway/desk/cells.h"

#include <string.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#define ZWJ       0x200D
#define BREAK     "\xE2\x86\xB5" /* a sign for a line break on one line */
#define UNKNOWN   0xFFFD
#define MARKS_MAX 3

static UChar32
read_char(const char *text, size_t len, size_t *at)
{
	UChar32 c;
	int32_t i = 0;
	int32_t n = (int32_t)MIN(len - *at, 8);
	U8_NEXT(text + *at, i, n, c);
	*at += (size_t)i;
	return c < 0 ? UNKNOWN : c;
}

/* Drawn as nothing, and changes nothing that is drawn. */
static bool
is_silent(UChar32 c)
{
	return (c >= 0xFE00 && c <= 0xFE0F) || (c >= 0xE0000 && c <= 0xE0FFF) ||
	       c == 0x00AD || (c >= 0x200B && c <= 0x200D) || c == 0x2060 ||
	       c == 0xFEFF || c == 0x034F;
}

static bool
is_mark(UChar32 c)
{
	uint32_t mask = U_GET_GC_MASK(c);
	bool jamo = (c >= 0x1160 && c <= 0x11FF) || (c >= 0xD7B0 && c <= 0xD7FF);
	return (mask & (U_GC_MN_MASK | U_GC_ME_MASK)) || jamo;
}

/* Control characters are shown as their pictures: an attempt should be seen. */
static UChar32
made_safe(UChar32 c)
{
	if (c < 0x20)
		return 0x2400 + c;
	if (c == 0x7F)
		return 0x2421;
	switch (u_charType(c)) {
	case U_CONTROL_CHAR:
	case U_FORMAT_CHAR:
	case U_SURROGATE:
	case U_PRIVATE_USE_CHAR:
	case U_UNASSIGNED:
	case U_LINE_SEPARATOR:
	case U_PARAGRAPH_SEPARATOR: return UNKNOWN;
	default: return c;
	}
}

static uint8_t
width_of(UChar32 c)
{
	int ea = u_getIntPropertyValue(c, UCHAR_EAST_ASIAN_WIDTH);
	return ea == U_EA_FULLWIDTH || ea == U_EA_WIDE ? 2 : 1;
}

static void
add_char(struct glyph *g, size_t *n, UChar32 c)
{
	UBool error = false;
	int32_t at = (int32_t)*n;
	if (*n + 4 >= sizeof(g->text))
		return;
	U8_APPEND((uint8_t *)g->text, at, (int32_t)sizeof(g->text) - 1, c, error);
	if (!error)
		*n = (size_t)at;
	g->text[*n] = '\0';
}

static bool
is_flag_half(UChar32 c)
{
	return c >= 0x1F1E6 && c <= 0x1F1FF;
}

static bool
is_skin(UChar32 c)
{
	return c >= 0x1F3FB && c <= 0x1F3FF;
}

/* What belongs to the sign that was just read: marks are drawn with it, what terminals do
 * not agree on is passed over. */
static size_t
take_rest(
	const char *text, size_t len, size_t at, UChar32 base, struct glyph *g, size_t n)
{
	bool picture = u_hasBinaryProperty(base, UCHAR_EXTENDED_PICTOGRAPHIC);
	bool joined = false;
	int marks = 0;
	while (at < len) {
		size_t next = at;
		if (!((unsigned char)text[at] & 0x80))
			break;
		UChar32 c = read_char(text, len, &next);
		bool part = picture && joined &&
			    u_hasBinaryProperty(c, UCHAR_EXTENDED_PICTOGRAPHIC);
		if (!is_silent(c) && !is_mark(c) && !(picture && is_skin(c)) && !part)
			break;
		if (is_mark(c) && !is_silent(c) && marks++ < MARKS_MAX)
			add_char(g, &n, c);
		joined = c == ZWJ;
		at = next;
	}
	return at;
}

static size_t
take_special(const char *text, size_t len, struct glyph *g)
{
	if (*text == '\r' && len > 1 && text[1] == '\n') {
		g->newline = true;
		return 2;
	}
	if (*text == '\n' || *text == '\r') {
		g->newline = true;
		return 1;
	}
	if (*text == '\t' || *text == ' ') {
		memcpy(g->text, " ", 2);
		g->width = 1;
		g->blank = true;
		return 1;
	}
	return 0;
}

size_t
glyph_next(const char *text, size_t len, struct glyph *g)
{
	size_t at = 0, n = 0;
	*g = (struct glyph){.width = 0};
	size_t special = take_special(text, len, g);
	if (special)
		return special;
	UChar32 c = read_char(text, len, &at);
	if (c == 0x2028 || c == 0x2029 || c == 0x85) {
		g->newline = true;
		return at;
	}
	if (is_silent(c))
		return at;
	c = made_safe(c);
	if (is_mark(c)) /* with nothing to stand on */
		add_char(g, &n, 0x25CC);
	add_char(g, &n, c);
	g->width = is_mark(c) ? 1 : width_of(c);
	if (is_flag_half(c) && at < len) {
		size_t next = at;
		UChar32 other = read_char(text, len, &next);
		if (is_flag_half(other)) {
			add_char(g, &n, other);
			g->width = 2;
			return next;
		}
	}
	return take_rest(text, len, at, c, g, n);
}

/* From a place that surely begins one: far enough back, or after plain ASCII. */
size_t
glyph_before(const char *text, size_t at)
{
	size_t from = at > 64 ? at - 64 : 0;
	while (from && ((unsigned char)text[from] & 0xC0) == 0x80)
		from--;
	for (;;) {
		struct glyph g;
		if (from >= at)
			return 0;
		size_t n = glyph_next(text + from, at - from, &g);
		if (from + n >= at)
			return at - from;
		from += n;
	}
}

int
cells_width(const char *text)
{
	size_t len = strlen(text);
	int width = 0;
	for (size_t at = 0; at < len;) {
		struct glyph g;
		at += glyph_next(text + at, len - at, &g);
		width += g.width;
	}
	return width;
}

size_t
cells_row(const char *text, size_t len, int width, size_t *ret_shown)
{
	size_t at = 0, after_blank = 0, before_blank = 0;
	int used = 0;
	while (at < len) {
		struct glyph g;
		size_t n = glyph_next(text + at, len - at, &g);
		if (g.newline) {
			*ret_shown = at;
			return at + n;
		}
		if (g.blank && used >= width) {
			*ret_shown = at;
			return at + n;
		}
		if (used + g.width > width && at) {
			bool word = after_blank && before_blank * 3 > at;
			*ret_shown = word ? before_blank : at;
			return word ? after_blank : at;
		}
		if (g.blank) {
			before_blank = at;
			after_blank = at + n;
		}
		used += g.width;
		at += n;
	}
	*ret_shown = at;
	return at;
}

void
cells_clean(const char *text, struct strbuf *out)
{
	size_t len = strlen(text);
	for (size_t at = 0; at < len;) {
		struct glyph g;
		at += glyph_next(text + at, len - at, &g);
		strbuf_puts(out, g.newline ? BREAK : g.text);
	}
}
