/* An audience decided together gets the verdicts each contact would get alone. */
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "gateway/core/audience.h"
#include "gateway/core/budget.h"
#include "gateway/core/facts.h"
#include "gateway/core/pause.h"
#include "gateway/core/tickets.h"
#include "gateway/store/contacts.h"
#include "gateway/store/orders.h"
#include "gateway/store/usage.h"
#include "tests/lib/random.h"
#include "tests/lib/rig.h"

#define PEOPLE 300
#define POLICY                                                                           \
	"optout_080 = \"080-123-4567\"; phone = \"02-1\"; caps = { promo = \"1/1d, "     \
	"3/7d, "                                                                         \
	"9/month\"; }; sim_ad_parts = 2; quiet = { marketing = \"20:00-09:00\"; };"

static struct rig r;
static struct test_random rnd;

/* ---- people of all kinds ---- */

static const char *const prefixes[] = {
	"+8210", "+336", "+1305", "+1888", "+1416", "+4477", "+1212", "+8170"};

static uint64_t
person(unsigned i)
{
	static const char *const zones[] = {
		"", "", "", "America/New_York", "Asia/Seoul", "Pacific/Chatham"};
	static const char *const regions[] = {"", "", "FL", "TX", "RI"};
	static const char *const stops[] = {"", "", "", "", "", "", "marketing", "all"};
	char phone[32];
	struct contact c;
	bool fresh;
	const char *prefix = prefixes[random_below(&rnd, ARRAY_LEN(prefixes))];
	snprintf(phone, sizeof(phone), "%s%07u", prefix, 2340000 + i);
	assert_true(contact_take(
		r.core.db, phone, core_id(&r.core), core_now(&r.core), &c, &fresh));
	if (random_below(&rnd, 3) == 0)
		contact_set_place(r.core.db, c.id,
			zones[random_below(&rnd, ARRAY_LEN(zones))],
			regions[random_below(&rnd, ARRAY_LEN(regions))]);
	contact_set_stopped(r.core.db, c.id, stops[random_below(&rnd, ARRAY_LEN(stops))],
		core_now(&r.core) - DAY);
	if (random_below(&rnd, 20) == 0)
		contact_set_dead(r.core.db, c.id, core_now(&r.core) - DAY);
	if (random_below(&rnd, 20) == 0)
		contact_set_optout(r.core.db, c.id, 1,
			core_now(&r.core) + random_below(&rnd, 2) * DAY);
	return c.id;
}

static void
consents(uint64_t contact)
{
	static const char *const actions[] = {"grant", "grant", "grant", "grant",
		"revoke", "reconfirm", "deny", "kept"};
	static const char *const bases[] = {
		"express", "express", "express", "sale", "soft"};
	static const char *const lists[] = {"", "", "", "news", "club"};
	static const char *const scopes[] = {"marketing", "marketing", "night"};
	for (unsigned n = random_below(&rnd, 4) + (random_below(&rnd, 4) > 0); n > 0;
		n--) {
		const char *action = actions[random_below(&rnd, ARRAY_LEN(actions))];
		bool grant = !strcmp(action, "grant");
		int64_t at = core_now(&r.core) - (int64_t)random_below(&rnd, 900) * DAY;
		consent_append(r.core.db,
			&(struct consent_row){.id = core_id(&r.core),
				.contact = contact,
				.address = "+1",
				.action = action,
				.scope = grant ? "marketing"
					       : scopes[random_below(&rnd, 3)],
				.method = "staff",
				.words = "yes",
				.list = lists[random_below(&rnd, ARRAY_LEN(lists))],
				.basis = grant ? bases[random_below(&rnd, 5)] : "",
				.night = random_below(&rnd, 3) == 0,
				.expires = random_below(&rnd, 6) ? 0 : at + 300 * DAY,
				.at = at});
	}
}

static void
history(uint64_t contact, const char *text)
{
	for (unsigned n = random_below(&rnd, 5); n > 0; n--) {
		struct charge c = {.message = core_id(&r.core),
			.contact = contact,
			.channel = r.core.channels[random_below(&rnd, 2)]->row.id,
			.priority =
				random_below(&rnd, 5) ? CLASS_MARKETING : CLASS_SERVICE,
			.sim = "45005north",
			.at = core_now(&r.core) -
			      (int64_t)random_below(&rnd, 40) * DAY / 2,
			.parts = 1,
			.text = random_below(&rnd, 4) ? 7 : budget_text_hash(text)};
		budget_days(&r.core, c.at, &c.day, &c.month);
		usage_charge(r.core.db, &c, c.priority == CLASS_MARKETING);
	}
}

static void
orders(uint64_t contact)
{
	struct contact c;
	assert_true(contact_load(r.core.db, contact, &c));
	for (unsigned n = random_below(&rnd, 3) ? 0 : random_below(&rnd, 6); n > 0; n--) {
		char number[32];
		uint64_t id, fresh = core_id(&r.core);
		snprintf(number, sizeof(number), "N%" PRIu64, fresh);
		order_put(r.core.db,
			&(struct order_facts){.number = number,
				.source = "",
				.phone = c.phone,
				.has_placed = true,
				.placed = core_now(&r.core) - n * 9 * DAY},
			fresh, core_now(&r.core), &id);
	}
}

static void
fill(uint64_t audience, const char *text)
{
	static const char *const own[] = {"봄 세일 ♥ 오늘만",
		"Rig: a sale of everything, "
		"everywhere, for everyone, today and only today, in all of our shops and "
		"by "
		"post; come in and see, we are open until eight. Reply STOP to opt out"};
	for (unsigned i = 0; i < PEOPLE; i++) {
		uint64_t id = person(i);
		consents(id);
		history(id, text);
		orders(id);
		if (random_below(&rnd, 15) == 0)
			tickets_open(&r.core, &(struct ticket_wish){.contact = id,
						      .topic = "x",
						      .priority = TICKET_NORMAL,
						      .mute = random_bool(&rnd)});
		audience_add(r.core.db, audience, id,
			random_below(&rnd, 4) ? NULL : own[random_below(&rnd, 2)]);
	}
	assert_int_equal(db_commit(r.core.db), 0);
}

/* ---- the property ---- */

static int64_t verdicts[VERDICT_CANCEL + 1];

static bool
same_alone(void *arg, const struct message *row)
{
	static struct gate_facts facts;
	struct verdict v;
	struct message m = *row;
	const char *state = "queued";
	int64_t now = *(int64_t *)arg;
	m.state = MESSAGE_ACCEPTED;
	m.ready = false;
	facts_gather(&r.core, &m, NULL, &facts);
	admit(&facts, now, &v);
	verdicts[v.what]++;
	switch (v.what) {
	case VERDICT_SEND: break;
	case VERDICT_DEFER: state = v.queues ? "queued" : "held"; break;
	case VERDICT_SUPPRESS: state = "suppressed"; break;
	case VERDICT_EXPIRE: state = "expired"; break;
	case VERDICT_CANCEL: state = "canceled"; break;
	}
	char reason[256] = "";
	if (strcmp(state, "queued") != 0)
		snprintf(reason, sizeof(reason), "%s: %s", v.gate, verdict_rule(&v));
	assert_string_equal(message_state_name(row->state), state);
	assert_string_equal(row->reason, reason);
	if (row->state == MESSAGE_HELD && !v.waits)
		assert_int_equal(row->due, v.until);
	return true;
}

/* People found by a tag, pages of them read by another connection, come to the same. */
static void
same_by_tag(const struct audience_wish *like)
{
	static struct audience_chunk page;
	struct strbuf err = STRBUF_SENTENCE;
	struct audience_wish wish = *like;
	struct audience_sums listed = {0}, tagged = {0};
	struct db *reader;
	uint64_t cursor = 0, after = 0;
	int n;
	wish.key = NULL;
	wish.dry = true;
	db_run(r.core.db, "UPDATE audience SET text = NULL", "");
	db_run(r.core.db,
		"INSERT INTO tags(contact, name, at) SELECT id, 'all', 1 FROM contacts",
		"");
	assert_int_equal(db_commit(r.core.db), 0);
	while ((n = audience_admit(&r.core, &wish, &cursor, 100, &listed, &err)) > 0)
		;
	assert_int_equal(n, 0);
	assert_int_equal(db_open(r.core.config->store, DB_READER, &reader, &err), 0);
	do {
		audience_read_tagged(
			reader, "all", after, audience_charges_since(&r.core), 70, &page);
		n = audience_judge(&r.core, &wish, &page, &tagged, &err);
		after = n > 0 ? page.rows[n - 1].contact.id : after;
	} while (n == 70);
	assert_true(n >= 0);
	assert_int_equal(tagged.contacts, PEOPLE);
	assert_memory_equal(&tagged, &listed, sizeof(tagged));
	audience_chunk_done(&page);
	db_close(reader);
	strbuf_done(&err);
}

static void
the_verdicts_are_those_of_admit_one_by_one(void **state)
{
	(void)state;
	static const char text[] = "큰 세일";
	for (unsigned round = 0; round < 8; round++) {
		struct strbuf err = STRBUF_SENTENCE;
		struct audience_sums sums = {0}, plan = {0};
		uint64_t cursor = 0, dry = 0;
		int n;
		rnd.state = 77 + round;
		rig_open_with(&r, true, "packs = \"KR, US, FR, CA, GB\";", POLICY);
		clock_sim_advance(&r.clock, 400 * DAY + round * 5 * HOUR);
		fill(5, text);
		int64_t now = core_now(&r.core);
		struct audience_wish wish = {.audience = 5,
			.text = text,
			.cls = round == 7 ? CLASS_SERVICE : CLASS_MARKETING,
			.origin = "campaign",
			.key = "spring",
			.channel = round == 5 ? "south" : NULL,
			.at = round == 3 ? now + 3 * HOUR : 0,
			.expires = round == 4 ? now + 9 * HOUR : 0,
			.skip_capped = round == 6,
			.dry = true};
		while ((n = audience_admit(&r.core, &wish, &dry, 70, &plan, &err)) > 0)
			;
		assert_int_equal(n, 0);
		assert_int_equal(rig_count(&r, "SELECT count(*) FROM messages"), 0);
		wish.dry = false;
		while ((n = audience_admit(&r.core, &wish, &cursor, 70, &sums, &err)) > 0)
			;
		assert_int_equal(n, 0);
		assert_int_equal(sums.contacts, PEOPLE);
		assert_memory_equal(sums.verdicts, plan.verdicts, sizeof(sums.verdicts));
		assert_int_equal(sums.segments, plan.segments);
		/* each is told of once, by the name of its state */
		assert_int_equal(
			rig_count(&r,
				"SELECT count(*) FROM messages m JOIN events e ON "
				"e.message = m.id AND e.contact = m.contact AND e.detail "
				"= m.reason AND e.name = 'message.' || CASE m.state WHEN "
				"'queued' THEN 'accepted' ELSE m.state END"),
			PEOPLE);
		assert_int_equal(rig_count(&r, "SELECT count(*) FROM events WHERE "
					       "message IS NOT NULL"),
			PEOPLE);
		int64_t before = verdicts[VERDICT_SEND];
		messages_list(r.core.db, &(struct message_filter){.limit = 1000},
			same_alone, &now);
		assert_true(round == 4 || verdicts[VERDICT_SEND] >= before);
		/* the same again is once */
		cursor = 0;
		struct audience_sums again = {0};
		while ((n = audience_admit(&r.core, &wish, &cursor, 256, &again, &err)) >
			0)
			;
		assert_int_equal(again.repeated, PEOPLE);
		assert_int_equal(rig_count(&r, "SELECT count(*) FROM messages"), PEOPLE);
		same_by_tag(&wish);
		strbuf_done(&err);
		rig_close(&r);
	}
	/* the property was asked of something */
	assert_true(verdicts[VERDICT_SEND] > 50 && verdicts[VERDICT_DEFER] > 50 &&
		    verdicts[VERDICT_SUPPRESS] > 50 && verdicts[VERDICT_EXPIRE] > 5);
}

/* Thursday noon is theirs, not ours; and a campaign rests on Sundays. */
static void
a_slot_is_local_and_sundays_are_off(void **state)
{
	(void)state;
	struct strbuf err = STRBUF_SENTENCE;
	static const struct {
		const char *phone;
		int64_t offset; /* from UTC in March */
	} people[] = {{"+821012345678", 9 * HOUR}, {"+33612345678", HOUR}};
	struct audience_sums sums = {0};
	uint64_t cursor = 0;
	rig_open_with(&r, false, "packs = \"KR, FR\";",
		"optout_080 = \"080-123-4567\"; spread = \"0s\"; sim_ad_parts = 2;");
	for (size_t i = 0; i < ARRAY_LEN(people); i++) {
		rig_grant(&r, people[i].phone);
		struct contact c;
		assert_true(contact_find(r.core.db, people[i].phone, &c));
		audience_add(r.core.db, 9, c.id, NULL);
	}
	struct audience_wish wish = {.audience = 9,
		.text = "sale",
		.cls = CLASS_MARKETING,
		.origin = "campaign",
		.slot = AUDIENCE_SLOT};
	assert_int_equal(audience_admit(&r.core, &wish, &cursor, 9, &sums, &err), 2);
	for (size_t i = 0; i < ARRAY_LEN(people); i++) {
		int64_t due = db_number(r.core.db, 0,
			"SELECT m.due FROM messages m JOIN contacts c ON c.id = "
			"m.contact "
			"WHERE c.phone = $1 AND m.state = 'held'",
			"t", people[i].phone);
		int64_t local = due + people[i].offset;
		assert_int_equal(local % DAY, 12 * HOUR);
		assert_int_equal((local / DAY + 3) % 7, 3); /* Thursday, Monday being 0 */
	}
	assert_int_equal(sums.first_local % DAY, 12 * HOUR);
	/* the Sunday after */
	wish.slot = NULL;
	wish.at = core_now(&r.core) + 6 * DAY;
	cursor = 0;
	assert_int_equal(audience_admit(&r.core, &wish, &cursor, 1, &sums, &err), 1);
	int64_t due = rig_count(&r,
		"SELECT due FROM messages WHERE state = 'held' ORDER BY id DESC LIMIT 1");
	assert_int_equal(((due + 9 * HOUR) / DAY + 3) % 7, 0);
	wish.slot = "thursday noon";
	cursor = 0;
	assert_int_equal(
		audience_admit(&r.core, &wish, &cursor, 1, &sums, &err), -EINVAL);
	assert_non_null(strstr(err.s, "thu 12:00"));
	strbuf_done(&err);
	rig_close(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_verdicts_are_those_of_admit_one_by_one),
		cmocka_unit_test(a_slot_is_local_and_sundays_are_off),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
