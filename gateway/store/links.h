/* Rows of `links`, `clicks` and `credits`: where the short links in texts lead, who came
 * by them, and which text an order is credited to. */
#ifndef MALGIL_STORE_LINKS_H
#define MALGIL_STORE_LINKS_H

#include "gateway/store/db.h"

#define LINK_CODE 7 /* characters */
#define LINK_URL  2000

struct link_row {
	uint64_t id, contact, message, run;
	char code[16], device[17];
	const char *url, *script, *step;
	int64_t made, expires, clicked;
};
void link_insert(struct db *db, const struct link_row *row);
/* The code of one that was made for this step and whose text is not written yet. */
bool link_unbound(struct db *db, const struct link_row *like, char ret_code[16]);
/* False when there is none; its address is appended to `ret_url`, the other texts are not
 * read. */
bool
link_load(struct db *db, const char *code, struct link_row *ret, struct strbuf *ret_url);
/* Those made for this step are this text's. */
void links_bind(struct db *db, uint64_t message, const struct link_row *of);
void link_clicked(struct db *db, uint64_t id, const char *device, int64_t at);

struct click_row {
	uint64_t id, link, contact, message;
	int64_t at;
	const char *kind, *why;
};
void click_insert(struct db *db, const struct click_row *row);
/* When the text was handed over, 0 not yet. */
int64_t link_text_left(struct db *db, uint64_t message);

/* Which text something is credited to: the last one the person followed a link of in
 * [at - click, at], else the last promotion that left in [at - send, at]. One rule, for
 * orders and for journeys, whose own texts (of `run`; 0: of none) count whatever their
 * class is. False: none. */
struct credit {
	const char *kind; /* "click", "send" */
	uint64_t message;
	int64_t touched;
};
bool credit_find(struct db *db, uint64_t contact, int64_t at, int64_t click, int64_t send,
	uint64_t run, struct credit *ret);
/* An order's; replaces what was written before. */
void credit_put(struct db *db, const char *number, const char *source, uint64_t contact,
	int64_t at, const struct credit *credit);

#endif
