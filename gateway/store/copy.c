#include "gateway/store/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "gateway/base/fault.h"
#include "gateway/store/db_inside.h"
#include "gateway/store/meta.h"

#define STEP      256       /* pages at once */
#define SPARE     (4 << 20) /* bytes that should stay free beside the copy */
#define SMALL_MAX (1 << 20)

/* ---- files ---- */

static int
sync_path(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	int r = fsync(fd) == 0 ? 0 : -errno;
	close(fd);
	return r;
}

int
file_sync(const char *path)
{
	return sync_path(path, O_RDONLY);
}

int
folder_sync_of(const char *path)
{
	char folder[4096];
	const char *slash = strrchr(path, '/');
	if (!slash)
		snprintf(folder, sizeof(folder), ".");
	else
		snprintf(folder, sizeof(folder), "%.*s",
			(int)MAX(slash - path, (ptrdiff_t)1), path);
	return sync_path(folder, O_RDONLY | O_DIRECTORY);
}

static int
write_whole(const char *path, const char *bytes, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	ssize_t n = write(fd, bytes, len);
	int r = n < 0 ? -errno : (size_t)n < len ? -ENOSPC : 0;
	if (!r && fsync(fd) != 0)
		r = -errno;
	close(fd);
	return r;
}

int
file_copy(const char *from, const char *to)
{
	char part[4096];
	int fd = open(from, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	char *bytes = xmalloc(SMALL_MAX);
	ssize_t n = read(fd, bytes, SMALL_MAX);
	int r = n < 0 ? -errno : n == SMALL_MAX ? -EFBIG : 0;
	close(fd);
	snprintf(part, sizeof(part), "%s.part", to);
	if (!r)
		r = write_whole(part, bytes, (size_t)n);
	if (!r && rename(part, to) != 0)
		r = -errno;
	if (r)
		unlink(part);
	free(bytes);
	return r ? r : folder_sync_of(to);
}

int
file_copy_large(const char *from, const char *to)
{
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = in < 0 ? -1 : open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int r = in < 0 || out < 0 ? -errno : 0;
	char chunk[65536];
	ssize_t n = 0;
	while (!r && (n = read(in, chunk, sizeof(chunk))) > 0)
		if (write(out, chunk, (size_t)n) != n)
			r = errno ? -errno : -ENOSPC;
	if (n < 0)
		r = -errno;
	if (in >= 0)
		close(in);
	if (out >= 0 && close(out) != 0 && !r)
		r = -errno;
	return r;
}

/* ---- the pages ---- */

static bool
stopped(const struct copy_progress *p)
{
	return p && atomic_load(&p->stop);
}

/* With a transaction open on `from` the copy is of its snapshot, and does not begin anew
 * whenever somebody writes. */
static int
pump(sqlite3 *from, sqlite3 *to, struct copy_progress *p, struct strbuf *err)
{
	sqlite3_backup *b = sqlite3_backup_init(to, "main", from, "main");
	int rc = b ? SQLITE_OK : sqlite3_errcode(to);
	while (b && rc == SQLITE_OK && !stopped(p)) {
		rc = sqlite3_backup_step(b, STEP);
		if (p) {
			int total = sqlite3_backup_pagecount(b);
			atomic_store(&p->total, total);
			atomic_store(&p->done, total - sqlite3_backup_remaining(b));
		}
		FAULT("backup.pages");
	}
	int end = b ? sqlite3_backup_finish(b) : rc;
	if (stopped(p)) {
		strbuf_set(err, "it was stopped");
		return -ECANCELED;
	}
	if (rc == SQLITE_DONE && end == SQLITE_OK)
		return 0;
	int bad = end != SQLITE_OK ? end : rc;
	int r = db_errno_of(bad);
	strbuf_set(err, "%s", sqlite3_errstr(bad & 0xff));
	return r ? r : -EIO;
}

static int
command(sqlite3 *s, const char *sql, struct strbuf *err)
{
	int rc = sqlite3_exec(s, sql, NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		return 0;
	strbuf_set(err, "%s", sqlite3_errmsg(s));
	return db_errno_of(rc) ? db_errno_of(rc) : -EIO;
}

static int
open_new(const char *path, sqlite3 **ret, struct strbuf *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0) {
		int r = -errno;
		strbuf_set(err, "%s cannot be written: %s", path, file_trouble(errno));
		return r;
	}
	close(fd);
	int rc = sqlite3_open_v2(
		path, ret, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	if (rc != SQLITE_OK) {
		strbuf_set(err, "%s cannot be written: %s", path, sqlite3_errstr(rc));
		return db_errno_of(rc) ? db_errno_of(rc) : -EIO;
	}
	return command(*ret, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF", err);
}

static void
clear_away(const char *part)
{
	static const char *const tails[] = {"", "-journal", "-wal", "-shm"};
	char path[4200];
	for (size_t i = 0; i < ARRAY_LEN(tails); i++) {
		snprintf(path, sizeof(path), "%s%s", part, tails[i]);
		unlink(path);
	}
}

int
store_copy_file(const char *from, const char *to, struct strbuf *err)
{
	sqlite3 *in = NULL, *out = NULL;
	struct stat st;
	int r = stat(from, &st) == 0 ? 0 : -errno;
	if (r || S_ISDIR(st.st_mode)) {
		strbuf_set(err, "%s: %s", from, strerror(r ? -r : EISDIR));
		return r ? r : -EISDIR;
	}
	if (sqlite3_open_v2(from, &in, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX,
		    NULL) != SQLITE_OK)
		r = -EIO;
	else
		r = command(in,
			"PRAGMA schema_version; BEGIN; SELECT count(*) FROM "
			"sqlite_master",
			err);
	if (r)
		strbuf_set(err, "%s is no store of malgil's, or is damaged (%s)", from,
			in ? sqlite3_errmsg(in) : "out of memory");
	if (!r)
		r = open_new(to, &out, err);
	if (!r && (r = pump(in, out, NULL, err)) < 0) {
		struct strbuf why AUTO(strbuf_done) = STRBUF_SENTENCE;
		strbuf_puts(&why, err->s);
		strbuf_set(err, "%s cannot be copied to %s: %s", from, to, why.s);
	}
	sqlite3_close(in);
	sqlite3_close(out);
	if (r)
		clear_away(to);
	return r;
}

/* ---- checking ---- */

static const char *const counted[] = {"SELECT count(*) FROM contacts",
	"SELECT count(*) FROM messages", "SELECT count(*) FROM consent"};

static int64_t
number(sqlite3 *s, const char *sql)
{
	sqlite3_stmt *q = NULL;
	int64_t n = -1;
	if (sqlite3_prepare_v2(s, sql, -1, &q, NULL) == SQLITE_OK &&
		sqlite3_step(q) == SQLITE_ROW)
		n = sqlite3_column_int64(q, 0);
	sqlite3_finalize(q);
	return n;
}

static bool
sound(sqlite3 *s, struct strbuf *err)
{
	sqlite3_stmt *q = NULL;
	bool good = false;
	int rc = sqlite3_prepare_v2(s, "PRAGMA quick_check(1)", -1, &q, NULL);
	if (rc == SQLITE_OK && sqlite3_step(q) == SQLITE_ROW) {
		const char *said = (const char *)sqlite3_column_text(q, 0);
		good = said && !strcmp(said, "ok");
		if (!good)
			strbuf_set(err, "it is damaged: %s", said ? said : "?");
	} else {
		strbuf_set(err, "it cannot be read: %s", sqlite3_errmsg(s));
	}
	sqlite3_finalize(q);
	return good;
}

/* Opened anew, so that what is checked is what was written. */
static int
finish_copy(const char *part, const struct copy_wish *w, const struct copy_report *want,
	struct strbuf *err)
{
	sqlite3 *s = NULL;
	char *facts = NULL;
	if (sqlite3_open_v2(part, &s, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
		    NULL) != SQLITE_OK) {
		sqlite3_close(s);
		strbuf_set(err, "it cannot be opened again");
		return -EIO;
	}
	facts = sqlite3_mprintf("PRAGMA journal_mode = DELETE; BEGIN;"
				"INSERT OR REPLACE INTO meta VALUES('backup.at', '%lld');"
				"INSERT OR REPLACE INTO meta VALUES('backup.kind', %Q);"
				"COMMIT;",
		(long long)w->at, w->kind);
	int r = command(s, facts, err);
	sqlite3_free(facts);
	if (!r && !sound(s, err))
		r = -EBADMSG;
	int64_t got[3];
	for (size_t i = 0; i < 3; i++)
		got[i] = number(s, counted[i]);
	if (!r && (got[0] != want->contacts || got[1] != want->messages ||
			  got[2] != want->consents)) {
		strbuf_set(err, "what was written is not what was read");
		r = -EBADMSG;
	}
	sqlite3_close(s);
	return r;
}

const char *
file_trouble(int error)
{
	return error == EROFS ? "it may only be read (the service needs a line "
				"ReadWritePaths= for it: systemctl edit malgil)"
			      : strerror(error);
}

static int
room_for(const char *path, int64_t bytes, struct strbuf *err)
{
	char folder[4096];
	struct statvfs fs;
	const char *slash = strrchr(path, '/');
	snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - path) + 1 : 1,
		slash ? path : ".");
	if (statvfs(folder, &fs) != 0) {
		int r = -errno;
		strbuf_set(err, "%s: %s", folder, strerror(errno));
		return r;
	}
	int64_t free_bytes = (int64_t)fs.f_bavail * (int64_t)fs.f_frsize;
	if (free_bytes >= bytes + SPARE)
		return 0;
	strbuf_set(err,
		"there is no room at %s: %" PRId64 " MiB are needed and %" PRId64
		" MiB are free",
		folder, (bytes + SPARE) >> 20, free_bytes >> 20);
	return -ENOSPC;
}

static int
copy_into(struct db *from, const char *part, const struct copy_wish *w,
	struct copy_report *ret, struct strbuf *err)
{
	sqlite3 *out = NULL;
	int r = open_new(part, &out, err);
	if (!r)
		r = pump(from->sqlite, out, w->progress, err);
	sqlite3_close(out);
	FAULT("backup.copied");
	if (!r)
		r = finish_copy(part, w, ret, err);
	if (!r && (r = file_sync(part)) < 0)
		strbuf_set(err, "it cannot be synced: %s", strerror(-r));
	FAULT("backup.synced");
	return r;
}

int
store_copy(struct db *from, const struct copy_wish *w, struct copy_report *ret,
	struct strbuf *err)
{
	char part[4096];
	struct strbuf why AUTO(strbuf_done) = STRBUF_SENTENCE;
	snprintf(part, sizeof(part), "%s.part", w->path);
	if (access(w->path, F_OK) == 0) {
		strbuf_set(err, "%s is there already", w->path);
		return -EEXIST;
	}
	db_command(from, "BEGIN");
	*ret = (struct copy_report){.contacts = db_number(from, -1, counted[0], ""),
		.messages = db_number(from, -1, counted[1], ""),
		.consents = db_number(from, -1, counted[2], "")};
	ret->bytes = db_number(from, 0, "PRAGMA page_count", "") *
		     db_number(from, 0, "PRAGMA page_size", "");
	int r = db_poisoned(from);
	if (r)
		strbuf_set(&why, "the store cannot be read: %s", db_error(from));
	if (!r)
		r = room_for(w->path, ret->bytes, &why);
	if (!r)
		r = copy_into(from, part, w, ret, &why);
	sqlite3_exec(from->sqlite, "ROLLBACK", NULL, NULL, NULL);
	if (!r && rename(part, w->path) != 0)
		r = -errno;
	FAULT("backup.named");
	if (!r)
		r = folder_sync_of(w->path);
	if (!r)
		return 0;
	clear_away(part);
	strbuf_set(err, "no copy was made at %s: %s", w->path,
		why.len ? why.s : file_trouble(-r));
	return r;
}
