/* Where the modem keeps messages and how it tells of them. */
#include "drivers/at/init.h"

#include <stdio.h>
#include <string.h>

#include "gateway/base/log.h"

enum init_next
init_csca(struct driver *d, const struct chat_reply *reply)
{
	char number[24];
	if (parse_csca(init_line(reply), number, sizeof(number)) == 0 && !number[0] &&
		!d->config.smsc)
		modem_notice(d, "sim.no_smsc",
			"the SIM has no service centre number; if sending "
			"fails, set `smsc` in the channel");
	return INIT_NEXT;
}

bool
init_csca_make(struct driver *d, char *ret_text, size_t size)
{
	if (!d->config.smsc || !*d->config.smsc)
		return false;
	snprintf(ret_text, size, "AT+CSCA=\"%s\",%d", d->config.smsc,
		*d->config.smsc == '+' ? 145 : 129);
	return true;
}

enum init_next
init_mems(struct driver *d, const struct chat_reply *reply)
{
	if (parse_cpms_test(init_line(reply), &d->init.mems))
		d->init.mems.count = 0;
	return INIT_NEXT;
}

/* A memory is a candidate when every group offers it, so that what is received can be
 * read and deleted without changing memories; without an answer to AT+CPMS=? all are
 * tried. */
static bool
init_mem_offered(const struct driver *d, const char *mem)
{
	for (size_t i = 0; i < d->init.mems.count; i++)
		if (!parse_mem_has(&d->init.mems.group[i], mem))
			return false;
	return true;
}

static bool
init_mem_item(struct driver *d, char *ret_mem, size_t size)
{
	const char *list = d->profile.storage;
	size_t item = 0;
	while (profile_next(&list, ",", ret_mem, size))
		if (init_mem_offered(d, ret_mem) && item++ == d->init.item)
			return true;
	return false;
}

bool
init_mem_make(struct driver *d, char *ret_text, size_t size)
{
	size_t args = d->init.mems.count ? d->init.mems.count : 3;
	char mem[PARSE_MEM_SIZE];
	int n;
	if (!init_mem_item(d, mem, sizeof(mem)))
		return false;
	n = snprintf(ret_text, size, "AT+CPMS=\"%s\"", mem);
	for (size_t i = 1; i < args; i++)
		n += snprintf(ret_text + n, size - (size_t)n, ",\"%s\"", mem);
	return true;
}

enum init_next
init_mem(struct driver *d, const struct chat_reply *reply)
{
	struct mem_use use[PARSE_GROUPS];
	size_t count;
	if (!init_ok(reply)) {
		d->init.item++;
		return INIT_AGAIN;
	}
	init_mem_item(d, d->mem, sizeof(d->mem));
	memcpy(d->receive, d->mem, sizeof(d->receive));
	if (parse_cpms(init_line(reply), use, &count) == 0)
		receive_use(d, use, count);
	return INIT_NEXT;
}

/* None could be set: at least learn which one is in use. */
bool
init_mem_ask_make(struct driver *d, char *ret_text, size_t size)
{
	snprintf(ret_text, size, "AT+CPMS?");
	return d->mem[0] == '\0';
}

enum init_next
init_mem_ask(struct driver *d, const struct chat_reply *reply)
{
	struct mem_use use[PARSE_GROUPS];
	size_t count;
	if (parse_cpms(init_line(reply), use, &count) == 0 && count > 0) {
		memcpy(d->mem, use[0].name, sizeof(d->mem));
		memcpy(d->receive, use[count - 1].name, sizeof(d->receive));
		receive_use(d, use, count);
	}
	return INIT_NEXT;
}

/* CSMS 1: what is handed over directly is the gateway's to acknowledge (AT+CNMA), and the
 * network keeps it until then; so a report survives the end of the program. Without it the
 * modem acknowledges by itself. */
bool
init_csms_make(struct driver *d, char *ret_text, size_t size)
{
	bool wanted = d->profile.cnma && *d->profile.cnma && !d->cnma_refused;
	if (d->init.item > 1 || (d->init.item == 1 && !wanted))
		return false;
	snprintf(ret_text, size, "AT+CSMS=%d", wanted && d->init.item == 0);
	return true;
}

enum init_next
init_csms(struct driver *d, const struct chat_reply *reply)
{
	bool wanted = d->profile.cnma && *d->profile.cnma && !d->cnma_refused;
	d->acknowledges = wanted && d->init.item == 0 && init_ok(reply);
	if (d->acknowledges || !wanted || d->init.item++ > 0)
		return INIT_NEXT;
	return INIT_AGAIN;
}

enum init_next
init_cnmi_sets(struct driver *d, const struct chat_reply *reply)
{
	if (parse_sets(init_line(reply), "+CNMI", &d->init.cnmi))
		d->init.cnmi.count = 0;
	return INIT_NEXT;
}

static bool
init_cnmi_offered(const struct driver *d, const char *candidate)
{
	for (size_t i = 0; i < d->init.cnmi.count && candidate && *candidate; i++) {
		int value = *candidate - '0';
		if (value >= 0 && value < 10 &&
			!parse_sets_has(&d->init.cnmi, i, (unsigned)value))
			return false;
		candidate = strchr(candidate, ',');
		candidate += candidate != NULL;
	}
	return true;
}

bool
init_cnmi_make(struct driver *d, char *ret_text, size_t size)
{
	const char *list = d->profile.cnmi;
	char candidate[32];
	size_t item = 0;
	while (profile_next(&list, ";", candidate, sizeof(candidate)))
		if (init_cnmi_offered(d, candidate) && item++ == d->init.item) {
			snprintf(ret_text, size, "AT+CNMI=%s", candidate);
			return true;
		}
	log_event(LOG_WARN, "at.polling", LOG_TEXT("channel", d->chat.name),
		LOG_TEXT("why", "the modem refuses to announce messages"));
	return false;
}

enum init_next
init_cnmi(struct driver *d, const struct chat_reply *reply)
{
	if (init_ok(reply)) {
		init_cnmi_make(d, d->announce, sizeof(d->announce));
		return INIT_NEXT;
	}
	d->init.item++;
	return INIT_AGAIN;
}
