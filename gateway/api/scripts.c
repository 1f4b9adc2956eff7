/* /v1/scripts: the conversations in use, as their files say them; a judgement of one that
 * is not in use yet; and reading the folder again. */
#include <stdio.h>
#include <string.h>

#include "dialogs/shell.h"
#include "dialogs/view.h"
#include "gateway/api/resources.h"
#include "gateway/api/variants.h"
#include "gateway/net/jsonw.h"

#define TEXT_MAX (1u << 20)

static void
write_script(struct jsonw *w, const struct script_view *s)
{
	jsonw_text(w, "name", s->name);
	jsonw_some(w, "title", s->title);
	jsonw_text(w, "kind", s->journey ? "journey" : "dialog");
	jsonw_text(w, "hash", s->hash);
	jsonw_int(w, "steps", (int64_t)s->steps);
}

/* ---- looking ---- */

static void
write_row(void *arg, const struct script_view *s)
{
	struct jsonw *w = arg;
	jsonw_open(w, NULL, '{');
	write_script(w, s);
	jsonw_close(w, '}');
}

void
scripts_get(struct request *rq)
{
	struct strbuf body = STRBUF_INIT(8u << 20);
	struct jsonw w = {&body};
	jsonw_open(&w, NULL, '{');
	jsonw_open(&w, "scripts", '[');
	if (rq->core->dialogs)
		scripts_each(rq->core->dialogs, write_row, &w);
	jsonw_close(&w, ']');
	jsonw_close(&w, '}');
	request_reply(rq, 200, &body);
}

/* The file as it is now, which may be newer than the version in use. */
struct whole {
	struct jsonw *w;
	struct db *db;
};

static void
write_whole(void *arg, const struct script_view *s)
{
	const struct whole *whole = arg;
	struct jsonw *w = whole->w;
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(TEXT_MAX);
	char chunk[4096];
	size_t n;
	FILE *f = fopen(s->file, "re");
	while (f && (n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		strbuf_add(&text, chunk, n);
	if (f)
		fclose(f);
	jsonw_open(w, NULL, '{');
	write_script(w, s);
	jsonw_some(w, "text", text.s);
	variant_tests_write(w, "tests", whole->db, s->name);
	jsonw_close(w, '}');
}

void
script_get(struct request *rq)
{
	struct strbuf body = STRBUF_INIT(8u << 20);
	struct jsonw w = {&body};
	struct whole whole = {&w, rq->core->db};
	if (rq->core->dialogs &&
		scripts_one(rq->core->dialogs, rq->param, write_whole, &whole)) {
		request_reply(rq, 200, &body);
		return;
	}
	strbuf_done(&body);
	request_problem(rq, 404, "there is no script '%.60s' in use", rq->param);
}

/* ---- judging ---- */

static void
write_found(void *arg, bool error, const char *sentence)
{
	struct jsonw *w = arg;
	jsonw_open(w, NULL, '{');
	jsonw_text(w, "level", error ? "error" : "warning");
	jsonw_text(w, "sentence", sentence);
	jsonw_close(w, '}');
}

/* The body is a script's file, of any type. Nothing of it is kept. */
void
scripts_check(struct request *rq)
{
	struct strbuf body = STRBUF_INIT(8u << 20);
	struct jsonw w = {&body};
	struct script_judging how = {
		.config = rq->core->config, .found = write_found, .arg = &w};
	bool whole = json_utf8(rq->body.s) && strlen(rq->body.s) == rq->body.len;
	jsonw_open(&w, NULL, '{');
	jsonw_open(&w, "found", '[');
	if (!whole)
		write_found(&w, true, "the script is not UTF-8");
	bool good = whole && script_judge(rq->body.s, rq->body.len, &how);
	jsonw_close(&w, ']');
	jsonw_bool(&w, "good", good);
	jsonw_close(&w, '}');
	request_reply(rq, 200, &body);
}

/* ---- reading the folder again ---- */

void
scripts_reload(struct request *rq)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	if (!rq->core->dialogs)
		request_problem(rq, 409,
			"the configuration names no folder of scripts (scripts = ...)");
	else if (dialogs_reload(rq->core, &err) < 0)
		request_problem(rq, 409, "%s", err.s);
	else
		request_after_commit(rq, scripts_get);
}
