/* malgil.cfg, read whole and strictly. See etc/malgil.cfg for every setting with its
 * meaning. */
#ifndef MALGIL_CORE_CONFIG_H
#define MALGIL_CORE_CONFIG_H

#include "gateway/core/config_hooks.h"
#include "gateway/core/connectors.h"
#include "gateway/core/driver.h"
#include "gateway/core/event_schema.h"
#include "gateway/core/packs.h"
#include "gateway/core/policy.h"
#include "gateway/core/sources.h"
#include "gateway/text/hours.h"

#define CONFIG_CHANNELS 64

/* What a channel's group says about its upkeep, whatever its driver (core/upkeep.h). */
struct upkeep_config {
	int64_t alarm_after; /* ms it may be away before the owner hears of it */
	int64_t selftest;    /* ms between texts to itself, 0 never */
	char *number;        /* its own, E.164; NULL: as the SIM tells */
	struct {
		char *ussd, *to, *text, *from, *pattern;
		int64_t every, low;
	} balance; /* ussd or to, NULL: not asked */
};
int upkeep_read(const struct conf_node *channel, struct upkeep_config *ret,
	struct strbuf *err) MUST_USE;
void upkeep_free(struct upkeep_config *upkeep);

struct config_channel {
	char *name;
	const struct driver_ops *ops;
	const struct conf_node *node; /* lives as long as the config */
	struct upkeep_config upkeep;
};

struct config {
	struct conf *document;
	int64_t format;
	char *shop_name, *country, *zone;
	char *shop_site; /* "https://shop.example", NULL unknown */
	char *store;     /* sqlite:PATH */
	char *run_dir;   /* control socket, locks */
	char *notes_dir;
	char *scripts; /* the folder of the dialogs, NULL: none */
	char *log_level;
	char *connectors_path; /* NULL: connectors.cfg beside this file, when there is one
				*/
	struct connectors *connectors;
	char *canned_path; /* the staff's canned replies; NULL: canned.cfg beside this */
	char *events_path; /* NULL: events.cfg beside this file, when there is one */
	struct event_schema *events;
	struct routes *routes; /* core/router.h */
	char *stop_say, *help_say,
		*start_say;    /* the confirmations, with their defaults */
	char *call_say;        /* to whoever rings; NULL: special.c's, "" nothing */
	char *mms_say;         /* to whoever sends an MMS; NULL: special.c's */
	int64_t store_reserve; /* MiB */
	int64_t keep_expires;  /* ms: how long a message may wait by default */
	char *pack_dir,
		*pack_names; /* where the packs are, and which; NULL: found, the shop's */
	char *policy_path;   /* NULL: policy_default() */
	struct packs *packs;
	struct policy *policy;
	struct hours hours; /* of the shop; open at any time when not given */
	char *hours_week, *hours_lunch, *hours_holidays; /* as written */
	int64_t reply; /* ms of opening time within which we promise an answer, 0 none */
	int64_t unclaimed; /* ms of opening time between reminders of an unclaimed ticket
			    */
	int64_t reminders; /* how often */
	int64_t reopen;    /* ms after a close within which a text reopens the ticket */
	char *owner_phone, *owner_alert, *owner_backup; /* phone: E.164 */
	/* The API on a network; without `listen` there is none. */
	char *api_listen; /* "127.0.0.1:8025" */
	char *api_public; /* "https://sms.shop.example": how others reach it */
	char *api_hosts;  /* other names it is reached by */
	char *api_certificate, *api_key; /* PEM files; both or neither */
	char *api_staff_group;           /* of the machine: may use the unix socket */
	int64_t api_rate;                /* requests a second, each token */
	int64_t api_connections;         /* at once, on the network */
	char *links_base;     /* "https://s.example": NULL api_public and "/l" */
	int64_t links_expire; /* ms a tracked link leads anywhere */
	int64_t credit_click, credit_send; /* ms: how far back an order is credited */
	int64_t points_percent; /* of an order, earned as points; 0: not kept here */
	struct config_channel channels[CONFIG_CHANNELS];
	size_t channel_count;
	struct config_hooks hooks;
	struct sources sources; /* the shop's platforms that call us */
};

/* 0 and a config for config_free(); -EINVAL or -errno with a line for every mistake:
 * file, line, sentence. */
int
config_load(const char *path, struct config **ret_config, struct strbuf *err) MUST_USE;
void config_free(struct config *config);

/* The configuration of a shop that has no file, for rehearsals: no store, no channels.
 * Without a policy the few numbers texts speak of are made up. */
struct config_shop {
	const char *name, *country, *zone;
	const char *policy; /* a path; NULL: none */
	const char *packs;  /* beside the shop's own, "US, GB"; NULL: none */
};
int config_plain(const struct config_shop *shop, struct config **ret_config,
	struct strbuf *err) MUST_USE;

/* RUN_DIR/malgil.sock: where the daemon listens and the command line calls. `ret` 108
 * bytes. */
int config_socket_path(
	const struct config *config, char ret[108], struct strbuf *err) MUST_USE;

#endif
