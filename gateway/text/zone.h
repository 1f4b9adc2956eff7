/* Time zones by their IANA names, through ICU. Pure. */
#ifndef MALGIL_TEXT_ZONE_H
#define MALGIL_TEXT_ZONE_H

#include "gateway/base/def.h"

bool zone_known(const char *name); /* "Asia/Seoul" */

#endif
