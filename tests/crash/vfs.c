/* A disk that forgets: a SQLite VFS under which kill -9 is a power cut.
 *
 * What a program writes but has not synced stays in this process's memory, and reaches
 *the real file only when SQLite calls xSync on it. All connections and threads of the
 *process see one truth (memory over file). When the process dies by SIGKILL, whatever was
 *not synced is gone, as it may be when the power fails. A program that ends by itself
 *loses nothing: its files are brought up to date when it exits, as the kernel would do.
 *
 * Built as a shared object for LD_PRELOAD; it puts itself under every sqlite3_open*() of
 *a program that has POWERCUT in its environment. A test may also include this file and
 *call powercut_register().
 *
 *	POWERCUT=1            forget; without it this object does nothing
 *	POWERCUT_LEAK=P       of 100 unsynced writes about P reach the disk at once, as
 *early write-back may: after the cut the disk holds any subset of them POWERCUT_SEED=N
 *which ones (default 1) POWERCUT_KILL_AT=N    SIGKILL just before the Nth write,
 *truncation, sync or deletion POWERCUT_FULL_AFTER=N the disk is full once files have
 *grown by N bytes POWERCUT_FULL_WHEN=F  ... and while the file F exists
 *	POWERCUT_EIO_SYNC=N   the Nth sync and all after it fail; what they covered stays
 *unsynced POWERCUT_EIO_WHEN=F   ... and while the file F exists POWERCUT_FREE=F statvfs()
 *reports as many free bytes as the number in the file F POWERCUT_LOG=F        a line for
 *each event: what, file, offset, length
 *
 * Modelled besides: truncations wait for the sync like writes do; a deletion is durable
 *at once when SQLite asks for the directory to be synced too, else it waits for the next
 *sync of a file of that directory (a journal whose deletion was forgotten is there
 *again). A file that was created and never synced is found empty, which SQLite treats as
 *absent. The -shm file and temporary files are passed through: after a crash SQLite
 *rebuilds the one and never looks at the others. mmap is refused, so every byte comes
 *through here. Not modelled: a database that is renamed, or written by another process,
 *while this one has it. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define BLOCK   4096
#define BUCKETS 4096

/* Bytes of a file that are newer than the disk. */
struct block {
	int64_t no;
	struct block *next;
	uint8_t data[BLOCK];
};

/* A file as the process sees it, shared by all its handles. */
struct disk_file {
	char *path;
	int fd; /* never closed while the file lives: closing would drop SQLite's locks */
	int64_t size;  /* as the process sees it */
	int64_t valid; /* bytes of the real file that no truncation has hidden */
	bool dirty;
	bool deleted; /* no longer under its path; `doomed` until that is durable */
	bool doomed;
	struct block *blocks[BUCKETS];
	struct disk_file *next;
};

struct handle {
	sqlite3_file base;
	struct disk_file *file;
	sqlite3_file *real; /* follows in memory: locks, shared memory, file control */
};

static struct {
	sqlite3_vfs vfs, *real;
	struct disk_file *files;
	int log;
	int leak;
	unsigned seed;
	int64_t events, kill_at, room, syncs, eio_sync;
	const char *full_when, *eio_when;
} cut = {.log = -1};

/* One lock for all: this is a test's disk, not a fast one. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static bool
exists(const char *path)
{
	return path && access(path, F_OK) == 0;
}

static int64_t
number(const char *name, int64_t otherwise)
{
	const char *s = getenv(name);
	return s && *s ? strtoll(s, NULL, 10) : otherwise;
}

/* Everything that changes the disk passes here first. */
static void
event(const char *what, const struct disk_file *f, int64_t at, int64_t len)
{
	cut.events++;
	if (cut.log >= 0) {
		const char *name = strrchr(f->path, '/');
		dprintf(cut.log, "%lld %s %s %lld %lld\n", (long long)cut.events, what,
			name ? name + 1 : f->path, (long long)at, (long long)len);
	}
	if (cut.events == cut.kill_at)
		raise(SIGKILL);
}

/* ---- the overlay ---- */

static struct block **
slot(struct disk_file *f, int64_t no)
{
	struct block **b = &f->blocks[no % BUCKETS];
	while (*b && (*b)->no != no)
		b = &(*b)->next;
	return b;
}

static void
read_real(const struct disk_file *f, void *buf, int64_t at, size_t len)
{
	memset(buf, 0, len);
	if (at >= f->valid)
		return;
	size_t n = f->valid - at < (int64_t)len ? (size_t)(f->valid - at) : len;
	if (pread(f->fd, buf, n, at) < 0)
		abort();
}

static struct block *
block_for_writing(struct disk_file *f, int64_t no)
{
	struct block **b = slot(f, no);
	if (!*b) {
		*b = calloc(1, sizeof(**b));
		if (!*b)
			abort();
		(*b)->no = no;
		read_real(f, (*b)->data, no * BLOCK, BLOCK);
	}
	return *b;
}

/* Bytes from `at` to the end of its block, at most `len`. */
static size_t
run(int64_t at, size_t len)
{
	size_t left = BLOCK - (size_t)(at % BLOCK);
	return left < len ? left : len;
}

static void
overlay_read(struct disk_file *f, uint8_t *buf, size_t len, int64_t at)
{
	while (len > 0) {
		size_t n = run(at, len);
		const struct block *b = *slot(f, at / BLOCK);
		if (b)
			memcpy(buf, b->data + at % BLOCK, n);
		else
			read_real(f, buf, at, n);
		buf += n, at += (int64_t)n, len -= n;
	}
}

static void
overlay_write(struct disk_file *f, const uint8_t *buf, size_t len, int64_t at)
{
	if (at + (int64_t)len > f->size)
		f->size = at + (int64_t)len;
	while (len > 0) {
		size_t n = run(at, len);
		memcpy(block_for_writing(f, at / BLOCK)->data + at % BLOCK, buf, n);
		buf += n, at += (int64_t)n, len -= n;
	}
	f->dirty = true;
}

static void
overlay_truncate(struct disk_file *f, int64_t size)
{
	for (size_t i = 0; i < BUCKETS; i++) {
		for (struct block **b = &f->blocks[i], *dead; *b;) {
			if ((*b)->no * BLOCK < size) {
				b = &(*b)->next;
				continue;
			}
			dead = *b;
			*b = dead->next;
			free(dead);
		}
	}
	if (size < f->size && size % BLOCK) {
		struct block *last = block_for_writing(f, size / BLOCK);
		memset(last->data + size % BLOCK, 0, BLOCK - (size_t)(size % BLOCK));
	}
	f->size = size;
	if (f->valid > size)
		f->valid = size;
	f->dirty = true;
}

/* Memory becomes disk. */
static int
flush(struct disk_file *f)
{
	if (!f->dirty)
		return 0;
	if (ftruncate(f->fd, f->valid) < 0)
		return -errno;
	for (size_t i = 0; i < BUCKETS; i++) {
		while (f->blocks[i]) {
			struct block *b = f->blocks[i];
			int64_t at = b->no * BLOCK;
			size_t n = f->size - at < BLOCK ? (size_t)(f->size - at) : BLOCK;
			if (pwrite(f->fd, b->data, n, at) != (ssize_t)n)
				return -EIO;
			f->blocks[i] = b->next;
			free(b);
		}
	}
	if (ftruncate(f->fd, f->size) < 0)
		return -errno;
	f->valid = f->size;
	f->dirty = false;
	return 0;
}

/* ---- files and the directory ---- */

static struct disk_file *
find(const char *path)
{
	for (struct disk_file *f = cut.files; f; f = f->next)
		if (!f->deleted && !strcmp(f->path, path))
			return f;
	return NULL;
}

static struct disk_file *
file_open(const char *path)
{
	struct disk_file *f = find(path);
	if (f)
		return f;
	int fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	if (fd < 0 || fstat(fd, &st) < 0)
		return NULL;
	f = calloc(1, sizeof(*f));
	if (!f || !(f->path = strdup(path)))
		abort();
	f->fd = fd;
	f->size = f->valid = st.st_size;
	f->next = cut.files;
	cut.files = f;
	return f;
}

static bool
same_folder(const char *a, const char *b)
{
	const char *x = strrchr(a, '/'), *y = strrchr(b, '/');
	return x && y && x - a == y - b && !memcmp(a, b, (size_t)(x - a));
}

static void
bury(struct disk_file *f)
{
	f->doomed = false;
	unlink(f->path);
}

/* Deletions in the folder of `path` become durable. */
static void
folder_sync(const char *path)
{
	for (struct disk_file *f = cut.files; f; f = f->next)
		if (f->doomed && same_folder(f->path, path))
			bury(f);
}

/* The file of that name whose deletion waits. */
static struct disk_file *
find_doomed(const char *path)
{
	for (struct disk_file *f = cut.files; f; f = f->next)
		if (f->doomed && !strcmp(f->path, path))
			return f;
	return NULL;
}

/* The program ended by itself: nothing is lost. */
__attribute__((destructor)) static void
exit_without_loss(void)
{
	for (struct disk_file *f = cut.files; f; f = f->next) {
		if (f->doomed)
			unlink(f->path);
		else if (!f->deleted && f->dirty && flush(f) < 0)
			fprintf(stderr, "powercut: %s could not be brought up to date\n",
				f->path);
	}
}

/* ---- the methods SQLite calls ---- */

#define HANDLE(file) ((struct handle *)(file))
#define PASS(file, m, ...)                                                               \
	HANDLE(file)->real->pMethods->m(HANDLE(file)->real, ##__VA_ARGS__)

static int
x_close(sqlite3_file *file)
{
	/* What it wrote stays: a closed file is no safer than an open one. */
	return PASS(file, xClose);
}

static int
x_read(sqlite3_file *file, void *buf, int len, sqlite3_int64 at)
{
	struct disk_file *f = HANDLE(file)->file;
	pthread_mutex_lock(&lock);
	int64_t have = f->size > at ? f->size - at : 0;
	size_t n = have < len ? (size_t)have : (size_t)len;
	overlay_read(f, buf, n, at);
	pthread_mutex_unlock(&lock);
	memset((uint8_t *)buf + n, 0, (size_t)len - n);
	return n == (size_t)len ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

static bool
disk_is_full(const struct disk_file *f, int64_t end)
{
	if (end <= f->size)
		return false;
	if (exists(cut.full_when) || end - f->size > cut.room)
		return true;
	cut.room -= end - f->size;
	return false;
}

static int
x_write(sqlite3_file *file, const void *buf, int len, sqlite3_int64 at)
{
	struct disk_file *f = HANDLE(file)->file;
	int err = SQLITE_OK;
	pthread_mutex_lock(&lock);
	event("write", f, at, len);
	if (disk_is_full(f, at + len))
		err = SQLITE_FULL;
	else
		overlay_write(f, buf, (size_t)len, at);
	if (!err && cut.leak > 0 && rand_r(&cut.seed) % 100 < cut.leak)
		err = pwrite(f->fd, buf, (size_t)len, at) == len ? SQLITE_OK
								 : SQLITE_IOERR_WRITE;
	pthread_mutex_unlock(&lock);
	return err;
}

static int
x_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	struct disk_file *f = HANDLE(file)->file;
	pthread_mutex_lock(&lock);
	event("truncate", f, size, 0);
	overlay_truncate(f, size);
	pthread_mutex_unlock(&lock);
	return SQLITE_OK;
}

static int
x_sync(sqlite3_file *file, int flags)
{
	struct disk_file *f = HANDLE(file)->file;
	(void)flags;
	pthread_mutex_lock(&lock);
	event("sync", f, 0, f->size);
	bool fails = ++cut.syncs >= cut.eio_sync || exists(cut.eio_when);
	int err = fails || flush(f) < 0 ? SQLITE_IOERR_FSYNC : SQLITE_OK;
	if (!err)
		folder_sync(f->path);
	pthread_mutex_unlock(&lock);
	return err;
}

static int
x_size(sqlite3_file *file, sqlite3_int64 *ret_size)
{
	pthread_mutex_lock(&lock);
	*ret_size = HANDLE(file)->file->size;
	pthread_mutex_unlock(&lock);
	return SQLITE_OK;
}

static int
x_lock(sqlite3_file *file, int level)
{
	return PASS(file, xLock, level);
}

static int
x_unlock(sqlite3_file *file, int level)
{
	return PASS(file, xUnlock, level);
}

static int
x_check_lock(sqlite3_file *file, int *ret_locked)
{
	return PASS(file, xCheckReservedLock, ret_locked);
}

static int
x_control(sqlite3_file *file, int op, void *arg)
{
	switch (op) {
	case SQLITE_FCNTL_SIZE_HINT: /* these would touch the real file behind our back */
	case SQLITE_FCNTL_CHUNK_SIZE: return SQLITE_OK;
	case SQLITE_FCNTL_MMAP_SIZE: *(sqlite3_int64 *)arg = 0; return SQLITE_OK;
	default: return PASS(file, xFileControl, op, arg);
	}
}

static int
x_sector(sqlite3_file *file)
{
	return PASS(file, xSectorSize);
}

static int
x_traits(sqlite3_file *file)
{
	return PASS(file, xDeviceCharacteristics) & SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static int
x_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **ret)
{
	return PASS(file, xShmMap, page, size, extend, ret);
}

static int
x_shm_lock(sqlite3_file *file, int offset, int n, int flags)
{
	return PASS(file, xShmLock, offset, n, flags);
}

static void
x_shm_barrier(sqlite3_file *file)
{
	PASS(file, xShmBarrier);
}

static int
x_shm_unmap(sqlite3_file *file, int del)
{
	return PASS(file, xShmUnmap, del);
}

/* Version 2: shared memory, no mmap. */
static const sqlite3_io_methods methods = {
	.iVersion = 2,
	.xClose = x_close,
	.xRead = x_read,
	.xWrite = x_write,
	.xTruncate = x_truncate,
	.xSync = x_sync,
	.xFileSize = x_size,
	.xLock = x_lock,
	.xUnlock = x_unlock,
	.xCheckReservedLock = x_check_lock,
	.xFileControl = x_control,
	.xSectorSize = x_sector,
	.xDeviceCharacteristics = x_traits,
	.xShmMap = x_shm_map,
	.xShmLock = x_shm_lock,
	.xShmBarrier = x_shm_barrier,
	.xShmUnmap = x_shm_unmap,
};

static int
x_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *ret_flags)
{
	const int kinds = SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_MAIN_JOURNAL |
			  SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_WAL;
	struct handle *h = HANDLE(file);
	(void)vfs;
	if (!name || !(flags & kinds))
		return cut.real->xOpen(cut.real, name, file, flags, ret_flags);
	memset(h, 0, sizeof(*h));
	h->real = (sqlite3_file *)(h + 1);
	pthread_mutex_lock(&lock);
	if (!find(name))
		folder_sync(
			name); /* a new file under a forgotten name ends the old one */
	int err = cut.real->xOpen(cut.real, name, h->real, flags, ret_flags);
	if (!err && !(h->file = file_open(name))) {
		h->real->pMethods->xClose(h->real);
		err = SQLITE_CANTOPEN;
	}
	pthread_mutex_unlock(&lock);
	if (!err)
		h->base.pMethods = &methods;
	return err;
}

static int
x_delete(sqlite3_vfs *vfs, const char *name, int sync_folder)
{
	(void)vfs;
	pthread_mutex_lock(&lock);
	struct disk_file *f = find_doomed(name) ? NULL : file_open(name);
	if (f) {
		event("delete", f, 0, sync_folder);
		f->deleted = f->doomed = true;
		if (sync_folder)
			folder_sync(name);
	}
	pthread_mutex_unlock(&lock);
	return f ? SQLITE_OK : SQLITE_IOERR_DELETE_NOENT;
}

/* As SQLite's own: an empty file does not count as one that is there. */
static int
x_access(sqlite3_vfs *vfs, const char *name, int flags, int *ret_there)
{
	(void)vfs;
	pthread_mutex_lock(&lock);
	const struct disk_file *f = find(name);
	bool known = f || find_doomed(name);
	bool there = f && f->size > 0;
	pthread_mutex_unlock(&lock);
	if (flags != SQLITE_ACCESS_EXISTS || !known)
		return cut.real->xAccess(cut.real, name, flags, ret_there);
	*ret_there = there;
	return SQLITE_OK;
}

static void
read_environment(void)
{
	const char *log = getenv("POWERCUT_LOG");
	if (log)
		cut.log = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	cut.leak = (int)number("POWERCUT_LEAK", 0);
	cut.seed = (unsigned)number("POWERCUT_SEED", 1);
	cut.kill_at = number("POWERCUT_KILL_AT", 0);
	cut.room = number("POWERCUT_FULL_AFTER", INT64_MAX);
	cut.eio_sync = number("POWERCUT_EIO_SYNC", INT64_MAX);
	cut.full_when = getenv("POWERCUT_FULL_WHEN");
	cut.eio_when = getenv("POWERCUT_EIO_WHEN");
}

/* Puts the forgetting disk under every database opened from now on. */
int powercut_register(void);
int
powercut_register(void)
{
	sqlite3_vfs *real = sqlite3_vfs_find("unix");
	pthread_mutex_lock(&lock);
	bool first = !cut.real;
	if (first) {
		read_environment();
		cut.real = real;
		cut.vfs = *real;
		cut.vfs.zName = "powercut";
		cut.vfs.szOsFile = (int)sizeof(struct handle) + real->szOsFile;
		cut.vfs.xOpen = x_open;
		cut.vfs.xDelete = x_delete;
		cut.vfs.xAccess = x_access;
	}
	pthread_mutex_unlock(&lock);
	return first ? sqlite3_vfs_register(&cut.vfs, 1) : SQLITE_OK;
}

/* ---- under a program that knows nothing of it ---- */

#define NEXT(name, type) ((type)dlsym(RTLD_NEXT, name))

static void
slip_in(void)
{
	const char *wanted = getenv("POWERCUT");
	if (wanted && *wanted && *wanted != '0')
		powercut_register();
}

int
sqlite3_open_v2(const char *name, sqlite3 **ret_db, int flags, const char *vfs)
{
	slip_in();
	return NEXT("sqlite3_open_v2", int (*)(const char *, sqlite3 **, int,
					       const char *))(name, ret_db, flags, vfs);
}

int
sqlite3_open(const char *name, sqlite3 **ret_db)
{
	slip_in();
	return NEXT("sqlite3_open", int (*)(const char *, sqlite3 **))(name, ret_db);
}

int
statvfs(const char *path, struct statvfs *ret)
{
	int err = NEXT("statvfs", int (*)(const char *, struct statvfs *))(path, ret);
	const char *file = getenv("POWERCUT_FREE");
	FILE *f = !err && file ? fopen(file, "re") : NULL;
	long long bytes;
	if (f && fscanf(f, "%lld", &bytes) == 1)
		ret->f_bavail = ret->f_bfree = (fsblkcnt_t)bytes / ret->f_frsize;
	if (f)
		fclose(f);
	return err;
}
