#include "gateway/desk/drafts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX (4 * EDITOR_MAX)

static int
make_folder(const char *path)
{
	char part[sizeof(((struct desk *)0)->drafts_dir)];
	for (const char *at = path + 1;; at++) {
		if (*at && *at != '/')
			continue;
		snprintf(part, sizeof(part), "%.*s", (int)(at - path), path);
		if (mkdir(part, 0700) != 0 && errno != EEXIST)
			return -errno;
		if (!*at)
			return 0;
	}
}

/* A number may hold anything but letters and digits; a file's name holds nothing else. */
static void
file_name(const struct desk *d, const struct draft *draft, char ret[512])
{
	char where[48];
	snprintf(where, sizeof(where), "%s", draft->where);
	for (char *c = where; *c; c++)
		if (!strchr("0123456789abcdefghijklmnopqrstuvwxyz+-", *c))
			*c = '_';
	snprintf(ret, 512, "%s/%s-%s.json", d->drafts_dir, writing_name(draft->kind),
		where);
}

/* ---- reading ---- */

static int
read_whole(const char *path, struct strbuf *out)
{
	char block[4096];
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	while ((n = read(fd, block, sizeof(block))) > 0)
		strbuf_add(out, block, (size_t)n);
	close(fd);
	return n < 0 ? -EIO : 0;
}

static void
take(struct desk *d, const json_t *o)
{
	const char *kind, *where, *key, *seen, *text;
	json_int_t at = 0;
	if (d->draft_count == DESK_DRAFTS ||
		json_unpack((json_t *)o, "{s:s,s:s,s:s,s:s,s:s,s?I}", "kind", &kind,
			"where", &where, "key", &key, "seen", &seen, "text", &text, "at",
			&at) != 0)
		return;
	struct draft *draft = &d->drafts[d->draft_count];
	*draft = (struct draft){.kind = WRITE_NONE};
	for (int k = WRITE_REPLY; k <= WRITE_NEW; k++)
		if (!strcmp(kind, writing_name((enum writing)k)))
			draft->kind = (enum writing)k;
	if (draft->kind == WRITE_NONE || strlen(text) > EDITOR_MAX)
		return;
	snprintf(draft->where, sizeof(draft->where), "%s", where);
	snprintf(draft->key, sizeof(draft->key), "%s", key);
	snprintf(draft->seen, sizeof(draft->seen), "%s", seen);
	draft->text = xstrdup(text);
	draft->at = at;
	d->draft_count++;
}

int
drafts_open(struct desk *d, struct strbuf *err)
{
	int r = make_folder(d->drafts_dir);
	DIR *dir = r ? NULL : opendir(d->drafts_dir);
	if (!dir) {
		r = r ? r : -errno;
		strbuf_set(err, "%s: %s", d->drafts_dir, strerror(-r));
		return r;
	}
	for (struct dirent *e; (e = readdir(dir));) {
		struct strbuf text = STRBUF_INIT(FILE_MAX);
		char path[600];
		size_t n = strlen(e->d_name);
		snprintf(path, sizeof(path), "%s/%s", d->drafts_dir, e->d_name);
		if (n > 5 && !strcmp(e->d_name + n - 5, ".json") &&
			!read_whole(path, &text)) {
			json_t *o = json_read(text.s, text.len, NULL);
			if (o)
				take(d, o);
			json_decref(o);
		}
		strbuf_done(&text);
	}
	closedir(dir);
	return 0;
}

/* ---- writing ---- */

static int
write_whole(const char *path, const char *text, size_t len)
{
	char beside[520];
	snprintf(beside, sizeof(beside), "%s.new", path);
	int fd =
		open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	ssize_t n = write(fd, text, len);
	int r = n == (ssize_t)len ? 0 : n < 0 ? -errno : -ENOSPC;
	if (close(fd) != 0 && !r)
		r = -errno;
	if (!r && rename(beside, path) != 0)
		r = -errno;
	if (r)
		unlink(beside);
	return r;
}

static int
save_one(const struct desk *d, const struct draft *draft)
{
	char path[512];
	file_name(d, draft, path);
	if (draft->gone)
		return unlink(path) == 0 || errno == ENOENT ? 0 : -errno;
	json_t *o = json_pack("{s:s,s:s,s:s,s:s,s:s,s:I}", "kind",
		writing_name(draft->kind), "where", draft->where, "key", draft->key,
		"seen", draft->seen, "text", draft->text, "at", (json_int_t)draft->at);
	char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;
	int r = text ? write_whole(path, text, strlen(text)) : -EINVAL;
	free(text);
	json_decref(o);
	return r;
}

int
drafts_save(struct desk *d, struct strbuf *err)
{
	int r = 0;
	for (size_t i = 0; i < d->draft_count; i++) {
		if (!d->drafts[i].dirty)
			continue;
		int one = save_one(d, &d->drafts[i]);
		d->drafts[i].dirty = one != 0;
		r = one ? one : r;
	}
	if (r)
		strbuf_set(err, "%s", strerror(-r));
	return r;
}

void
drafts_sync(const struct desk *d)
{
	int fd = open(d->drafts_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	syncfs(fd);
	close(fd);
}
