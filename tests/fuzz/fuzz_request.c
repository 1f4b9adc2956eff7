/* Any octets as what a client sends: to the real server, with a real core and store
 * behind it, over a real socket. Whatever comes back is HTTP, and a refusal of ours is
 * problem JSON; nobody else is kept from being served. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "gateway/base/log.h"
#include "tests/lib/asker.h"
#include "tests/lib/rig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct rig r;
static struct api *api;
static struct asker who;

static void
must(bool condition)
{
	if (!condition)
		abort();
}

static void
close_all(void)
{
	api_stop(api);
	reader_free(r.core.reader);
	r.core.reader = NULL;
	rig_close(&r);
}

static void
open_all(void)
{
	struct strbuf err = STRBUF_SENTENCE;
	rig_open(&r, false);
	r.core.reader = reader_new(r.loop, r.core.config->store);
	who = (struct asker){.loop = r.loop};
	snprintf(who.path, sizeof(who.path), "%s/api.sock", r.dir);
	int fd = api_listen_unix(who.path, &err);
	must(fd >= 0 && api_start(&r.core, fd, &api, &err) == 0);
	strbuf_done(&err);
	atexit(close_all);
}

static void
turn(void)
{
	for (int i = 0; i < 1000 && loop_turn(r.loop); i++)
		;
}

/* The first byte chooses a beginning, so that what follows is read by the part it is for.
 */
static const char *const beginnings[] = {
	"",
	"GET /v1/",
	"POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n",
	"POST /v1/messages/batch HTTP/1.1\r\nHost: x\r\nContent-Type: "
	"application/x-ndjson\r\n",
	"POST /v1/orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n",
	"POST /v1/consent HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n",
	"POST /v1/import/contacts HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\n",
	"POST /v1/import/orders HTTP/1.1\r\nHost: x\r\nContent-Type: "
	"application/x-ndjson\r\n",
	"POST /hooks/north/x?y=1 HTTP/1.1\r\nHost: x\r\n",
	"GET /v1/events HTTP/1.1\r\nHost: x\r\nAccept: "
	"text/event-stream\r\nLast-Event-ID: ",
	"GET /v1/channels HTTP/1.1\r\nHost: x\r\nAuthorization: ",
	"POST /v1/tokens HTTP/1.1\r\nHost: x\r\nIdempotency-Key: ",
};

static void
say(int fd, const uint8_t *data, size_t size)
{
	char length[64];
	size_t which = *data % ARRAY_LEN(beginnings);
	const char *begin = beginnings[which];
	bool body = !strncmp(begin, "POST", 4) && strcmp(begin + strlen(begin) - 2, ": ");
	asker_write(&who, fd, begin, strlen(begin));
	if (body) {
		snprintf(length, sizeof(length), "Content-Length: %zu\r\n\r\n", size - 1);
		asker_write(&who, fd, length, strlen(length));
	}
	asker_write(&who, fd, (const char *)data + 1, size - 1);
	if (!body)
		asker_write(&who, fd, "\r\n\r\n", 4);
}

static void
check(int fd)
{
	char answer[65536];
	ssize_t n = recv(fd, answer, sizeof(answer) - 1, MSG_DONTWAIT);
	if (n <= 0)
		return;
	answer[n] = '\0';
	must(!strncmp(answer, "HTTP/1.", 7));
	int status = atoi(answer + 9);
	must(status >= 100 && status < 600 && status != 500);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static unsigned runs;
	if (!size || size > 20000)
		return 0;
	if (!api) {
		log_open(stderr, LOG_ERROR, clock_real());
		open_all();
	}
	int fd = asker_dial(&who);
	say(fd, data, size);
	turn();
	check(fd);
	close(fd);
	turn();
	rig->send_count = 0;
	rig->ack_count = 0;
	if (++runs % 256 == 0)
		must(asker_status(&who, "GET", "/v1/channels", NULL, NULL) == 200);
	return 0;
}
