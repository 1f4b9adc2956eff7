#include "dialogs/care.h"

#include "dialogs/shell_inside.h"

#define TRIES 3

static int64_t
starts_of(struct db *db, enum care_kind kind, uint64_t id)
{
	switch (kind) {
	case CARE_TIMER:
		return db_number(
			db, 0, "SELECT starts FROM timers WHERE id = $1", "u", id);
	case CARE_EVENT:
		return db_number(
			db, 0, "SELECT starts FROM shop_events WHERE id = $1", "u", id);
	case CARE_ENTRY:
		return db_number(
			db, 0, "SELECT starts FROM entries WHERE id = $1", "u", id);
	case CARE_KINDS: break;
	}
	return 0;
}

static void
count(struct db *db, enum care_kind kind, uint64_t id)
{
	switch (kind) {
	case CARE_TIMER:
		db_run(db, "UPDATE timers SET starts = starts + 1 WHERE id = $1", "u",
			id);
		break;
	case CARE_EVENT:
		db_run(db, "UPDATE shop_events SET starts = starts + 1 WHERE id = $1",
			"u", id);
		break;
	case CARE_ENTRY:
		db_run(db, "UPDATE entries SET starts = starts + 1 WHERE id = $1", "u",
			id);
		break;
	case CARE_KINDS: break;
	}
}

static void
on_counted(void *arg, bool committed)
{
	struct care *care = arg;
	care->durable = committed;
	if (!committed)
		care->count = 0;
	shell_wake(care->d);
}

void
care_begin(struct dialogs *d)
{
	for (size_t i = 0; i < CARE_KINDS; i++)
		d->care[i] = (struct care){.d = d, .leftover = true};
}

bool
care_waits(const struct dialogs *d)
{
	for (size_t i = 0; i < CARE_KINDS; i++)
		if (d->care[i].count && !d->care[i].durable)
			return true;
	return false;
}

/* Those that were in hand before are taken alone; the others together. */
static size_t
suspects(struct dialogs *d, enum care_kind kind, const uint64_t *ids, size_t n,
	int64_t *ret_starts)
{
	*ret_starts = starts_of(d->db, kind, ids[0]);
	size_t together = 1;
	while (!*ret_starts && together < n && !starts_of(d->db, kind, ids[together]))
		together++;
	return together;
}

size_t
care_admits(struct dialogs *d, enum care_kind kind, const uint64_t *ids, size_t n,
	bool *ret_aside)
{
	struct care *care = &d->care[kind];
	int64_t starts;
	*ret_aside = false;
	if (!care->leftover || !n) {
		care->leftover = false;
		return n;
	}
	if (care->count && care->first == ids[0]) {
		size_t now = care->durable ? MIN(care->count, n) : 0;
		if (care->durable)
			care->count = 0;
		return now;
	}
	if (care->count && !care->durable)
		return 0;
	care->count = suspects(d, kind, ids, n, &starts);
	if (starts >= TRIES) {
		care->count = 0;
		*ret_aside = true;
		return 1;
	}
	for (size_t i = 0; i < care->count; i++)
		count(d->db, kind, ids[i]);
	care->first = ids[0];
	care->durable = false;
	loop_after_commit(d->loop, on_counted, care);
	return 0;
}
