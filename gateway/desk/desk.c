#include "gateway/desk/desk.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/loop.h"
#include "gateway/desk/commands.h"
#include "gateway/desk/drafts.h"
#include "gateway/desk/link.h"

#define TICK       SECOND
#define TICK_SOON  10 /* ms, while something waits to be asked for */
#define SAVE_AFTER 15 /* ms: so that the next key does not wait for the disk */
#define SYNC_AFTER SECOND

struct shell {
	struct desk desk;
	struct loop *loop;
	struct desk_term *term;
	struct link *link;
	struct grid grid;
	struct loop_watch *input;
	struct loop_timer tick, save, sync;
	bool posted;
	bool undraftable; /* said already that drafts cannot be kept */
};

/* ---- after every turn: what has changed is drawn, what was written is kept, and what is
 * wanted is asked: in this order a key is seen at once, and nothing is sent that is not
 * on disk as well ---- */

static void
keep_drafts(void *arg)
{
	struct shell *s = arg;
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	if (!*s->desk.drafts_dir)
		return;
	if (drafts_save(&s->desk, &err) < 0 && !s->undraftable) {
		s->undraftable = true;
		desk_say(
			&s->desk, NOTICE_BAD, phrase(s->desk.language, P_UNSAVED), err.s);
	}
	loop_timer_in(&s->sync, SYNC_AFTER);
}

/* Of the letters of one who types only the last is kept, a moment later; at anything else
 * (it is sent, it is said that it is kept) what was written is on disk before that shows.
 */
static void
keep_drafts_in_time(struct shell *s)
{
	const struct desk *d = &s->desk;
	bool typing = d->compose.kind != WRITE_NONE && d->compose.typed == d->now &&
		      !d->compose.sending && !*d->notice;
	bool dirty = false;
	for (size_t i = 0; i < d->draft_count; i++)
		dirty |= d->drafts[i].dirty;
	if (dirty && !typing)
		keep_drafts(s);
	else if (dirty && !loop_timer_active(&s->save))
		loop_timer_in(&s->save, SAVE_AFTER);
}

static void
settle(void *arg)
{
	struct shell *s = arg;
	struct desk *d = &s->desk;
	s->posted = false;
	if (d->quit) {
		loop_stop(s->loop);
		return;
	}
	keep_drafts_in_time(s);
	if (d->redraw)
		term_redraw(s->term);
	if (d->beep)
		term_beep(s->term);
	d->redraw = d->beep = false;
	desk_draw(d, &s->grid);
	term_draw(s->term, &s->grid);
	link_pump(s->link); /* drawing may have found that older lines are wanted */
	bool soon = d->link == LINK_UP && (d->list_due || !d->presence_at);
	loop_timer_in(&s->tick, soon ? TICK_SOON : TICK - d->now % TICK);
}

static void
changed(void *arg)
{
	struct shell *s = arg;
	s->desk.now = clock_wall(clock_real());
	if (s->posted)
		return;
	s->posted = true;
	loop_post(s->loop, settle, s);
}

/* ---- what comes in ---- */

static void
on_input(void *arg, unsigned events)
{
	struct shell *s = arg;
	struct key key;
	bool gone, any = false;
	s->desk.now = clock_wall(clock_real());
	/* A read that yields nothing may have passed over a bad byte: once more. */
	for (int empty = 0; empty < 2;) {
		if (!term_read(s->term, &key, &gone)) {
			empty++;
			continue;
		}
		any = true;
		desk_key(&s->desk, &key);
	}
	struct pollfd fd = {.fd = STDIN_FILENO, .events = POLLIN};
	bool hung = poll(&fd, 1, 0) > 0 && (fd.revents & (POLLHUP | POLLERR | POLLNVAL));
	if (hung || (!any && (events & LOOP_HANGUP)))
		s->desk.quit = true;
	changed(s);
}

static void
on_tick(void *arg)
{
	struct shell *s = arg;
	s->desk.now = clock_wall(clock_real());
	desk_tick(&s->desk);
	changed(s);
}

static void
on_sync(void *arg)
{
	struct shell *s = arg;
	drafts_sync(&s->desk);
}

static void
on_window(void *arg)
{
	struct shell *s = arg;
	term_resize(s->term);
	term_size(s->term, &s->desk.rows, &s->desk.cols);
	changed(s);
}

static void
on_end(void *arg)
{
	struct shell *s = arg;
	compose_leave(&s->desk);
	s->desk.quit = true;
	changed(s);
}

/* ---- starting ---- */

/* $XDG_STATE_HOME/malgil/drafts, or ~/.local/state. */
static void
choose_drafts(struct desk *d, const char *named)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	size_t size = sizeof(d->drafts_dir);
	if (named)
		snprintf(d->drafts_dir, size, "%s", named);
	else if (state && *state == '/')
		snprintf(d->drafts_dir, size, "%s/malgil/drafts", state);
	else
		snprintf(d->drafts_dir, size, "%s/.local/state/malgil/drafts",
			home && *home == '/' ? home : "/tmp");
}

static int
read_keys(const char *named, struct strbuf *err)
{
	char path[512];
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	if (named)
		return command_read_keys(named, err);
	if (config && *config == '/')
		snprintf(path, sizeof(path), "%s/malgil/desk.cfg", config);
	else
		snprintf(path, sizeof(path), "%s/.config/malgil/desk.cfg",
			home ? home : "");
	return access(path, R_OK) == 0 ? command_read_keys(path, err) : 0;
}

static void
set_up_model(struct shell *s, const struct desk_options *o)
{
	struct desk *d = &s->desk;
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	desk_init(d);
	d->now = clock_wall(clock_real());
	d->seed = (uint64_t)d->now << 20 ^ (uint64_t)getpid();
	d->language =
		language_of(getenv("LC_ALL"), getenv("LC_MESSAGES"), getenv("LANG"));
	choose_drafts(d, o->drafts);
	if (drafts_open(d, &err) < 0) {
		*d->drafts_dir = '\0';
		desk_say(d, NOTICE_BAD, phrase(d->language, P_UNSAVED), err.s);
	}
}

static void
set_up_loop(struct shell *s, const struct desk_options *o)
{
	struct link_options how = {.socket = o->socket,
		.url = o->url,
		.token = o->token,
		.changed = changed,
		.arg = s};
	s->loop = loop_new(clock_real());
	loop_timer_init(&s->tick, s->loop, on_tick, s);
	loop_timer_init(&s->save, s->loop, keep_drafts, s);
	loop_timer_init(&s->sync, s->loop, on_sync, s);
	loop_on_signal(s->loop, SIGWINCH, on_window, s);
	loop_on_signal(s->loop, SIGTERM, on_end, s);
	loop_on_signal(s->loop, SIGHUP, on_end, s);
	loop_on_signal(s->loop, SIGINT, on_end, s);
	s->input = loop_watch_open(s->loop, STDIN_FILENO, LOOP_READ, on_input, s);
	s->link = link_new(s->loop, &s->desk, &how);
}

int
desk_run(const struct desk_options *o, struct strbuf *err)
{
	struct shell s = {.posted = false};
	int r = read_keys(o->keys, err);
	if (r)
		return r;
	set_up_model(&s, o);
	r = term_open(o->theme, o->mouse, &s.term, err);
	if (!r) {
		set_up_loop(&s, o);
		term_size(s.term, &s.desk.rows, &s.desk.cols);
		changed(&s);
		loop_run(s.loop);
		keep_drafts(&s);
		drafts_sync(&s.desk);
		link_free(s.link);
		loop_watch_close(s.input);
		loop_timer_stop(&s.tick);
		loop_timer_stop(&s.save);
		loop_timer_stop(&s.sync);
		term_close(s.term);
		loop_free(s.loop);
	}
	grid_done(&s.grid);
	desk_done(&s.desk);
	return r;
}
