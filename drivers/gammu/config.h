/* The group of a channel whose driver is gammu. */
#ifndef MALGIL_GAMMU_CONFIG_H
#define MALGIL_GAMMU_CONFIG_H

#include "gateway/core/driver.h"

struct gammu_config {
	char *device;     /* as libgammu names it: a path, or a Bluetooth address */
	char *connection; /* "at", "at115200", "blueat", "fbus", "dku2", "none" ... */
	char *model;      /* NULL: libgammu finds out */
	char *pin, *smsc;
	char *imei, *imsi;    /* who must be there, NULL anybody */
	int64_t sweep;        /* between two looks at everything */
	int64_t send_timeout; /* from handing a text over to giving its outcome up */
	bool reports;         /* the phone passes status reports on */
};

int gammu_config_read(const struct conf_node *group, struct gammu_config *ret_config,
	struct strbuf *err) MUST_USE;
void gammu_config_free(struct gammu_config *config);
/* Both groups name one device. */
bool gammu_config_clash(const struct conf_node *a, const struct conf_node *b);
void gammu_config_names(const struct conf_node *group, struct device_names *ret);

/* libgammu speaks AT over it: nothing has left before its send call returns without
 * error. */
bool gammu_config_is_at(const char *connection);
/* There is a terminal device that can be locked. */
bool gammu_config_is_path(const struct gammu_config *config);

#endif
