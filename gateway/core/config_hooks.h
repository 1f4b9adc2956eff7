/* The parts of malgil.cfg that say who is told what happens: webhooks, the callbacks of
 * single requests, and the accounts of the Twilio-compatible API. Secrets are never
 * written into the file: "env:NAME" or "file:PATH" says where they are; they are read
 * with it. */
#ifndef MALGIL_CORE_CONFIG_HOOKS_H
#define MALGIL_CORE_CONFIG_HOOKS_H

#include "gateway/base/conf.h"

#define CONFIG_HOOKS    16
#define CONFIG_ACCOUNTS 8
#define CONFIG_NUMBERS  64

struct config_hook {
	char *name, *url, *events, *secret;
	bool allow_private;
	int64_t timeout; /* ms */
};

/* One account of /2010-04-01/Accounts. */
struct config_account {
	char *sid, *auth_token;
	char *sms_url;    /* told of what comes in, and may answer; NULL nobody */
	char *class_name; /* of what it sends */
	bool allow_private;
	struct {
		char *channel, *phone; /* the number of a channel, E.164 */
	} numbers[CONFIG_NUMBERS];
	size_t number_count;
};

struct config_hooks {
	struct config_hook hooks[CONFIG_HOOKS];
	size_t hook_count;
	struct config_account accounts[CONFIG_ACCOUNTS];
	size_t account_count;
	bool callbacks_private; /* dlr-url may lead inside */
};

/* Reads "webhooks", "callbacks" and "twilio" under `root`, where they are given. 0, or
 * -EINVAL with a line for every mistake. */
int config_hooks_read(const struct conf_node *root, const char *country,
	struct config_hooks *ret, struct strbuf *err) MUST_USE;
void config_hooks_done(struct config_hooks *hooks);

const struct config_account *
config_account_find(const struct config_hooks *hooks, const char *sid);

/* Does a list such as "message.*, ticket.opened, -message.queued" mean this event? The
 * last item that fits decides. */
bool config_events_match(const char *list, const char *name);

/* http:// or https://, a host, nothing that does not belong into a URL; at most `max`
 * bytes. */
bool config_url_valid(const char *url, size_t max);

#endif
