#include "gateway/api/line.h"

#include <stdlib.h>
#include <sys/socket.h>

#define HEAD_TIME   (20 * SECOND) /* for the first request of a connection */
#define NEXT_TIME   (75 * SECOND) /* from an answer to the next request's head */
#define BODY_TIME   (30 * SECOND)
#define ANSWER_TIME (60 * SECOND)
#define SLOWEST     4096 /* bytes a second, of bodies and answers */

static const char too_slow[] =
	"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n"
	"Content-Type: application/problem+json\r\nContent-Length: 156\r\n\r\n"
	"{\"type\":\"urn:malgil:problem:too-slow\",\"title\":\"It took too long\","
	"\"status\":408,\"detail\":\"the rest of the request did not come in time; it "
	"was "
	"not looked at\"}";

static int64_t
ends(const struct line *line)
{
	return line->begun + BODY_TIME + (int64_t)line->bytes * SECOND / SLOWEST;
}

/* The descriptor is libmicrohttpd's to close: it finds the connection ended. */
static void
cut(void *arg)
{
	struct line *line = arg;
	int64_t now = clock_mono(loop_clock(line->timer.loop));
	if (line->begun && now < ends(line)) {
		loop_timer_at(&line->timer, ends(line));
		return;
	}
	if (line->asking && line->plain)
		(void)!send(line->fd, too_slow, sizeof(too_slow) - 1,
			MSG_DONTWAIT | MSG_NOSIGNAL);
	shutdown(line->fd, SHUT_RDWR);
}

void
line_opened(
	struct MHD_Connection *connection, struct loop *loop, bool plain, void **state)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct line *line = xcalloc(1, sizeof(*line));
	*line = (struct line){.fd = info->connect_fd, .plain = plain, .asking = true};
	loop_timer_init(&line->timer, loop, cut, line);
	loop_timer_in(&line->timer, HEAD_TIME);
	*state = line;
}

void
line_closed(void **state)
{
	struct line *line = *state;
	loop_timer_stop(&line->timer);
	free(line);
	*state = NULL;
}

struct line *
line_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	return info->socket_context;
}

void
line_head(struct line *line)
{
	line->asking = true;
	line->bytes = 0;
	line->begun = clock_mono(loop_clock(line->timer.loop));
	loop_timer_at(&line->timer, ends(line));
}

void
line_body(struct line *line, size_t len)
{
	line->bytes += len;
}

void
line_quiet(struct line *line)
{
	line->asking = false;
	line->begun = 0;
	loop_timer_stop(&line->timer);
}

void
line_answer(struct line *line, size_t len)
{
	line_quiet(line);
	loop_timer_in(&line->timer, ANSWER_TIME + (int64_t)len * SECOND / SLOWEST);
}

void
line_done(struct line *line)
{
	line_quiet(line);
	loop_timer_in(&line->timer, NEXT_TIME);
}
