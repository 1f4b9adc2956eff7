#include "gateway/verbs/print.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#include "gateway/base/clock.h"
#include "gateway/base/iso.h"
#include "gateway/text/zone.h"

/* ---- characters ---- */

/* The character at `p`: its bytes, at least 1, and its cells. Control characters, also
 * the C1 ones a terminal obeys (U+0080..U+009F), are -1 cells. */
static size_t
character(const char *p, int *ret_cells)
{
	wchar_t wc;
	mbstate_t state = {0};
	size_t n = mbrtowc(&wc, p, MB_CUR_MAX, &state);
	if (n == (size_t)-1 || n == (size_t)-2 || n == 0) {
		*ret_cells = -1;
		return 1;
	}
	*ret_cells = wcwidth(wc);
	if (*ret_cells < 0 && wc > 0x9F)
		*ret_cells =
			1; /* newer than the C library's table: an emoji, most likely */
	return n;
}

static void
add_clean(struct strbuf *out, const char *text, int width)
{
	int used = 0, cells;
	for (size_t n; *text; text += n) {
		n = character(text, &cells);
		int shown = cells < 0 ? 1 : cells;
		if (used + shown > width - 1 && print_width(text) > width - used) {
			strbuf_puts(out, "…");
			return;
		}
		used += shown;
		if (cells >= 0)
			strbuf_add(out, text, n);
		else
			strbuf_putc(out, *text == '\n' || *text == '\t' || *text == '\r'
						 ? ' '
						 : '?');
	}
}

int
print_width(const char *text)
{
	int width = 0, cells;
	for (size_t n; *text; text += n) {
		n = character(text, &cells);
		width += cells < 0 ? 1 : cells;
	}
	return width;
}

void
print_text(const char *text)
{
	int cells;
	if (!isatty(STDOUT_FILENO)) {
		fputs(text, stdout);
		return;
	}
	for (size_t n; *text; text += n) {
		n = character(text, &cells);
		if (cells >= 0 || *text == '\n' || *text == '\t')
			fwrite(text, 1, n, stdout);
		else if (*text != '\r')
			putchar('?');
	}
}

/* ---- tables ---- */

static void
push(struct print_table *t, char *cell)
{
	if (t->count == t->cap) {
		t->cap = t->cap ? t->cap * 2 : 64;
		t->cells = xrealloc(t->cells, t->cap * sizeof(*t->cells));
	}
	t->cells[t->count++] = cell;
}

void
print_table_init(struct print_table *t, const char *const *titles, size_t columns)
{
	*t = (struct print_table){.columns = columns};
	if (columns > PRINT_COLUMNS)
		abort();
	for (size_t i = 0; i < columns; i++)
		push(t, xstrdup(titles[i]));
}

void
print_cell_short(struct print_table *t, const char *text, int width)
{
	struct strbuf clean = STRBUF_INIT(64 * 1024);
	add_clean(&clean, text && *text ? text : "-", width);
	push(t, xstrdup(clean.s));
	strbuf_done(&clean);
}

void
print_cell(struct print_table *t, const char *text)
{
	print_cell_short(t, text, INT16_MAX);
}

void
print_table_end(struct print_table *t)
{
	int widths[PRINT_COLUMNS] = {0};
	for (size_t i = 0; i < t->count; i++)
		widths[i % t->columns] =
			MAX(widths[i % t->columns], print_width(t->cells[i]));
	for (size_t i = 0; i < t->count; i++) {
		size_t column = i % t->columns;
		bool last = column + 1 == t->columns;
		int pad = last ? 0 : widths[column] - print_width(t->cells[i]) + 2;
		printf("%s%*s%s", t->cells[i], pad, "", last ? "\n" : "");
		free(t->cells[i]);
	}
	free(t->cells);
}

/* ---- times ---- */

static const char *const week[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul",
	"Aug", "Sep", "Oct", "Nov", "Dec"};

void
print_time(const char *iso, const char *zone, int64_t now, char ret[40])
{
	int64_t wall;
	char local[ISO_MAX], today[ISO_MAX];
	snprintf(ret, 40, "-");
	if (!iso || iso_parse(iso, &wall, NULL) < 0)
		return;
	int64_t offset = zone_offset(zone, wall);
	iso_format(wall + offset, 0, local);
	iso_format(now + zone_offset(zone, now), 0, today);
	int64_t day = (wall + offset) / DAY % 7;
	int month = atoi(local + 5);
	snprintf(ret, 40, "%s %.2s %s%s%.*s %.8s", week[day < 0 ? day + 7 : day],
		local + 8, months[month > 0 && month < 13 ? month - 1 : 0],
		strncmp(local, today, 4) ? " " : "", strncmp(local, today, 4) ? 4 : 0,
		local, local + 11);
}

void
print_distance(const char *iso, int64_t now, char ret[40])
{
	static const struct {
		int64_t unit;
		const char *name;
	} units[] = {{DAY, "d"}, {HOUR, "h"}, {MINUTE, "min"}, {SECOND, "s"}};
	int64_t wall;
	ret[0] = '\0';
	if (!iso || iso_parse(iso, &wall, NULL) < 0)
		return;
	int64_t away = wall > now ? wall - now : now - wall;
	for (size_t i = 0; i < ARRAY_LEN(units) && !ret[0]; i++)
		if (away >= 2 * units[i].unit || (i == 3 && away >= SECOND))
			snprintf(ret, 40,
				wall > now ? "in %" PRId64 " %s" : "%" PRId64 " %s ago",
				away / units[i].unit, units[i].name);
	if (!ret[0])
		snprintf(ret, 40, "now");
}

void
print_cell_time(struct print_table *t, const char *iso, const char *zone)
{
	char when[40];
	print_time(iso, zone, clock_wall(clock_real()), when);
	print_cell(t, when);
}

/* ---- JSON ---- */

void
print_json(const json_t *value)
{
	char *text = json_dumps(value, JSON_INDENT(2) | JSON_ENCODE_ANY);
	print_text(text ? text : "null");
	putchar('\n');
	free(text);
}

const char *
print_member(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

const char *
print_number(const json_t *object, const char *name, char ret[32])
{
	const json_t *value = json_object_get(object, name);
	if (json_is_real(value))
		snprintf(ret, 32, "%.2f", json_real_value(value));
	else if (json_is_integer(value))
		snprintf(ret, 32, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else
		return NULL;
	return ret;
}

const char *
print_noun(int64_t number, const char *one, const char *many)
{
	return number == 1 ? one : many;
}

void
print_figure(const json_t *object, const char *name, const char *one, const char *many)
{
	json_int_t n = json_integer_value(json_object_get(object, name));
	printf("%lld %s", (long long)n, print_noun(n, one, many));
}
