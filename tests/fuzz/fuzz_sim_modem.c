/* Whatever a client writes to a simulated modem, and whatever a conductor tells the
 * network, neither crashes nor leaves it deaf: after ESC and a line end it answers AT
 * again. */
#include "drivers/sim/modem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct clock_sim now;
static struct loop *loop;
static struct sim *sim;

static char dir[] = "/tmp/fuzz_sim.XXXXXX";

static void
close_network(void)
{
	char ledger[64];
	sim_close(sim);
	loop_free(loop);
	snprintf(ledger, sizeof(ledger), "%s/ledger.jsonl", dir);
	unlink(ledger);
	rmdir(dir);
}

static void
open_network(void)
{
	struct sim_options o = SIM_OPTIONS_DEFAULT;
	struct strbuf err = STRBUF_SENTENCE;
	clock_sim_init(&now, INT64_C(1760000000000));
	loop = loop_new(&now.clock);
	o.dir = mkdtemp(dir);
	sim = o.dir ? sim_open(loop, &o, &err) : NULL;
	if (!sim) {
		fprintf(stderr, "%s\n", err.s);
		abort();
	}
	atexit(close_network);
}

/* Lines that start with '!' are for the network, the rest is the client's. Plugging is
 * left out: it is not the bytes' business and costs a pty each time. */
static void
play(struct sim_modem *m, const uint8_t *data, size_t size)
{
	struct strbuf answer = STRBUF_INIT(16 * 1024);
	while (size) {
		const uint8_t *end = memchr(data, '\n', size);
		size_t len = end ? (size_t)(end - data) + 1 : size;
		if (data[0] == '!') {
			char *line = xstrndup((const char *)data + 1, len - 1);
			line[strcspn(line, "\n")] = '\0';
			if (!strstr(line, "plug") && !strstr(line, "re-enum"))
				(void)!sim_command(sim, line, &answer);
			free(line);
		} else {
			sim_modem_hear(m, data, len);
		}
		data += len;
		size -= len;
	}
	strbuf_done(&answer);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!sim)
		open_network();
	struct sim_modem *m = &sim->modems[0];
	play(m, data, size);
	loop_run_until(loop, &now, now.mono + 60 * SECOND);
	sim_modem_clear(m);
	sim_modem_reboot(m, 1);
	loop_run_until(loop, &now, now.mono + 10);
	m->lock = SIM_UNLOCKED;
	sim_modem_hear(m, (const uint8_t *)"\x1b\rAT+CMGF=0\r", 12);
	if (m->state != SIM_IDLE || m->set.cmgf)
		abort();
	return 0;
}
