/* HTTP out: libcurl's multi interface in a thread of its own, because a dead resolver or
 * a slow TLS handshake must never hold the loop. What goes in and what comes out crosses
 * through the mailbox; every answer arrives in the loop, in an ordinary tick.
 *
 * What it promises of every call: exactly one `done`, never from inside http_start(), at
 * the latest when `timeout` is over; none after http_cancel(). At most `max` bytes of
 * body are ever kept, whatever the other side sends, also unpacked. Redirects are not
 * followed unless asked for, and then only to http and https. What is not said is not
 * sent: no cookies, no credentials from elsewhere.
 *
 * It knows nothing of what is said over it. */
#ifndef MALGIL_NET_HTTP_H
#define MALGIL_NET_HTTP_H

#include "gateway/base/loop.h"
#include "gateway/base/strbuf.h"

struct http;
struct http_call;

struct http *http_new(struct loop *loop);
/* The same with other limits: calls under way at once, connections to one host. */
struct http *http_new_with(struct loop *loop, unsigned calls, unsigned per_host);
/* Ends what is under way; nobody's `done` is called any more. NULL is allowed. */
void http_free(struct http *http);

/* Everything is copied. */
struct http_request {
	const char *method; /* "GET", "POST" ... */
	const char *url;    /* http:// or https://, already encoded; sent as it is */
	const char *const *headers; /* "Name: value", NULL-terminated; may be NULL */
	const void *body;           /* NULL: none */
	size_t len;
	int64_t timeout;   /* ms for all of it, at least 1 */
	size_t max;        /* bytes of the answer's body */
	int redirects;     /* how many are followed, usually 0 */
	const char *user;  /* "name:password" for basic authentication; NULL none */
	const char *sigv4; /* "aws:amz:region:service": `user` signs instead; NULL none */
	/* Never written a second time by itself, not even when a connection that was kept
	 * open turns out to be dead: what may have been acted on is told, not repeated.
	 */
	bool once;
	bool head; /* the answer's header is wanted */
	const char
		*socket; /* a unix socket to connect to instead of the URL's host; NULL */
	/* A stream: hands over what comes as it comes, in the loop, and keeps nothing;
	 * `timeout` is then how long it may be silent. NULL: the body is collected. */
	void (*data)(void *arg, const char *bytes, size_t len);
	bool outside; /* connects to public addresses alone (reach.h), whatever the name
			 resolves to at that moment, and never through a proxy */
	const char *resolve; /* "HOST:PORT:ADDRESS": as if a resolver had said so; for
				tests */
};

struct http_answer {
	int failed; /* 0, -ETIMEDOUT, -EMSGSIZE (too large), -ECONNREFUSED (no connection,
		       no such host), -EPROTO (certificates), -EACCES (not an address
		       outside), -EIO (it broke off) */
	bool left;  /* the request, or part of it, was written to a connection: it may
		       have been acted on */
	int status; /* of HTTP, 0 when none came */
	char type[80]; /* of the body, without parameters, lower case */
	struct strbuf body;
	struct strbuf head; /* "name: value" lines, when asked for; at most 16 KiB */
	char why[200];      /* a sentence when failed */
};

/* `done(arg, answer)`; the answer is borrowed for the call. NULL when 256 calls (or as
 * many as were asked for) are under way already. */
struct http_call *http_start(struct http *http, const struct http_request *request,
	void (*done)(void *arg, const struct http_answer *answer), void *arg) MUST_USE;
/* The call is forgotten; the connection is closed as soon as the thread hears of it. */
void http_cancel(struct http_call *call);

/* "Sun, 06 Nov 1994 08:49:37 GMT" and its older spellings (RFC 9110 5.6.7): wall time in
 * ms, 0 when it is none. */
int64_t http_date(const char *text);

#endif
