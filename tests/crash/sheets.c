/* A list of orders lies in a watched folder while the daemon dies: as it is read, between
 * two slices of it, before and after it is put away. Each order must be there once, each
 * piece of news told once, the file in one place, and what was refused beside it. */
#include "tests/crash/cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	ORDERS = 24,
	BAD = 2, /* whose number is no number */
	NEWS = 2 /* of each: paid, shipped */
};

static void
prepare(struct play *p, struct rig *rig)
{
	char settings[1200], here[512];
	p->outgoing = p->incoming = 0;
	if (!getcwd(here, sizeof(here)))
		abort();
	snprintf(settings, sizeof(settings),
		"sources = { naver = { profile = \"%s/etc/sources/smartstore.cfg\"; "
		"folder = \"%s/lists\"; }; };\n",
		here, rig->dir);
	rig_put(rig, "malgil.cfg", "ae", settings);
}

/* As a download does it: under another name until it is whole. */
static bool
put_list(const struct rig *rig)
{
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(1 << 16);
	char part[160], whole[160], day[32];
	time_t now = time(NULL) - 86400;
	struct tm tm;
	strftime(day, sizeof(day), "%Y-%m-%d %H:%M", localtime_r(&now, &tm));
	strbuf_puts(&text, "상품주문번호,주문번호,택배사,송장번호,발송일,구매자명,"
			   "주문상태,결제일,상품명,수량,상품별 총 주문금액,"
			   "구매자연락처\r\n");
	for (int i = 0; i < ORDERS; i++)
		strbuf_printf(&text,
			"9%03d,7%03d,CJ대한통운,123%03d,%s,김지우,배송중,%s,초록 "
			"비누,1,\"12,000\",%s%04d\r\n",
			i, i, i, day, day, i < BAD ? "11" : "010-2000-", i);
	rig_path(rig, "lists/orders.csv.part", part);
	rig_path(rig, "lists/orders.csv", whole);
	return rig_put(rig, "lists/orders.csv.part", "we", text.s) &&
	       rename(part, whole) == 0;
}

static bool
lies(const struct rig *rig, const char *name)
{
	char path[160];
	rig_path(rig, name, path);
	return access(path, F_OK) == 0;
}

static void
judge(const struct rig *rig, struct strbuf *why)
{
	int orders = rig_number(rig, "SELECT count(*) FROM orders");
	int news = rig_number(rig, "SELECT count(*) FROM shop_events");
	int created = rig_number(rig, "SELECT created FROM source_files");
	int files = rig_number(rig, "SELECT count(*) FROM source_files");
	int bad = rig_number(rig, "SELECT bad FROM source_files");
	if (orders != ORDERS - BAD || created != orders || files != 1 || bad != BAD)
		strbuf_set(why, "%d orders, %d created, %d files, %d refused", orders,
			created, files, bad);
	else if (news != NEWS * (ORDERS - BAD))
		strbuf_set(why, "%d events of %d orders", news, orders);
	else if (lies(rig, "lists/orders.csv") || lies(rig, "lists/done/orders.csv") ||
		 lies(rig, "lists/failed/orders-2.csv"))
		strbuf_set(why, "the file lies in two places");
	else if (!lies(rig, "lists/failed/orders.csv.errors.csv"))
		strbuf_set(why, "nobody is told what was refused");
}

/* stage 0: the folder is not there yet; 1: the list lies in it. */
static bool
bring(struct play *p, struct rig *rig, struct traffic *t, struct strbuf *why)
{
	t->outgoing = t->incoming = 0;
	if (p->stage == 0 && rig->ready && lies(rig, "lists") && put_list(rig))
		p->stage = 1;
	if (p->stage == 0 || !rig->daemon || !rig->ready || rig->kills < p->fault_count ||
		!lies(rig, "lists/failed/orders.csv"))
		return true;
	judge(rig, why);
	return false;
}

void
cases_sheets(bool quick, void (*add)(void *arg, const struct play *p), void *arg)
{
	static const struct {
		const char *first, *second;
		bool powercut;
	} rows[] = {{"folder.slice:2", "", true}, {"folder.parsing:1", "", false},
		{"folder.order:7", "folder.slice:1", true},
		{"folder.finished:1", "folder.before_move:1", true},
		{"folder.moved:1", "", false}, {"folder.moved:1", "", true}};
	for (size_t i = 0; i < (quick ? 1 : ARRAY_LEN(rows)); i++) {
		struct play p = {.trouble = bring,
			.prepare = prepare,
			.patience = 60000,
			.powercut = rows[i].powercut,
			.leak = rows[i].powercut ? 30 : 0,
			.fault_count = *rows[i].second ? 2 : 1};
		snprintf(p.faults[0], 64, "%s", rows[i].first);
		snprintf(p.faults[1], 64, "%s", rows[i].second);
		snprintf(p.name, sizeof(p.name), "a list of orders: %s %s%s%s",
			p.powercut ? "powercut" : "kill", rows[i].first,
			*rows[i].second ? ", " : "", rows[i].second);
		add(arg, &p);
	}
}
