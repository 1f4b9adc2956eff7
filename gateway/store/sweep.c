#include "gateway/store/sweep.h"

#include <stdio.h>
#include <string.h>

#define TAIL     8 /* digits by which a number is known again */
#define TAIL_MIN 6

/* ---- the number, however it is written ---- */

static bool
is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

static bool
follows(const unsigned char *p, const unsigned char *end, const char *digits)
{
	while (*digits) {
		while (p < end &&
			(*p == '-' || *p == ' ' || *p == '.' || *p == '(' || *p == ')'))
			p++;
		if (p == end || *p++ != (unsigned char)*digits++)
			return false;
	}
	return true;
}

bool
sweep_names(const void *bytes, size_t len, const char *phone)
{
	const unsigned char *p = bytes, *end = p + len;
	size_t n = strlen(phone);
	const char *tail = phone + (n > TAIL ? n - TAIL : 0);
	tail += *tail == '+';
	if (strlen(tail) < TAIL_MIN || strspn(tail, "0123456789") != strlen(tail))
		return false;
	for (; p < end; p++)
		if (is_digit(*p) && *p == (unsigned char)*tail && follows(p, end, tail))
			return true;
	return false;
}

/* ---- the tables ---- */

struct place {
	const char *rows; /* from $1 on, at most $2: order, key, and three columns */
	const char *gone; /* by order $1 and key $2 */
};
static const struct place places[] = {
	{"SELECT id, '', target, detail, '' FROM audit WHERE id >= $1 ORDER BY id LIMIT "
	 "$2",
		"UPDATE audit SET target = '', detail = '' WHERE id = $1 AND $2 = ''"},
	{"SELECT at, key, answer, key, '' FROM idempotency WHERE at >= $1 ORDER BY at "
	 "LIMIT "
	 "$2",
		"DELETE FROM idempotency WHERE at = $1 AND key = $2"},
	{"SELECT id, '', bytes, error, '' FROM provider_calls WHERE id >= $1 ORDER BY id "
	 "LIMIT $2",
		"DELETE FROM provider_calls WHERE id = $1 AND $2 = ''"},
	{"SELECT at, sender, sender, text, '' FROM provider_parts WHERE at >= $1 ORDER "
	 "BY at "
	 "LIMIT $2",
		"DELETE FROM provider_parts WHERE at = $1 AND sender = $2"},
	{"SELECT id, '', why, '', '' FROM provider_reports WHERE id >= $1 ORDER BY id "
	 "LIMIT "
	 "$2",
		"UPDATE provider_reports SET why = '' WHERE id = $1 AND $2 = ''"},
	{"SELECT id, '', why, '', '' FROM deliveries WHERE id >= $1 ORDER BY id LIMIT $2",
		"UPDATE deliveries SET why = '' WHERE id = $1 AND $2 = ''"},
	{"SELECT id, '', detail, '', '' FROM events WHERE id >= $1 ORDER BY id LIMIT $2",
		"UPDATE events SET detail = '' WHERE id = $1 AND $2 = ''"},
	{"SELECT id, '', error, bytes, '' FROM arrivals WHERE id >= $1 ORDER BY id LIMIT "
	 "$2",
		"UPDATE arrivals SET error = '' WHERE id = $1 AND $2 = ''"},
	{"SELECT id, '', bytes, error, '' FROM source_calls WHERE id >= $1 ORDER BY id "
	 "LIMIT "
	 "$2",
		"DELETE FROM source_calls WHERE id = $1 AND $2 = '' AND state <> 'new'"},
};

static bool
named(struct db_rows *q, const char *phone)
{
	for (int column = 2; column <= 4; column++) {
		size_t len = 0;
		const void *bytes = db_bytes(q, column, &len);
		if (len && sweep_names(bytes, len, phone))
			return true;
	}
	return false;
}

/* What is found is changed after the query, some of it at a time. */
static int
sweep_place(struct db *db, const struct place *place, const char *phone, int64_t *from,
	int max)
{
	struct {
		int64_t order;
		char key[128];
	} found[16];
	size_t n = 0;
	int walked = 0;
	int64_t last = *from;
	struct db_rows *q = db_select(db, place->rows, "ii", *from, (int64_t)max);
	while (n < ARRAY_LEN(found) && db_next(q)) {
		walked++;
		last = db_int(q, 0);
		if (!named(q, phone))
			continue;
		found[n].order = last;
		snprintf(found[n++].key, sizeof(found[0].key), "%s", db_text(q, 1));
	}
	db_end(q);
	for (size_t i = 0; i < n; i++)
		db_run(db, place->gone, "it", found[i].order, found[i].key);
	/* of rows with one time the last may be looked at twice: never skipped */
	*from = walked < max && n < ARRAY_LEN(found) ? -1
		: last > *from                       ? last
						     : last + 1;
	return walked;
}

int
erasure_sweep(struct db *db, uint64_t contact, int max)
{
	struct strbuf phone AUTO(strbuf_done) = STRBUF_INIT(256);
	int64_t stage = 0, from = 0;
	struct db_rows *q = db_select(db,
		"SELECT phone, stage, swept FROM erasures WHERE contact = $1", "u",
		contact);
	if (db_next(q)) {
		strbuf_puts(&phone, db_text(q, 0));
		stage = db_int(q, 1);
		from = db_int(q, 2);
	}
	db_end(q);
	if (!phone.len || stage >= (int64_t)ARRAY_LEN(places))
		return 0;
	int walked = sweep_place(db, &places[stage], phone.s, &from, max);
	if (from < 0)
		stage++, from = 0;
	db_run(db, "UPDATE erasures SET stage = $2, swept = $3 WHERE contact = $1", "uii",
		contact, stage, from);
	return MAX(walked, 1);
}
