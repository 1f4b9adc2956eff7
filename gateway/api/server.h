/* The HTTP server: libmicrohttpd driven by our loop, in our thread.
 *
 * It reads a request, finds its route, and hands it to the resource's handler
 * (request.h). A connection whose answer must wait (for a commit, for the reader thread,
 * for a modem) is suspended and costs nothing but memory. Every post that arrives within
 * one tick shares that tick's commit, so many clients cost hardly more than one. */
#ifndef MALGIL_API_SERVER_H
#define MALGIL_API_SERVER_H

#include "gateway/core/core.h"

struct api;

/* Many places on a network and a few at the unix socket are counted apart: whoever fills
 * the ones cannot keep the command line out of the others. On a network a certificate in
 * the configuration means TLS. */

/* Creates and binds the socket file, mode 0600, and listens. A file left by a dead
 * process is replaced; one that answers is not: -EADDRINUSE. Returns the descriptor or
 * -errno with a sentence. */
int api_listen_unix(const char *path, struct strbuf *err) MUST_USE;

/* Lets a group of the machine use the socket at `path`, and reach it in its folder. 0, or
 * -errno with a sentence. */
int api_share_unix(const char *path, const char *group, struct strbuf *err) MUST_USE;

/* Listens on "127.0.0.1:8025", "[::1]:8025" or "localhost:8025". The descriptor, or
 * -errno with a sentence. */
int api_listen_tcp(const char *address, struct strbuf *err) MUST_USE;

/* Serves connections to `listen_fd`, which belongs to the api from here on. `core` is
 * borrowed. 0, or -errno with a sentence. */
int api_start(
	struct core *core, int listen_fd, struct api **ret, struct strbuf *err) MUST_USE;
/* While the configuration is exchanged nothing that changes anything is begun: it waits,
 * and is done afterwards. True when nothing of the kind is under way any more. */
bool api_hold(struct api *api);
void api_release(struct api *api);

/* Accepts nobody any more, and lets those who are connected finish; streams end, and come
 * back elsewhere. Returns the descriptor it listened on, the caller's from here on. */
int api_retire(struct api *api);
/* Is nobody connected any more? */
bool api_deserted(struct api *api);

/* Answers what still waits with 503 and closes everything; call it between ticks. */
void api_stop(struct api *api);

#endif
