/* /v1/imports: lists of people, taken in by rows and taken back as a whole. Each request
 * brings some rows; what it answers is durable. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/api/fields.h"
#include "gateway/api/page.h"
#include "gateway/api/resources.h"
#include "gateway/core/rolls.h"

#define ROWS_MAX 20000
#define SLICE    128 /* a few milliseconds, then others have their turn */

static void
write_roll(struct jsonw *w, const struct roll *im)
{
	jsonw_id(w, "id", im->id);
	jsonw_text(w, "file", im->name);
	jsonw_time(w, "at", im->at);
	jsonw_some(w, "by", im->agent);
	jsonw_text(w, "state", im->state);
	jsonw_int(w, "created", im->created);
	jsonw_int(w, "changed", im->changed);
	jsonw_int(w, "unchanged", im->unchanged);
	jsonw_int(w, "refused", im->refused);
	jsonw_int(w, "granted", im->granted);
	jsonw_int(w, "stopped", im->stopped);
	jsonw_int(w, "kept_out", im->kept_out);
	jsonw_int(w, "removed", im->removed);
	jsonw_int(w, "restored", im->restored);
	jsonw_int(w, "left_as", im->left_as);
	jsonw_time(w, "done_at", im->done_at);
}

/* ---- looking ---- */

static bool
write_row(void *arg, const struct roll *im)
{
	struct page *page = arg;
	jsonw_open(&page->w, NULL, '{');
	write_roll(&page->w, im);
	jsonw_close(&page->w, '}');
	page_count(page, im->id);
	return true;
}

static void
read_list(struct db *db, void *arg)
{
	struct page *page = arg;
	page_begin(page, db, "imports");
	rolls_list(db, page->cursor, page->limit, write_row, page);
	page_end(page);
}

void
rolls_get(struct request *rq)
{
	static const struct request_read how = {read_list, page_answer, page_free};
	struct page *page = page_new(rq);
	if (page && request_query_id(rq, "before", &page->cursor))
		request_read(rq, &how, page);
	else if (page)
		page_free(page);
}

static void
answer_roll(struct request *rq)
{
	struct roll im;
	struct strbuf body = STRBUF_INIT(8192);
	struct jsonw w = {&body};
	if (!roll_load(rq->core->db, *(uint64_t *)rq->state, &im)) {
		strbuf_done(&body);
		request_problem(rq, 404, "there is no such import");
		return;
	}
	jsonw_open(&w, NULL, '{');
	write_roll(&w, &im);
	jsonw_close(&w, '}');
	request_reply(rq, *rq->param ? 200 : 201, &body);
}

static void
keep_id(struct request *rq, uint64_t id)
{
	uint64_t *kept = xmalloc(sizeof(*kept));
	*kept = id;
	rq->state = kept;
	rq->state_free = free;
}

void
roll_get(struct request *rq)
{
	uint64_t id;
	if (!request_param_id(rq, "import", &id))
		return;
	keep_id(rq, id);
	answer_roll(rq);
}

/* ---- beginning and ending ---- */

struct wish {
	const char *file;
	const json_t *columns;
};
static const struct field fields[] = {
	{"file", FIELD_TEXT, offsetof(struct wish, file), .required = true, .max = 159},
	{"columns", FIELD_JSON, offsetof(struct wish, columns), .required = true},
	{0},
};

static int
begin(struct request *rq, const struct wish *wish, uint64_t *ret, struct strbuf *err)
{
	const char *names[ROLL_CELLS];
	struct roll_wish im = {.name = wish->file, .agent = rq->agent, .columns = names};
	json_t *name;
	size_t i;
	if (!json_is_array(wish->columns) ||
		json_array_size(wish->columns) > ROLL_CELLS) {
		strbuf_set(err, "columns: a list of at most %d names is expected",
			ROLL_CELLS);
		return -EINVAL;
	}
	json_array_foreach((json_t *)(uintptr_t)wish->columns, i, name)
	{
		if (!json_is_string(name)) {
			strbuf_set(err, "columns: a name is a text");
			return -EINVAL;
		}
		names[im.column_count++] = json_string_value(name);
	}
	return roll_begin(rq->core, &im, ret, err);
}

void
rolls_post(struct request *rq)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct wish wish = {NULL, NULL};
	const char *field = NULL;
	uint64_t id;
	json_t *object = json_read(rq->body.s, rq->body.len, &err);
	if (!object ||
		fields_read(object, fields, core_now(rq->core), &wish, &field, &err)) {
		request_problem_field(rq, field ? 422 : 400, field, "%s", err.s);
	} else if (begin(rq, &wish, &id, &err) < 0) {
		request_problem_field(rq, 422, "columns", "%s", err.s);
	} else {
		snprintf(rq->detail, sizeof(rq->detail), "%s", wish.file);
		keep_id(rq, id);
		request_after_commit(rq, answer_roll);
	}
	json_decref(object);
}

static void
act(struct request *rq, int (*what)(struct core *core, uint64_t id, struct strbuf *err))
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	uint64_t id;
	if (!request_param_id(rq, "import", &id))
		return;
	int r = what(rq->core, id, &err);
	if (r) {
		request_problem(rq, r == -ENOENT ? 404 : 409, "%s", err.s);
		return;
	}
	keep_id(rq, id);
	request_after_commit(rq, answer_roll);
}

void
roll_post_finish(struct request *rq)
{
	act(rq, roll_finish);
}

void
roll_post_undo(struct request *rq)
{
	act(rq, roll_undo);
}

/* ---- rows ---- */

struct rows {
	struct request *rq;
	struct roll_hand *hand;
	struct json_items items;
	struct strbuf out, why;
	struct jsonw w;
	int64_t counts[ROLL_REFUSED + 1];
	int64_t next;
	bool more, effect, lost;
};

static void
free_rows(void *arg)
{
	struct rows *rows = arg;
	roll_release(rows->hand);
	strbuf_done(&rows->out);
	strbuf_done(&rows->why);
	free(rows);
}

static void
answer_rows(struct rows *rows)
{
	jsonw_close(&rows->w, ']');
	for (int i = 0; i <= ROLL_REFUSED; i++)
		jsonw_int(
			&rows->w, roll_result_name((enum roll_result)i), rows->counts[i]);
	jsonw_close(&rows->w, '}');
	request_reply(rows->rq, 200, &rows->out);
}

/* A tick that is lost takes its rows with it: all of the request may be sent again, rows
 * that were taken are then unchanged. */
static void
settle(void *arg, bool committed)
{
	struct rows *rows = arg;
	rows->effect = false;
	rows->lost |= !committed;
	if (rows->lost)
		request_problem(rows->rq, 503,
			"the store could not write this down; send these rows again");
	else if (!rows->more)
		answer_rows(rows);
}

static void
note(struct rows *rows, const char *result, const char *why)
{
	jsonw_open(&rows->w, NULL, '{');
	jsonw_int(&rows->w, "row", rows->next);
	jsonw_text(&rows->w, "result", result);
	jsonw_text(&rows->w, "why", why);
	jsonw_close(&rows->w, '}');
}

static void
take_row(struct rows *rows, const char *text, size_t len)
{
	const char *cells[ROLL_CELLS];
	enum roll_result result = ROLL_REFUSED;
	size_t n = 0;
	json_t *row = json_read(text, len, &rows->why), *cell;
	size_t i;
	bool good = json_is_array(row) && json_array_size(row) <= ROLL_CELLS;
	json_array_foreach(row, i, cell)
	{
		good = good && (json_is_string(cell) || json_is_null(cell));
		if (good)
			cells[n++] = json_string_value(cell);
	}
	if (good)
		result = roll_row(rows->hand, cells, n, &rows->why);
	else if (row)
		strbuf_set(&rows->why, "a row is a list of at most %d texts", ROLL_CELLS);
	json_decref(row);
	rows->counts[result]++;
	if (rows->why.len)
		note(rows, roll_result_name(result), rows->why.s);
	strbuf_reset(&rows->why);
	rows->next++;
}

static void
take_slice(void *arg)
{
	struct rows *rows = arg;
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	const char *text;
	size_t len;
	if (rows->lost)
		return;
	if (roll_slice(rows->hand, &err) < 0) {
		rows->lost = true;
		request_problem(rows->rq, 409, "%s", err.s);
		return;
	}
	rows->more = true;
	for (int i = 0; i < SLICE && rows->more; i++) {
		rows->more = json_items_next(&rows->items, &text, &len);
		if (rows->more)
			take_row(rows, text, len);
	}
	roll_sliced(rows->hand);
	if (!rows->effect)
		loop_after_commit(rows->rq->core->loop, settle, rows);
	rows->effect = true;
	if (rows->more)
		loop_post(rows->rq->core->loop, take_slice, rows);
}

static bool
open_rows(struct request *rq, struct json_items *items)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	if (json_items_open(rq->body.s, rq->body.len, rq->ndjson, items, &err)) {
		request_problem(rq, 400, "%s", err.s);
		return false;
	}
	size_t count = json_items_count(items);
	if (count && count <= ROWS_MAX)
		return true;
	request_problem(rq, count ? 413 : 400, "a request brings 1 to %d rows, not %zu",
		ROWS_MAX, count);
	return false;
}

void
roll_post_rows(struct request *rq)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct json_items items;
	uint64_t id;
	if (!request_param_id(rq, "import", &id) || !open_rows(rq, &items))
		return;
	struct roll_hand *hand = roll_take(rq->core, id, &err);
	if (!hand) {
		request_problem(rq, 409, "%s", err.s);
		return;
	}
	struct rows *rows = xcalloc(1, sizeof(*rows));
	*rows = (struct rows){.rq = rq, .hand = hand, .items = items};
	strbuf_init(&rows->out, 32u << 20);
	strbuf_init(&rows->why, 1024);
	rows->w = (struct jsonw){&rows->out};
	jsonw_open(&rows->w, NULL, '{');
	jsonw_open(&rows->w, "notes", '[');
	rq->state = rows;
	rq->state_free = free_rows;
	request_wait(rq, MINUTE, NULL);
	take_slice(rows);
}
