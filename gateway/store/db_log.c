/* The write-ahead log, looked at before SQLite recovers it. SQLite stops at the first
 * frame whose checksum is wrong and forgets everything behind it without a word: right
 * after a power cut, where that is the one transaction that was being written, and wrong
 * when a sound log was damaged later, where texts that left and STOPs would be forgotten.
 *
 * Each commit is synced before the next begins, and each frame's checksum goes on from
 * the one before it ("WAL file format", sqlite.org/fileformat2.html). So behind what a
 * power cut tore there is at most one commit that continues it; behind damage there are
 * more. Frames of earlier lives, which a shorter log left behind its end, continue
 * nothing. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/store/db_inside.h"

#define HEADER 32
#define FRAME  24

struct sum {
	uint32_t a, b;
};

struct log_look {
	int fd;
	bool big; /* checksums are over big-endian words */
	uint32_t page;
	unsigned char salts[8], *frame;
	off_t at;
};

static uint32_t
big32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint32_t
word(const unsigned char *p, bool big)
{
	return big ? big32(p)
		   : (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 |
			       p[0];
}

static struct sum
add(struct sum s, const unsigned char *p, size_t len, bool big)
{
	for (size_t i = 0; i + 8 <= len; i += 8) {
		s.a += word(p + i, big) + s.b;
		s.b += word(p + i + 4, big) + s.a;
	}
	return s;
}

static struct sum
stored(const unsigned char *p)
{
	return (struct sum){big32(p), big32(p + 4)};
}

static bool
same(struct sum x, struct sum y)
{
	return x.a == y.a && x.b == y.b;
}

/* False: there is nothing to look at. `ret_whole`: its header is what it was, which a
 * power cut does not change: it lies in one sector. */
static bool
open_log(const char *path, struct log_look *l, struct sum *ret, bool *ret_whole)
{
	char wal[4200];
	unsigned char h[HEADER + FRAME];
	snprintf(wal, sizeof(wal), "%.4100s-wal", path);
	l->fd = open(wal, O_RDONLY | O_CLOEXEC);
	if (l->fd < 0 || pread(l->fd, h, sizeof(h), 0) != sizeof(h) || !big32(h + 24))
		return false;
	l->big = h[3] & 1;
	l->page = big32(h + 8);
	*ret = add((struct sum){0, 0}, h, 24, l->big);
	*ret_whole = (big32(h) & ~1u) == 0x377F0682 && l->page >= 512 &&
		     l->page <= 65536 && same(*ret, stored(h + 24));
	/* as ours are written */
	if (!*ret_whole) {
		l->big = false;
		l->page = 4096;
	}
	memcpy(l->salts, *ret_whole ? h + 16 : h + HEADER + 8, sizeof(l->salts));
	return true;
}

/* The next frame, and whether it continues `before`; false at the end. */
static bool
next_frame(struct log_look *l, struct sum before, bool *ret_good)
{
	size_t len = FRAME + l->page;
	if (pread(l->fd, l->frame, len, l->at) != (ssize_t)len)
		return false;
	l->at += (off_t)len;
	struct sum s = add(before, l->frame, 8, l->big);
	s = add(s, l->frame + FRAME, l->page, l->big);
	*ret_good = big32(l->frame) && !memcmp(l->frame + 8, l->salts, 8) &&
		    same(s, stored(l->frame + 16));
	return true;
}

/* Commits of the stretch that continues what stands before it. */
static int64_t
count_commits(struct log_look *l, struct sum s, size_t *ret_frames)
{
	int64_t commits = 0;
	bool good;
	for (*ret_frames = 0; next_frame(l, s, &good) && good; ++*ret_frames) {
		commits += big32(l->frame + 4) != 0;
		s = stored(l->frame + 16);
	}
	return commits;
}

static int64_t
look(struct log_look *l, struct sum s)
{
	bool good = true;
	size_t frames;
	while (next_frame(l, s, &good) && good)
		s = stored(l->frame + 16);
	if (good)
		return 0;
	off_t behind = l->at;
	int64_t n = big32(l->frame + 4) != 0;
	n += count_commits(l, stored(l->frame + 16), &frames);
	if (frames)
		return n;
	/* its own checksum is what was damaged: the frame behind it fails as well */
	l->at = behind;
	if (!next_frame(l, s, &good))
		return 0;
	n = count_commits(l, stored(l->frame + 16), &frames);
	return frames ? n : 0;
}

/* The header was damaged: all frames would be forgotten. */
static int64_t
count_all(struct log_look *l)
{
	size_t frames;
	bool good;
	if (!next_frame(l, (struct sum){0, 0}, &good))
		return 0;
	int64_t n = big32(l->frame + 4) != 0;
	return n + count_commits(l, stored(l->frame + 16), &frames);
}

int64_t
db_log_lost(const char *path)
{
	struct log_look l = {.fd = -1, .at = HEADER};
	struct sum s;
	int64_t n = 0;
	bool whole;
	if (open_log(path, &l, &s, &whole)) {
		l.frame = xmalloc(FRAME + l.page);
		n = whole ? look(&l, s) : count_all(&l);
		free(l.frame);
	}
	if (l.fd >= 0)
		close(l.fd);
	return n > 1 ? n : 0;
}
