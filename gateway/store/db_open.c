/* How a database is opened: its lock, its settings, its health and its schema. */
#include "gateway/store/db.h"

#include <errno.h>
#include <inttypes.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/base/fault.h"
#include "gateway/store/db_inside.h"

#define BUSY_READER 2000

/* ---- the schema ---- */

/* Expands ID, INT and BYTES where they stand as words. */
static void
expand(const char *sql, struct strbuf *out)
{
	static const struct {
		const char *word, *sqlite;
	} types[] = {{"ID", "INTEGER"}, {"INT", "INTEGER"}, {"BYTES", "BLOB"}};
	while (*sql) {
		size_t n = strspn(
			sql, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_");
		const char *as = NULL;
		for (size_t i = 0; n && i < ARRAY_LEN(types); i++)
			if (strlen(types[i].word) == n && !strncmp(sql, types[i].word, n))
				as = types[i].sqlite;
		if (as)
			strbuf_puts(out, as);
		else
			strbuf_add(out, sql, n ? n : 1);
		sql += n ? n : 1;
	}
}

/* user_version stays the highest step ever applied: programs older than the list of steps
 * go by it. */
static int
apply(struct db *db, const struct schema_step *step)
{
	struct strbuf sql = STRBUF_INIT(1 << 20);
	int have = (int)db_number(db, 0, "PRAGMA user_version", "");
	strbuf_puts(&sql, "BEGIN IMMEDIATE;");
	expand(step->sql, &sql);
	strbuf_printf(&sql,
		"INSERT INTO schema_steps(version) VALUES(%d);"
		"PRAGMA user_version = %d; COMMIT;",
		step->version, MAX(have, step->version));
	FAULT("store.before_schema");
	int r = db_command(db, sql.s);
	FAULT("store.after_schema");
	if (r)
		db_command(db, "ROLLBACK");
	strbuf_done(&sql);
	return r;
}

/* A store from before the list has every step up to its user_version. */
static int
start_list(struct db *db, const struct schema_step *steps)
{
	struct strbuf sql = STRBUF_INIT(4096);
	int have = (int)db_number(db, 0, "PRAGMA user_version", "");
	strbuf_puts(&sql,
		"BEGIN IMMEDIATE;"
		"CREATE TABLE schema_steps (version INTEGER PRIMARY KEY) STRICT;");
	for (; steps->version; steps++)
		if (steps->version <= have)
			strbuf_printf(&sql, "INSERT INTO schema_steps VALUES(%d);",
				steps->version);
	strbuf_puts(&sql, "COMMIT;");
	int r = db_command(db, sql.s);
	strbuf_done(&sql);
	return r;
}

/* The newest step in the store that this program does not know, 0 none. */
static int
unknown_step(struct db *db, const struct schema_step *steps, bool listed)
{
	int newest = 0, unknown = 0;
	for (const struct schema_step *s = steps; s->version; s++)
		newest = MAX(newest, s->version);
	int have = (int)db_number(db, 0, "PRAGMA user_version", "");
	struct db_rows *q =
		!listed ? NULL
			: db_select(db,
				  "SELECT version FROM schema_steps ORDER BY version",
				  "");
	while (q && db_next(q)) {
		const struct schema_step *s = steps;
		while (s->version && s->version != (int)db_int(q, 0))
			s++;
		unknown = s->version ? unknown : (int)db_int(q, 0);
	}
	if (q)
		db_end(q);
	return have > newest ? have : unknown;
}

static bool
has_step(struct db *db, int version, bool listed)
{
	return listed && db_number(db, 0, "SELECT 1 FROM schema_steps WHERE version = $1",
				 "i", (int64_t)version);
}

/* Steps are applied in the order of their numbers, and each once: one whose number is
 * lower than what the store has (two lines of work came together late) is applied too. */
static int
migrate(struct db *db, const struct schema_step *steps, struct strbuf *err)
{
	bool listed = db_number(db, 0,
		"SELECT count(*) FROM sqlite_master WHERE name = 'schema_steps'", "");
	int unknown = unknown_step(db, steps, listed);
	if (unknown) {
		strbuf_set(err,
			"%s was written by a newer malgil (schema step %d, which this "
			"one "
			"does not know); install that version again, or restore a backup "
			"made before it",
			db->path, unknown);
		return -EPROTO;
	}
	bool write = db->mode != DB_READER && !db->poison;
	if (write && !listed)
		listed = start_list(db, steps) == 0;
	bool whole = listed;
	for (const struct schema_step *s = steps; s->version && whole; s++)
		whole = has_step(db, s->version, listed) || (write && apply(db, s) == 0);
	if (whole && !db->poison)
		return 0;
	strbuf_set(err, "%s: the schema cannot be brought up to date: %s", db->path,
		db->error.len ? db->error.s : "open it with the gateway first");
	return db->poison ? db->poison : -EPROTO;
}

/* ---- opening ---- */

/* flock() on the database file itself: SQLite's own locks are another kind, and nothing
 * is left behind. The descriptor stays open until every connection of this process is
 * closed: closing it earlier would drop SQLite's locks on the file (fcntl(2)). */
static int
take_lock(struct db *db, struct strbuf *err)
{
	db->lock = open(db->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (db->lock < 0) {
		int r = -errno;
		strbuf_set(err, "%s cannot be opened for writing: %s%s", db->path,
			strerror(-r),
			r == -ENOENT ? " (the folder of the store must be there)" : "");
		return r;
	}
	if (flock(db->lock, LOCK_EX | LOCK_NB) == 0)
		return 0;
	strbuf_set(err,
		"another malgil is serving %s already; stop that one first, or give this "
		"one a store of its own",
		db->path);
	return -EBUSY;
}

static int
set_up(struct db *db, struct strbuf *err)
{
	sqlite3_extended_result_codes(db->sqlite, 1);
	sqlite3_busy_timeout(
		db->sqlite, db->mode == DB_WRITER ? BUSY_WRITER : BUSY_READER);
	sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	/* Or a parameter that a partial index speaks of makes it plan anew at every
	 * binding. */
	sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_ENABLE_QPSG, 1, NULL);
	const char *sync =
		getenv("MALGIL_SYNCHRONOUS"); /* the crash suite proves FULL with it */
	struct strbuf pragmas = STRBUF_INIT(512);
	strbuf_printf(&pragmas,
		"PRAGMA journal_mode = WAL; PRAGMA synchronous = %s; PRAGMA foreign_keys "
		"= ON;"
		"PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -4096;"
		"PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;"
		/* what is deleted is gone, also from pages and the log that are free */
		"PRAGMA secure_delete = ON;"
		/* Cutting the log costs a millisecond for each MiB, in a commit: what
		 * it once needed it keeps, as long as that is not more than it may ever
		 * need. db_log_wash() empties it. */
		"PRAGMA journal_size_limit = 67108864;",
		sync && !strcmp(sync, "OFF") ? "OFF" : "FULL");
	if (db->mode == DB_READER)
		strbuf_puts(
			&pragmas, "PRAGMA query_only = ON; PRAGMA cache_size = -2048;");
	int r = db_command(db, pragmas.s);
	strbuf_done(&pragmas);
	sqlite3_wal_hook(db->sqlite, db_on_log, db);
	if (r == -EBADMSG)
		strbuf_set(err,
			"%s is damaged or not a database (%s); nothing was "
			"changed: " DB_WAY_BACK,
			db->path, db->error.s);
	else if (r < 0)
		strbuf_set(err, "%s cannot be used: %s", db->path, db->error.s);
	return r;
}

/* Damage is looked for before anything is accepted, as long as looking is quick: reading
 * the whole of a large store would keep customers waiting for what is met soon enough
 * anyway. */
#define CHECKED_PAGES 16384

static int
check_health(struct db *db, struct strbuf *err)
{
	if (db_number(db, 0, "PRAGMA page_count", "") > CHECKED_PAGES)
		return 0;
	struct db_rows *q = db_select(db, "PRAGMA quick_check(1)", "");
	bool good = db_next(q) && !strcmp(db_text(q, 0), "ok");
	if (!good)
		strbuf_set(err, "%s is damaged (%s); nothing was changed: " DB_WAY_BACK,
			db->path, db->poison ? db->error.s : db_text(q, 0));
	db_end(q);
	return good ? 0 : -EBADMSG;
}

static int
check_log(struct db *db, struct strbuf *err)
{
	int64_t n = db_log_lost(db->path);
	if (!n)
		return 0;
	strbuf_set(err,
		"%s-wal is damaged: %" PRId64 " commits behind that place would be "
		"forgotten, texts that left and STOPs among them; nothing was "
		"changed: " DB_WAY_BACK,
		db->path, n);
	return -EBADMSG;
}

/* SQLite's own statistics of memory take a lock at every allocation; nobody asks for
 * them. */
static void
prepare_library(void)
{
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

int
db_open_with(const char *url, enum db_mode mode, const struct schema_step *steps,
	struct db **ret_db, struct strbuf *err)
{
	if (mode == DB_SCRATCH)
		url = "sqlite::memory:";
	if (strncmp(url, "sqlite:", 7) != 0 || !url[7]) {
		strbuf_set(err, "store = \"%s\": only \"sqlite:PATH\" is known", url);
		return -EINVAL;
	}
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, prepare_library);
	struct db *db = xcalloc(1, sizeof(*db));
	db->path = xstrdup(url + 7);
	db->mode = mode;
	db->lock = -1;
	strbuf_init(&db->error, 1024);
	db_grow(db);
	int r = mode == DB_WRITER ? take_lock(db, err) : 0;
	if (!r && mode == DB_WRITER)
		r = check_log(db, err);
	if (!r) {
		int flags = mode == DB_READER
				    ? SQLITE_OPEN_READWRITE
				    : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
		int rc = sqlite3_open_v2(
			db->path, &db->sqlite, flags | SQLITE_OPEN_NOMUTEX, NULL);
		if (rc != SQLITE_OK) {
			r = db_errno_of(rc);
			strbuf_set(err, "%s cannot be opened: %s", db->path,
				db->sqlite ? sqlite3_errmsg(db->sqlite)
					   : "out of memory");
		}
	}
	if (!r)
		r = set_up(db, err);
	struct stat file;
	if (!r && stat(db->path, &file) == 0) {
		db->device = file.st_dev;
		db->inode = file.st_ino;
	}
	if (!r && mode == DB_WRITER)
		r = check_health(db, err);
	if (!r)
		r = migrate(db, steps, err);
	if (r) {
		db_close(db);
		return r;
	}
	*ret_db = db;
	return 0;
}

int
db_open(const char *url, enum db_mode mode, struct db **ret_db, struct strbuf *err)
{
	return db_open_with(url, mode, schema_steps, ret_db, err);
}

void
db_close(struct db *db)
{
	if (!db)
		return;
	db_rollback(db);
	for (size_t i = 0; i < db->cap; i++) {
		if (!db->table[i])
			continue;
		sqlite3_finalize(db->table[i]->stmt);
		free(db->table[i]->index);
		free(db->table[i]);
	}
	free(db->table);
	sqlite3_close(db->sqlite);
	if (db->lock >= 0)
		close(db->lock);
	strbuf_done(&db->error);
	free(db->path);
	free(db);
}

const char *
db_path(const struct db *db)
{
	return db->path;
}
