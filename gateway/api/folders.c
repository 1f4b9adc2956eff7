#include "gateway/api/folders.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/api/folder_files.h"
#include "gateway/api/folder_orders.h"
#include "gateway/base/fault.h"
#include "gateway/core/night.h"
#include "gateway/core/owner.h"
#include "gateway/net/json.h"
#include "gateway/store/reader.h"
#include "gateway/store/source_files.h"
#include "gateway/text/zone.h"

#define LOOK     (5 * SECOND) /* between two looks, and what a file must lie still */
#define PATIENCE (10 * SECOND)
#define SETTLE   MINUTE /* a file that cannot be understood may not be all there yet */
#define SLICE    4      /* orders a turn */
#define STARTS   3

#define NIGHT  (3 * HOUR)
#define THROWN 1000 /* files an errand deletes at most */

enum errand_kind { ERRAND_LOOK, ERRAND_READ, ERRAND_PUT_AWAY, ERRAND_THROW_AWAY };

/* One folder. */
struct shelf {
	const struct source *source;
	const struct source_sheet *profile;
	struct folder_view view;
	struct strbuf trouble;
	int64_t told;   /* the day its owner was told of it */
	int64_t thrown; /* the last night whose old files are gone */
};

/* The file that is being read. */
struct intake {
	struct shelf *shelf;
	struct folder_seen file;
	struct source_file row;
	struct orders_sheet *sheet;
	struct sheet_wish wish;
	char region[8], zone[64], source[64]; /* what the wish points at */
	size_t order;
	const char *sub; /* where it goes */
	bool said;       /* by an earlier life, which could not put it away */
	struct strbuf errors;
};

struct folders {
	struct core *core;
	struct reader *thread;
	struct loop_timer timer;
	struct shelf shelves[SOURCES_MAX];
	size_t count, turn;
	bool busy; /* the thread has an errand */
	struct intake *in;
	enum { STEP_LOOK, STEP_READ, STEP_WRITE, STEP_PUT_AWAY } step, next;
};

/* All an errand needs to know; nothing of the loop's is touched in the thread. */
struct errand {
	enum errand_kind kind;
	struct folders *folders;
	struct shelf *shelf; /* only its view, which the loop leaves alone meanwhile */
	struct intake *in;   /* and this one */
	char *folder;
	struct folder_seen file;
	char hash[FOLDER_HASH];
	bool coming;
	int64_t now, before;
	int result;
	struct strbuf data, err;
};

/* ---- in the thread ---- */

static void
run_look(struct errand *e)
{
	e->result = folder_look(
		e->folder, e->now, &e->shelf->view, &e->file, &e->coming, &e->err);
	if (e->result != 1)
		return;
	if (e->file.bytes > (int64_t)SHEET_BYTES) {
		strbuf_set(&e->err, "it has more than %u MiB", SHEET_BYTES >> 20);
		e->result = -EFBIG;
		return;
	}
	int r = folder_load(e->folder, &e->file, &e->data, e->hash, &e->err);
	e->result = r ? r : 1;
}

static void
run_read(struct errand *e)
{
	struct intake *in = e->in;
	e->result = folder_load(e->folder, &e->file, &e->data, e->hash, &e->err);
	if (!e->result && strcmp(e->hash, in->row.hash) != 0)
		e->result = -EAGAIN;
	FAULT("folder.parsing");
	if (e->result)
		return;
	e->result =
		orders_sheet_read(e->data.s, e->data.len, &in->wish, &in->sheet, &e->err);
	if (!e->result && !source_sheet_fits(in->shelf->profile, in->sheet, &e->err))
		e->result = -EINVAL;
	if (!e->result && !in->sheet->row_count) {
		strbuf_set(&e->err, "it has a header and no rows");
		e->result = -EINVAL;
	}
}

static void
run_put_away(struct errand *e)
{
	struct intake *in = e->in;
	if (in->sheet && in->sheet->bad_rows)
		orders_sheet_errors(in->sheet, &in->errors);
	e->result = folder_put_away(e->folder, &e->file, in->sub, &in->errors, &e->err);
}

static void
run_throw_away(struct errand *e)
{
	static const char *const subs[] = {"done", "failed"};
	for (size_t i = 0; i < ARRAY_LEN(subs); i++) {
		int n = folder_throw_away(e->folder, subs[i], e->before, THROWN, &e->err);
		e->result = n < 0 ? n : e->result < 0 ? e->result : e->result + n;
	}
}

static void
run_errand(struct db *db, void *arg)
{
	struct errand *e = arg;
	(void)db;
	switch (e->kind) {
	case ERRAND_LOOK: run_look(e); return;
	case ERRAND_READ: run_read(e); return;
	case ERRAND_PUT_AWAY: run_put_away(e); return;
	case ERRAND_THROW_AWAY: run_throw_away(e); return;
	}
}

static void
free_errand(void *arg)
{
	struct errand *e = arg;
	free(e->folder);
	strbuf_done(&e->data);
	strbuf_done(&e->err);
	free(e);
}

/* ---- what is said ---- */

static const char *
shown_name(const struct intake *in)
{
	return in->row.name;
}

/* Names come from anybody's disk. */
static void
copy_name(const char *name, char ret[FOLDER_NAME])
{
	bool text = json_utf8(name);
	snprintf(ret, FOLDER_NAME, "%s", name);
	for (char *p = ret; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7F ||
			(!text && (unsigned char)*p >= 0x80))
			*p = '?';
}

static void
in_trouble(struct folders *f, struct shelf *s, const char *why)
{
	struct strbuf text AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct core *core = f->core;
	int64_t day = core_now(core) / DAY;
	bool fresh = strcmp(s->trouble.s, why) != 0;
	strbuf_set(&s->trouble, "%s", why);
	if (!*why || (!fresh && s->told == day))
		return;
	s->told = day;
	core_event(core, &(struct event){.name = "source.trouble", .detail = why});
	strbuf_printf(&text, "%s: %s", s->source->name, why);
	owner_alert(core, text.s);
}

static void
say_read(struct folders *f)
{
	struct intake *in = f->in;
	const struct source_file *row = &in->row;
	struct strbuf said AUTO(strbuf_done) = STRBUF_SENTENCE;
	bool failed = !strcmp(row->state, "failed");
	strbuf_printf(&said, "%s: %.100s: ", row->source, shown_name(in));
	if (failed && *row->why)
		strbuf_printf(&said, "%s", row->why);
	else
		strbuf_printf(&said,
			"%" PRId64 " rows, %" PRId64 " orders (%" PRId64 " new, %" PRId64
			" changed), %" PRId64 " events, %" PRId64 " rows refused",
			row->rows, row->orders, row->created, row->changed, row->events,
			row->bad);
	core_event(
		f->core, &(struct event){.name = failed ? "source.failed" : "source.read",
				 .detail = said.s});
	if (!failed && !row->bad)
		return;
	strbuf_printf(&said, ". See %s/%s", in->shelf->source->folder, in->sub);
	owner_alert(f->core, said.s);
}

/* ---- steps: each is a tick, the next begins when that is durable ---- */

static void
drop_intake(struct folders *f)
{
	struct intake *in = f->in;
	f->in = NULL;
	f->step = STEP_LOOK;
	if (!in)
		return;
	orders_sheet_free(in->sheet);
	strbuf_done(&in->errors);
	free(in);
}

static void
stepped(void *arg, bool committed)
{
	struct folders *f = arg;
	/* what was not written is read again from the store and the file */
	if (!committed)
		drop_intake(f);
	else
		f->step = f->next;
	loop_timer_in(&f->timer, committed ? 0 : PATIENCE);
}

static void
then(struct folders *f, int step)
{
	f->next = step;
	loop_timer_stop(&f->timer);
	loop_after_commit(f->core->loop, stepped, f);
}

static void errand_done(void *arg);

/* The shorter of what the source says and what the pack says of all that came in raw. */
static int64_t
keep_of(const struct core *core, const struct source *s)
{
	int64_t raw = night_keeps_since(core, PURGE_RAW);
	return raw ? MIN(s->keep, core_now(core) - raw) : s->keep;
}

/* The night that began at three o'clock of the shop. */
static int64_t
this_night(const struct core *core)
{
	int64_t now = core_now(core);
	return (now + zone_offset(core->config->zone, now) - NIGHT) / DAY;
}

static void
send_out(struct folders *f, enum errand_kind kind, struct shelf *s)
{
	struct errand *e = xcalloc(1, sizeof(*e));
	*e = (struct errand){.kind = kind,
		.folders = f,
		.shelf = s,
		.in = f->in,
		.folder = xstrdup(s->source->folder),
		.data = STRBUF_INIT(SHEET_BYTES + 1),
		.err = STRBUF_SENTENCE};
	e->now = core_now(f->core);
	e->before = e->now - keep_of(f->core, s->source);
	if (f->in)
		e->file = f->in->file;
	f->busy = reader_submit(f->thread, run_errand, errand_done, free_errand, e) == 0;
	if (!f->busy) {
		free_errand(e);
		loop_timer_in(&f->timer, PATIENCE);
	}
}

static void
finish(struct folders *f)
{
	struct intake *in = f->in;
	struct source_file *row = &in->row;
	size_t good = 0;
	for (size_t i = 0; in->sheet && i < in->sheet->order_count; i++)
		good += !in->sheet->orders[i].bad;
	row->bad = in->sheet ? (int64_t)in->sheet->bad_rows : 0;
	row->done_at = core_now(f->core);
	snprintf(row->state, sizeof(row->state), "%s",
		!good      ? "failed"
		: row->bad ? "partly"
			   : "done");
	in->sub = good && !row->bad ? "done" : "failed";
	source_file_save(f->core->db, row);
	if (!in->said)
		say_read(f);
	FAULT("folder.finished");
	then(f, STEP_PUT_AWAY);
}

static void
fail_whole(struct folders *f, const char *why)
{
	struct intake *in = f->in;
	orders_sheet_free(in->sheet); /* good rows of another shop's list are none */
	in->sheet = NULL;
	snprintf(in->row.why, sizeof(in->row.why), "%.399s", why);
	strbuf_set(&in->errors, "\xEF\xBB\xBFline,why\r\n0,\"");
	for (const char *p = why; *p; p++)
		strbuf_printf(&in->errors, *p == '"' ? "\"\"" : "%c", *p);
	strbuf_puts(&in->errors, "\"\r\n");
	finish(f);
}

static void
refuse_known(void *arg, size_t place, const char *why)
{
	struct intake *in = arg;
	if (place < in->sheet->order_count)
		orders_sheet_refuse(in->sheet, place, why);
}

/* The file is understood: on from where an earlier life came to. */
static void
begin_writing(struct folders *f)
{
	struct intake *in = f->in;
	in->row.rows = (int64_t)in->sheet->row_count;
	in->row.orders = (int64_t)in->sheet->order_count;
	in->order = (size_t)in->row.cursor;
	source_refused_each(f->core->db, in->row.id, refuse_known, in);
	f->step = STEP_WRITE;
	loop_timer_in(&f->timer, 0);
}

/* 0, or -EAGAIN: it must wait. */
static int
write_one(struct folders *f)
{
	struct intake *in = f->in;
	struct core *core = f->core;
	struct folder_taken took;
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	if (in->sheet->orders[in->order].bad)
		return 0;
	db_savepoint(core->db);
	int r = folder_order_take(core, in->row.source, in->shelf->profile, in->sheet,
		in->order, &took, &err);
	if (db_poisoned(core->db)) {
		strbuf_set(&err, "%s", db_error(core->db));
		r = -EINVAL;
	}
	if (r)
		db_savepoint_undo(core->db);
	else
		db_savepoint_keep(core->db);
	if (r == -EINVAL) {
		source_refused_put(core->db, in->row.id, in->order, err.s);
		orders_sheet_refuse(in->sheet, in->order, err.s);
	} else if (!r) {
		in->row.created += took.change == ORDER_NEW;
		in->row.changed += took.change == ORDER_CHANGED;
		in->row.events += took.events;
	}
	return r == -EAGAIN ? r : 0;
}

static void
write_some(struct folders *f)
{
	struct intake *in = f->in;
	for (int i = 0; i < SLICE && in->order < in->sheet->order_count; i++) {
		if (write_one(f)) {
			source_file_save(f->core->db, &in->row);
			loop_timer_in(&f->timer, PATIENCE);
			return;
		}
		in->row.cursor = (int64_t)++in->order;
	}
	if (in->order == in->sheet->order_count) {
		finish(f);
		return;
	}
	source_file_save(f->core->db, &in->row);
	FAULT("folder.slice");
	then(f, STEP_WRITE);
}

/* ---- what came of an errand ---- */

/* A complete file: is it known, and how far was it read? */
static void
meet(struct folders *f, const struct errand *e)
{
	struct core *core = f->core;
	struct shelf *s = e->shelf;
	struct intake *in = xcalloc(1, sizeof(*in));
	*in = (struct intake){
		.shelf = s, .file = e->file, .errors = STRBUF_INIT(4u * SHEET_BYTES)};
	f->in = in;
	bool known = source_file_find(core->db, s->source->name, e->hash, &in->row);
	if (known && !strcmp(in->row.state, "done")) {
		in->sub = "done";
		f->step = STEP_PUT_AWAY;
		loop_timer_in(&f->timer, 0);
		return;
	}
	if (!known) {
		in->row = (struct source_file){.id = core_id(core),
			.bytes = e->file.bytes,
			.at = core_now(core),
			.state = "reading"};
		snprintf(
			in->row.source, sizeof(in->row.source), "%.63s", s->source->name);
		snprintf(in->row.hash, sizeof(in->row.hash), "%s", e->hash);
		copy_name(e->file.name, in->row.name);
		source_file_insert(core->db, &in->row);
	} else if (strcmp(in->row.state, "reading") != 0 && in->row.starts) {
		in->said = true;
	} else if (strcmp(in->row.state, "reading") != 0) { /* put back: once more */
		in->row.cursor = in->row.starts = 0;
		in->row.created = in->row.changed = in->row.events = 0;
		in->row.why[0] = '\0';
		snprintf(in->row.state, sizeof(in->row.state), "reading");
	}
	copy_name(e->file.name, in->row.name);
	in->row.starts++;
	source_file_save(core->db, &in->row);
	if (in->row.starts > STARTS) {
		fail_whole(f, "reading it ended the program again and again");
		return;
	}
	then(f, STEP_READ);
}

static struct folder_seen *
seen_in(struct shelf *s, const char *name)
{
	for (size_t i = 0; i < s->view.count; i++)
		if (!strcmp(s->view.seen[i].name, name))
			return &s->view.seen[i];
	return NULL;
}

/* Not again before it changes, or it would stand before all the others for ever. */
static void
pass_over(struct shelf *s, const char *name)
{
	struct folder_seen *seen = seen_in(s, name);
	if (seen)
		seen->passed_over = true;
}

static bool
anything_passed_over(const struct shelf *s)
{
	for (size_t i = 0; i < s->view.count; i++)
		if (s->view.seen[i].passed_over)
			return true;
	return false;
}

static void
looked(struct folders *f, struct errand *e)
{
	struct shelf *s = e->shelf;
	struct strbuf why AUTO(strbuf_done) = STRBUF_SENTENCE;
	if (e->result == 1) {
		meet(f, e);
		return;
	}
	if (e->result < 0 && e->result != -EAGAIN) {
		if (e->file.name[0]) {
			char name[FOLDER_NAME];
			copy_name(e->file.name, name);
			strbuf_printf(&why, "%s: ", name);
			pass_over(s, e->file.name);
		}
		strbuf_puts(&why, e->err.s);
	}
	if (why.len || !anything_passed_over(s))
		in_trouble(f, s, why.s);
	loop_timer_in(&f->timer, LOOK);
}

/* It may not be all there yet, and the others need not wait for it. */
static void
let_rest(struct shelf *s, const char *name, int64_t until)
{
	struct folder_seen *seen = seen_in(s, name);
	if (seen)
		seen->rests = until;
}

static void
was_read(struct folders *f, struct errand *e)
{
	struct intake *in = f->in;
	int64_t quiet = core_now(f->core) - e->file.changed / 1000000;
	if (!e->result) {
		begin_writing(f);
	} else if (e->result == -EAGAIN || (quiet >= 0 && quiet < SETTLE)) {
		in->row.starts = 0; /* it was not the file's fault */
		let_rest(e->shelf, e->file.name,
			core_now(f->core) + SETTLE - MAX(quiet, 0));
		source_file_save(f->core->db, &in->row);
		drop_intake(f);
		loop_timer_in(&f->timer, LOOK);
	} else {
		fail_whole(f, e->err.s);
	}
}

/* From here on the same bytes are a file that somebody put back. */
static void
put_away(struct folders *f)
{
	struct source_file *row = &f->in->row;
	row->starts = 0;
	source_refused_clear(f->core->db, row->id);
	source_file_save(f->core->db, row);
}

static void
thrown_away(struct folders *f, const struct errand *e)
{
	struct strbuf said AUTO(strbuf_done) = STRBUF_SENTENCE;
	if (e->result < THROWN)
		e->shelf->thrown = this_night(f->core);
	if (e->result < 0)
		in_trouble(f, e->shelf, e->err.s);
	strbuf_printf(&said, "%s: %d files", e->shelf->source->name, e->result);
	if (e->result > 0)
		core_event(f->core,
			&(struct event){.name = "retention.purged", .detail = said.s});
	loop_timer_in(&f->timer, 0);
}

static void
errand_done(void *arg)
{
	struct errand *e = arg;
	struct folders *f = e->folders;
	f->busy = false;
	switch (e->kind) {
	case ERRAND_LOOK: looked(f, e); break;
	case ERRAND_READ: was_read(f, e); break;
	case ERRAND_PUT_AWAY:
		if (!e->result)
			put_away(f);
		if (e->result && e->result != -EAGAIN) {
			pass_over(e->shelf, e->file.name);
			in_trouble(f, e->shelf, e->err.s);
		}
		drop_intake(f);
		loop_timer_in(&f->timer, e->result ? LOOK : 0);
		break;
	case ERRAND_THROW_AWAY: thrown_away(f, e); break;
	}
	free_errand(e);
}

static void
fill_wish(struct folders *f)
{
	struct intake *in = f->in;
	const struct config *c = f->core->config;
	snprintf(in->region, sizeof(in->region), "%s", c->country);
	snprintf(in->zone, sizeof(in->zone), "%s", c->zone);
	snprintf(in->source, sizeof(in->source), "%s", in->row.source);
	in->wish = (struct sheet_wish){.region = in->region,
		.zone = in->zone,
		.source = in->source,
		.columns = in->shelf->profile->columns,
		.masked = true};
}

static void
on_timer(void *arg)
{
	struct folders *f = arg;
	if (f->busy)
		return;
	if (f->core->store_sick || f->core->low_disk || f->core->draining) {
		drop_intake(f);
		loop_timer_in(&f->timer, PATIENCE);
		return;
	}
	switch (f->step) {
	case STEP_LOOK:
		f->turn = (f->turn + 1) % f->count;
		send_out(f,
			f->shelves[f->turn].thrown < this_night(f->core)
				? ERRAND_THROW_AWAY
				: ERRAND_LOOK,
			&f->shelves[f->turn]);
		return;
	case STEP_READ:
		fill_wish(f);
		send_out(f, ERRAND_READ, f->in->shelf);
		return;
	case STEP_WRITE: write_some(f); return;
	case STEP_PUT_AWAY: send_out(f, ERRAND_PUT_AWAY, f->in->shelf); return;
	}
}

/* ---- life ---- */

bool
folders_state(const struct core *core, size_t i, struct folder_state *ret)
{
	const struct folders *f = core->folders;
	if (!f || i >= f->count)
		return false;
	const struct shelf *s = &f->shelves[i];
	*ret = (struct folder_state){.name = s->source->name,
		.folder = s->source->folder,
		.trouble = s->trouble.s,
		.keep = keep_of(core, s->source),
		.reading = f->in && f->in->shelf == s ? shown_name(f->in) : ""};
	return true;
}

void
folders_start(struct core *core)
{
	const struct sources *sources = &core->config->sources;
	struct folders *f = NULL;
	for (size_t i = 0; i < sources->count; i++) {
		const struct source *s = &sources->list[i];
		if (!s->folder)
			continue;
		if (!f)
			f = xcalloc(1, sizeof(*f));
		f->shelves[f->count++] = (struct shelf){.source = s,
			.profile = source_profile_sheet(s->profile),
			.trouble = STRBUF_SENTENCE};
	}
	if (!f)
		return;
	f->core = core;
	f->thread = reader_new(core->loop, core->config->store);
	core->folders = f;
	loop_timer_init(&f->timer, core->loop, on_timer, f);
	loop_timer_in(&f->timer, SECOND);
}

void
folders_stop(struct core *core)
{
	struct folders *f = core->folders;
	if (!f)
		return;
	core->folders = NULL;
	loop_timer_stop(&f->timer);
	loop_forget(core->loop, f);
	reader_free(f->thread);
	drop_intake(f);
	for (size_t i = 0; i < f->count; i++)
		strbuf_done(&f->shelves[i].trouble);
	free(f);
}
