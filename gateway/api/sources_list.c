/* GET /v1/sources: the shop's platforms, and the files that were read from their folders.
 */
#include <stdlib.h>
#include <string.h>

#include "gateway/api/folders.h"
#include "gateway/api/resources.h"
#include "gateway/net/jsonw.h"
#include "gateway/store/source_files.h"

#define FILES 50

static void
write_source(struct jsonw *w, const struct core *core, const struct source *s)
{
	struct strbuf about AUTO(strbuf_done) = STRBUF_INIT(512);
	struct folder_state state;
	source_profile_about(s->profile, &about);
	jsonw_open(w, NULL, '{');
	jsonw_text(w, "name", s->name);
	jsonw_text(w, "profile", s->profile_name);
	jsonw_text(w, "about", about.s);
	for (size_t i = 0; folders_state(core, i, &state); i++) {
		if (!s->folder || strcmp(state.name, s->name) != 0)
			continue;
		jsonw_text(w, "folder", state.folder);
		jsonw_some(w, "trouble", state.trouble);
		jsonw_some(w, "reading", state.reading);
	}
	jsonw_close(w, '}');
}

static void
write_file(struct jsonw *w, const struct source_file *f)
{
	jsonw_open(w, NULL, '{');
	jsonw_id(w, "id", f->id);
	jsonw_text(w, "source", f->source);
	jsonw_text(w, "name", f->name);
	jsonw_time(w, "at", f->at);
	jsonw_time(w, "done", f->done_at);
	jsonw_text(w, "state", f->state);
	jsonw_some(w, "why", f->why);
	jsonw_int(w, "bytes", f->bytes);
	jsonw_int(w, "rows", f->rows);
	jsonw_int(w, "orders", f->orders);
	jsonw_int(w, "created", f->created);
	jsonw_int(w, "changed", f->changed);
	jsonw_int(w, "events", f->events);
	jsonw_int(w, "refused", f->bad);
	jsonw_close(w, '}');
}

void
sources_list(struct request *rq)
{
	const struct sources *all = &rq->core->config->sources;
	struct source_file *files = xcalloc(FILES, sizeof(*files));
	struct strbuf body = STRBUF_INIT(1 << 20);
	struct jsonw w = {&body};
	size_t n = source_files_list(rq->core->db, files, FILES);
	jsonw_open(&w, NULL, '{');
	jsonw_open(&w, "sources", '[');
	for (size_t i = 0; i < all->count; i++)
		write_source(&w, rq->core, &all->list[i]);
	jsonw_close(&w, ']');
	jsonw_open(&w, "files", '[');
	for (size_t i = 0; i < n; i++)
		write_file(&w, &files[i]);
	jsonw_close(&w, ']');
	jsonw_close(&w, '}');
	free(files);
	request_reply(rq, 200, &body);
}
