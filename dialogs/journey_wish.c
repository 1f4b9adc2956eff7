/* What the trade asks about a text of a journey: when it may leave, until when it is
 * worth it, and, again before it leaves, whether it is wanted at all. */
#include <stdio.h>
#include <string.h>

#include "gateway/store/entries.h"
#include "gateway/store/shop_events.h"
#include "dialogs/journey.h"
#include "dialogs/journey_eyes.h"
#include "dialogs/shell_inside.h"

#define BATCH 16

void
journeys_terms(struct dialogs *d, uint64_t id, const char *zone, uint64_t run_id,
	struct terms *ret)
{
	struct entry_row entry;
	if (!entry_load(d->db, id, &entry))
		return;
	const struct script *s =
		script_find(shelf_scripts(d->shelf), entry.script, entry.hash);
	int64_t now = dialogs_now(d), opens = now;
	if (s)
		opens = journey_opens(s, now, journey_zone(s, zone, d->zone), run_id);
	ret->not_before = opens == now || opens == WINDOW_NEVER ? 0 : opens;
	ret->expires = s ? journey_ends(s, entry.origin, entry.started) : 0;
	entry_row_done(&entry);
}

/* What has happened and was not heard yet counts too: between the two a text might leave.
 */
static const char *
about_to_leave(struct dialogs *d, const struct script *s, struct eyes *eyes)
{
	static struct shop_event_row rows[BATCH];
	const struct script_exit *x = NULL;
	struct strbuf room = STRBUF_INIT(4 << 20), err = STRBUF_SENTENCE;
	size_t n = shop_events_oldest(d->db)
			   ? shop_events_unheard(d->db, rows, BATCH, &room)
			   : 0;
	for (size_t i = 0; i < n && !x; i++) {
		if (rows[i].contact != eyes->world.contact)
			continue;
		json_t *data = json_read(rows[i].data, strlen(rows[i].data), &err);
		eyes->happening = data;
		eyes->event = rows[i].name;
		x = eyes_exit(s, eyes, false);
		eyes->event = NULL;
		json_decref(data);
	}
	strbuf_done(&room);
	strbuf_done(&err);
	return x ? x->name : NULL;
}

static void
judge(struct dialogs *d, const struct script *s, const struct entry_row *entry,
	bool marketing, struct wish *ret)
{
	struct eyes eyes;
	struct strbuf err = STRBUF_SENTENCE;
	json_t *data = json_read(entry->data, strlen(entry->data), &err);
	eyes_open(&eyes, d, entry->contact, data);
	const char *leaves = about_to_leave(d, s, &eyes);
	if (leaves)
		snprintf(ret->over, sizeof(ret->over), "they left the journey: %.50s",
			leaves);
	else if (marketing && !eyes_hold(&eyes, s->journey.trigger.cond))
		snprintf(ret->over, sizeof(ret->over),
			"what began the journey no longer holds");
	snprintf(ret->zone, sizeof(ret->zone), "%s",
		journey_zone(s, eyes.world.zone, d->zone));
	eyes_close(&eyes);
	json_decref(data);
	strbuf_done(&err);
}

void
journeys_wish(struct dialogs *d, uint64_t run_id, bool marketing, struct wish *ret)
{
	struct run_row row;
	struct entry_row entry;
	struct window w;
	struct strbuf err = STRBUF_SENTENCE, hours = STRBUF_INIT(sizeof(ret->hours) - 1);
	if (!run_load(d->db, run_id, &row))
		return;
	uint64_t id = row.entry;
	run_row_done(&row);
	if (!id || !entry_load(d->db, id, &entry))
		return;
	const struct script *s =
		script_find(shelf_scripts(d->shelf), entry.script, entry.hash);
	if (!entry.live)
		snprintf(ret->over, sizeof(ret->over), "the journey is over: %.50s",
			entry.outcome);
	else if (s && s->is_journey) {
		judge(d, s, &entry, marketing, ret);
		ret->skip =
			s->journey.cap.on_hit && !strcmp(s->journey.cap.on_hit, "skip");
		if (journey_window(s, &w, &err) == 0 && !window_always(&w)) {
			window_print(&w, &hours);
			snprintf(ret->hours, sizeof(ret->hours), "%s", hours.s);
		}
	}
	entry_row_done(&entry);
	strbuf_done(&err);
	strbuf_done(&hours);
}
