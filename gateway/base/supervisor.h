/*
 * The supervisor that started us, told how we are: sd_notify(3) as a datagram, without
 * its library. Without NOTIFY_SOCKET everything here does nothing.
 *
 * The watchdog is fed by the loop itself, so what it proves is that the loop turns and
 * commits; WATCHDOG_USEC says how often (half of it, as sd_watchdog_enabled(3) advises).
 */
#ifndef MALGIL_BASE_SUPERVISOR_H
#define MALGIL_BASE_SUPERVISOR_H

#include "gateway/base/loop.h"

/* Sends one state, such as "READY=1" or "STOPPING=1". 0 (also when nobody listens) or
 * -errno; never waits. */
int supervisor_tell(const char *state);

/* What the supervisor wants to hear from us at least this often: half its limit in ms, 0
 * when it keeps no watchdog over this process. */
int64_t supervisor_interval(void);

#endif
