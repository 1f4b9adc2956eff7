/* GET /v1/canned: the staff's canned replies, read from their file whenever somebody
 * asks, so that an edit is there at the next desk that opens. */
#include <string.h>
#include <unistd.h>

#include "gateway/api/resources.h"
#include "gateway/base/conf.h"
#include "gateway/net/jsonw.h"

#define TEXT_MAX 4000

/* The one that was named, or canned.cfg beside the configuration when there is one. */
static bool
find_file(const struct config *config, struct strbuf *ret)
{
	const char *own = conf_file(conf_root(config->document));
	const char *slash = strrchr(own, '/');
	if (config->canned_path) {
		strbuf_puts(ret, config->canned_path);
		return true;
	}
	strbuf_add(ret, own, slash ? (size_t)(slash - own) + 1 : 0);
	strbuf_puts(ret, "canned.cfg");
	return access(ret->s, F_OK) == 0;
}

static int
write_replies(const struct conf_node *replies, struct jsonw *w, struct strbuf *err)
{
	for (size_t i = 0; replies && i < conf_count(replies); i++) {
		const struct conf_node *node = conf_at(replies, i);
		const char *text = conf_text(node);
		if (!text || !*text || strlen(text) > TEXT_MAX)
			return conf_fail(node, err,
				"a canned reply is a text of 1 to %d bytes, not %s",
				TEXT_MAX, conf_kind(node));
		jsonw_open(w, NULL, '{');
		jsonw_text(w, "name", conf_name(node));
		jsonw_text(w, "text", text);
		jsonw_close(w, '}');
	}
	return 0;
}

static int
read_file(const char *path, struct jsonw *w, struct strbuf *err)
{
	struct conf *conf;
	int r = conf_open(path, &conf, err);
	if (r)
		return r;
	const struct conf_node *replies = conf_get(conf_root(conf), "replies");
	if (!replies || !conf_is_group(replies))
		r = conf_fail(conf_root(conf), err, "the group replies = { } is missing");
	else
		r = write_replies(replies, w, err);
	conf_close(conf);
	return r;
}

void
canned_get(struct request *rq)
{
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct strbuf body = STRBUF_INIT(8u << 20);
	struct jsonw w = {&body};
	int r = 0;
	jsonw_open(&w, NULL, '{');
	jsonw_open(&w, "replies", '[');
	if (find_file(rq->core->config, &path))
		r = read_file(path.s, &w, &err);
	jsonw_close(&w, ']');
	jsonw_close(&w, '}');
	if (!r) {
		request_reply(rq, 200, &body);
		return;
	}
	strbuf_done(&body);
	request_problem(rq, 500, "%s", err.s);
}
