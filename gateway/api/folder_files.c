#include "gateway/api/folder_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/base/fault.h"
#include "gateway/net/sign.h"
#include "gateway/store/copy.h"

#define SAME_NAMES 1000 /* files of one name that are kept */

static int64_t
changed_at(const struct stat *st)
{
	return (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

/* ---- looking ---- */

static bool
ends_with(const char *name, const char *tail)
{
	size_t n = strlen(name), t = strlen(tail);
	return n >= t && !strcasecmp(name + n - t, tail);
}

static bool
is_nobodys(const char *name)
{
	static const char *const tails[] = {".part", ".partial", ".crdownload", ".tmp",
		".download", ".filepart", ".!ut", "~"};
	if (*name == '.' || !strncmp(name, "~$", 2))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(tails); i++)
		if (ends_with(name, tails[i]))
			return true;
	return strlen(name) >= FOLDER_NAME;
}

static struct folder_seen *
find(struct folder_view *view, const char *name)
{
	for (size_t i = 0; i < view->count; i++)
		if (!strcmp(view->seen[i].name, name))
			return &view->seen[i];
	return NULL;
}

/* True: it is as it was at the last look. */
static bool
see(struct folder_view *view, const char *name, const struct stat *st, int64_t now,
	bool *coming)
{
	struct folder_seen *f = find(view, name);
	if (!f && view->count == FOLDER_SEEN)
		return false;
	bool same = f && f->bytes == st->st_size && f->changed == changed_at(st);
	bool passed = same && f->passed_over;
	int64_t rests = same && f->rests > now ? f->rests : 0;
	if (!f)
		f = &view->seen[view->count++];
	*f = (struct folder_seen){.bytes = st->st_size,
		.changed = changed_at(st),
		.there = true,
		.passed_over = passed,
		.rests = rests};
	snprintf(f->name, sizeof(f->name), "%.255s", name);
	*coming |= !same || rests;
	return same && !passed && !rests;
}

static void
forget_gone(struct folder_view *view)
{
	size_t n = 0;
	for (size_t i = 0; i < view->count; i++)
		if (view->seen[i].there)
			view->seen[n++] = view->seen[i];
	view->count = n;
	for (size_t i = 0; i < n; i++)
		view->seen[i].there = false;
}

static DIR *
open_folder(const char *folder, struct strbuf *err)
{
	DIR *dir = opendir(folder);
	if (!dir && errno == ENOENT && mkdir(folder, 0770) == 0)
		dir = opendir(folder);
	if (!dir)
		strbuf_set(err, "the folder %s cannot be read: %s", folder,
			file_trouble(errno));
	return dir;
}

int
folder_look(const char *folder, int64_t now, struct folder_view *view,
	struct folder_seen *ret_file, bool *ret_coming, struct strbuf *err)
{
	DIR *dir = open_folder(folder, err);
	struct dirent *e;
	struct stat st;
	int found = 0;
	*ret_coming = false;
	if (!dir)
		return errno ? -errno : -EIO;
	while ((e = readdir(dir))) {
		if (is_nobodys(e->d_name) ||
			fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
			!S_ISREG(st.st_mode) ||
			!see(view, e->d_name, &st, now, ret_coming))
			continue;
		if (found && ret_file->changed <= changed_at(&st))
			continue;
		*ret_file = *find(view, e->d_name);
		found = 1;
	}
	closedir(dir);
	forget_gone(view);
	return found;
}

/* ---- reading ---- */

static int
open_same(const char *folder, const struct folder_seen *file, struct strbuf *err)
{
	char path[4096 + FOLDER_NAME];
	struct stat st;
	snprintf(path, sizeof(path), "%.4095s/%s", folder, file->name);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) != 0) {
		int r = -errno;
		strbuf_set(err, "it cannot be read: %s", strerror(errno));
		if (fd >= 0)
			close(fd);
		return r;
	}
	if (S_ISREG(st.st_mode) && st.st_size == file->bytes &&
		changed_at(&st) == file->changed)
		return fd;
	strbuf_set(err, "it is being written");
	close(fd);
	return -EAGAIN;
}

static int
read_all(int fd, size_t bytes, struct strbuf *ret, struct strbuf *err)
{
	char chunk[65536];
	ssize_t n = 0;
	while (ret->len < bytes && (n = read(fd, chunk, sizeof(chunk))) > 0)
		strbuf_add(ret, chunk, (size_t)n);
	if (n < 0) {
		int r = -errno;
		strbuf_set(err, "it cannot be read: %s", strerror(errno));
		return r;
	}
	strbuf_set(err, "%s", ret->len == bytes ? "" : "it is being written");
	return ret->len == bytes ? 0 : -EAGAIN;
}

int
folder_load(const char *folder, const struct folder_seen *file, struct strbuf *ret,
	char ret_hash[FOLDER_HASH], struct strbuf *err)
{
	struct strbuf md AUTO(strbuf_done) = STRBUF_INIT(64);
	struct strbuf hex AUTO(strbuf_done) = STRBUF_INIT(128);
	strbuf_reset(ret);
	int fd = open_same(folder, file, err);
	if (fd < 0)
		return fd;
	int r = read_all(fd, (size_t)file->bytes, ret, err);
	close(fd);
	if (r)
		return r;
	sign_digest(SIGN_SHA256, ret->s, ret->len, &md);
	sign_hex(&hex, md.s, md.len);
	snprintf(ret_hash, FOLDER_HASH, "%.64s", hex.s);
	return 0;
}

/* ---- putting away ---- */

/* "orders.xlsx", then "orders-2.xlsx" ... */
static bool
free_name(const char *folder, const char *name, char ret[4096])
{
	const char *dot = strrchr(name, '.');
	int stem = dot && dot != name ? (int)(dot - name) : (int)strlen(name);
	for (int i = 1; i < SAME_NAMES; i++) {
		char number[16] = "";
		if (i > 1)
			snprintf(number, sizeof(number), "-%d", i);
		snprintf(ret, 4096, "%.3500s/%.*s%s%s", folder, MIN(stem, 200), name,
			number, dot && dot != name && strlen(dot) < 20 ? dot : "");
		struct stat st;
		if (lstat(ret, &st) != 0)
			return errno == ENOENT;
	}
	return false;
}

static int
write_errors(const char *path, const struct strbuf *errors)
{
	char part[4200], whole[4200];
	snprintf(whole, sizeof(whole), "%.4096s.errors.csv", path);
	snprintf(part, sizeof(part), "%.4096s.errors.part", path);
	int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0660);
	FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
	if (!out) {
		int r = -errno;
		if (fd >= 0)
			close(fd);
		return r;
	}
	bool good = fwrite(errors->s, 1, errors->len, out) == errors->len &&
		    fflush(out) == 0 && fsync(fd) == 0;
	int r = good ? 0 : -errno;
	if (fclose(out) != 0 && !r)
		r = -errno;
	if (!r && rename(part, whole) != 0)
		r = -errno;
	if (r)
		unlink(part);
	return r;
}

int
folder_put_away(const char *folder, const struct folder_seen *file, const char *sub,
	const struct strbuf *errors, struct strbuf *err)
{
	char to[4096], into[4096], from[4096 + FOLDER_NAME];
	int fd = open_same(folder, file, err);
	if (fd < 0)
		return fd;
	close(fd);
	snprintf(into, sizeof(into), "%.3400s/%.20s", folder, sub);
	snprintf(from, sizeof(from), "%.4095s/%s", folder, file->name);
	int r = mkdir(into, 0770) == 0 || errno == EEXIST ? 0 : -errno;
	if (!r && !free_name(into, file->name, to))
		r = -EEXIST;
	if (!r && errors->len)
		r = write_errors(to, errors);
	FAULT("folder.before_move");
	if (!r && rename(from, to) != 0)
		r = -errno;
	if (r)
		strbuf_set(err, "it cannot be moved to %s: %s", into, file_trouble(-r));
	else
		(void)!folder_sync_of(to);
	FAULT("folder.moved");
	return r;
}

/* ---- throwing away ---- */

/* Moving it there changed its inode; where a file system does not say so, its content. */
static int64_t
lies_since(const struct stat *st)
{
	int64_t moved =
		(int64_t)st->st_ctim.tv_sec * 1000 + st->st_ctim.tv_nsec / 1000000;
	return MAX(moved, changed_at(st) / 1000000);
}

int
folder_throw_away(
	const char *folder, const char *sub, int64_t before, int max, struct strbuf *err)
{
	char path[4096];
	struct dirent *e;
	struct stat st;
	int n = 0, r = 0;
	snprintf(path, sizeof(path), "%.3500s/%.20s", folder, sub);
	DIR *dir = opendir(path);
	if (!dir && errno == ENOENT)
		return 0;
	if (!dir)
		r = -errno;
	while (dir && n < max && (e = readdir(dir))) {
		if (fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
			!S_ISREG(st.st_mode) || lies_since(&st) >= before)
			continue;
		if (unlinkat(dirfd(dir), e->d_name, 0) == 0)
			n++;
		else if (errno != ENOENT)
			r = -errno;
	}
	if (dir)
		closedir(dir);
	if (r)
		strbuf_set(err, "old files in %s cannot be deleted: %s", path,
			file_trouble(-r));
	return n ? n : r;
}
