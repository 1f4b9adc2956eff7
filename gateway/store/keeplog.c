#include "gateway/store/keeplog.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/base/fault.h"
#include "gateway/net/json.h"
#include "gateway/store/contacts.h"
#include "gateway/store/copy.h"
#include "gateway/store/erasure.h"
#include "gateway/store/meta.h"
#include "gateway/store/ledger.h"
#include "gateway/store/vault.h"

#define TAIL      (256 * 1024) /* bytes in which a last line is found */
#define LINE_MAX_ (64 * 1024)
#define AT_ONCE   2000 /* lines before they are synced */
#define RECENT    (10 * SECOND)

/* How far a log came: the last row of the ledger in it, and when the last person in it
 * was forgotten. */
struct mark {
	uint64_t consent;
	int64_t erased;
};

static const char *const texts[] = {"address", "action", "scope", "list", "method",
	"words", "wording", "operator", "basis", "hash", "source", "age"};
#define TEXTS ARRAY_LEN(texts)
#define COLUMNS                                                                          \
	"address, action, scope, list, method, words, wording, operator, basis, hash, "  \
	"source, age"

/* ---- where a log ends ---- */

static bool
mark_of(const char *line, size_t len, struct mark *ret)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	json_t *v = json_read(line, len, &err);
	const json_t *m = json_object_get(v, "mark");
	bool good = json_array_size(m) == 2;
	if (good)
		*ret = (struct mark){(uint64_t)json_integer_value(json_array_get(m, 0)),
			(int64_t)json_integer_value(json_array_get(m, 1))};
	json_decref(v);
	return good;
}

/* The last whole line that says how far it came. Also whether the file ends with one. */
static bool
read_mark(int fd, struct mark *ret, bool *ret_whole)
{
	struct stat st;
	bool found = false;
	*ret_whole = true;
	if (fstat(fd, &st) != 0 || !st.st_size)
		return false;
	size_t want = (size_t)MIN(st.st_size, (off_t)TAIL);
	char *tail = xmalloc(want);
	ssize_t n = pread(fd, tail, want, st.st_size - (off_t)want);
	size_t end = n > 0 ? (size_t)n : 0;
	*ret_whole = end && tail[end - 1] == '\n';
	while (end && !found) {
		size_t from = end - 1;
		while (from && tail[from - 1] != '\n')
			from--;
		found = mark_of(tail + from, end - from, ret);
		end = from;
	}
	free(tail);
	return found;
}

/* ---- writing ---- */

struct writer {
	int fd, lines;
	struct mark mark;
	struct strbuf out;
	int error;
};

static void
flush_out(struct writer *w)
{
	const char *p = w->out.s;
	size_t left = w->out.len;
	while (left && !w->error) {
		ssize_t n = write(w->fd, p, left);
		if (n < 0)
			w->error = -errno;
		else
			p += n, left -= (size_t)n;
		FAULT("keeplog.written");
	}
	if (!w->error && fdatasync(w->fd) != 0)
		w->error = -errno;
	strbuf_reset(&w->out);
	FAULT("keeplog.synced");
}

static void
add_line(struct writer *w, json_t *line)
{
	json_object_set_new(line, "mark",
		json_pack("[I,I]", (json_int_t)w->mark.consent,
			(json_int_t)w->mark.erased));
	char *text = json_dumps(line, JSON_COMPACT);
	strbuf_puts(&w->out, text);
	strbuf_puts(&w->out, "\n");
	free(text);
	json_decref(line);
	if (++w->lines % AT_ONCE == 0)
		flush_out(w);
}

static void
write_consents(struct writer *w, struct db *db)
{
	struct db_rows *q = db_select(db,
		"SELECT id, contact, at, message, expires, night, " COLUMNS
		" FROM consent WHERE id > $1 ORDER BY id",
		"u", w->mark.consent);
	while (!w->error && db_next(q)) {
		w->mark.consent = db_id(q, 0);
		json_t *line = json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:b}", "what",
			"consent", "id", (json_int_t)db_id(q, 0), "contact",
			(json_int_t)db_id(q, 1), "at", (json_int_t)db_int(q, 2),
			"message", (json_int_t)db_id(q, 3), "expires",
			(json_int_t)db_int(q, 4), "night", db_int(q, 5) != 0);
		for (size_t i = 0; i < TEXTS; i++)
			if (*db_text(q, 6 + (int)i))
				json_object_set_new(line, texts[i],
					json_string(db_text(q, 6 + (int)i)));
		add_line(w, line);
	}
	db_end(q);
}

/* Two may be forgotten in one millisecond: the last ones are told again while they are
 * that young, which does no harm. */
static void
write_erasures(struct writer *w, struct db *db, int64_t now)
{
	int64_t from =
		now - w->mark.erased < RECENT ? w->mark.erased : w->mark.erased + 1;
	struct db_rows *q = db_select(db,
		"SELECT contact, at, kept FROM erasures WHERE at >= $1 ORDER BY at", "i",
		from);
	int64_t newest = w->mark.erased;
	while (!w->error && db_next(q)) {
		newest = MAX(newest, db_int(q, 1));
		add_line(w,
			json_pack("{s:s, s:I, s:I, s:I}", "what", "forgotten", "contact",
				(json_int_t)db_id(q, 0), "at", (json_int_t)db_int(q, 1),
				"kept", (json_int_t)db_int(q, 2)));
	}
	db_end(q);
	struct strbuf print AUTO(strbuf_done) = STRBUF_INIT(64);
	meta_text(db, "key.print", &print);
	q = db_select(db,
		"SELECT hash, scope, at FROM suppressions WHERE at >= $1 ORDER BY at",
		"i", from);
	while (!w->error && db_next(q)) {
		newest = MAX(newest, db_int(q, 2));
		w->mark.erased = newest;
		add_line(w, json_pack("{s:s, s:s, s:s, s:s, s:I}", "what", "number",
				    "hash", db_text(q, 0), "key", print.s, "scope",
				    db_text(q, 1), "at", (json_int_t)db_int(q, 2)));
	}
	db_end(q);
	w->mark.erased = newest;
}

/* The newest log, or a new one that begins where that ended. */
static int
open_log(const char *folder, const char *instance, int64_t now, bool fresh,
	struct writer *w, struct strbuf *err)
{
	struct vault_list logs;
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	bool whole = true;
	int r = vault_read(folder, instance, VAULT_LOG, &logs, err);
	if (r)
		return r;
	if (logs.count)
		strbuf_printf(&path, "%s/%s", folder, logs.items[0].name);
	int fd = logs.count ? open(path.s, O_RDWR | O_APPEND | O_CLOEXEC) : -1;
	vault_done(&logs);
	if (fd >= 0)
		read_mark(fd, &w->mark, &whole);
	if (fd >= 0 && fresh)
		close(fd);
	if (fd < 0 || fresh) {
		strbuf_reset(&path);
		vault_path(folder, instance, now, VAULT_LOG, &path);
		fd = open(path.s, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
		whole = true;
	}
	if (fd < 0) {
		r = -errno;
		strbuf_set(err, "%s cannot be written: %s", path.s, file_trouble(errno));
		return r;
	}
	w->fd = fd;
	struct stat st;
	if (!whole)
		strbuf_puts(&w->out, "\n");
	else if (fstat(fd, &st) == 0 && !st.st_size)
		add_line(w, json_pack("{s:s, s:s, s:I}", "what", "log", "instance",
				    instance, "at", (json_int_t)now));
	return folder_sync_of(path.s);
}

int
keeplog_write(struct db *db, const char *folder, const char *instance, int64_t now,
	bool fresh, struct strbuf *err)
{
	struct writer w = {.fd = -1, .out = STRBUF_INIT(512u << 20)};
	int r = open_log(folder, instance, now, fresh, &w, err);
	if (!r) {
		write_consents(&w, db);
		write_erasures(&w, db, now);
		if (w.out.len)
			flush_out(&w);
		r = w.error ? w.error : db_poisoned(db);
		if (r)
			strbuf_set(err, "the log of consents in %s cannot be written: %s",
				folder, w.error ? strerror(-w.error) : db_error(db));
	}
	if (w.fd >= 0)
		close(w.fd);
	strbuf_done(&w.out);
	return r ? r : w.lines;
}

/* ---- merging ---- */

static int64_t
whole(const json_t *line, const char *name)
{
	return (int64_t)json_integer_value(json_object_get(line, name));
}

static const char *
text_of(const json_t *line, const char *name)
{
	const char *s = json_string_value(json_object_get(line, name));
	return s ? s : "";
}

/* Theirs by the number; else under the id it had, which the backup may not know yet. */
static uint64_t
contact_of(struct db *db, const json_t *line)
{
	struct contact c;
	uint64_t id = (uint64_t)whole(line, "contact");
	bool fresh;
	if (contact_find(db, text_of(line, "address"), &c) || contact_load(db, id, &c))
		return c.id;
	if (!*text_of(line, "address") || !contact_take(db, text_of(line, "address"), id,
						  whole(line, "at"), &c, &fresh))
		return 0;
	return c.id;
}

static void
apply_state(
	struct db *db, uint64_t contact, const json_t *line, struct keeplog_merged *ret)
{
	const char *action = text_of(line, "action"), *scope = text_of(line, "scope");
	bool revoke = !strcmp(action, "revoke") && strcmp(scope, "night") != 0 &&
		      !*text_of(line, "list");
	bool lifts = !strcmp(action, "grant") || !strcmp(action, "unblock");
	if (revoke)
		contact_set_stopped(db, contact,
			strcmp(scope, "all") ? "marketing" : "all", whole(line, "at"));
	else if (lifts)
		contact_set_stopped(db, contact, "", whole(line, "at"));
	ret->stops += revoke;
}

static void
take_consent(struct db *db, const json_t *line, struct keeplog_merged *ret)
{
	uint64_t id = (uint64_t)whole(line, "id");
	if (!id || db_number(db, 0, "SELECT 1 FROM consent WHERE id = $1", "u", id))
		return;
	uint64_t contact = contact_of(db, line);
	if (!contact)
		return;
	struct consent_row row = {.id = id,
		.contact = contact,
		.message = (uint64_t)whole(line, "message"),
		.at = whole(line, "at"),
		.expires = whole(line, "expires"),
		.night = json_is_true(json_object_get(line, "night"))};
	const char **const into[TEXTS] = {&row.address, &row.action, &row.scope,
		&row.list, &row.method, &row.words, &row.wording, &row.operator_name,
		&row.basis, &row.hash, &row.source, &row.age};
	for (size_t i = 0; i < TEXTS; i++)
		*into[i] = text_of(line, texts[i]);
	consent_append(db, &row);
	apply_state(db, contact, line, ret);
	ret->consents++;
}

static void
take_forgotten(struct db *db, const json_t *line, struct keeplog_merged *ret)
{
	struct contact c;
	struct erasure e = {.contact = (uint64_t)whole(line, "contact"),
		.at = whole(line, "at"),
		.kept = whole(line, "kept")};
	if (db_number(
		    db, 0, "SELECT 1 FROM erasures WHERE contact = $1", "u", e.contact) ||
		!contact_load(db, e.contact, &c))
		return;
	db_run(db,
		"UPDATE messages SET state = 'canceled', ready = 0, reason = 'consent: "
		"the "
		"person was forgotten' WHERE contact = $1 AND outbound = 1 AND state IN "
		"('accepted', 'held', 'queued', 'sending')",
		"u", e.contact);
	erasure_begin(db, &e, c.phone, "", "they were forgotten before the restore");
	ret->forgotten++;
}

/* With the fingerprint of the key it was hashed with, which a store from before does not
 * know yet. */
static void
take_number(struct db *db, const json_t *line)
{
	struct strbuf print AUTO(strbuf_done) = STRBUF_INIT(64);
	suppression_put(
		db, text_of(line, "hash"), text_of(line, "scope"), whole(line, "at"));
	if (*text_of(line, "key") && !meta_text(db, "key.print", &print))
		meta_set_text(db, "key.print", text_of(line, "key"));
}

static void
take_line(struct db *db, const char *text, size_t len, bool people,
	struct keeplog_merged *ret)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	json_t *line = json_read(text, len, &err);
	const char *what = text_of(line, "what");
	if (!line || !*what)
		ret->bad += !people;
	else if (!people && !strcmp(what, "consent"))
		take_consent(db, line, ret);
	else if (people && !strcmp(what, "forgotten"))
		take_forgotten(db, line, ret);
	else if (people && !strcmp(what, "number") && *text_of(line, "hash"))
		take_number(db, line);
	ret->newest = MAX(ret->newest, whole(line, "at"));
	ret->lines += !people;
	json_decref(line);
}

static int
merge_file(struct db *db, const char *path, bool people, struct keeplog_merged *ret)
{
	FILE *in = fopen(path, "re");
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;
	if (!in)
		return -errno;
	while (!db_poisoned(db) && (n = getline(&line, &cap, in)) > 0) {
		size_t len = (size_t)n - (line[n - 1] == '\n');
		if (len && len <= LINE_MAX_)
			take_line(db, line, len, people, ret);
		else
			ret->bad += len > 0 && !people;
	}
	int r = ferror(in) ? -EIO : db_poisoned(db);
	free(line);
	fclose(in);
	return r;
}

/* All that was agreed first, and who was forgotten after it: in both rounds the oldest
 * log first. */
int
keeplog_merge(struct db *db, const char *folder, const char *instance,
	struct keeplog_merged *ret, struct strbuf *err)
{
	struct vault_list logs;
	*ret = (struct keeplog_merged){0};
	int r = vault_read(folder, instance, VAULT_LOG, &logs, err);
	if (r)
		return r;
	ret->files = (int64_t)logs.count;
	for (int people = 0; people < 2; people++) {
		for (size_t i = logs.count; i && !r; i--) {
			char path[4096];
			snprintf(path, sizeof(path), "%s/%s", folder,
				logs.items[i - 1].name);
			r = merge_file(db, path, people, ret);
			if (r)
				strbuf_set(err, "%s cannot be read: %s", path,
					db_poisoned(db) ? db_error(db) : strerror(-r));
		}
	}
	vault_done(&logs);
	return r;
}
