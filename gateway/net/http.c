#include "gateway/net/http.h"

#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/mailbox.h"
#include "gateway/net/reach.h"

#define CALLS_MAX    256
#define PER_HOST     8
#define KEPT_OPEN    16L
#define HEAD_MOST    (16 * 1024)
#define IDLE_MOST    64  /* handles kept for the next calls */
#define OLDEST       50L /* s a connection may have been idle and still be used */
#define CONNECT_MAX  (10 * SECOND)
#define WAKE_AT_MOST 60000 /* ms the thread sleeps when nothing is under way */

/* Owned by the loop until it is queued, then by the thread until it is posted back.
 * `done` and `arg` are the loop's all the time, `canceled` both may look at. */
struct http_call {
	struct http *http;
	struct http_call *next; /* in the queue */
	char *method, *url, *user, *socket;
	struct curl_slist *headers, *resolve;
	struct strbuf body;
	bool has_body, once, head, given;
	size_t body_at; /* of what is written by hand */
	char *sigv4;
	int redirects;
	bool outside;
	char inside[64]; /* the address that was refused */
	long timeout;
	CURL *curl;
	atomic_bool canceled;
	struct http_answer answer;
	void (*done)(void *arg, const struct http_answer *answer);
	void (*data)(void *arg, const char *bytes, size_t len);
	void *arg;
};

/* From the thread to the loop: a piece of a stream, or (no bytes) the end of a call. */
struct letter {
	struct http_call *call;
	size_t len;
	char bytes[];
};

struct http {
	struct mailbox *results;
	pthread_t thread;
	pthread_mutex_t lock;
	struct http_call *first, **last; /* to be begun */
	CURLM *multi;
	struct http_call **running; /* the thread's */
	size_t running_count;
	CURL *idle[IDLE_MOST]; /* the thread's */
	size_t idle_count;
	size_t calls_max;
	size_t under_way; /* the loop's count */
	atomic_bool stop;
};

static void
call_free(void *arg)
{
	struct http_call *call = arg;
	curl_slist_free_all(call->headers);
	curl_slist_free_all(call->resolve);
	strbuf_done(&call->body);
	strbuf_done(&call->answer.body);
	strbuf_done(&call->answer.head);
	free(call->sigv4);
	free(call->method);
	free(call->url);
	free(call->user);
	free(call->socket);
	free(call);
}

static void
post_letter(struct http_call *call, const char *bytes, size_t len)
{
	struct letter *letter = xmalloc(sizeof(*letter) + len);
	letter->call = call;
	letter->len = len;
	if (len)
		memcpy(letter->bytes, bytes, len);
	mailbox_post(call->http->results, letter);
}

/* ---- the thread: one transfer ---- */

static size_t
on_data(char *data, size_t size, size_t count, void *arg)
{
	struct http_call *call = arg;
	size_t len = size * count;
	long status = 0;
	if (call->data)
		curl_easy_getinfo(call->curl, CURLINFO_RESPONSE_CODE, &status);
	if (status == 200 && len) {
		post_letter(call, data, len);
		return len;
	}
	if (call->answer.body.len + len > call->answer.body.max) {
		call->answer.failed = -EMSGSIZE;
		return 0;
	}
	strbuf_add(&call->answer.body, data, len);
	return len;
}

/* Only of the last answer: a 100 or a redirect goes before it. */
static size_t
on_head(char *data, size_t size, size_t count, void *arg)
{
	struct http_call *call = arg;
	size_t len = size * count, n = len;
	if (len >= 5 && !memcmp(data, "HTTP/", 5))
		strbuf_reset(&call->answer.head);
	while (n && (data[n - 1] == '\r' || data[n - 1] == '\n'))
		n--;
	if (n && call->answer.head.len + n + 1 <= call->answer.head.max) {
		strbuf_add(&call->answer.head, data, n);
		strbuf_putc(&call->answer.head, '\n');
	}
	return len;
}

/* curl writes a body it holds itself again on a fresh connection when the kept one was
 * dead, and nobody can tell whether the first was acted on. One that it must ask for, and
 * that cannot be wound back, it never repeats. */
static size_t
on_read(char *to, size_t size, size_t count, void *arg)
{
	struct http_call *call = arg;
	size_t n = MIN(size * count, call->body.len - call->body_at);
	memcpy(to, call->body.s + call->body_at, n);
	call->body_at += n;
	call->given |= n > 0;
	return n;
}

static int
on_seek(void *arg, curl_off_t offset, int origin)
{
	struct http_call *call = arg;
	(void)offset, (void)origin;
	return call->given ? CURL_SEEKFUNC_FAIL : CURL_SEEKFUNC_OK;
}

/* 0 goes on. Asked about once a second and at every movement. */
static int
on_progress(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	struct http_call *call = arg;
	(void)a, (void)b, (void)c, (void)d;
	return atomic_load(&call->canceled);
}

/* Asked about each address just before it is connected to: no answer of a resolver comes
 * between. */
static curl_socket_t
on_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
	struct http_call *call = arg;
	(void)purpose;
	if (reach_public(&to->addr))
		return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
	reach_name(&to->addr, call->inside);
	return CURL_SOCKET_BAD;
}

static void
stay_outside(struct http_call *call)
{
	curl_easy_setopt(call->curl, CURLOPT_RESOLVE, call->resolve);
	if (!call->outside)
		return;
	curl_easy_setopt(call->curl, CURLOPT_OPENSOCKETFUNCTION, on_socket);
	curl_easy_setopt(call->curl, CURLOPT_OPENSOCKETDATA, call);
	curl_easy_setopt(call->curl, CURLOPT_PROXY, "");
}

static void
set_body(struct http_call *call)
{
	if (call->once && !call->body.len) {
		/* Nothing that could refuse to be wound back: no connection is used
		 * twice. */
		curl_easy_setopt(call->curl, CURLOPT_FRESH_CONNECT, 1L);
		curl_easy_setopt(call->curl, CURLOPT_FORBID_REUSE, 1L);
	}
	if (!call->has_body)
		return;
	curl_easy_setopt(call->curl, CURLOPT_POST, 1L);
	if (call->once && call->body.len && !call->sigv4) {
		curl_easy_setopt(call->curl, CURLOPT_POSTFIELDSIZE_LARGE,
			(curl_off_t)call->body.len);
		curl_easy_setopt(call->curl, CURLOPT_READFUNCTION, on_read);
		curl_easy_setopt(call->curl, CURLOPT_READDATA, call);
		curl_easy_setopt(call->curl, CURLOPT_SEEKFUNCTION, on_seek);
		curl_easy_setopt(call->curl, CURLOPT_SEEKDATA, call);
		return;
	}
	if (call->once) { /* the signature is made over a body curl holds */
		curl_easy_setopt(call->curl, CURLOPT_FRESH_CONNECT, 1L);
		curl_easy_setopt(call->curl, CURLOPT_FORBID_REUSE, 1L);
	}
	curl_easy_setopt(
		call->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.len);
	curl_easy_setopt(call->curl, CURLOPT_POSTFIELDS, call->body.s);
}

static void
set_up(struct http_call *call)
{
	CURL *curl = call->curl;
	curl_easy_setopt(curl, CURLOPT_PRIVATE, call);
	curl_easy_setopt(curl, CURLOPT_URL, call->url);
	curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, call->redirects ? 1L : 0L);
	curl_easy_setopt(curl, CURLOPT_MAXREDIRS, (long)call->redirects);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(
		curl, CURLOPT_QUICK_EXIT, 1L); /* a dead resolver is not waited for */
	if (call->data) {
		curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
		curl_easy_setopt(
			curl, CURLOPT_LOW_SPEED_TIME, MAX(call->timeout / 1000, 1L));
	} else {
		curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, call->timeout);
	}
	if (call->socket) {
		curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, call->socket);
		curl_easy_setopt(curl, CURLOPT_PROXY, "");
	}
	curl_easy_setopt(
		curl, CURLOPT_CONNECTTIMEOUT_MS, MIN(call->timeout, (long)CONNECT_MAX));
	curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "malgil/" MALGIL_VERSION);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_data);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, call);
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(curl, CURLOPT_XFERINFODATA, call);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, call->headers);
	curl_easy_setopt(curl, CURLOPT_MAXAGE_CONN, OLDEST);
	curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	if (call->head) {
		curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_head);
		curl_easy_setopt(curl, CURLOPT_HEADERDATA, call);
	}
	if (call->sigv4)
		curl_easy_setopt(curl, CURLOPT_AWS_SIGV4, call->sigv4);
	else if (call->user)
		curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
	if (call->user)
		curl_easy_setopt(curl, CURLOPT_USERPWD, call->user);
	stay_outside(call);
	set_body(call);
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, call->method);
}

static int
errno_of(CURLcode code)
{
	switch ((int)code) {
	case CURLE_OK: return 0;
	case CURLE_OPERATION_TIMEDOUT: return -ETIMEDOUT;
	case CURLE_FILESIZE_EXCEEDED: return -EMSGSIZE;
	case CURLE_COULDNT_CONNECT:
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY: return -ECONNREFUSED;
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE: return -EPROTO;
	default: return -EIO;
	}
}

static void
keep_type(struct http_answer *a, const char *type)
{
	size_t n = 0;
	for (; type && type[n] && !strchr("; \t", type[n]) && n < sizeof(a->type) - 1;
		n++)
		a->type[n] =
			(char)(type[n] >= 'A' && type[n] <= 'Z' ? type[n] + 32 : type[n]);
	a->type[n] = '\0';
}

static void
take_outcome(struct http_call *call, CURLcode code)
{
	struct http_answer *a = &call->answer;
	const char *type = NULL;
	long status = 0, request = 0;
	curl_easy_getinfo(call->curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(call->curl, CURLINFO_REQUEST_SIZE, &request);
	curl_easy_getinfo(call->curl, CURLINFO_CONTENT_TYPE, &type);
	/* A body that was never asked for never left, and a head alone is no request. */
	a->left = call->once && call->has_body && call->body.len && !call->sigv4
			  ? call->given
			  : request > 0;
	a->status = (int)status;
	keep_type(a, type);
	if (a->failed != -EMSGSIZE)
		a->failed = errno_of(code);
	if (a->failed == -ECONNREFUSED && *call->inside) {
		a->failed = -EACCES;
		snprintf(a->why, sizeof(a->why),
			"%s is not an address outside, and it is not allowed to be "
			"another",
			call->inside);
	} else if (a->failed == -EMSGSIZE)
		snprintf(a->why, sizeof(a->why), "the answer is larger than %zu bytes",
			a->body.max);
	else if (a->failed == -ETIMEDOUT)
		snprintf(
			a->why, sizeof(a->why), "no answer within %ld ms", call->timeout);
	else if (a->failed)
		snprintf(a->why, sizeof(a->why), "%s", curl_easy_strerror(code));
}

static void
post_back(struct http_call *call)
{
	struct http *http = call->http;
	if (http->idle_count < IDLE_MOST) {
		curl_easy_reset(call->curl);
		http->idle[http->idle_count++] = call->curl;
	} else {
		curl_easy_cleanup(call->curl);
	}
	call->curl = NULL;
	post_letter(call, NULL, 0);
}

/* ---- the thread: all of them ---- */

static void
forget_running(struct http *http, const struct http_call *call)
{
	for (size_t i = 0; i < http->running_count; i++) {
		if (http->running[i] != call)
			continue;
		http->running[i] = http->running[--http->running_count];
		return;
	}
}

static void
end_call(struct http *http, struct http_call *call, CURLcode code)
{
	forget_running(http, call);
	curl_multi_remove_handle(http->multi, call->curl);
	take_outcome(call, code);
	post_back(call);
}

static void
begin_calls(struct http *http)
{
	pthread_mutex_lock(&http->lock);
	struct http_call *call = http->first;
	http->first = NULL;
	http->last = &http->first;
	pthread_mutex_unlock(&http->lock);
	for (struct http_call *next; call; call = next) {
		next = call->next;
		call->curl = http->idle_count ? http->idle[--http->idle_count]
					      : curl_easy_init();
		if (!call->curl)
			abort();
		set_up(call);
		if (curl_multi_add_handle(http->multi, call->curl) != CURLM_OK)
			abort();
		http->running[http->running_count++] = call;
	}
}

static void
end_canceled(struct http *http)
{
	for (size_t i = http->running_count; i-- > 0;)
		if (atomic_load(&http->running[i]->canceled))
			end_call(http, http->running[i], CURLE_ABORTED_BY_CALLBACK);
}

static void
end_finished(struct http *http)
{
	CURLMsg *message;
	int left;
	while ((message = curl_multi_info_read(http->multi, &left))) {
		char *private = NULL;
		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private);
		end_call(http, (struct http_call *)(void *)private, message->data.result);
	}
}

static void *
work(void *arg)
{
	struct http *http = arg;
	while (!atomic_load(&http->stop)) {
		int running;
		begin_calls(http);
		end_canceled(http);
		curl_multi_perform(http->multi, &running);
		end_finished(http);
		curl_multi_poll(http->multi, NULL, 0, WAKE_AT_MOST, NULL);
	}
	while (http->running_count)
		end_call(http, http->running[0], CURLE_ABORTED_BY_CALLBACK);
	while (http->idle_count)
		curl_easy_cleanup(http->idle[--http->idle_count]);
	return NULL;
}

/* ---- the loop's side ---- */

static void
deliver(void *arg, void *letter)
{
	struct http *http = arg;
	struct letter *l = letter;
	struct http_call *call = l->call;
	bool wanted = !atomic_load(&call->canceled);
	if (l->len) {
		if (wanted)
			call->data(call->arg, l->bytes, l->len);
		free(l);
		return;
	}
	free(l);
	http->under_way--;
	if (wanted)
		call->done(call->arg, &call->answer);
	call_free(call);
}

static void
discard(void *letter)
{
	struct letter *l = letter;
	if (!l->len)
		call_free(l->call);
	free(l);
}

struct http *
http_new(struct loop *loop)
{
	return http_new_with(loop, CALLS_MAX, PER_HOST);
}

struct http *
http_new_with(struct loop *loop, unsigned calls, unsigned per_host)
{
	struct http *http = xcalloc(1, sizeof(*http));
	http->calls_max = calls;
	http->running = xcalloc(calls, sizeof(struct http_call *));
	http->last = &http->first;
	curl_global_init(CURL_GLOBAL_DEFAULT);
	http->multi = curl_multi_init();
	if (!http->multi)
		abort();
	curl_multi_setopt(http->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)per_host);
	curl_multi_setopt(
		http->multi, CURLMOPT_MAXCONNECTS, MAX((long)per_host, KEPT_OPEN));
	pthread_mutex_init(&http->lock, NULL);
	http->results = mailbox_new(loop, deliver, http);
	if (pthread_create(&http->thread, NULL, work, http) != 0)
		abort();
	return http;
}

void
http_free(struct http *http)
{
	if (!http)
		return;
	atomic_store(&http->stop, true);
	curl_multi_wakeup(http->multi);
	pthread_join(http->thread, NULL);
	for (struct http_call *call = http->first, *next; call; call = next) {
		next = call->next;
		call_free(call);
	}
	mailbox_free(http->results, discard);
	curl_multi_cleanup(http->multi);
	pthread_mutex_destroy(&http->lock);
	free(http->running);
	free(http);
}

static struct http_call *
call_new(struct http *http, const struct http_request *request)
{
	struct http_call *call = xcalloc(1, sizeof(*call));
	call->http = http;
	call->method = xstrdup(request->method);
	call->url = xstrdup(request->url);
	call->user = request->user ? xstrdup(request->user) : NULL;
	call->socket = request->socket ? xstrdup(request->socket) : NULL;
	call->data = request->data;
	call->timeout = (long)MAX(request->timeout, 1);
	call->redirects = request->redirects;
	call->sigv4 = request->sigv4 ? xstrdup(request->sigv4) : NULL;
	call->once = request->once;
	call->head = request->head;
	call->outside = request->outside;
	if (request->resolve)
		call->resolve = curl_slist_append(NULL, request->resolve);
	call->headers = curl_slist_append(NULL, "Expect:");
	for (size_t i = 0; request->headers && request->headers[i]; i++)
		call->headers = curl_slist_append(call->headers, request->headers[i]);
	strbuf_init(&call->body, request->len);
	call->has_body = request->body != NULL;
	if (request->body)
		strbuf_add(&call->body, request->body, request->len);
	strbuf_init(&call->answer.body, request->max);
	strbuf_init(&call->answer.head, HEAD_MOST);
	return call;
}

struct http_call *
http_start(struct http *http, const struct http_request *request,
	void (*done)(void *arg, const struct http_answer *answer), void *arg)
{
	if (http->under_way == http->calls_max)
		return NULL;
	struct http_call *call = call_new(http, request);
	call->done = done;
	call->arg = arg;
	http->under_way++;
	pthread_mutex_lock(&http->lock);
	*http->last = call;
	http->last = &call->next;
	pthread_mutex_unlock(&http->lock);
	curl_multi_wakeup(http->multi);
	return call;
}

void
http_cancel(struct http_call *call)
{
	atomic_store(&call->canceled, true);
	curl_multi_wakeup(call->http->multi);
}

int64_t
http_date(const char *text)
{
	time_t t = curl_getdate(text, NULL);
	return t > 0 ? (int64_t)t * 1000 : 0;
}
