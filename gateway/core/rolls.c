/* Taking lists of people in; rolls_undo.c takes them back. */
#include "gateway/core/rolls.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/iso.h"
#include "gateway/core/erase.h"
#include "gateway/core/people.h"
#include "gateway/core/relay.h"
#include "gateway/net/json.h"
#include "gateway/sms/address.h"
#include "gateway/store/contacts.h"
#include "gateway/store/ledger.h"
#include "gateway/text/value.h"

enum cell_role {
	CELL_PHONE,
	CELL_CONSENT,
	CELL_DATE,
	CELL_SOURCE,
	CELL_NIGHT,
	CELL_TAGS
};
#define ROLES 6
static const char *const role_names[ROLES] = {
	"phone", "consent", "date", "source", "night", "tags"};

struct roll_hand {
	struct core *core;
	uint64_t id;
	struct roll im;
	bool suppressions;
	size_t count;
	const char *names[ROLL_CELLS]; /* within im.columns' copy */
	size_t at[ROLES];              /* place + 1 */
	char columns[ROLL_COLUMNS];
};

static const char *const results[] = {
	[ROLL_NEW] = "new",
	[ROLL_CHANGED] = "changed",
	[ROLL_SAME] = "unchanged",
	[ROLL_REFUSED] = "refused",
};

const char *
roll_result_name(enum roll_result result)
{
	return results[result];
}

/* ---- beginning ---- */

static bool
is_role(const char *name)
{
	for (size_t i = 0; i < ROLES; i++)
		if (!strcmp(name, role_names[i]))
			return true;
	return false;
}

static int
check_columns(const struct roll_wish *w, struct strbuf *joined, struct strbuf *err)
{
	bool phone = false;
	if (w->column_count > ROLL_CELLS) {
		strbuf_set(err, "a list has at most %d columns", ROLL_CELLS);
		return -EINVAL;
	}
	for (size_t i = 0; i < w->column_count; i++) {
		const char *name = w->columns[i];
		phone |= !strcmp(name, "phone");
		if (!is_role(name) && people_field_name(name, err) < 0)
			return -EINVAL;
		for (size_t k = 0; k < i; k++) {
			if (strcmp(name, w->columns[k]) != 0)
				continue;
			strbuf_set(err, "two columns are '%s'", name);
			return -EINVAL;
		}
		strbuf_printf(joined, "%s%s", i ? "\n" : "", name);
	}
	if (phone && !joined->full)
		return 0;
	strbuf_set(err, phone ? "the names of the columns are too long"
			      : "no column is the phone");
	return -EINVAL;
}

int
roll_begin(struct core *core, const struct roll_wish *w, uint64_t *ret_id,
	struct strbuf *err)
{
	struct strbuf joined AUTO(strbuf_done) = STRBUF_INIT(ROLL_COLUMNS - 1);
	if (check_columns(w, &joined, err) < 0)
		return -EINVAL;
	struct roll im = {.id = core_id(core), .at = core_now(core), .state = "open"};
	im.last_id = im.id;
	snprintf(im.name, sizeof(im.name), "%s", w->name);
	snprintf(im.agent, sizeof(im.agent), "%s", w->agent ? w->agent : "");
	snprintf(im.columns, sizeof(im.columns), "%s", joined.s);
	roll_insert(core->db, &im);
	core_event(core, &(struct event){.name = "import.started", .detail = im.name});
	*ret_id = im.id;
	return 0;
}

/* ---- a list in hand ---- */

static void
find_columns(struct roll_hand *h)
{
	char *p = h->columns;
	snprintf(h->columns, sizeof(h->columns), "%s", h->im.columns);
	while (*p && h->count < ROLL_CELLS) {
		char *end = p + strcspn(p, "\n");
		bool last = !*end;
		*end = '\0';
		for (size_t i = 0; i < ROLES; i++)
			if (!strcmp(p, role_names[i]))
				h->at[i] = h->count + 1;
		h->names[h->count++] = p;
		p = end + !last;
	}
}

struct roll_hand *
roll_take(struct core *core, uint64_t id, struct strbuf *err)
{
	struct roll_hand *h = xcalloc(1, sizeof(*h));
	h->core = core;
	h->id = id;
	if (roll_slice(h, err) == 0) {
		find_columns(h);
		return h;
	}
	free(h);
	return NULL;
}

void
roll_release(struct roll_hand *h)
{
	free(h);
}

int
roll_slice(struct roll_hand *h, struct strbuf *err)
{
	if (!roll_load(h->core->db, h->id, &h->im)) {
		strbuf_set(err, "there is no such import");
		return -ENOENT;
	}
	h->suppressions = suppressions_any(h->core->db);
	if (!strcmp(h->im.state, "open"))
		return 0;
	strbuf_set(err, "this import is %s: no more rows are taken", h->im.state);
	return -EPERM;
}

void
roll_sliced(struct roll_hand *h)
{
	h->im.last_id = h->core->ids.last;
	roll_save(h->core->db, &h->im);
}

/* ---- one row ---- */

static const char *
cell(const struct roll_hand *h, const char *const *cells, size_t count,
	enum cell_role role)
{
	size_t at = h->at[role];
	return at && at <= count && cells[at - 1] ? cells[at - 1] : "";
}

/* What almost every row of a Korean shop is needs no library to be read. */
static int
read_phone(const struct core *core, const char *text, char ret[32], struct strbuf *err)
{
	if (strlen(text) == 13 && !strncmp(text, "+8210", 5) &&
		strspn(text + 5, "0123456789") == 8 && text[5] > '1') {
		memcpy(ret, text, 14);
		return 0;
	}
	return sms_number_e164(text, core->config->country, ret, err);
}

/* False only when the store is poisoned. */
static bool
meet(struct roll_hand *h, const char *phone, struct contact *c, bool *fresh)
{
	struct core *core = h->core;
	*fresh = false;
	if (!h->suppressions) {
		*c = (struct contact){.id = core_id(core)};
		*fresh = roll_contact(core->db, c->id, phone, h->im.at, h->id);
		if (*fresh)
			snprintf(c->phone, sizeof(c->phone), "%s", phone);
		return *fresh || contact_find(core->db, phone, c);
	}
	if (!contact_meet(core, phone, h->im.at, c, fresh))
		return false;
	if (*fresh)
		roll_marks(core->db, c->id, h->id);
	return true;
}

/* The people an import found are listed, so that undoing finds them. */
static void
touch(struct roll_hand *h, const struct contact *c, bool fresh, bool *touched)
{
	if (!fresh && !*touched)
		roll_touched(h->core->db, h->id, c->id);
	*touched = true;
}

static bool
same_field(
	struct roll_hand *h, const struct contact *c, const char *name, const char *text)
{
	struct strbuf old AUTO(strbuf_done) = STRBUF_INIT(PEOPLE_TEXT_MAX + 1);
	struct attribute a;
	return attribute_load(h->core->db, c->id, name, &a, &old) && !strcmp(old.s, text);
}

/* An empty cell says nothing. */
static bool
put_field(struct roll_hand *h, const struct contact *c, bool fresh, const char *name,
	const char *text, bool *touched)
{
	if (!*text || (!fresh && same_field(h, c, name, text)))
		return false;
	struct value v = value_text(text);
	struct attribute a = {.text = text};
	a.has_number = value_as_number(&v, &a.number);
	a.has_moment = value_as_time(&v, h->core->config->zone, &a.moment);
	touch(h, c, fresh, touched);
	if (!fresh)
		roll_keep(h->core->db, h->id, c->id, name);
	attribute_save(h->core->db, c->id, name, &a, h->im.at);
	return true;
}

static bool
put_tags(struct roll_hand *h, const struct contact *c, bool fresh, const char *tags,
	bool *touched)
{
	bool any = false;
	while (*tags) {
		char tag[PEOPLE_NAME_MAX + 1];
		size_t n = strcspn(tags, ",");
		const char *from = tags + strspn(tags, " ");
		size_t len = n - MIN((size_t)(from - tags), n);
		while (len && from[len - 1] == ' ')
			len--;
		snprintf(tag, sizeof(tag), "%.*s", (int)len, from);
		if (*tag && len <= PEOPLE_NAME_MAX &&
			(fresh || !tag_there(h->core->db, c->id, tag))) {
			touch(h, c, fresh, touched);
			if (!fresh)
				roll_keep_tag(h->core->db, h->id, c->id, tag);
			tag_add(h->core->db, c->id, tag, h->im.at);
			any = true;
		}
		tags += n + (tags[n] == ',');
	}
	return any;
}

/* ---- consent ---- */

static void
append(struct roll_hand *h, const struct contact *c, const char *action,
	const char *words, const char *source, int64_t at, bool night)
{
	roll_consent(h->core->db, &(struct roll_consent){.id = core_id(h->core),
					  .contact = c->id,
					  .import = h->id,
					  .phone = c->phone,
					  .action = action,
					  .words = words,
					  .source = source,
					  .operator_name = h->im.agent,
					  .at = at,
					  .night = night});
}

/* They, or the file for them, said no. */
static bool
put_refusal(struct roll_hand *h, const struct contact *c, const char *words)
{
	if (*c->stopped)
		return false;
	append(h, c, "revoke", words, h->im.name, h->im.at, false);
	contact_set_stopped(h->core->db, c->id, "marketing", h->im.at);
	h->im.stopped++;
	return true;
}

static const char *
keeps_out(struct roll_hand *h, const struct contact *c, bool fresh, int64_t at)
{
	if (relay_number(c->phone))
		return "a relay number (050) is for one order: it agrees to nothing";
	if (c->suppressed)
		return "they asked to be forgotten: only they themselves can agree again";
	if (*c->stopped)
		return "they said stop here: a list does not overrule that";
	if (!fresh && roll_said_no(h->core->db, c->id))
		return "they said no here before: a list does not overrule that";
	return at > h->im.at ? "their consent is of a day to come" : NULL;
}

static bool
put_grant(struct roll_hand *h, const struct contact *c, bool fresh,
	const char *const *cells, size_t count, struct strbuf *why)
{
	struct consent_state state = {0};
	const char *source = cell(h, cells, count, CELL_SOURCE);
	int64_t at = 0;
	bool local;
	if (iso_parse(cell(h, cells, count, CELL_DATE), &at, &local) || !*source) {
		h->im.kept_out++;
		strbuf_set(why, "a consent needs its date and its source: texts they "
				"ask for only");
		return false;
	}
	const char *no = keeps_out(h, c, fresh, at);
	if (no) {
		h->im.kept_out++;
		strbuf_set(why, "%s", no);
		return false;
	}
	if (!fresh)
		consent_derive(h->core->db, c->id, &state);
	if (state.granted)
		return false;
	append(h, c, "grant", "yes", source, at, *cell(h, cells, count, CELL_NIGHT) != 0);
	h->im.granted++;
	return true;
}

static bool
put_consent(struct roll_hand *h, const struct contact *c, bool fresh,
	const char *const *cells, size_t count, struct strbuf *why)
{
	const char *says = cell(h, cells, count, CELL_CONSENT);
	if (!strcmp(says, "yes"))
		return put_grant(h, c, fresh, cells, count, why);
	if (!strcmp(says, "refused"))
		return put_refusal(h, c, says);
	return false;
}

/* ---- all of a row ---- */

static int
check_row(struct roll_hand *h, const char *const *cells, size_t count, char phone[32],
	struct strbuf *why)
{
	const char *says = cell(h, cells, count, CELL_CONSENT);
	if (count > h->count) {
		strbuf_set(why, "it has %zu cells where there are %zu columns", count,
			h->count);
		return -EINVAL;
	}
	if (*says && strcmp(says, "yes") && strcmp(says, "no") &&
		strcmp(says, "refused")) {
		strbuf_set(why, "consent: yes, no or refused is expected, not '%.40s'",
			says);
		return -EINVAL;
	}
	for (size_t i = 0; i < count; i++)
		if (cells[i] && strlen(cells[i]) > PEOPLE_TEXT_MAX) {
			strbuf_set(why, "%s is longer than %d bytes", h->names[i],
				PEOPLE_TEXT_MAX);
			return -EINVAL;
		}
	return read_phone(h->core, cell(h, cells, count, CELL_PHONE), phone, why);
}

enum roll_result
roll_row(struct roll_hand *h, const char *const *cells, size_t count, struct strbuf *why)
{
	char phone[32];
	struct contact c;
	bool fresh, changed = false, touched = false;
	strbuf_reset(why);
	if (check_row(h, cells, count, phone, why) < 0) {
		h->im.refused++;
		return ROLL_REFUSED;
	}
	if (!meet(h, phone, &c, &fresh))
		return ROLL_REFUSED; /* the store is poisoned: the tick says so */
	for (size_t i = 0; i < count; i++)
		if (cells[i] && !is_role(h->names[i]))
			changed |=
				put_field(h, &c, fresh, h->names[i], cells[i], &touched);
	changed |= put_tags(h, &c, fresh, cell(h, cells, count, CELL_TAGS), &touched);
	if (put_consent(h, &c, fresh, cells, count, why)) {
		touch(h, &c, fresh, &touched);
		changed = true;
	}
	h->im.created += fresh;
	h->im.changed += !fresh && changed;
	h->im.unchanged += !fresh && !changed;
	return fresh ? ROLL_NEW : changed ? ROLL_CHANGED : ROLL_SAME;
}
