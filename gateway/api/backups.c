/* Copies of the store: what there is, and one more; and the owner's word after a restore.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/api/resources.h"
#include "gateway/core/keep.h"
#include "gateway/net/jsonw.h"
#include "gateway/store/instance.h"
#include "gateway/store/vault.h"

struct job {
	char *folder, id[INSTANCE_ID];
	bool running;
	long done, total;
	int64_t good, tried, waits;
	char *why, *log, *key;
	struct strbuf body;
};

static void
release(void *arg)
{
	struct job *job = arg;
	free(job->folder);
	free(job->why);
	free(job->log);
	free(job->key);
	strbuf_done(&job->body);
	free(job);
}

static void
write_copies(const struct job *job, struct jsonw *w)
{
	struct vault_list copies = {0};
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	int r = job->folder ? vault_read(job->folder, job->id, VAULT_COPY, &copies, &err)
			    : 0;
	jsonw_text(w, "trouble", r ? err.s : NULL);
	jsonw_open(w, "backups", '[');
	for (size_t i = 0; i < copies.count; i++) {
		jsonw_open(w, NULL, '{');
		jsonw_text(w, "file", copies.items[i].name);
		jsonw_time(w, "at", copies.items[i].at);
		jsonw_int(w, "bytes", copies.items[i].bytes);
		jsonw_close(w, '}');
	}
	jsonw_close(w, ']');
	vault_done(&copies);
}

/* In the reader's thread: the folder may be a stick that takes its time. */
static void
read_folder(struct db *db, void *arg)
{
	struct job *job = arg;
	struct jsonw w = {&job->body};
	(void)db;
	jsonw_open(&w, NULL, '{');
	jsonw_text(&w, "folder", job->folder);
	jsonw_bool(&w, "running", job->running);
	jsonw_int(&w, "pages_done", job->done);
	jsonw_int(&w, "pages", job->total);
	jsonw_time(&w, "last_good", job->good);
	jsonw_time(&w, "last_try", job->tried);
	jsonw_some(&w, "failed", job->why);
	jsonw_some(&w, "log_failed", job->log);
	jsonw_some(&w, "key_trouble", job->key);
	jsonw_time(&w, "restored", job->waits);
	write_copies(job, &w);
	jsonw_close(&w, '}');
}

static void
answer(struct request *rq, void *arg)
{
	struct job *job = arg;
	request_reply(rq, !strcmp(rq->route->method, "POST") ? 202 : 200, &job->body);
}

void
backups_get(struct request *rq)
{
	static const struct request_read how = {read_folder, answer, release};
	struct job *job = xcalloc(1, sizeof(*job));
	struct keep_state state;
	const char *folder = rq->core->config->owner_backup;
	keep_state(rq->core, &state);
	*job = (struct job){.folder = folder ? xstrdup(folder) : NULL,
		.running = state.running,
		.done = state.done,
		.total = state.total,
		.good = state.good,
		.tried = state.tried,
		.waits = keep_waits(rq->core),
		.why = xstrdup(state.why),
		.log = xstrdup(state.log),
		.key = xstrdup(state.key),
		.body = STRBUF_INIT(1 << 20)};
	instance_id(rq->core->db, job->id);
	request_read(rq, &how, job);
}

void
backups_post(struct request *rq)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	int r = keep_backup(rq->core, &err);
	if (r)
		request_problem(rq, r == -ENOENT ? 409 : 503, "%s", err.s);
	else
		backups_get(rq);
}

static void
answer_confirmed(struct request *rq)
{
	struct strbuf body = STRBUF_INIT(256);
	struct jsonw w = {&body};
	jsonw_open(&w, NULL, '{');
	jsonw_bool(&w, "confirmed", true);
	jsonw_close(&w, '}');
	request_reply(rq, 200, &body);
}

void
restore_post_confirm(struct request *rq)
{
	if (keep_confirm(rq->core, rq->agent))
		request_after_commit(rq, answer_confirmed);
	else
		request_problem(rq, 409, "nothing was restored that waits for a word");
}
