/* The bare tables behind gsm7.h: code to Unicode, 0 where a table has nothing. For
 * gsm7.c, the planner and the tests that walk every code. */
#ifndef MALGIL_SMS_GSM7_TABLES_H
#define MALGIL_SMS_GSM7_TABLES_H

#include "gateway/sms/gsm7.h"

/* Languages without a locking table (Spanish) have an empty row. */
extern const uint16_t gsm7_locking[GSM7_LANGUAGES][128];
extern const uint16_t gsm7_single[GSM7_LANGUAGES][128];

#endif
