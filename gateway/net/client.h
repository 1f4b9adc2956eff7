/* A blocking HTTP client for the gateway's own unix socket: what the command line uses to
 * talk to the daemon. On libcurl; one connection, kept open. */
#ifndef MALGIL_NET_CLIENT_H
#define MALGIL_NET_CLIENT_H

#include "gateway/base/strbuf.h"

struct client;

/* `socket_path` is copied; nothing is connected yet. */
struct client *client_new(const char *socket_path);
void client_free(struct client *client);

struct client_request {
	const char *method; /* "GET", "POST" */
	const char *path;   /* "/v1/messages?limit=5", already encoded */
	const char *type;   /* of the body; NULL: application/json */
	const void *body;   /* NULL: none */
	size_t len;
	int64_t patience; /* ms, 0: 60 s */
};

/* Appends the answer's body to `ret_body` and returns the HTTP status; -ECONNREFUSED when
 * nobody listens (the sentence names the socket), -errno otherwise. */
int client_call(struct client *client, const struct client_request *request,
	struct strbuf *ret_body, struct strbuf *err) MUST_USE;

/* Appends `text` percent-encoded, fit for a path segment or a query value. */
void client_escape(struct strbuf *out, const char *text);

#endif
