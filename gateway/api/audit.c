/* Who did what: a row of the audit log for each request that changes something and is not
 * one of a million (ROUTE_QUIET), in the transaction of the change itself. And
 * GET /v1/audit, which shows them. */
#include <stdio.h>
#include <string.h>

#include "gateway/api/call.h"
#include "gateway/api/page.h"
#include "gateway/api/resources.h"
#include "gateway/store/audit.h"

/* A number in the path is masked: who asked to be forgotten would be named here for ever.
 */
static const char *
target_of(const struct request *rq, char masked[16])
{
	size_t n = strlen(rq->param);
	if (!strstr(rq->route->pattern, "{phone}") || n < 5)
		return rq->param;
	snprintf(masked, 16, "...%s", rq->param + n - 4);
	return masked;
}

void
call_audit(struct call *call)
{
	struct request *rq = &call->rq;
	struct core *core = rq->core;
	char action[160], masked[16];
	if (!strcmp(rq->route->method, "GET") || rq->route->flags & ROUTE_QUIET ||
		core->store_sick || core->low_disk)
		return;
	snprintf(action, sizeof(action), "%s %s", rq->route->method, rq->route->pattern);
	audit_append(core->db, &(struct audit_row){.id = core_id(core),
				       .at = core_now(core),
				       .who = rq->agent,
				       .via = rq->via,
				       .token = rq->token,
				       .action = action,
				       .target = target_of(rq, masked),
				       .status = call->response ? call->status : 0,
				       .detail = rq->detail});
}

/* ---- GET /v1/audit ---- */

static bool
write_row(void *arg, const struct audit_row *row)
{
	struct page *page = arg;
	struct jsonw *w = &page->w;
	jsonw_open(w, NULL, '{');
	jsonw_id(w, "id", row->id);
	jsonw_time(w, "at", row->at);
	jsonw_some(w, "who", row->who);
	jsonw_some(w, "via", row->via);
	jsonw_id(w, "token", row->token);
	jsonw_text(w, "action", row->action);
	jsonw_some(w, "target", row->target);
	jsonw_some(w, "detail", row->detail);
	if (row->status)
		jsonw_int(w, "refused", row->status);
	else
		jsonw_null(w, "refused");
	jsonw_close(w, '}');
	page_count(page, row->id);
	return true;
}

static void
read_rows(struct db *db, void *arg)
{
	struct page *page = arg;
	page_begin(page, db, "audit");
	audit_list(db, *page->agent ? page->agent : NULL, page->cursor, page->limit,
		write_row, page);
	page_end(page);
}

void
audit_get(struct request *rq)
{
	static const struct request_read how = {read_rows, page_answer, page_free};
	struct page *page = page_new(rq);
	const char *who = request_query(rq, "who");
	if (!page)
		return;
	snprintf(page->agent, sizeof(page->agent), "%s", who ? who : "");
	if (request_query_id(rq, "before", &page->cursor))
		request_read(rq, &how, page);
	else
		page_free(page);
}
