#include "gateway/core/pause.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "gateway/core/channel.h"
#include "gateway/core/core.h"
#include "gateway/core/dispatch.h"
#include "gateway/core/queue.h"

#define WAKE 500 /* held texts woken in one tick */

void
pauses_load(struct db *db, struct pauses *ret)
{
	struct db_rows *q = db_select(db, "SELECT what, until FROM pauses", "");
	ret->count = 0;
	while (ret->count < PAUSES && db_next(q)) {
		struct pause_short *p = &ret->list[ret->count++];
		snprintf(p->what, sizeof(p->what), "%s", db_text(q, 0));
		p->until = db_int(q, 1);
	}
	db_end(q);
}

/* 0: not at all; PAUSE_OPEN; or until when. */
static int64_t
holds(const struct pause_short *p, int64_t now)
{
	if (!p->until)
		return PAUSE_OPEN;
	return p->until > now ? p->until : 0;
}

int64_t
pause_of_channel(const struct pauses *pauses, const char *name, int64_t now)
{
	int64_t until = 0;
	for (size_t i = 0; i < pauses->count; i++)
		if (!strncmp(pauses->list[i].what, "channel:", 8) &&
			!strcmp(pauses->list[i].what + 8, name))
			until = MAX(until, holds(&pauses->list[i], now));
	return until;
}

int64_t
pause_of_class(const struct pauses *pauses, enum message_class cls, int64_t now,
	const char **ret_what)
{
	int64_t until = 0;
	*ret_what = NULL;
	for (size_t i = 0; i < pauses->count && cls != CLASS_NOTICE; i++) {
		const struct pause_short *p = &pauses->list[i];
		bool all = !strcmp(p->what, "all");
		bool mine = !strncmp(p->what, "class:", 6) &&
			    !strcmp(p->what + 6, message_class_name(cls));
		if ((!all && !mine) || holds(p, now) <= until)
			continue;
		until = holds(p, now);
		*ret_what = all ? "everything" : message_class_name(cls);
	}
	return until == PAUSE_OPEN ? 0 : until;
}

bool
paused_here(struct core *core, const char *channel)
{
	struct pauses pauses;
	pauses_load(core->db, &pauses);
	for (size_t i = 0; i < pauses.count; i++)
		if (!strcmp(pauses.list[i].what, "all") &&
			holds(&pauses.list[i], core_now(core)))
			return true;
	return pause_of_channel(&pauses, channel, core_now(core)) != 0;
}

/* ---- what people do ---- */

static int
check(const struct core *core, const struct pause *p, struct strbuf *err)
{
	const char *what = p->what;
	enum message_class cls;
	bool known =
		!strcmp(what, "all") ||
		(!strncmp(what, "class:", 6) &&
			message_class_parse(what + 6, &cls) == 0 && cls != CLASS_NOTICE);
	for (size_t i = 0; i < core->config->channel_count; i++)
		known |= !strncmp(what, "channel:", 8) &&
			 !strcmp(what + 8, core->config->channels[i].name);
	if (!known)
		strbuf_set(err,
			"'%s' cannot be paused: all, reply, service, marketing or a "
			"channel is expected",
			strchr(what, ':') ? strchr(what, ':') + 1 : what);
	else if (p->until && p->until <= core_now(core))
		strbuf_set(err, "that moment is over already");
	else
		return 0;
	return -EINVAL;
}

int
pause_set(struct core *core, const struct pause *p, struct strbuf *err)
{
	if (check(core, p, err) < 0)
		return -EINVAL;
	db_run(core->db,
		"INSERT INTO pauses(what, at, until, agent, why) VALUES($1, $2, $3, $4, "
		"$5) ON CONFLICT (what) DO UPDATE SET at = excluded.at, until = "
		"excluded.until, agent = excluded.agent, why = excluded.why",
		"tiitt", p->what, core_now(core), p->until, p->agent, p->why);
	core_event(core, &(struct event){.name = "gateway.paused", .detail = p->what});
	return 0;
}

/* Those a pause held are looked at again, some in each tick. */
static void
wake_some(void *arg)
{
	struct core *core = arg;
	if (core->store_sick)
		return;
	int n = db_run(core->db,
		"UPDATE messages SET due = $1, reason = '' WHERE id IN (SELECT id FROM "
		"messages WHERE state = 'held' AND due > $1 AND reason LIKE "
		"'schedule: % is paused by a person' ORDER BY due LIMIT $2)",
		"ii", core_now(core), (int64_t)WAKE);
	queue_alarm(core->queue);
	if (n == WAKE)
		loop_post(core->loop, wake_some, core);
}

int
pause_lift(struct core *core, const char *what, const char *agent, struct strbuf *err)
{
	struct strbuf detail AUTO(strbuf_done) = STRBUF_SENTENCE;
	if (db_run(core->db, "DELETE FROM pauses WHERE what = $1", "t", what) != 1) {
		strbuf_set(err, "%s is not paused",
			!strcmp(what, "all") ? "everything"
			: strchr(what, ':')  ? strchr(what, ':') + 1
					     : what);
		return -ENOENT;
	}
	strbuf_printf(&detail, "%s%s%s", what, *agent ? ", by " : "", agent);
	core_event(core, &(struct event){.name = "gateway.resumed", .detail = detail.s});
	wake_some(core);
	dispatch_wanted(core);
	return 0;
}

void
pauses_list(struct db *db, bool (*each)(void *arg, const struct pause *p), void *arg)
{
	struct db_rows *q = db_select(
		db, "SELECT what, at, until, agent, why FROM pauses ORDER BY what", "");
	bool more = true;
	while (more && db_next(q)) {
		struct pause p = {.at = db_int(q, 1), .until = db_int(q, 2)};
		snprintf(p.what, sizeof(p.what), "%s", db_text(q, 0));
		snprintf(p.agent, sizeof(p.agent), "%s", db_text(q, 3));
		snprintf(p.why, sizeof(p.why), "%s", db_text(q, 4));
		more = each(arg, &p);
	}
	db_end(q);
}
