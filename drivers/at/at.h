/* Serial modems that speak AT commands (27.005, 27.007), in PDU mode. */
#ifndef MALGIL_AT_AT_H
#define MALGIL_AT_AT_H

#include "gateway/core/driver.h"

extern const struct driver_ops driver_at;

#endif
