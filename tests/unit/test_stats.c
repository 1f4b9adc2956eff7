/* What follows for a person from their orders: whatever order the facts come in, it is
 * what counting from scratch gives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "gateway/store/contacts.h"
#include "gateway/store/orders.h"
#include "gateway/store/stats.h"
#include "tests/lib/random.h"

#define PEOPLE 4
#define ORDERS 12
#define FACTS  40

static char dir[64];
static struct db *db;

static int
set_up(void **state)
{
	(void)state;
	char url[96];
	struct strbuf err = STRBUF_SENTENCE;
	snprintf(dir, sizeof(dir), "/tmp/malgil-stats-XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(url, sizeof(url), "sqlite:%s/s.db", dir);
	return db_open(url, DB_WRITER, &db, &err);
}

static int
tear_down(void **state)
{
	(void)state;
	char command[96];
	db_close(db);
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command);
}

static uint64_t
person(uint64_t id, const char *phone)
{
	struct contact c;
	bool fresh;
	assert_true(contact_take(db, phone, id, 1, &c, &fresh));
	return c.id;
}

static void
same(uint64_t contact)
{
	struct contact_stats kept, found;
	stats_load(db, contact, &kept);
	stats_derive(db, contact, &found);
	assert_int_equal(kept.orders, found.orders);
	assert_int_equal(kept.spent, found.spent);
	assert_int_equal(kept.first_order, found.first_order);
	assert_int_equal(kept.last_order, found.last_order);
	assert_int_equal(kept.gap, found.gap);
	int64_t categories = db_number(db, -1,
		"SELECT coalesce(sum(n), 0) FROM contact_categories WHERE contact = $1",
		"u", contact);
	int64_t expected = db_number(db, -1,
		"SELECT count(*) FROM purchases WHERE contact = $1 AND counts = 1 AND "
		"categories <> ''",
		"u", contact);
	assert_int_equal(categories, expected);
}

static void
put(const char *number, const char *phone, int64_t said, bool counts, int64_t at,
	int64_t amount)
{
	purchase_put(db, &(struct purchase){.number = number,
				 .source = "",
				 .phone = phone,
				 .said = said,
				 .counts = counts,
				 .goods = counts,
				 .at = at,
				 .amount = amount,
				 .categories = amount % 2 ? "skin" : ""});
}

/* ---- cases ---- */

static void
test_median(void **state)
{
	(void)state;
	struct contact_stats s;
	uint64_t mina = person(1, "+821000000001");
	put("a", "+821000000001", 1, true, 10 * DAY, 1000);
	stats_load(db, mina, &s);
	assert_int_equal(s.gap, 0);
	put("b", "+821000000001", 2, true, 40 * DAY, 3000);
	put("c", "+821000000001", 3, true, 50 * DAY, 2000);
	stats_load(db, mina, &s);
	assert_int_equal(s.orders, 3);
	assert_int_equal(s.spent, 6000);
	assert_int_equal(s.gap, 20 * DAY); /* of 30 and 10 */
	put("b", "+821000000001", 4, false, 0, 0);
	stats_load(db, mina, &s);
	assert_int_equal(s.orders, 2);
	assert_int_equal(s.gap, 40 * DAY);
}

/* The cancelation is heard first, and holds. */
static void
test_out_of_order(void **state)
{
	(void)state;
	struct contact_stats s;
	uint64_t mina = person(1, "+821000000001");
	put("a", "+821000000001", 9, false, 0, 0);
	put("a", "+821000000001", 5, true, 5, 1000);
	stats_load(db, mina, &s);
	assert_int_equal(s.orders, 0);
	put("a", "+821000000001", 12, true, 5, 1000);
	stats_load(db, mina, &s);
	assert_int_equal(s.orders, 1);
	assert_int_equal(s.spent, 1000);
}

static void
test_before_we_knew_them(void **state)
{
	(void)state;
	struct contact_stats s;
	put("a", "+821000000001", 1, true, 10 * DAY, 1001);
	put("b", "+821000000001", 1, true, 12 * DAY, 1001);
	uint64_t mina = person(1, "+821000000001");
	stats_load(db, mina, &s);
	assert_int_equal(s.orders, 2);
	assert_int_equal(s.gap, 2 * DAY);
	same(mina);
}

static void
test_imported_orders(void **state)
{
	(void)state;
	struct contact_stats s;
	uint64_t id, mina = person(1, "+821000000001");
	struct order_facts f = {.number = "1001",
		.source = "",
		.phone = "+821000000001",
		.currency = "KRW",
		.state_word = "결제완료",
		.state = ORDER_PAID,
		.has_total = true,
		.total = 39000,
		.has_placed = true,
		.placed = 7 * DAY};
	assert_int_equal(order_put(db, &f, 77, 8 * DAY, &id), ORDER_NEW);
	stats_order(db, id, "KRW");
	stats_load(db, mina, &s);
	assert_int_equal(s.orders, 1);
	assert_int_equal(s.spent, 39000000);
	assert_int_equal(s.last_order, 7 * DAY);
	f.state_word = "환불";
	f.state = ORDER_REFUNDED;
	order_put(db, &f, 78, 9 * DAY, &id);
	stats_order(db, id, "KRW");
	stats_load(db, mina, &s);
	assert_int_equal(s.orders, 0);
	assert_int_equal(s.spent, 0);
	assert_int_equal(s.last_order, 0);
	same(mina);
}

/* Random facts about a few orders of a few people, told in two orders: both tell the
 * same, and the same as from scratch. */
static void
tell(const unsigned *facts, size_t n, const unsigned *turn)
{
	char number[8], phone[20];
	for (size_t i = 0; i < n; i++) {
		unsigned f = facts[turn[i]];
		snprintf(number, sizeof(number), "%u", f % ORDERS);
		snprintf(phone, sizeof(phone), "+8210000000%u", f / 16 % PEOPLE);
		put(number, phone, turn[i] + 1, f / 64 % 3 > 0, (f / 256 % 90) * DAY,
			(f / 1024 % 900) * 100 + f % 2);
	}
}

static void
shuffle(struct test_random *r, unsigned *turn)
{
	for (unsigned i = FACTS; i-- > 1;) {
		unsigned k = random_below(r, i + 1), swap = turn[i];
		turn[i] = turn[k];
		turn[k] = swap;
	}
}

/* Half of the people are known before, half after. */
static void
tell_all(const unsigned *facts, const unsigned *turn, struct contact_stats *ret)
{
	char phone[20];
	db_run(db, "DELETE FROM purchases", "");
	db_run(db, "DELETE FROM contact_stats", "");
	db_run(db, "DELETE FROM contact_categories", "");
	db_run(db, "DELETE FROM contacts", "");
	for (unsigned p = 0; p < PEOPLE; p++) {
		if (p == PEOPLE / 2)
			tell(facts, FACTS, turn);
		snprintf(phone, sizeof(phone), "+8210000000%u", p);
		person(p + 1, phone);
	}
	for (unsigned p = 0; p < PEOPLE; p++) {
		same(p + 1);
		stats_load(db, p + 1, &ret[p]);
	}
}

static void
test_any_order(void **state)
{
	(void)state;
	struct test_random r = {11};
	for (int round = 0; round < 20; round++) {
		unsigned facts[FACTS], turn[FACTS];
		struct contact_stats first[PEOPLE], second[PEOPLE];
		for (unsigned i = 0; i < FACTS; i++) {
			facts[i] = (unsigned)random_next(&r) & 0xffffff;
			turn[i] = i;
		}
		tell_all(facts, turn, first);
		shuffle(&r, turn);
		tell_all(facts, turn, second);
		assert_memory_equal(first, second, sizeof(second));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_median, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_out_of_order, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_before_we_knew_them, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_imported_orders, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_any_order, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
