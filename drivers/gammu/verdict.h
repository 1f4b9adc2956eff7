/* What libgammu's answers to a send mean. Pure. */
#ifndef MALGIL_GAMMU_VERDICT_H
#define MALGIL_GAMMU_VERDICT_H

#include "drivers/gammu/library.h"

#include "gateway/core/driver.h"

/* GSM_SendSMS() returned an error. Over AT it returns before it waits for the network's
 * answer, so only a failed write leaves a doubt; other protocols wait inside. `why` is a
 * static sentence. */
struct outcome verdict_call(GSM_Error error, bool at);
/* The callback said this code: 0 sent with `reference`, -1 a refusal without a number,
 * else a +CMS or +CME number (libgammu does not say which). */
struct outcome verdict_answer(int status, int reference);

#endif
