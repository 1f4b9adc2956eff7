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

/* Under CSMS 1 what is handed over directly is the gateway's to acknowledge, and the
 * network keeps it until then; one that comes late, or never, sends the modem back to
 * storing (27.005 3.4.1). So it is done only where it is asked for. */
static bool
init_wants_csms(const struct driver *d)
{
	return d->config.reports && strcmp(d->config.reports, "acknowledged") == 0 &&
	       d->profile.cnma && *d->profile.cnma && !d->cnma_refused;
}

bool
init_csms_make(struct driver *d, char *ret_text, size_t size)
{
	bool wanted = init_wants_csms(d);
	if (d->init.item > 1 || (d->init.item == 1 && !wanted))
		return false;
	snprintf(ret_text, size, "AT+CSMS=%d", wanted && d->init.item == 0);
	return true;
}

enum init_next
init_csms(struct driver *d, const struct chat_reply *reply)
{
	bool wanted = init_wants_csms(d);
	bool asks = d->profile.cnma && *d->profile.cnma && !d->cnma_refused;
	d->csms = wanted && d->init.item == 0 && init_ok(reply);
	d->ack = d->csms ? ACK_WANTED : asks ? ACK_UNKNOWN : ACK_NOT;
	if (d->csms || !wanted || d->init.item++ > 0)
		return INIT_NEXT;
	return INIT_AGAIN;
}

/* What was handed over to an earlier life and never acknowledged: refused, so that the
 * network tries again. Waited for in vain, the modem would stop to hand over anything
 * (27.005 3.4.1), after CNMI was set here. +CMS ERROR: 340 means there was nothing. */
bool
init_nack_make(struct driver *d, char *ret_text, size_t size)
{
	if (!d->csms)
		return false;
	snprintf(ret_text, size, "AT+CNMA=2");
	return true;
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

/* <ds> 2: reports are stored, and so outlast the end of the program. */
static bool
init_cnmi_stores(const char *candidate)
{
	for (int i = 0; candidate && i < 3; i++) {
		candidate = strchr(candidate, ',');
		candidate += candidate != NULL;
	}
	return candidate && *candidate == '2';
}

/* The n-th candidate; those that store reports go to the front where the channel says so.
 */
static bool
init_cnmi_item(struct driver *d, size_t n, char *ret, size_t size)
{
	bool stored = d->config.reports && strcmp(d->config.reports, "stored") == 0;
	for (int round = stored ? 0 : 1; round < 2; round++) {
		const char *list = d->profile.cnmi;
		while (profile_next(&list, ";", ret, size))
			if (init_cnmi_offered(d, ret) &&
				(!stored || init_cnmi_stores(ret) == (round == 0)) &&
				n-- == 0)
				return true;
	}
	return false;
}

bool
init_cnmi_make(struct driver *d, char *ret_text, size_t size)
{
	char candidate[32];
	if (init_cnmi_item(d, d->init.item, candidate, sizeof(candidate))) {
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
		reports_settle(d);
		return INIT_NEXT;
	}
	d->init.item++;
	return INIT_AGAIN;
}
