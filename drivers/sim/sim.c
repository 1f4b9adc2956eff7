#include "drivers/sim/sim.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "drivers/sim/control.h"
#include "drivers/sim/handset.h"
#include "drivers/sim/modem.h"

static int
check_options(const struct sim_options *o, struct strbuf *err)
{
	if (!o->modems || o->modems > SIM_MODEMS_MAX) {
		strbuf_set(err, "1 to %d modems can be simulated, not %u", SIM_MODEMS_MAX,
			o->modems);
		return -EINVAL;
	}
	if (!o->storage || o->storage > 255) {
		strbuf_set(err, "a SIM has 1 to 255 slots, not %u", o->storage);
		return -EINVAL;
	}
	if (o->pin && (strlen(o->pin) < 4 || strlen(o->pin) > 8 ||
			      o->pin[strspn(o->pin, "0123456789")])) {
		strbuf_set(err, "a PIN is 4 to 8 digits");
		return -EINVAL;
	}
	if (!sim_country_find(o->country)) {
		strbuf_set(err, "the country \"%s\" is not simulated; there are ",
			o->country);
		sim_country_list(err);
		return -EINVAL;
	}
	if (strlen(o->dir) > 180) {
		strbuf_set(err, "%s is too long a directory name", o->dir);
		return -ENAMETOOLONG;
	}
	return 0;
}

static int
make_dir(const char *dir, struct strbuf *err)
{
	struct stat st;
	if (mkdir(dir, 0700) < 0 && errno != EEXIST) {
		int e = errno;
		strbuf_set(err, "%s: cannot be made: %s", dir, strerror(e));
		return -e;
	}
	if (stat(dir, &st) < 0 || !S_ISDIR(st.st_mode)) {
		strbuf_set(err, "%s is not a directory", dir);
		return -ENOTDIR;
	}
	return 0;
}

/* The control socket first: it is what tells that another network lives here, before
 * anything of that one is touched. */
static int
open_files(struct sim *sim, struct strbuf *err)
{
	char path[256];
	int r = make_dir(sim->dir, err);
	snprintf(path, sizeof(path), "%s/control", sim->dir);
	if (!r)
		r = sim_control_open(sim, path, err);
	snprintf(path, sizeof(path), "%s/ledger.jsonl", sim->dir);
	if (!r)
		r = sim_ledger_open(&sim->ledger, path, sim->loop, err);
	return r;
}

static int
open_modems(struct sim *sim, struct strbuf *err)
{
	unsigned wanted = sim->options.modems;
	int r = 0;
	sim->modems = xcalloc(wanted, sizeof(*sim->modems));
	sim->options.modems = 0;
	for (unsigned i = 0; i < wanted && !r; i++) {
		sim->options.modems++;
		r = sim_modem_init(sim, &sim->modems[i], i, err);
	}
	return r;
}

struct sim *
sim_open(struct loop *loop, const struct sim_options *options, struct strbuf *err)
{
	if (check_options(options, err) < 0)
		return NULL;
	struct sim *sim = xcalloc(1, sizeof(*sim));
	sim->loop = loop;
	sim->options = *options;
	sim->ledger.fd = -1;
	sim->country = sim_country_find(options->country);
	strbuf_init(&sim->scratch, 8 * 1024);
	snprintf(sim->dir, sizeof(sim->dir), "%s", options->dir);
	int r = sim_network_init(sim, err);
	if (!r)
		r = open_files(sim, err);
	if (!r)
		r = open_modems(sim, err);
	if (!r && options->script)
		r = sim_script_load(sim, options->script, err);
	if (!r && options->faults)
		r = sim_fault_load(sim, options->faults, err);
	if (!r)
		return sim;
	sim_close(sim);
	return NULL;
}

void
sim_close(struct sim *sim)
{
	if (!sim)
		return;
	sim_control_close(sim);
	for (unsigned i = 0; sim->modems && i < sim->options.modems; i++)
		sim_modem_done(&sim->modems[i]);
	free(sim->modems);
	sim_script_free(sim);
	sim_network_done(sim);
	sim_ledger_close(&sim->ledger);
	strbuf_done(&sim->scratch);
	free(sim);
}

int
sim_broken(const struct sim *sim)
{
	return sim->ledger.broken;
}
