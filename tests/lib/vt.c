#include "tests/lib/vt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

static struct vt_cell *
at(const struct vt *v, int row, int col)
{
	return &v->cells[row * v->cols + col];
}

static void
blank(struct vt *v, int row, int from, int to)
{
	for (int col = MAX(from, 0); col < MIN(to, v->cols); col++)
		*at(v, row, col) = (struct vt_cell){.text = " ", .width = 1};
}

void
vt_init(struct vt *v, int rows, int cols)
{
	*v = (struct vt){.cursor = true};
	strbuf_init(&v->strange, 4096);
	vt_resize(v, rows, cols);
}

void
vt_done(struct vt *v)
{
	free(v->cells);
	strbuf_done(&v->strange);
}

void
vt_resize(struct vt *v, int rows, int cols)
{
	free(v->cells);
	v->rows = rows;
	v->cols = cols;
	v->cells = xcalloc((size_t)rows * (size_t)cols, sizeof(*v->cells));
	v->top = 0;
	v->bottom = rows;
	v->row = v->col = 0;
	for (int row = 0; row < rows; row++)
		blank(v, row, 0, cols);
}

/* Rows of the region move up (n > 0) or down. */
static void
scroll(struct vt *v, int top, int n)
{
	for (; n > 0; n--) {
		memmove(at(v, top, 0), at(v, top, 0) + v->cols,
			(size_t)(v->bottom - top - 1) * (size_t)v->cols *
				sizeof(*v->cells));
		blank(v, v->bottom - 1, 0, v->cols);
	}
	for (; n < 0; n++) {
		memmove(at(v, top, 0) + v->cols, at(v, top, 0),
			(size_t)(v->bottom - top - 1) * (size_t)v->cols *
				sizeof(*v->cells));
		blank(v, top, 0, v->cols);
	}
}

static void
line_feed(struct vt *v)
{
	if (v->row == v->bottom - 1)
		scroll(v, v->top, 1);
	else
		v->row = MIN(v->row + 1, v->rows - 1);
}

/* What half of a wide character is left when the other is drawn over. */
static void
mend(struct vt *v, int row, int col)
{
	if (col > 0 && col < v->cols && at(v, row, col)->width == 0)
		blank(v, row, col - 1, col);
}

static void
put(struct vt *v, const char *text, int width)
{
	if (width == 0) {
		int col = v->wrap ? v->col : v->col - 1;
		if (col > 0 && at(v, v->row, col)->width == 0)
			col--;
		struct vt_cell *c = col >= 0 ? at(v, v->row, col) : NULL;
		if (c && strlen(c->text) + strlen(text) < sizeof(c->text))
			strcat(c->text, text);
		return;
	}
	if (v->wrap || v->col + width > v->cols) {
		v->col = 0;
		line_feed(v);
	}
	v->wrap = false;
	mend(v, v->row, v->col);
	mend(v, v->row, v->col + width);
	struct vt_cell *c = at(v, v->row, v->col);
	if (v->col + width < v->cols && at(v, v->row, v->col + width)->width == 0)
		blank(v, v->row, v->col + width, v->col + width + 1);
	*c = (struct vt_cell){.width = (uint8_t)width, .coloured = v->colour};
	strcpy(c->text, text);
	if (width == 2)
		c[1] = (struct vt_cell){.width = 0};
	snprintf(v->last, sizeof(v->last), "%s", text);
	v->col += width;
	if (v->col == v->cols) {
		v->col--;
		v->wrap = true;
	}
}

/* ---- sequences ---- */

static void
strange(struct vt *v)
{
	strbuf_puts(&v->strange, "ESC");
	for (size_t i = 1; i < v->seq_len; i++)
		strbuf_putc(&v->strange, v->seq[i] < ' ' ? '.' : v->seq[i]);
	strbuf_putc(&v->strange, '\n');
}

static void
erase_screen(struct vt *v, int how)
{
	for (int row = how == 0 ? v->row + 1 : 0; row < (how == 1 ? v->row : v->rows);
		row++)
		blank(v, row, 0, v->cols);
	if (how == 0)
		blank(v, v->row, v->col, v->cols);
	if (how == 1)
		blank(v, v->row, 0, v->col + 1);
}

static void
erase_line(struct vt *v, int how)
{
	blank(v, v->row, how ? 0 : v->col, how == 1 ? v->col + 1 : v->cols);
}

static void
insert_cells(struct vt *v, int n)
{
	struct vt_cell *c = at(v, v->row, v->col);
	n = MIN(n, v->cols - v->col);
	memmove(c + n, c, (size_t)(v->cols - v->col - n) * sizeof(*c));
	blank(v, v->row, v->col, v->col + n);
}

static void
delete_cells(struct vt *v, int n)
{
	struct vt_cell *c = at(v, v->row, v->col);
	n = MIN(n, v->cols - v->col);
	memmove(c, c + n, (size_t)(v->cols - v->col - n) * sizeof(*c));
	blank(v, v->row, v->cols - n, v->cols);
}

static void
set_look(struct vt *v, const char *params)
{
	const char *p = params;
	if (!*p)
		v->colour = false;
	while (*p) {
		int n = atoi(p);
		if (n == 0 || n == 39)
			v->colour = false;
		if ((n >= 30 && n <= 37) || (n >= 90 && n <= 97))
			v->colour = true;
		p += strcspn(p, ";");
		p += *p == ';';
	}
}

static void
go(struct vt *v, int row, int col)
{
	v->row = MAX(0, MIN(row, v->rows - 1));
	v->col = MAX(0, MIN(col, v->cols - 1));
	v->wrap = false;
}

static void
mode(struct vt *v, const char *params, bool on)
{
	if (!strcmp(params, "?25"))
		v->cursor = on;
	else if (!strcmp(params, "?2004"))
		v->pasting = on;
	else if (strcmp(params, "?1049") != 0 && strcmp(params, "?1") != 0 &&
		 strcmp(params, "?7") != 0 && strcmp(params, "?12") != 0 &&
		 strcmp(params, "4") != 0 && strcmp(params, "?12;25") != 0 &&
		 strcmp(params, "?1006;1000") != 0)
		strange(v);
	if (!strcmp(params, "?12;25"))
		v->cursor = on;
	if (!strcmp(params, "?1049") && on)
		erase_screen(v, 2);
}

static void
control_sequence(struct vt *v, const char *params, char final)
{
	int a = atoi(params), n = MAX(a, 1);
	const char *second = strchr(params, ';');
	int b = second ? MAX(atoi(second + 1), 1) : 1;
	switch (final) {
	case 'A': go(v, v->row - n, v->col); break;
	case 'B': go(v, v->row + n, v->col); break;
	case 'C': go(v, v->row, v->col + n); break;
	case 'D': go(v, v->row, v->col - n); break;
	case 'G': go(v, v->row, n - 1); break;
	case 'd': go(v, n - 1, v->col); break;
	case 'H': go(v, n - 1, b - 1); break;
	case 'J': erase_screen(v, a); break;
	case 'K': erase_line(v, a); break;
	case 'X': blank(v, v->row, v->col, v->col + n); break;
	case '@': insert_cells(v, n); break;
	case 'P': delete_cells(v, n); break;
	case 'L': scroll(v, v->row, -n); break;
	case 'M': scroll(v, v->row, n); break;
	case 'S': scroll(v, v->top, n); break;
	case 'T': scroll(v, v->top, -n); break;
	case 'b':
		for (char text[8]; n > 0; n--) {
			snprintf(text, sizeof(text), "%s", v->last);
			put(v, text, 1);
		}
		break;
	case 'r':
		v->top = n - 1;
		v->bottom = second ? MIN(b, v->rows) : v->rows;
		go(v, 0, 0);
		break;
	case 'm': set_look(v, params); break;
	case 'h': mode(v, params, true); break;
	case 'l': mode(v, params, false); break;
	case 't': break; /* the title, put away and back */
	default: strange(v);
	}
}

static void
escape_sequence(struct vt *v)
{
	char params[64], final = v->seq[v->seq_len - 1];
	switch (v->seq[1]) {
	case '[':
		snprintf(params, sizeof(params), "%.*s", (int)v->seq_len - 3, v->seq + 2);
		control_sequence(v, params, final);
		break;
	case '(':
	case ')':
	case '=':
	case '>': break;
	case '7':
		v->saved_row = v->row;
		v->saved_col = v->col;
		break;
	case '8': go(v, v->saved_row, v->saved_col); break;
	case 'M':
		if (v->row == v->top)
			scroll(v, v->top, -1);
		else
			v->row--;
		break;
	default: strange(v);
	}
}

static bool
complete(const struct vt *v)
{
	char last = v->seq[v->seq_len - 1];
	if (v->seq_len < 2)
		return false;
	if (v->seq[1] == '[')
		return v->seq_len > 2 && last >= '@' && last <= '~';
	if (v->seq[1] == '(' || v->seq[1] == ')')
		return v->seq_len == 3;
	return true;
}

static void
control(struct vt *v, char c)
{
	switch (c) {
	case '\r': go(v, v->row, 0); break;
	case '\n': line_feed(v); break;
	case '\b': go(v, v->row, v->col - 1); break;
	case '\a': v->bells++; break;
	case 0x0F: break;
	default: strbuf_printf(&v->strange, "control %02x\n", (unsigned char)c);
	}
}

/* Whole characters: what is cut off at the end of a piece waits in `seq`. */
static size_t
take_text(struct vt *v, const char *s, size_t len)
{
	mbstate_t state = {0};
	wchar_t c;
	char text[8] = "";
	size_t n = mbrtowc(&c, s, len, &state);
	if (n == (size_t)-2)
		return 0;
	if (n > 4) { /* an error too */
		strbuf_puts(&v->strange, "not UTF-8\n");
		return 1;
	}
	int width = wcwidth(c);
	memcpy(text, s, n);
	if (width < 0)
		strbuf_printf(&v->strange, "U+%04X\n", (unsigned)c);
	else
		put(v, text, width);
	return n;
}

void
vt_feed(struct vt *v, const char *bytes, size_t len)
{
	v->bytes += len;
	for (size_t i = 0; i < len;) {
		if (v->seq_len) {
			v->seq[v->seq_len++] = bytes[i++];
			if (v->seq[0] != '\033') { /* half a character */
				size_t n = take_text(v, v->seq, v->seq_len);
				v->seq_len = n ? 0 : v->seq_len;
			} else if (complete(v) || v->seq_len == sizeof(v->seq) - 1) {
				escape_sequence(v);
				v->seq_len = 0;
			}
			continue;
		}
		unsigned char c = (unsigned char)bytes[i];
		size_t n = 1;
		if (c == 033)
			v->seq[v->seq_len++] = '\033';
		else if (c < 0x20 || c == 0x7F)
			control(v, (char)c);
		else if (!(n = take_text(v, bytes + i, len - i))) {
			memcpy(v->seq, bytes + i, len - i);
			v->seq_len = n = len - i;
		}
		i += n;
	}
}

void
vt_dump(const struct vt *v, struct strbuf *out)
{
	for (int row = 0; row < v->rows; row++) {
		int last = v->cols;
		while (last && !strcmp(at(v, row, last - 1)->text, " "))
			last--;
		for (int col = 0; col < last; col++)
			strbuf_puts(out, at(v, row, col)->text);
		strbuf_putc(out, '\n');
	}
}
