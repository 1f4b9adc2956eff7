#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/sms/userdata.h"
#include "gateway/text/zone.h"
#include "gateway/verbs/import.h"

#define SET_APART  DAY /* parts of one text come within it */
#define LOOK_BACK  500 /* rows in which the rest of a set is looked for */
#define JOINED_MAX 65536

struct imported *
import_add(struct import_list *list, enum imported_kind kind, const char *where)
{
	if (list->count == IMPORT_ROWS) {
		list->full = true;
		return NULL;
	}
	if (list->count == list->room) {
		list->room = list->room ? 2 * list->room : 256;
		list->rows = xrealloc(list->rows, list->room * sizeof(*list->rows));
	}
	struct imported *row = &list->rows[list->count];
	*row = (struct imported){.kind = kind,
		.where = xstrdup(where),
		.state = kind == IMPORTED_IN ? "received" : "sent",
		.order = list->count++};
	return row;
}

static void
row_done(struct imported *row)
{
	free(row->where);
	free(row->phone);
	free(row->text);
	free(row->bad);
	free(row->group);
}

void
import_done(struct import_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		row_done(&list->rows[i]);
	free(list->rows);
	*list = (struct import_list){0};
}

int64_t
import_time(const struct import_list *list, const char *text)
{
	int y, mo, d, h, mi, s = 0;
	if (!text || sscanf(text, "%d-%d-%d%*[ T]%d:%d:%d", &y, &mo, &d, &h, &mi, &s) < 5)
		return 0;
	if (y < 100)
		y += 2000;
	if (y < 1990 || y > 2200 || mo < 1 || mo > 12 || d < 1 || d > 31 || h < 0 ||
		h > 23 || mi < 0 || mi > 59 || s < 0 || s > 60)
		return 0;
	struct tm tm = {.tm_year = y - 1900,
		.tm_mon = mo - 1,
		.tm_mday = d,
		.tm_hour = h,
		.tm_min = mi,
		.tm_sec = s};
	return zone_from_local(list->zone, (int64_t)timegm(&tm) * SECOND);
}

/* ---- parts ---- */

bool
import_concat(const char *udh, int *ret_ref, int *ret_total, int *ret_seq)
{
	uint8_t octets[UD_MAX_OCTETS];
	struct sms_udh_element e[16];
	size_t len = 0, count = 0;
	unsigned value;
	for (; udh && len < sizeof(octets) && sscanf(udh, " %2x", &value) == 1 && udh[1];
		udh += 2 + (udh[2] == ' '))
		octets[len++] = (uint8_t)value;
	if (len == 0 || sms_udh_decode(octets, len, e, ARRAY_LEN(e), &count, NULL) < 0)
		return false;
	for (size_t i = 0; i < count; i++) {
		bool wide = e[i].iei == IEI_CONCAT16 && e[i].len == 4;
		if (!wide && (e[i].iei != IEI_CONCAT8 || e[i].len != 3))
			continue;
		const uint8_t *p = e[i].data + (wide ? 1 : 0);
		*ret_ref = wide ? e[i].data[0] << 8 | e[i].data[1] : e[i].data[0];
		*ret_total = p[1];
		*ret_seq = p[2];
		return *ret_seq > 0 && *ret_seq <= *ret_total && *ret_total > 1;
	}
	return false;
}

/* The newest set of this name that lacks this part and is not too old, or a new one. */
void
import_group(struct import_list *list, struct imported *row, const char *udh)
{
	int ref, total, seq, generation = 0;
	char head[96], name[128];
	if (!import_concat(udh, &ref, &total, &seq))
		return;
	row->seq = seq;
	int len =
		snprintf(head, sizeof(head), "in %.40s %d/%d #", row->phone, ref, total);
	size_t me = (size_t)(row - list->rows);
	bool taken = false, found = false;
	for (size_t i = me; i-- > 0 && me - i < LOOK_BACK;) {
		const struct imported *r = &list->rows[i];
		if (!r->group || strncmp(r->group, head, (size_t)len) != 0)
			continue;
		int g = atoi(r->group + len);
		if (!found) {
			generation = g;
			found = true;
		}
		int64_t apart = r->at > row->at ? r->at - row->at : row->at - r->at;
		if (g == generation && (r->seq == seq || apart > SET_APART))
			taken = true;
	}
	snprintf(name, sizeof(name), "%s%d", head, generation + taken);
	row->group = xstrdup(name);
}

static int
by_group(const void *x, const void *y)
{
	const struct imported *a = x, *b = y;
	int c = strcmp(a->group ? a->group : "", b->group ? b->group : "");
	if (c == 0)
		c = a->seq - b->seq;
	return c ? c : (a->order > b->order) - (a->order < b->order);
}

static int
by_order(const void *x, const void *y)
{
	const struct imported *a = x, *b = y;
	return (a->order > b->order) - (a->order < b->order);
}

static int
badness(const char *state)
{
	static const char *const worst[] = {
		"delivered", "received", "sent", "undelivered", "failed"};
	for (size_t i = 0; i < ARRAY_LEN(worst); i++)
		if (!strcmp(worst[i], state))
			return (int)i;
	return 0;
}

/* The rows [first, end) are one text: all of it goes into the first. */
static void
join_one(struct imported *rows, size_t first, size_t end)
{
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(JOINED_MAX);
	struct imported *whole = &rows[first];
	int next = 1;
	for (size_t i = first; i < end; i++) {
		struct imported *r = &rows[i];
		if (i > first && r->seq == rows[i - 1].seq)
			continue; /* the same part again */
		for (; next < r->seq; next++)
			strbuf_puts(&text, "…");
		next = r->seq + 1;
		strbuf_puts(&text, r->text ? r->text : "");
		whole->order = MIN(whole->order, r->order);
		if (badness(r->state) > badness(whole->state))
			whole->state = r->state;
		if (!whole->at || (r->at && r->at < whole->at))
			whole->at = r->at;
		if (!whole->phone && r->phone)
			whole->phone = xstrdup(r->phone);
	}
	free(whole->text);
	whole->text = xstrdup(text.s);
}

void
import_join(struct import_list *list)
{
	size_t kept = 0;
	if (list->count)
		qsort(list->rows, list->count, sizeof(*list->rows), by_group);
	for (size_t i = 0, end; i < list->count; i = end) {
		end = i + 1;
		while (list->rows[i].group && end < list->count &&
			!strcmp(list->rows[end].group, list->rows[i].group))
			end++;
		if (list->rows[i].group)
			join_one(list->rows, i, end);
		for (size_t k = i + 1; k < end; k++)
			row_done(&list->rows[k]);
		list->rows[kept++] = list->rows[i];
	}
	list->count = kept;
	if (kept)
		qsort(list->rows, kept, sizeof(*list->rows), by_order);
}
