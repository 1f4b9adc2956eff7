/* Any octets as a customer's text on the desk's screen, as something typed, and as the
 * gateway's answers. What is drawn stays safe: no control character, every row as wide as
 * the window. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/desk/grid.h"
#include "gateway/desk/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool condition)
{
	if (!condition)
		abort();
}

static void
check_grid(const struct grid *g)
{
	for (int row = 0; row < g->rows; row++) {
		int width = 0;
		for (int col = 0; col < g->cols; col++) {
			const struct cell *c = grid_at(g, row, col);
			must(c->width <= 2 && memchr(c->text, 0, sizeof(c->text)));
			must(json_utf8(c->text));
			for (const char *s = c->text; *s; s++)
				must((unsigned char)*s >= ' ' && *s != 0x7F);
			must(c->width || (col && grid_at(g, row, col - 1)->width == 2));
			width += c->width;
		}
		must(width == g->cols);
	}
}

static void
type(struct desk *d, const char *text, size_t len)
{
	static const char *const names[] = {"enter", "esc", "tab", "backspace", "left",
		"up", "down", "ctrl-w", "ctrl-u", "ctrl-t", "home", "delete", "pgup",
		"space"};
	for (size_t i = 0; i < len; i++) {
		struct key key = {.row = 0};
		unsigned char c = (unsigned char)text[i];
		if (c < ARRAY_LEN(names)) {
			snprintf(key.name, sizeof(key.name), "%s", names[c]);
		} else {
			key.name[0] = (char)(c < 0x80 ? c : '?');
			key.text = text + i;
			key.len = c < 0x80 ? 1 : MIN(len - i, 4);
		}
		desk_key(d, &key);
		d->quit = false;
	}
}

static void
answer(struct desk *d, enum want what, const char *json, size_t len)
{
	struct want_request rq = {.what = what, .path = (char *)"", .subject = "1"};
	json_t *body = json_loadb(json, len, 0, NULL);
	desk_answer(d, &rq, body ? 200 : 409, body, "why");
	json_decref(body);
}

static void
show_text(struct desk *d, const char *text, size_t len)
{
	json_t *line = json_pack("{s:s,s:s,s:o}", "id", "5", "direction", "in", "text",
		json_stringn_nocheck(text, len));
	json_t *body =
		json_pack("{s:s,s:s,s:[o]}", "id", "1", "phone", "+1", "thread", line);
	struct want_request rq = {
		.what = WANT_THREAD, .path = (char *)"", .subject = "1"};
	desk_open(d, "1");
	desk_answer(d, &rq, 200, body, "");
	json_decref(body);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct desk d;
	struct grid g = {.rows = 0};
	struct want_request *rq;
	if (size < 4 || size > 4096)
		return 0;
	desk_init(&d);
	d.now = INT64_C(1795240800000);
	d.link = data[0] & 1 ? LINK_UP : LINK_DOWN;
	d.rows = 1 + data[1] % 40;
	d.cols = 1 + data[2] % 150;
	const char *text = (const char *)data + 4;
	answer(&d, (enum want)(data[3] % WANT_COUNT), text, size - 4);
	show_text(&d, text, size - 4);
	desk_draw(&d, &g);
	check_grid(&g);
	type(&d, text, size - 4);
	desk_draw(&d, &g);
	check_grid(&g);
	while ((rq = desk_take_request(&d)))
		want_request_free(rq);
	grid_done(&g);
	desk_done(&d);
	return 0;
}
