/* The examination of a modem and of the machine, for `malgil doctor`. */
#ifndef MALGIL_AT_DOCTOR_H
#define MALGIL_AT_DOCTOR_H

#include "gateway/core/driver.h"

/* driver.h, `examine`. */
unsigned doctor_examine(
	const char *channel, const struct conf_node *config, const struct exam *exam);
/* driver.h, `plugged`: the machine's USB serial ports. */
size_t doctor_plugged(struct device_found *ret, size_t max);

#endif
