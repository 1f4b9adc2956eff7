#include "tests/lib/listener.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "gateway/api/push.h"

#define PATIENT (5 * SECOND) /* real time a test waits at most */

struct rig listener;
struct httpd *listener_httpd;

void
listener_begin_with(const char *path, const char *more)
{
	char extra[4096];
	setenv("MALGIL_T", LISTENER_SECRET, 1);
	listener_httpd = httpd_start();
	int n = snprintf(extra, sizeof(extra),
		"webhooks = ( { name = \"shop\"; url = \"http://127.0.0.1:%d%s\"; secret "
		"= "
		"\"env:MALGIL_T\"; allow_private = true; timeout = \"400ms\"; } );\n",
		httpd_port(listener_httpd), path);
	/* A port that is not asked for is ignored (C11 7.21.6.1). */
	/* cppcheck-suppress wrongPrintfScanfArgNum */
	snprintf(extra + n, sizeof(extra) - (size_t)n, more, httpd_port(listener_httpd),
		httpd_port(listener_httpd));
	rig_open_with(&listener, false, extra, NULL);
	push_start(&listener.core);
	rig_run(&listener, 0);
}

void
listener_begin(const char *path)
{
	listener_begin_with(path, "");
}

void
listener_end(void)
{
	push_stop(&listener.core);
	rig_close(&listener);
	httpd_stop(listener_httpd);
}

int64_t
listener_deliveries(const char *state)
{
	return db_number(listener.core.db, -1,
		"SELECT count(*) FROM deliveries WHERE state = $1", "t", state);
}

void
listener_until(bool (*done)(int64_t what), int64_t what)
{
	int64_t last = clock_mono(clock_real()), stop = last + PATIENT;
	while (!done(what)) {
		int64_t now = clock_mono(clock_real());
		if (now > stop)
			fail_msg("it never came to %d; %zu requests came; %d pending, "
				 "%d delivered, %d dead",
				(int)what, httpd_count(listener_httpd),
				(int)listener_deliveries("pending"),
				(int)listener_deliveries("delivered"),
				(int)listener_deliveries("dead"));
		if (now > last)
			clock_sim_advance(&listener.clock, now - last);
		last = now;
		loop_turn(listener.loop);
	}
}

bool
listener_heard(int64_t n)
{
	return (int64_t)httpd_count(listener_httpd) >= n;
}

bool
listener_delivered(int64_t n)
{
	return listener_deliveries("delivered") >= n &&
	       !db_in_transaction(listener.core.db);
}

bool
listener_dead(int64_t n)
{
	return listener_deliveries("dead") >= n && !db_in_transaction(listener.core.db);
}

void
listener_happen(const char *name, const char *detail)
{
	core_event(&listener.core, &(struct event){.name = name, .detail = detail});
	loop_turn(listener.loop);
}

const char *
listener_nth(size_t n)
{
	static char request[65536];
	if (!httpd_nth(listener_httpd, n, request, sizeof(request)))
		fail_msg("there is no request %zu", n);
	return request;
}
