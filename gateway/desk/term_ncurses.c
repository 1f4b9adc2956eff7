/* The only file that speaks ncurses. */
#include "gateway/desk/term.h"

#include <curses.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <term.h>
#include <unistd.h>
#include <wchar.h>

#define KEY_PASTE_BEGIN 0x7001
#define KEY_PASTE_END   0x7002
#define KEY_ALT_ENTER   0x7003

struct desk_term {
	SCREEN *screen;
	enum theme theme;
	struct grid shown; /* what ncurses was told last */
	bool all;          /* to be told everything */
	bool pasting;
	struct strbuf paste;
	size_t paste_lost; /* bytes of a paste beyond all measure */
	char typed[8];
};

int
theme_parse(const char *name, enum theme *ret)
{
	static const char *const names[] = {"dark", "light", "mono"};
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (!strcmp(names[i], name)) {
			*ret = (enum theme)i;
			return 0;
		}
	if (*name)
		return -EINVAL;
	const char *plain = getenv("NO_COLOR");
	*ret = plain && *plain ? THEME_MONO : THEME_DARK;
	return 0;
}

/* ---- colours: never the only sign ---- */

static const struct {
	short dark, light; /* foreground */
	attr_t attrs, mono;
} looks[STYLE_COUNT] = {
	[STYLE_PLAIN] = {-1, -1, 0, 0},
	[STYLE_DIM] = {-1, -1, A_DIM, A_DIM},
	[STYLE_BOLD] = {-1, -1, A_BOLD, A_BOLD},
	[STYLE_BAR] = {-1, -1, A_REVERSE, A_REVERSE},
	[STYLE_SELECTED] = {COLOR_CYAN, COLOR_BLUE, A_REVERSE, A_REVERSE},
	[STYLE_THEIRS] = {COLOR_CYAN, COLOR_BLUE, 0, A_BOLD},
	[STYLE_OURS] = {-1, -1, 0, 0},
	[STYLE_NOTE] = {COLOR_YELLOW, COLOR_MAGENTA, 0, A_UNDERLINE},
	[STYLE_GOOD] = {COLOR_GREEN, COLOR_GREEN, 0, 0},
	[STYLE_WARN] = {COLOR_YELLOW, COLOR_RED, A_BOLD, A_BOLD},
	[STYLE_BAD] = {COLOR_RED, COLOR_RED, A_BOLD, A_BOLD | A_REVERSE},
	[STYLE_KEY] = {COLOR_CYAN, COLOR_BLUE, A_BOLD, A_BOLD},
};

static void
set_up_colours(struct desk_term *t)
{
	if (t->theme == THEME_MONO || !has_colors()) {
		t->theme = THEME_MONO;
		return;
	}
	start_color();
	use_default_colors();
	for (int i = 0; i < STYLE_COUNT; i++)
		init_pair((short)(i + 1),
			t->theme == THEME_LIGHT ? looks[i].light : looks[i].dark, -1);
}

static attr_t
attrs_of(const struct desk_term *t, uint8_t style)
{
	return t->theme == THEME_MONO ? looks[style].mono : looks[style].attrs;
}

static short
pair_of(const struct desk_term *t, uint8_t style)
{
	return t->theme == THEME_MONO ? 0 : (short)(style + 1);
}

/* ---- opening ---- */

static void
raw_write(const char *s)
{
	ssize_t n = write(STDOUT_FILENO, s, strlen(s));
	(void)n;
}

int
term_open(enum theme theme, bool mouse, struct desk_term **ret, struct strbuf *err)
{
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
		strbuf_set(err, "the desk wants a terminal");
		return -ENOTTY;
	}
	struct desk_term *t = xcalloc(1, sizeof(*t));
	const char *name = getenv("TERM");
	set_escdelay(25);
	t->screen = newterm(name && *name ? name : "vt100", stdout, stdin);
	if (!t->screen || !tigetstr("cup")) {
		strbuf_set(err,
			"nothing is known of a terminal called '%s' that the desk "
			"could use; set TERM",
			name ? name : "");
		free(t);
		return -EINVAL;
	}
	set_term(t->screen);
	t->theme = theme;
	strbuf_init(&t->paste, PASTE_MAX);
	raw();
	noecho();
	nonl();
	nodelay(stdscr, TRUE);
	keypad(stdscr, TRUE);
	leaveok(stdscr, FALSE);
	define_key("\033[200~", KEY_PASTE_BEGIN);
	define_key("\033[201~", KEY_PASTE_END);
	define_key("\033\r", KEY_ALT_ENTER);
	if (mouse)
		mousemask(BUTTON1_CLICKED | BUTTON1_PRESSED | BUTTON4_PRESSED |
				  BUTTON5_PRESSED,
			NULL);
	mouseinterval(0);
	set_up_colours(t);
	t->all = true;
	raw_write("\033[?2004h");
	*ret = t;
	return 0;
}

void
term_close(struct desk_term *t)
{
	if (!t)
		return;
	raw_write("\033[?2004l");
	endwin();
	delscreen(t->screen);
	grid_done(&t->shown);
	strbuf_done(&t->paste);
	free(t);
}

void
term_size(const struct desk_term *t, int *ret_rows, int *ret_cols)
{
	struct winsize size;
	(void)t;
	*ret_rows = LINES;
	*ret_cols = COLS;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row && size.ws_col) {
		*ret_rows = MIN(size.ws_row, 500);
		*ret_cols = MIN(size.ws_col, 1000);
	}
}

void
term_resize(struct desk_term *t)
{
	int rows, cols;
	term_size(t, &rows, &cols);
	resizeterm(rows, cols);
	t->all = true;
}

void
term_redraw(struct desk_term *t)
{
	t->all = true;
	clearok(curscr, TRUE);
}

void
term_beep(struct desk_term *t)
{
	(void)t;
	beep();
}

/* ---- drawing ---- */

/* One cell, or two that make one sign: each character that takes a place of its own is
 * drawn for itself, with the marks that follow it. */
static void
draw_cell(const struct desk_term *t, const struct cell *c, int row, int col)
{
	wchar_t chars[CCHARW_MAX + 1], next;
	mbstate_t state = {0};
	const char *at = c->text, *end = c->text + strlen(c->text);
	size_t n = 0;
	cchar_t out;
	while (at < end || n) {
		size_t used =
			at < end ? mbrtowc(&next, at, (size_t)(end - at), &state) : 0;
		if (used > 4)
			return;
		bool fresh = at >= end || wcwidth(next) > 0;
		if (fresh && n) {
			chars[n] = L'\0';
			setcchar(&out, chars, attrs_of(t, c->style), pair_of(t, c->style),
				NULL);
			mvadd_wch(row, col, &out);
			col += wcwidth(chars[0]);
			n = 0;
		}
		if (at < end && n < CCHARW_MAX)
			chars[n++] = next;
		at += used;
	}
}

static bool
same(const struct cell *a, const struct cell *b)
{
	return a->style == b->style && a->width == b->width && !strcmp(a->text, b->text);
}

static bool
changed(const struct desk_term *t, const struct grid *g, int row, int col)
{
	return t->all || !same(grid_at(g, row, col), grid_at(&t->shown, row, col));
}

void
term_draw(struct desk_term *t, const struct grid *g)
{
	if (t->shown.rows != g->rows || t->shown.cols != g->cols)
		t->all = true;
	if (t->all)
		erase();
	for (int row = 0; row < g->rows; row++)
		for (int col = 0; col < g->cols; col++) {
			const struct cell *c = grid_at(g, row, col);
			bool wide = c->width == 2 && col + 1 < g->cols;
			bool new = changed(t, g, row, col) ||
				   (wide && changed(t, g, row, col + 1));
			if (c->width && new)
				draw_cell(t, c, row, col);
		}
	grid_reset(&t->shown, g->rows, g->cols);
	memcpy(t->shown.cells, g->cells,
		(size_t)g->rows * (size_t)g->cols * sizeof(*g->cells));
	t->all = false;
	curs_set(g->cursor_row >= 0);
	if (g->cursor_row >= 0)
		move(g->cursor_row, g->cursor_col);
	else
		move(g->rows - 1, 0);
	refresh();
}

/* ---- keys ---- */

static const struct {
	int code;
	const char *name;
} names[] = {
	{KEY_UP, "up"},
	{KEY_DOWN, "down"},
	{KEY_LEFT, "left"},
	{KEY_RIGHT, "right"},
	{KEY_HOME, "home"},
	{KEY_END, "end"},
	{KEY_PPAGE, "pgup"},
	{KEY_NPAGE, "pgdn"},
	{KEY_DC, "delete"},
	{KEY_BACKSPACE, "backspace"},
	{KEY_ENTER, "enter"},
	{KEY_ALT_ENTER, "alt-enter"},
	{KEY_BTAB, "back-tab"},
};

static void
name_control(wint_t c, char ret[16])
{
	if (c == '\r')
		strcpy(ret, "enter");
	else if (c == '\t')
		strcpy(ret, "tab");
	else if (c == 27)
		strcpy(ret, "esc");
	else if (c == 127 || c == 8)
		strcpy(ret, "backspace");
	else
		snprintf(ret, 16, "ctrl-%c", (int)c + 'a' - 1);
}

static bool
take_char(struct desk_term *t, wint_t c, struct key *ret)
{
	mbstate_t state = {0};
	if (c < 32 || c == 127) {
		name_control(c, ret->name);
		return true;
	}
	size_t n = wcrtomb(t->typed, (wchar_t)c, &state);
	if (n == (size_t)-1)
		return false;
	t->typed[n] = '\0';
	snprintf(ret->name, sizeof(ret->name), "%s", c == ' ' ? "space" : t->typed);
	ret->text = t->typed;
	ret->len = n;
	return true;
}

static bool
take_mouse(struct key *ret)
{
	MEVENT e;
	if (getmouse(&e) != OK)
		return false;
	if (e.bstate & (BUTTON4_PRESSED | BUTTON5_PRESSED))
		strcpy(ret->name, e.bstate & BUTTON4_PRESSED ? "up" : "down");
	else
		strcpy(ret->name, "click");
	ret->row = e.y;
	ret->col = e.x;
	return true;
}

static bool
take_code(struct desk_term *t, wint_t code, struct key *ret)
{
	if (code == KEY_PASTE_BEGIN) {
		t->pasting = true;
		t->paste_lost = 0;
		strbuf_reset(&t->paste);
		return false;
	}
	if (code == KEY_MOUSE)
		return take_mouse(ret);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if ((wint_t)names[i].code == code) {
			strcpy(ret->name, names[i].name);
			return true;
		}
	return false;
}

/* All that comes until the end of a paste is one text, whatever it looks like. */
static bool
take_pasted(struct desk_term *t, int what, wint_t c, struct key *ret)
{
	if (what == KEY_CODE_YES && c != KEY_PASTE_END)
		return false;
	if (what != KEY_CODE_YES) {
		strbuf_utf8(&t->paste, c == '\r' ? '\n' : (uint32_t)c);
		t->paste_lost += t->paste.full;
		return false;
	}
	t->pasting = false;
	strcpy(ret->name, "paste");
	ret->text = t->paste.s;
	ret->len = t->paste.len + t->paste_lost;
	return true;
}

bool
term_read(struct desk_term *t, struct key *ret, bool *ret_gone)
{
	*ret_gone = false;
	for (;;) {
		wint_t c;
		int what = get_wch(&c);
		*ret = (struct key){.row = 0};
		if (what == ERR)
			return false;
		bool done = t->pasting             ? take_pasted(t, what, c, ret)
			    : what == KEY_CODE_YES ? take_code(t, c, ret)
						   : take_char(t, c, ret);
		if (done)
			return true;
	}
}
