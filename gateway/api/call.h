/* Inside of the server: a request with its connection. Handlers see only `rq`. */
#ifndef MALGIL_API_CALL_H
#define MALGIL_API_CALL_H

#include <microhttpd.h>
#include <sys/types.h>

#include "gateway/api/request.h"

struct call {
	struct request rq; /* first: a handler's request is its call */
	struct api *api;
	struct MHD_Connection *connection;
	struct MHD_Response *response; /* once there is an answer */
	int status;
	size_t drained; /* bytes of the body that have passed */
	bool ran, waiting, suspended, commit_pending;
	struct loop_timer deadline;
	void (*gone)(void *state);
	void (*on_commit)(struct request *rq);
	struct reading *reading;
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
};

struct call *call_new(struct api *api, struct MHD_Connection *connection);
void call_free(struct call *call);
void call_suspend(struct call *call);
void call_too_large(struct call *call);
/* Has libmicrohttpd run in a fresh tick. */
void api_wake(struct api *api);

#endif
