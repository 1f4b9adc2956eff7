#include "gateway/verbs/offline.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/clock.h"
#include "gateway/base/iso.h"
#include "gateway/store/keeplog.h"
#include "gateway/store/restore.h"
#include "gateway/store/vault.h"
#include "gateway/text/zone.h"

struct config *
offline_config(const struct verb_args *args)
{
	struct config *config = NULL;
	struct strbuf err AUTO(strbuf_done) = STRBUF_INIT(64 * 1024);
	if (config_load(args->config_path, &config, &err) == 0)
		return config;
	verb_refuse(args->verb, "%s", err.s);
	return NULL;
}

void
offline_when(const struct config *config, int64_t at, char ret[40])
{
	char iso[ISO_MAX];
	iso_format(at, zone_offset(config->zone, at), iso);
	snprintf(ret, 40, at ? "%.10s %.5s" : "never", iso, iso + 11);
}

/* Reading needs no gateway to stop: SQLite lets one read beside the writer. */
int
offline_backup(const struct config *config, const char *folder, struct strbuf *ret_path,
	struct copy_report *report, struct strbuf *err)
{
	struct db *db = NULL;
	char id[INSTANCE_ID];
	int64_t now = clock_wall(clock_real());
	int r = db_open(config->store, DB_READER, &db, err);
	if (r)
		return r;
	if (!db_number(db, 0, "SELECT 1 FROM meta WHERE key = 'instance'", "")) {
		strbuf_set(err, "%s was never served; there is nothing to keep yet",
			db_path(db));
		db_close(db);
		return -ENOENT;
	}
	instance_id(db, id);
	vault_path(folder, id, now, VAULT_COPY, ret_path);
	r = store_copy(
		db, &(struct copy_wish){ret_path->s, "backup", now, NULL}, report, err);
	int lines = r ? r : keeplog_write(db, folder, id, now, true, err);
	db_close(db);
	return MIN(lines, 0);
}

/* What is not there yet is judged by what it would be made in. */
static bool
resolve(const char *path, char ret[PATH_MAX])
{
	char copy[PATH_MAX];
	if (realpath(path, ret))
		return true;
	snprintf(copy, sizeof(copy), "%.4000s", path);
	return realpath(dirname(copy), ret) != NULL;
}

bool
offline_same_folder(const char *path, const char *folder)
{
	char a[PATH_MAX], b[PATH_MAX];
	if (!folder || !resolve(path, a) || !realpath(folder, b))
		return false;
	size_t n = strlen(b);
	return !strncmp(a, b, n) && (!a[n] || a[n] == '/');
}
