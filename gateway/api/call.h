/* Inside of the server: a request with its connection. Handlers see only `rq`. */
#ifndef MALGIL_API_CALL_H
#define MALGIL_API_CALL_H

#include <microhttpd.h>
#include <sys/types.h>

#include "gateway/api/request.h"
#include "gateway/api/tail.h"
#include "gateway/api/throttle.h"

#define BODIES_MAX (64u << 20) /* request bodies in memory, of all together */

struct call {
	struct request rq; /* first: a handler's request is its call */
	struct api *api;
	struct MHD_Connection *connection;
	struct MHD_Response *response; /* once there is an answer */
	char *target;                  /* path and query as they came */
	const char *path;              /* decoded; the connection's */
	int status;
	size_t answer_len;
	size_t streamed;
	size_t drained; /* bytes of the body that have passed */
	bool begun, ran, waiting, suspended, commit_pending;
	bool held;      /* it waits for a new configuration before it is run */
	bool endless;   /* the answer is a stream */
	bool head_only; /* HEAD, answered as GET without a body */
	bool changing;  /* it was run, may change something, and has no answer yet */
	struct loop_timer deadline;
	void (*gone)(void *state);
	void (*on_commit)(struct request *rq);
	struct reading *reading;
	struct keyed *keyed;      /* repeat.c: it came with an Idempotency-Key */
	struct call *next, *prev; /* among the suspended */
};

struct api {
	struct core *core;
	struct MHD_Daemon *daemon;
	struct loop_watch *watch;
	struct loop_timer timer;
	struct call *suspended;
	unsigned connections; /* after the last run */
	size_t bodies;        /* bytes of request bodies in memory */
	bool local;           /* a unix socket */
	bool woken;           /* a run is posted */
	struct {              /* the last login looked up */
		bool known;
		uid_t uid;
		char name[64];
	} login;
	bool stopping; /* core may be gone: no handler runs any more */
	bool retiring; /* nobody new is accepted */
	bool holding;  /* what changes something waits */
	unsigned changing;
	unsigned uploads;     /* files that are coming in */
	uint64_t answered[6]; /* by hundreds of the status, since the start */
	struct throttle rates, guesses;
	struct tail tail;
	struct stream *streams;
	size_t stream_count;
	struct loop_timer heartbeat, hungry; /* of the streams */
	char *certificate, *key;             /* PEM, while the daemon lives */
};

/* head.c: sets the response when the request is refused. */
void call_check_head(struct call *call, const char *method, const char *path);
/* A header of the request, "" when it is not there. */
const char *call_header(const struct call *call, const char *name);
void call_too_many(struct call *call);

/* repeat.c. Before the handler: answers when the key was used before. After it, when the
 * answer takes several transactions: a mark. */
void call_begin_keyed(struct call *call);
void call_mark_keyed(struct call *call);
/* The answer that waits for this tick's commit is composed now and kept with it. */
void call_record_keyed(struct call *call);
/* True when the answer was taken to be kept first. */
bool
call_keep_keyed(struct call *call, int status, const char *type, struct strbuf *body);
/* Sends what was kept; false when nothing was. */
bool call_reply_keyed(struct call *call);
void call_free_keyed(struct call *call);

/* audit.c: what was done goes into the audit log, in the same transaction. */
void call_audit(struct call *call);

struct call *
call_new(struct api *api, struct MHD_Connection *connection, const char *target);
void call_free(struct call *call);
void call_suspend(struct call *call);
void call_too_large(struct call *call);
/* Runs it later, when the new configuration is there. */
void call_hold(struct call *call);
void calls_release(struct api *api);
/* Has libmicrohttpd run in a fresh tick. */
void api_wake(struct api *api);

#endif
