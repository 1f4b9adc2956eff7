#include "tests/lib/shop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

struct rig shop;
char shop_folder[64];

int
shop_set_up(void **state)
{
	(void)state;
	snprintf(shop_folder, sizeof(shop_folder), "/tmp/malgil-scripts-XXXXXX");
	return mkdtemp(shop_folder) ? 0 : -1;
}

int
shop_tear_down(void **state)
{
	(void)state;
	char command[128];
	rig_close(&shop);
	snprintf(command, sizeof(command), "rm -rf '%s'", shop_folder);
	return system(command);
}

void
shop_put(const char *name, const char *text)
{
	char path[128];
	snprintf(path, sizeof(path), "%s/%s", shop_folder, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

void
shop_copy(const char *name)
{
	char command[256];
	snprintf(
		command, sizeof(command), "cp etc/scripts/%s.cfg %s/", name, shop_folder);
	assert_int_equal(system(command), 0);
}

void
shop_open(const char *settings, const char *policy)
{
	struct strbuf all AUTO(strbuf_done) = STRBUF_INIT(4096);
	strbuf_printf(&all, "scripts = \"%s\";%s", shop_folder, settings ? settings : "");
	rig_open_with(&shop, false, all.s,
		policy ? policy : "optout_080 = \"080-123-4567\"; month_max = 4;");
}

void
shop_deliver(void)
{
	static int reference;
	for (size_t i = 0; i < shop.send_count; i++)
		if (shop.sends[i].released && !shop.sends[i].answered) {
			rig_sent(&shop, ++reference & 255);
			i = 0;
		}
}

void
shop_says(const char *text)
{
	rig_run(&shop, SECOND); /* or the network would repeat itself */
	rig_receive(&shop, "north", SHOP_MINA, text);
	rig_run(&shop, 0);
	shop_deliver();
}

void
shop_pass(int64_t ms)
{
	rig_run(&shop, ms);
	shop_deliver();
}

const char *
shop_query(const char *sql)
{
	static char text[2048];
	struct db_rows *q = db_select(shop.core.db, sql, "");
	snprintf(text, sizeof(text), "%s", db_next(q) ? db_text(q, 0) : "(none)");
	db_end(q);
	return text;
}

void
shop_heard(const char *part)
{
	const char *last = shop_query(
		"SELECT text FROM messages WHERE outbound = 1 ORDER BY id DESC LIMIT 1");
	if (!strstr(last, part))
		fail_msg("the last text is \"%s\", not \"%s\"", last, part);
}

int64_t
shop_texts(void)
{
	return rig_count(&shop, "SELECT count(*) FROM messages WHERE outbound = 1");
}

void
shop_outcome(const char *word)
{
	assert_string_equal(
		shop_query("SELECT outcome FROM runs ORDER BY id DESC LIMIT 1"), word);
}

void
shop_step_is(const char *name)
{
	assert_string_equal(
		shop_query("SELECT step FROM runs ORDER BY id DESC LIMIT 1"), name);
}
