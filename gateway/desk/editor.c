#include "gateway/desk/editor.h"

#include <string.h>

void
editor_init(struct editor *e)
{
	strbuf_init(&e->text, EDITOR_MAX);
	e->cursor = 0;
}

void
editor_done(struct editor *e)
{
	strbuf_done(&e->text);
}

void
editor_set(struct editor *e, const char *text)
{
	strbuf_reset(&e->text);
	strbuf_puts(&e->text, text);
	e->cursor = e->text.len;
}

/* The bytes that may stand in a text: UTF-8 only, of control characters only the break.
 */
static void
keep_good(const char *text, size_t len, struct strbuf *out)
{
	for (size_t at = 0; at < len;) {
		unsigned char c = (unsigned char)text[at];
		struct glyph g;
		size_t n = glyph_next(text + at, len - at, &g);
		if (g.newline || c == '\t')
			strbuf_putc(out, g.newline ? '\n' : ' ');
		else if (c >= 0x80 ? strcmp(g.text, "\xEF\xBF\xBD") != 0
				   : c >= 0x20 && c != 0x7F)
			strbuf_add(out, text + at, n);
		at += n;
	}
}

bool
editor_insert(struct editor *e, const char *text, size_t len)
{
	struct strbuf good AUTO(strbuf_done) = STRBUF_INIT(EDITOR_MAX);
	struct strbuf tail AUTO(strbuf_done) = STRBUF_INIT(EDITOR_MAX);
	if (len > EDITOR_MAX)
		return false;
	keep_good(text, len, &good);
	if (good.full || e->text.len + good.len > EDITOR_MAX)
		return false;
	strbuf_add(&tail, e->text.s + e->cursor, e->text.len - e->cursor);
	e->text.len = e->cursor;
	strbuf_add(&e->text, good.s, good.len);
	strbuf_add(&e->text, tail.s, tail.len);
	e->cursor += good.len;
	return true;
}

static void
cut(struct editor *e, size_t from, size_t to)
{
	if (from == to)
		return;
	memmove(e->text.s + from, e->text.s + to, e->text.len - to + 1);
	e->text.len -= to - from;
	e->cursor = from;
}

/* Where the character before `at` begins; after it ends. */
static size_t
before(const struct editor *e, size_t at)
{
	return at - glyph_before(e->text.s, at);
}

static size_t
after(const struct editor *e, size_t at)
{
	struct glyph g;
	if (at >= e->text.len)
		return at;
	return at + glyph_next(e->text.s + at, e->text.len - at, &g);
}

void
editor_backspace(struct editor *e)
{
	cut(e, before(e, e->cursor), e->cursor);
}

void
editor_delete(struct editor *e)
{
	cut(e, e->cursor, after(e, e->cursor));
}

void
editor_left(struct editor *e)
{
	e->cursor = before(e, e->cursor);
}

void
editor_right(struct editor *e)
{
	e->cursor = after(e, e->cursor);
}

void
editor_home(struct editor *e)
{
	while (e->cursor && e->text.s[e->cursor - 1] != '\n')
		e->cursor--;
}

void
editor_end(struct editor *e)
{
	while (e->cursor < e->text.len && e->text.s[e->cursor] != '\n')
		e->cursor++;
}

void
editor_kill_line(struct editor *e)
{
	size_t to = e->cursor;
	editor_home(e);
	cut(e, e->cursor, to);
}

void
editor_kill_word(struct editor *e)
{
	size_t to = e->cursor, at = to;
	while (at && strchr(" \n", e->text.s[at - 1]))
		at--;
	while (at && !strchr(" \n", e->text.s[at - 1]))
		at--;
	cut(e, at, to);
}

void
editor_place(const struct editor *e, int width, int *ret_row, int *ret_col, int *ret_rows)
{
	size_t at = 0, shown;
	int row = 0;
	bool broken = true; /* the last row ended with a break: an empty one follows */
	*ret_row = *ret_col = 0;
	while (at < e->text.len) {
		size_t n = cells_row(e->text.s + at, e->text.len - at, width, &shown);
		broken = n != shown && at + n == e->text.len &&
			 e->text.s[e->text.len - 1] == '\n';
		if (e->cursor >= at && (e->cursor < at + n || at + n == e->text.len)) {
			*ret_row = row;
			*ret_col = 0;
			for (size_t i = at; i < e->cursor;) {
				struct glyph g;
				i += glyph_next(e->text.s + i, e->text.len - i, &g);
				*ret_col += g.width;
			}
		}
		at += n;
		row++;
	}
	if (broken && e->cursor == e->text.len) {
		*ret_row = row;
		*ret_col = 0;
	}
	*ret_rows = row + broken;
}

/* To the same column of the row above or below. */
static void
move_row(struct editor *e, int width, int by)
{
	int row, col, rows, used = 0;
	size_t at = 0, n = 0, shown = 0;
	editor_place(e, width, &row, &col, &rows);
	if (row + by < 0 || row + by >= rows)
		return;
	for (int i = 0; i <= row + by && at < e->text.len; i++) {
		at += n;
		n = cells_row(e->text.s + at, e->text.len - at, width, &shown);
	}
	for (size_t end = at + (n > shown || at + n == e->text.len ? shown : n - 1);
		at < end && used < col;) {
		struct glyph g;
		at += glyph_next(e->text.s + at, e->text.len - at, &g);
		used += g.width;
	}
	e->cursor = at;
}

void
editor_up(struct editor *e, int width)
{
	move_row(e, width, -1);
}

void
editor_down(struct editor *e, int width)
{
	move_row(e, width, 1);
}

bool
editor_edit(struct editor *e, const char *key)
{
	static const struct {
		const char *name;
		void (*run)(struct editor *e);
	} edits[] = {
		{"backspace", editor_backspace},
		{"delete", editor_delete},
		{"left", editor_left},
		{"right", editor_right},
		{"home", editor_home},
		{"end", editor_end},
		{"ctrl-a", editor_home},
		{"ctrl-e", editor_end},
		{"ctrl-w", editor_kill_word},
		{"ctrl-u", editor_kill_line},
		{"ctrl-d", editor_delete},
		{"ctrl-h", editor_backspace},
	};
	for (size_t i = 0; i < ARRAY_LEN(edits); i++)
		if (!strcmp(edits[i].name, key)) {
			edits[i].run(e);
			return true;
		}
	return false;
}
