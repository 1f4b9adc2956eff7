/* The ledger: everything that happened on air, one JSON object a line.
 *
 * It is the simulator's sworn statement: a test counts losses and doubles here, without
 * asking the gateway. Each line leaves with one write() before the modem answers for it,
 * so a reader never sees half a line and a killed gateway never outruns it. Only the
 * operating system buffers. A ledger that cannot be written makes every result worthless,
 * so `broken` is set and the loop is stopped. */
#ifndef MALGIL_SIM_LEDGER_H
#define MALGIL_SIM_LEDGER_H

#include "gateway/base/loop.h"
#include "gateway/base/strbuf.h"
#include "gateway/sms/pdu.h"

struct sim_ledger {
	int fd;
	uint64_t seq; /* of the last line, from 1 */
	struct loop *loop;
	struct strbuf line;
	int broken; /* errno of the write that failed, 0 while all is well */
};

/* Truncates what an earlier network left in `path`. 0 or -errno with a sentence. */
int sim_ledger_open(struct sim_ledger *l, const char *path, struct loop *loop,
	struct strbuf *err) MUST_USE;
void sim_ledger_close(struct sim_ledger *l);

/* begin, any number of fields, end. Every line starts with seq, ms (wall clock) and kind,
 * and ends with `us`: the machine's monotonic clock in microseconds, whatever clock the
 * loop runs under, for measuring how long things took and never for deciding anything. */
int64_t sim_ledger_us(void);
void sim_ledger_begin(struct sim_ledger *l, const char *kind);
void sim_ledger_text(struct sim_ledger *l, const char *key, const char *text);
void
sim_ledger_bytes(struct sim_ledger *l, const char *key, const char *text, size_t len);
void sim_ledger_int(struct sim_ledger *l, const char *key, int64_t value);
void sim_ledger_hex(struct sim_ledger *l, const char *key, const uint8_t *p, size_t len);
void sim_ledger_concat(struct sim_ledger *l, const struct sms_concat *concat);
void sim_ledger_end(struct sim_ledger *l);

#endif
