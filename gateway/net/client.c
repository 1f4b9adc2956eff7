#include "gateway/net/client.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATIENCE (60 * SECOND)

struct client {
	CURL *curl;
	char *socket_path;
};

struct client *
client_new(const char *socket_path)
{
	struct client *client = xcalloc(1, sizeof(*client));
	client->socket_path = xstrdup(socket_path);
	client->curl = curl_easy_init();
	if (!client->curl)
		abort();
	return client;
}

void
client_free(struct client *client)
{
	if (!client)
		return;
	curl_easy_cleanup(client->curl);
	free(client->socket_path);
	free(client);
}

static size_t
on_data(char *data, size_t size, size_t count, void *arg)
{
	struct strbuf *body = arg;
	strbuf_add(body, data, size * count);
	return body->full ? 0 : size * count;
}

/* No "Expect: 100-continue": the daemon is next door and refuses politely anyway. */
static struct curl_slist *
headers_for(const struct client_request *request)
{
	char type[128];
	snprintf(type, sizeof(type), "Content-Type: %s",
		request->type ? request->type : "application/json");
	struct curl_slist *list = curl_slist_append(NULL, "Expect:");
	return request->body ? curl_slist_append(list, type) : list;
}

static void
prepare(struct client *client, const struct client_request *request, const char *url,
	struct strbuf *body)
{
	CURL *curl = client->curl;
	curl_easy_reset(curl); /* keeps the connection */
	curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, client->socket_path);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS,
		(long)(request->patience ? request->patience : PATIENCE));
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_data);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, body);
	if (request->body || !strcmp(request->method, "POST")) {
		curl_easy_setopt(curl, CURLOPT_POST, 1L);
		curl_easy_setopt(
			curl, CURLOPT_POSTFIELDS, request->body ? request->body : "");
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
			(curl_off_t)(request->body ? request->len : 0));
	}
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
}

static int
explain_failure(struct client *client, CURLcode code, struct strbuf *err)
{
	long os = 0;
	curl_easy_getinfo(client->curl, CURLINFO_OS_ERRNO, &os);
	if (code == CURLE_OPERATION_TIMEDOUT) {
		strbuf_set(err, "the gateway did not answer in time");
		return -ETIMEDOUT;
	}
	if (code == CURLE_COULDNT_CONNECT && os == EACCES) {
		strbuf_set(err,
			"%s belongs to another user: run this as the user the gateway "
			"runs as",
			client->socket_path);
		return -EACCES;
	}
	if (code == CURLE_COULDNT_CONNECT) {
		strbuf_set(err, "no gateway listens on %s", client->socket_path);
		return -ECONNREFUSED;
	}
	strbuf_set(err, "the conversation with the gateway broke off: %s",
		curl_easy_strerror(code));
	return -EIO;
}

int
client_call(struct client *client, const struct client_request *request,
	struct strbuf *ret_body, struct strbuf *err)
{
	struct strbuf url AUTO(strbuf_done) = STRBUF_INIT(8192);
	strbuf_printf(&url, "http://malgil%s", request->path);
	prepare(client, request, url.s, ret_body);
	struct curl_slist *headers = headers_for(request);
	curl_easy_setopt(client->curl, CURLOPT_HTTPHEADER, headers);
	CURLcode code = curl_easy_perform(client->curl);
	curl_slist_free_all(headers);
	if (code != CURLE_OK)
		return explain_failure(client, code, err);
	long status = 0;
	curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &status);
	return (int)status;
}

void
client_escape(struct strbuf *out, const char *text)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789-._~";
	for (; *text; text++) {
		if (strchr(plain, *text))
			strbuf_putc(out, *text);
		else
			strbuf_printf(out, "%%%02X", (unsigned char)*text);
	}
}
