#include "gateway/verbs/offline.h"

#include <errno.h>
#include <stdio.h>

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

static void
copy_key(const char *store, const char *folder, const char *id)
{
	char from[4096];
	struct strbuf to AUTO(strbuf_done) = STRBUF_INIT(4096);
	snprintf(from, sizeof(from), "%s.key", store);
	vault_key_path(folder, id, &to);
	(void)!file_copy(from, to.s); /* there is none until somebody is forgotten */
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
	copy_key(db_path(db), folder, id);
	db_close(db);
	return MIN(lines, 0);
}
