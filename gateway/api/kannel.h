/* /cgi-bin/sendsms as Kannel's smsbox answers it (Kannel user guide, "Using the HTTP
 * interface to send SMS messages"), and the dlr-url it calls back. See facades.md here
 * for which parameter means what. The reading and the escapes are pure. */
#ifndef MALGIL_API_KANNEL_H
#define MALGIL_API_KANNEL_H

#include "gateway/core/core.h"
#include "gateway/store/hooks.h"

struct push_call;

#define KANNEL_RECEIVERS 100

/* Which reports a dlr-mask asks for. */
enum kannel_report {
	KANNEL_DELIVERED = 1,
	KANNEL_UNDELIVERED = 2,
	KANNEL_SENT = 8,
	KANNEL_REJECTED = 16,
};

struct kannel_wish {
	char user[64], password[256], from[64], smsc[64], account[64];
	char receivers[KANNEL_RECEIVERS][32];
	size_t receiver_count;
	struct strbuf text; /* UTF-8 */
	char dlr_url[HOOK_URL];
	int dlr_mask, msg_class;    /* 0; -1 */
	int64_t validity, deferred; /* ms, 0 none */
};
void kannel_wish_init(struct kannel_wish *w);
void kannel_wish_done(struct kannel_wish *w);

/* Reads a query string (without '?') or a form. 0, or -EINVAL with the sentence Kannel
 * answers 400 with. User and password are filled in whatever else is wrong. */
int kannel_read(const char *query, size_t len, struct kannel_wish *ret,
	struct strbuf *err) MUST_USE;

/* What stands for the percent signs of a dlr-url. */
struct kannel_report_facts {
	int type; /* %d */
	const char *to, *from, *reply, *channel, *user;
	uint64_t message;
	int64_t at; /* wall */
};
void kannel_expand(
	const char *url, const struct kannel_report_facts *facts, struct strbuf *ret);

/* ---- for push.c ---- */

bool kannel_wants(const struct callback *c, const char *event);
int kannel_compose(
	struct core *core, const struct delivery *d, struct push_call *ret) MUST_USE;

#endif
