#include "gateway/core/checkup.h"

#include <errno.h>
#include <stdlib.h>

#include "gateway/core/owner.h"
#include "gateway/store/meta.h"
#include "gateway/store/reader.h"
#include "gateway/store/sound.h"
#include "gateway/text/zone.h"

#define LOOK  MINUTE
#define NIGHT (4 * HOUR)

struct checkup {
	struct core *core;
	struct reader *thread;
	struct loop_timer timer;
	atomic_bool stop;
	bool running;
	int result; /* the thread's, until it is back in the loop */
	struct strbuf err;
};

/* The night that began at four o'clock of the shop. */
static int64_t
this_night(const struct core *core)
{
	int64_t now = core_now(core);
	return (now + zone_offset(core->config->zone, now) - NIGHT) / DAY;
}

static void
run(struct db *db, void *arg)
{
	struct checkup *c = arg;
	strbuf_reset(&c->err);
	if (!db)
		strbuf_set(&c->err, "the store cannot be opened");
	c->result = db ? store_sound(db, &c->stop, &c->err) : -EIO;
}

static void
say_damage(struct checkup *c)
{
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(4096);
	core_event(c->core, &(struct event){.name = "store.damaged", .detail = c->err.s});
	strbuf_printf(&text,
		"The store is damaged (%.300s). Keep the backups there are, stop the "
		"gateway, copy the store's files, then: malgil restore --recover. The "
		"disk may be failing.",
		c->err.s);
	owner_alert(c->core, text.s);
}

static void
done(void *arg)
{
	struct checkup *c = arg;
	struct core *core = c->core;
	c->running = false;
	if (c->result == -ECANCELED || core->store_sick)
		return;
	meta_set_number(core->db, "checkup.night", this_night(core));
	if (c->result)
		say_damage(c);
	else
		meta_set_number(core->db, "checkup.good", core_now(core));
}

static void
on_timer(void *arg)
{
	struct checkup *c = arg;
	struct core *core = c->core;
	loop_timer_in(&c->timer, LOOK);
	if (c->running || core->store_sick || core->draining)
		return;
	int64_t last = meta_number(core->db, "checkup.night"), night = this_night(core);
	if (!last) /* the first night is the next one */
		meta_set_number(core->db, "checkup.night", night);
	else if (last < night)
		c->running = reader_submit(c->thread, run, done, NULL, c) == 0;
}

struct checkup *
checkup_new(struct core *core)
{
	struct checkup *c = xcalloc(1, sizeof(*c));
	c->core = core;
	strbuf_init(&c->err, 4096);
	c->thread = reader_new(core->loop, core->config->store);
	loop_timer_init(&c->timer, core->loop, on_timer, c);
	loop_timer_in(&c->timer, LOOK);
	return c;
}

void
checkup_free(struct checkup *c)
{
	if (!c)
		return;
	atomic_store(&c->stop, true);
	loop_timer_stop(&c->timer);
	reader_free(c->thread);
	strbuf_done(&c->err);
	free(c);
}
