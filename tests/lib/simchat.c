#include "tests/lib/simchat.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

enum { DEADLINE_POLLS = 300 }; /* of 10 ms */

void
chat_dial(struct simchat *c)
{
	struct termios t;
	if (c->fd >= 0)
		close(c->fd);
	c->fd = open(c->sim->modems[0].link, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	assert_true(c->fd >= 0);
	assert_int_equal(tcgetattr(c->fd, &t), 0);
	cfmakeraw(&t);
	assert_int_equal(tcsetattr(c->fd, TCSANOW, &t), 0);
	strbuf_reset(&c->heard);
}

void
chat_open(struct simchat *c, const struct sim_options *options)
{
	struct sim_options o = SIM_OPTIONS_DEFAULT;
	struct strbuf err = STRBUF_SENTENCE;
	if (options)
		o = *options;
	*c = (struct simchat){.fd = -1, .heard = STRBUF_INIT(256 * 1024)};
	snprintf(c->dir, sizeof(c->dir), "/tmp/simchat.XXXXXX");
	assert_non_null(mkdtemp(c->dir));
	o.dir = c->dir;
	clock_sim_init(&c->clock, INT64_C(1760000000000));
	c->loop = loop_new(&c->clock.clock);
	c->sim = sim_open(c->loop, &o, &err);
	if (!c->sim)
		fail_msg("%s", err.s);
	strbuf_done(&err);
	chat_dial(c);
	chat_say(c, "ATE0\r");
	chat_expect(c, "echo off", "ATE0|OK|");
}

void
chat_close(struct simchat *c)
{
	char path[128];
	if (c->fd >= 0)
		close(c->fd);
	sim_close(c->sim);
	loop_free(c->loop);
	strbuf_done(&c->heard);
	snprintf(path, sizeof(path), "%s/ledger.jsonl", c->dir);
	unlink(path);
	assert_int_equal(rmdir(c->dir), 0); /* nothing else may be left behind */
}

void
chat_say(struct simchat *c, const char *bytes)
{
	size_t len = strlen(bytes);
	assert_int_equal(write(c->fd, bytes, len), (ssize_t)len);
}

/* Lets the network work and takes what the modem has said by now. */
static void
listen_once(struct simchat *c, int wait)
{
	char buf[4096];
	while (loop_turn(c->loop))
		;
	struct pollfd p = {c->fd, POLLIN, 0};
	if (c->fd < 0)
		return;
	if (poll(&p, 1, wait) <= 0)
		return;
	ssize_t n = read(c->fd, buf, sizeof(buf));
	for (ssize_t i = 0; i < n; i++)
		if (buf[i] != '\r')
			strbuf_putc(&c->heard, (char)(buf[i] == '\n' ? '|' : buf[i]));
}

void
chat_expect(struct simchat *c, const char *where, const char *folded)
{
	size_t len = strlen(folded);
	/* CR was dropped, so "\r\nOK" of an unechoed command starts at '|'. */
	for (int i = 0; c->heard.len < len && i < DEADLINE_POLLS; i++) {
		if (strncmp(c->heard.s, folded, c->heard.len) != 0)
			break;
		listen_once(c, 10);
	}
	if (c->heard.len < len || memcmp(c->heard.s, folded, len) != 0)
		fail_msg("%s: expected \"%s\", heard \"%s\"", where, folded, c->heard.s);
	strbuf_consume(&c->heard, len);
}

/* The pty hands bytes over in a kernel thread; a few turns are enough for what was
 * written. */
void
chat_silent(struct simchat *c, const char *where)
{
	for (int i = 0; i < 3; i++)
		listen_once(c, 5);
	if (c->heard.len)
		fail_msg("%s: heard \"%s\"", where, c->heard.s);
}

void
chat_pass(struct simchat *c, int64_t ms)
{
	for (int i = 0; i < 2; i++)
		listen_once(c, 2);
	loop_run_until(c->loop, &c->clock, c->clock.mono + ms);
}

void
chat_tell(struct simchat *c, const char *command)
{
	struct strbuf answer = STRBUF_INIT(16 * 1024);
	if (sim_command(c->sim, command, &answer) < 0)
		fail_msg("%s: %s", command, answer.s);
	strbuf_done(&answer);
}

int
chat_ledger(struct simchat *c, const char *kind, const char *needle)
{
	char path[128], want[64];
	char *line = NULL;
	size_t size = 0;
	int count = 0;
	snprintf(path, sizeof(path), "%s/ledger.jsonl", c->dir);
	snprintf(want, sizeof(want), "\"kind\":\"%s\"", kind);
	FILE *f = fopen(path, "re");
	assert_non_null(f);
	while (getline(&line, &size, f) >= 0)
		count += strstr(line, want) && (!needle || strstr(line, needle));
	free(line);
	fclose(f);
	return count;
}

void
chat_rows(struct simchat *c, const struct chat_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (rows[i].say[0] == '!')
			chat_tell(c, rows[i].say + 1);
		else
			chat_say(c, rows[i].say);
		if (rows[i].expect)
			chat_expect(c, rows[i].name, rows[i].expect);
		else
			chat_silent(c, rows[i].name);
	}
}
