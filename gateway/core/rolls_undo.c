/* Lists of people are finished, and taken back. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gateway/core/rolls.h"
#include "gateway/core/night.h"
#include "gateway/store/contacts.h"
#include "gateway/store/ledger.h"

#define SOME 200

static int
load(struct core *core, uint64_t id, struct roll *ret, struct strbuf *err)
{
	if (roll_load(core->db, id, ret))
		return 0;
	strbuf_set(err, "there is no import %" PRIu64, id);
	return -ENOENT;
}

static void
announce(struct core *core, const char *name, const struct roll *im)
{
	char detail[240];
	snprintf(detail, sizeof(detail), "%s: %" PRId64 " new, %" PRId64 " changed",
		im->name, im->created, im->changed);
	core_event(core, &(struct event){.name = name, .detail = detail});
}

int
roll_finish(struct core *core, uint64_t id, struct strbuf *err)
{
	struct roll im;
	int r = load(core, id, &im, err);
	if (r || !strcmp(im.state, "done"))
		return r;
	if (strcmp(im.state, "open") != 0) {
		strbuf_set(err, "this import is %s", im.state);
		return -EPERM;
	}
	snprintf(im.state, sizeof(im.state), "done");
	im.done_at = core_now(core);
	roll_save(core->db, &im);
	announce(core, "import.finished", &im);
	return 0;
}

int
roll_undo(struct core *core, uint64_t id, struct strbuf *err)
{
	struct roll im;
	int r = load(core, id, &im, err);
	if (r || !strcmp(im.state, "undoing"))
		return r;
	if (!strcmp(im.state, "undone")) {
		strbuf_set(err, "this import was undone already");
		return -EPERM;
	}
	snprintf(im.state, sizeof(im.state), "undoing");
	im.phase = 0;
	im.cursor = im.id;
	roll_save(core->db, &im);
	night_wake(core);
	return 0;
}

/* The ledger only grows: one more row says that the import's does not count. A later word
 * of theirs stays what it is. */
static void
take_consent_back(struct core *core, const struct roll *im, const struct contact *c)
{
	bool grant;
	if (!roll_last_word(core->db, im->id, c->id, &grant))
		return;
	struct consent_row row = {.id = core_id(core),
		.contact = c->id,
		.address = c->phone,
		.action = grant ? "revoke" : "unblock",
		.scope = "marketing",
		.method = "undo",
		.source = im->name,
		.at = core_now(core)};
	consent_append(core->db, &row);
	if (!grant && !strcmp(c->stopped, "marketing") && c->stopped_at == im->at)
		contact_set_stopped(core->db, c->id, "", core_now(core));
}

static void
undo_made(struct core *core, struct roll *im, const struct contact *c)
{
	take_consent_back(core, im, c);
	roll_strip(core->db, im, c->id);
	if (roll_remove(core->db, c->id))
		im->removed++;
	else
		im->left_as++;
}

static void
undo_found(struct core *core, struct roll *im, const struct contact *c)
{
	take_consent_back(core, im, c);
	roll_put_back(core->db, im, c->id);
	im->restored++;
}

static void
end(struct core *core, struct roll *im)
{
	snprintf(im->state, sizeof(im->state), "undone");
	im->done_at = core_now(core);
	announce(core, "import.undone", im);
}

bool
rolls_undo_some(struct core *core)
{
	struct roll im;
	uint64_t ids[SOME];
	if (!roll_undoing(core->db, &im) || (im.phase == 0 && roll_must_wait(core->db)))
		return false;
	size_t n = im.phase ? roll_found(core->db, &im, ids, SOME)
			    : roll_made(core->db, &im, ids, SOME);
	for (size_t i = 0; i < n; i++) {
		struct contact c;
		if (!contact_load(core->db, ids[i], &c))
			continue;
		if (im.phase)
			undo_found(core, &im, &c);
		else
			undo_made(core, &im, &c);
	}
	im.cursor = n ? ids[n - 1] : 0;
	if (!n && !im.phase)
		im.phase = 1;
	else if (!n)
		end(core, &im);
	roll_save(core->db, &im);
	return strcmp(im.state, "undone") != 0;
}
