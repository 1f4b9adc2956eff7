#include "gateway/store/vault.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define ITEMS_MAX 4096
#define NEWEST    10
#define DAYS      7
#define WEEKS     4
#define MONTHS    12

static const char *const tails[] = {[VAULT_COPY] = "db", [VAULT_LOG] = "log"};

/* ---- names ---- */

void
vault_path(const char *folder, const char *instance, int64_t at, enum vault_kind kind,
	struct strbuf *ret)
{
	time_t seconds = (time_t)(at / SECOND);
	struct tm t;
	char stamp[32];
	gmtime_r(&seconds, &t);
	strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", &t);
	strbuf_printf(ret, "%s/malgil-%.*s-%s.%s", folder, VAULT_INSTANCE, instance,
		stamp, tails[kind]);
	if (kind != VAULT_COPY || access(ret->s, F_OK) != 0)
		return;
	strbuf_reset(ret);
	vault_path(folder, instance, at + SECOND, kind, ret);
}

bool
vault_owner(const char *path, char ret_instance[VAULT_INSTANCE + 1])
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	if (strncmp(name, "malgil-", 7) != 0 ||
		strspn(name + 7, "0123456789abcdef") != VAULT_INSTANCE)
		return false;
	snprintf(ret_instance, VAULT_INSTANCE + 1, "%.8s", name + 7);
	return true;
}

static bool
read_name(const char *name, const char *instance, enum vault_kind kind, int64_t *ret_at)
{
	char whose[VAULT_INSTANCE + 1];
	struct tm t = {0};
	if (!vault_owner(name, whose) ||
		(instance && strncmp(whose, instance, VAULT_INSTANCE) != 0))
		return false;
	const char *rest = strptime(name + 7 + VAULT_INSTANCE, "-%Y%m%d-%H%M%S", &t);
	if (!rest || *rest != '.' || strcmp(rest + 1, tails[kind]) != 0)
		return false;
	*ret_at = (int64_t)timegm(&t) * SECOND;
	return true;
}

/* ---- what is there ---- */

static int
newest_first(const void *a, const void *b)
{
	const struct vault_item *x = a, *y = b;
	return x->at < y->at ? 1 : x->at > y->at ? -1 : strcmp(x->name, y->name);
}

int
vault_read(const char *folder, const char *instance, enum vault_kind kind,
	struct vault_list *ret, struct strbuf *err)
{
	DIR *dir = opendir(folder);
	struct dirent *e;
	size_t cap = 0;
	*ret = (struct vault_list){0};
	if (!dir) {
		int r = -errno;
		strbuf_set(
			err, "the folder %s cannot be read: %s", folder, strerror(errno));
		return r;
	}
	while ((e = readdir(dir)) && ret->count < ITEMS_MAX) {
		char path[4096];
		struct stat st;
		int64_t at;
		if (strlen(e->d_name) >= VAULT_NAME ||
			!read_name(e->d_name, instance, kind, &at))
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
		if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
			continue;
		if (ret->count == cap) {
			cap = cap ? cap * 2 : 32;
			ret->items = xrealloc(ret->items, cap * sizeof(*ret->items));
		}
		struct vault_item *item = &ret->items[ret->count++];
		*item = (struct vault_item){.at = at, .bytes = st.st_size};
		snprintf(item->name, sizeof(item->name), "%.63s", e->d_name);
	}
	closedir(dir);
	if (ret->count)
		qsort(ret->items, ret->count, sizeof(*ret->items), newest_first);
	return 0;
}

void
vault_done(struct vault_list *list)
{
	free(list->items);
	*list = (struct vault_list){0};
}

/* ---- what stays ---- */

static int64_t
month_of(int64_t at)
{
	time_t seconds = (time_t)(at / SECOND);
	struct tm t;
	gmtime_r(&seconds, &t);
	return (int64_t)t.tm_year * 12 + t.tm_mon;
}

static int64_t
span_of(int64_t at, int kind)
{
	switch (kind) {
	case 0: return at / DAY;
	case 1: return (at / DAY + 3) / 7; /* weeks begin on Monday */
	default: return month_of(at);
	}
}

void
vault_choose(const struct vault_item *items, size_t count, bool *ret_keep)
{
	static const int most[] = {DAYS, WEEKS, MONTHS};
	for (size_t i = 0; i < count; i++)
		ret_keep[i] = i < NEWEST && items[0].at - items[i].at < 2 * DAY;
	for (int kind = 0; kind < 3; kind++) {
		int64_t last = INT64_MIN;
		int kept = 0;
		for (size_t i = 0; i < count && kept < most[kind]; i++) {
			int64_t span = span_of(items[i].at, kind);
			if (span == last)
				continue;
			last = span;
			ret_keep[i] = true;
			kept++;
		}
	}
}

static size_t
drop(const char *folder, const char *name)
{
	char path[4096];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return unlink(path) == 0;
}

static size_t
drop_parts(const char *folder, const char *instance)
{
	DIR *dir = opendir(folder);
	struct dirent *e;
	size_t n = 0;
	while (dir && (e = readdir(dir))) {
		char whose[VAULT_INSTANCE + 1];
		if (vault_owner(e->d_name, whose) &&
			!strncmp(whose, instance, VAULT_INSTANCE) &&
			strstr(e->d_name, ".db.part"))
			n += drop(folder, e->d_name);
	}
	if (dir)
		closedir(dir);
	return n;
}

/* A log holds what came after the copy it follows: those from before the oldest copy that
 * stays are of use to nobody, but for the one that was being written when it was made. */
static size_t
drop_logs(const char *folder, const char *instance, int64_t oldest)
{
	struct vault_list logs;
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	size_t n = 0;
	if (vault_read(folder, instance, VAULT_LOG, &logs, &err) < 0)
		return 0;
	for (size_t i = 1; i < logs.count; i++)
		if (logs.items[i - 1].at <= oldest)
			n += drop(folder, logs.items[i].name);
	vault_done(&logs);
	return n;
}

size_t
vault_rotate(const char *folder, const char *instance)
{
	struct vault_list copies;
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	size_t n = 0;
	if (vault_read(folder, instance, VAULT_COPY, &copies, &err) < 0)
		return 0;
	bool *keep = xcalloc(copies.count + 1, sizeof(*keep));
	int64_t oldest = INT64_MAX;
	vault_choose(copies.items, copies.count, keep);
	for (size_t i = 0; i < copies.count; i++) {
		if (keep[i])
			oldest = copies.items[i].at;
		else
			n += drop(folder, copies.items[i].name);
	}
	if (copies.count)
		n += drop_logs(folder, instance, oldest);
	n += drop_parts(folder, instance);
	free(keep);
	vault_done(&copies);
	return n;
}
