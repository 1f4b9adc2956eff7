/* A list read in the reader thread and written as {"NAME":[...],"next":...}: what all the
 * small resources share. */
#ifndef MALGIL_API_PAGE_H
#define MALGIL_API_PAGE_H

#include "gateway/api/request.h"
#include "gateway/net/jsonw.h"
#include "gateway/store/lists.h"
#include "gateway/store/tickets.h"

struct page {
	/* asked */
	int limit;
	uint64_t cursor;   /* `before` or `after` */
	uint64_t after;    /* a second one, within what the first names */
	const char *state; /* static */
	char phone[32];
	bool flag;
	int64_t now, place;
	char words[128];              /* what is looked for; a zone */
	struct ticket_filter tickets; /* its names point to `queue` and `agent` */
	char queue[TICKET_NAME], agent[TICKET_NAME];
	/* answered */
	int count;
	uint64_t last;
	enum ticket_shelf last_shelf;
	int64_t last_place;
	bool missing; /* there is nothing of that kind: 404 */
	struct channel_names names;
	struct strbuf body;
	struct jsonw w;
};

/* A page with the query's `limit` read; NULL after answering 400. */
struct page *page_new(struct request *rq) MUST_USE;
/* The same as the first member of something larger, `size` octets, all zero behind it;
 * `usual` is the limit when none is given. */
void *page_of(struct request *rq, size_t size, int usual) MUST_USE;
/* Frees either. */
void page_free(void *page);
/* Opens the object and its list; loads the channels' names. */
void page_begin(struct page *page, struct db *db, const char *name);
/* Called for every row written. */
void page_count(struct page *page, uint64_t id);
/* Closes both, with the cursor of the next page: null when this was the last. */
void page_end(struct page *page);
/* The usual `answer` of request_read. */
void page_answer(struct request *rq, void *page);

#endif
