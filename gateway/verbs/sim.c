/* `malgil sim`: a network of AT modems to try things on, and a handset to text with. */
#include "gateway/verbs/verbs.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/sim/control.h"
#include "drivers/sim/fault.h"
#include "drivers/sim/modem.h"
#include "drivers/sim/sim.h"
#include "gateway/base/loop.h"

static void
list_faults(void)
{
	static const char *const kinds[] = {"event", "mode", "action"};
	puts("Armed with: fault MODEM NAME [after=N] [times=N] [KEY=VALUE]\n"
	     "An event spoils the next occasions, a mode lasts while armed, an action "
	     "happens once.\n");
	for (size_t i = 0; i < FAULT_COUNT; i++) {
		const struct sim_fault_row *row = &sim_fault_rows[i];
		char key[40] = "";
		if (row->key)
			snprintf(key, sizeof(key), " [%s=%lld]", row->key,
				(long long)row->value);
		printf("%2u %-18s %-6s %s%s\n", row->seen,
			i == FAULT_CMS ? "cms-NNN" : row->name, kinds[row->kind],
			row->help, key);
	}
}

static void
list_control(void)
{
	puts("DIR/control is a unix socket: one line in, one line out ('ok ...' or "
	     "'error ...').\n");
	for (const struct sim_control_row *row = sim_control_rows; row->name; row++)
		printf("  %s\n\t%s\n", row->usage, row->help);
}

static int
read_number(const struct verb_args *args, const char *option, int64_t min, int64_t max,
	int64_t *value)
{
	const char *text = verb_value(args, option);
	char *end;
	if (!text)
		return 0;
	errno = 0;
	long long n = strtoll(text, &end, 10);
	if (errno || end == text || *end || n < min || n > max)
		return verb_misuse(args->verb,
			"%s takes a number from %lld to %lld, not '%s'", option,
			(long long)min, (long long)max, text);
	*value = n;
	return 0;
}

static int
read_options(const struct verb_args *args, struct sim_options *o)
{
	int64_t modems = 1, storage = o->storage, seed = 0;
	int r = read_number(args, "--modems", 1, SIM_MODEMS_MAX, &modems);
	if (!r)
		r = read_number(args, "--latency", 0, 24 * HOUR, &o->latency);
	if (!r)
		r = read_number(args, "--report-delay", 0, 24 * HOUR, &o->report_delay);
	if (!r)
		r = read_number(args, "--storage", 1, 255, &storage);
	if (!r)
		r = read_number(args, "--seed", 0, INT64_MAX, &seed);
	if (r)
		return r;
	o->modems = (unsigned)modems;
	o->storage = (unsigned)storage;
	o->seed = (uint64_t)seed;
	o->dir = verb_value(args, "--dir");
	o->pin = verb_value(args, "--pin");
	o->faults = verb_value(args, "--faults");
	o->script = verb_value(args, "--script");
	if (verb_value(args, "--country"))
		o->country = verb_value(args, "--country");
	return 0;
}

static void
on_stop(void *arg)
{
	loop_stop(arg);
}

static void
introduce(const struct sim *sim, bool quiet)
{
	for (unsigned i = 0; i < sim->options.modems && !quiet; i++)
		printf("%s %s %s\n", sim->modems[i].link, sim->modems[i].me->number,
			sim->modems[i].port.path);
	puts("sim.ready");
	fflush(stdout);
}

static int
run_network(struct verb_args *args)
{
	struct sim_options options = SIM_OPTIONS_DEFAULT;
	struct strbuf err = STRBUF_SENTENCE;
	int r = read_options(args, &options);
	if (r)
		return r;
	if (!options.dir)
		return verb_misuse(
			args->verb, "--dir DIR is needed: where the modems appear");
	signal(SIGPIPE, SIG_IGN);
	struct loop *loop = loop_new(clock_real());
	loop_on_signal(loop, SIGTERM, on_stop, loop);
	loop_on_signal(loop, SIGINT, on_stop, loop);
	struct sim *sim = sim_open(loop, &options, &err);
	if (sim) {
		introduce(sim, verb_flag(args, "--quiet"));
		loop_run(loop);
		if (sim_broken(sim))
			strbuf_set(&err, "the ledger could not be written: %s",
				strerror(sim_broken(sim)));
	}
	r = err.len ? verb_refuse(args->verb, "%s", err.s) : EXIT_DONE;
	sim_close(sim);
	loop_free(loop);
	strbuf_done(&err);
	return r;
}

static int
run_phone(struct verb_args *args)
{
	const char *dir = verb_value(args, "--dir");
	const char *number = verb_value(args, "--number");
	const char *to = verb_value(args, "--to");
	struct strbuf err = STRBUF_SENTENCE;
	if (!dir || !number)
		return verb_misuse(
			args->verb, "a phone needs --dir DIR and --number NUMBER");
	int r = sim_phone(dir, number, to ? to : "modem0", &err);
	r = r < 0 ? verb_refuse(args->verb, "%s", err.s) : EXIT_DONE;
	strbuf_done(&err);
	return r;
}

static int
run_tell(struct verb_args *args)
{
	const char *dir = verb_value(args, "--dir");
	struct strbuf line = STRBUF_INIT(64 * 1024), answer = STRBUF_INIT(64 * 1024);
	if (!dir || args->word_count < 2)
		return verb_misuse(args->verb,
			"tell needs --dir DIR and a command (--list-control)");
	for (size_t i = 1; i < args->word_count; i++)
		strbuf_printf(&line, "%s%s", i > 1 ? " " : "", args->words[i]);
	int r = sim_tell(dir, line.s, &answer);
	if (r < 0)
		r = verb_refuse(args->verb, "%s", answer.s);
	else if (answer.len)
		puts(answer.s);
	strbuf_done(&line);
	strbuf_done(&answer);
	return r;
}

static int
run(struct verb_args *args)
{
	if (verb_flag(args, "--list-faults")) {
		list_faults();
		return EXIT_DONE;
	}
	if (verb_flag(args, "--list-control")) {
		list_control();
		return EXIT_DONE;
	}
	if (args->word_count == 1 && !strcmp(args->words[0], "phone"))
		return run_phone(args);
	if (args->word_count && !strcmp(args->words[0], "tell"))
		return run_tell(args);
	if (args->word_count)
		return verb_misuse(
			args->verb, "'%s' is neither 'phone' nor 'tell'", args->words[0]);
	return run_network(args);
}

static const struct verb_option options[] = {
	{"--dir", "DIR",
		"where modem0.., control and ledger.jsonl appear (made when missing)"},
	{"--modems", "N", "how many modems (1)"},
	{"--latency", "MS", "from the end of a PDU to +CMGS (0)"},
	{"--report-delay", "MS", "from on air to the status report (0)"},
	{"--storage", "N", "slots on each SIM (30)"},
	{"--pin", "1234", "every SIM asks for this PIN"},
	{"--seed", "S", "for what is random (0)"},
	{"--country", "KR", "numbers and operator: KR JP US DE GB FR"},
	{"--faults", "FILE", "lines 'MODEM FAULT [KEY=VALUE]...', * for every modem"},
	{"--script", "FILE",
		"lines 'NUMBER | GLOB | DELAY | REPLY': handsets that answer"},
	{"--quiet", NULL, "print nothing but sim.ready"},
	{"--list-faults", NULL, "what can go wrong, and its arguments"},
	{"--list-control", NULL, "what DIR/control understands"},
	{"--number", "NUMBER", "phone: whose handset this is"},
	{"--to", "MODEM", "phone: whom typed lines go to (modem0)"},
	{NULL, NULL, NULL},
};

const struct verb verb_sim = {
	.name = "sim",
	.summary = "a simulated network: AT modems on ptys, handsets, faults",
	.usage = "sim --dir DIR [--modems N] [options] | sim phone --dir DIR --number "
		 "NUMBER "
		 "[--to MODEM] | sim tell --dir DIR COMMAND...",
	.example =
		"  malgil sim --modems 2 --dir /tmp/net --report-delay 500\n"
		"  malgil sim phone --dir /tmp/net --number 010-1234-5678 --to modem0\n"
		"  malgil sim tell --dir /tmp/net fault modem0 lost-ok after=10",
	.options = options,
	.run = run,
};
