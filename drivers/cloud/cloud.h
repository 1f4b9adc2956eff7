/* One account at a provider: what the files of this driver share. cloud.c lives, sends.c
 * sends, asks.c asks (what became of messages, doubts, texts to be fetched), calls.c
 * hears what the provider tells. */
#ifndef MALGIL_CLOUD_CLOUD_H
#define MALGIL_CLOUD_CLOUD_H

#include "drivers/cloud/account.h"
#include "drivers/cloud/doc.h"
#include "gateway/net/http.h"

#define CLOUD_FLIGHT 256
#define CLOUD_ANSWER (256u * 1024)
#define CLOUD_TRACE  4096
#define CLOUD_ASKING 16 /* questions under way at once */

struct cloud_send {
	bool used, released, waiting; /* waiting: for its place in the rate */
	uint64_t attempt;
	struct driver *d;
	struct cloud_request request;
	struct http_call *call;
	int64_t begun;
	char trouble[256]; /* it cannot be put so: REJECTED */
};

struct cloud_ask {
	struct driver *d;
	const struct cloud_call *call; /* NULL: the place is free */
	struct http_call *http;
	struct asked about;
};

struct driver {
	struct loop *loop;
	struct channel *channel;
	struct cloud_config config;
	struct http *http; /* shared by all */
	struct cloud_send sends[CLOUD_FLIGHT];
	uint64_t order; /* of those that wait */
	double tokens;
	int64_t tokens_at;
	struct loop_timer pace, poll, lookup, fetch;
	struct cloud_ask asks[CLOUD_ASKING];
	uint64_t polled; /* the last attempt that was asked about */
	/* Amazon's certificate. */
	char certificate_from[256];
	struct strbuf certificate;
	struct http_call *fetching, *confirming;
	char fetching_from[256];
	struct strbuf trace;
};

/* ---- calls.c ---- */
int
cloud_webhook(struct driver *d, const struct raw_request *rq, struct raw_response *res);
bool cloud_interpret(struct driver *d, const void *bytes, size_t len, struct strbuf *err);
/* Reads a document as the provider's word; how many things it told. */
size_t cloud_hear(struct driver *d, const struct cloud_doc *doc);
void cloud_calls_close(struct driver *d);
/* "QUERY\nTYPE\n\nBODY": how a webhook lies in the store. */
void cloud_pack(const char *query, const char *type, const char *body, size_t len,
	struct strbuf *out);

/* ---- asks.c ---- */
void cloud_asks_open(struct driver *d);
void cloud_asks_close(struct driver *d);

/* ---- cloud.c ---- */
void cloud_moment(struct driver *d, char salt[33], struct cloud_moment *ret);
/* Hands a request to libcurl's thread; NULL when it takes no more. */
struct http_call *
cloud_start(struct driver *d, const struct cloud_request *rq, bool once, int64_t timeout,
	void (*done)(void *arg, const struct http_answer *answer), void *arg);
void PRINTF_LIKE(2, 3) cloud_note(struct driver *d, const char *fmt, ...);
/* The header lines of an answer; `fields` borrow from `text`, which is cut up. */
size_t cloud_fields(char *text, struct raw_field *ret, size_t max);

#endif
