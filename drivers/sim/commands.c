#include "drivers/sim/commands.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Ends one argument in place, quotes and blanks gone; where the next begins, NULL at the
 * end. */
static char *
cut(char *p)
{
	char *out = p;
	bool quoted = false;
	for (; *p && (*p != ',' || quoted); p++) {
		if (*p == '"')
			quoted = !quoted;
		else if (*p != ' ' || quoted)
			*out++ = *p;
	}
	char *next = *p ? p + 1 : NULL;
	*out = '\0';
	return next;
}

void
sim_args_split(char *text, struct sim_args *ret)
{
	static char none[1] = "";
	for (size_t i = 0; i < SIM_ARGS_MAX; i++)
		ret->v[i] = none;
	ret->count = 0;
	char *p = *text ? text : NULL;
	while (p && ret->count < SIM_ARGS_MAX) {
		ret->v[ret->count++] = p;
		p = cut(p);
	}
}

int
sim_args_int(const char *text, int min, int max, int otherwise, int *ret)
{
	if (!*text) {
		*ret = otherwise;
		return 0;
	}
	char *end;
	errno = 0;
	long n = strtol(text, &end, 10);
	if (errno || *end || n < min || n > max)
		return -EINVAL;
	*ret = (int)n;
	return 0;
}

static const struct sim_command *
find(const char *name, size_t len)
{
	const struct sim_command *const tables[] = {
		sim_commands_sms, sim_commands_general};
	for (size_t t = 0; t < ARRAY_LEN(tables); t++)
		for (const struct sim_command *c = tables[t]; c->name; c++)
			if (!strncasecmp(c->name, name, len) && !c->name[len])
				return c;
	return NULL;
}

/* 27.005 and 27.007 each have their own words for a SIM that is not there yet. */
static int
not_ready(const struct sim_modem *m, const struct sim_command *c)
{
	bool sms = c->needs == SIM_NEEDS_SMS;
	if (m->lock == SIM_WANTS_PIN)
		return sms ? SIM_CMS(311) : SIM_CME(11);
	if (m->lock == SIM_WANTS_PUK)
		return sms ? SIM_CMS(316) : SIM_CME(12);
	return sms ? SIM_CMS(314) : SIM_CME(14);
}

static int
run(struct sim_modem *m, const struct sim_command *c, enum sim_op op, char *args)
{
	struct sim_fault_armed f;
	if (sim_modem_strike(m, FAULT_BUSY_515, &f))
		return SIM_CME((int)f.value);
	if (op == SIM_TEST && c->test) {
		if (*c->test)
			sim_modem_line(m, "%s", c->test);
		return SIM_OK;
	}
	if (c->needs != SIM_ALWAYS && !sim_modem_sim_ready(m))
		return not_ready(m, c);
	if (c->run)
		return c->run(m, op, args);
	if (op != SIM_SET && c->read && *c->read)
		sim_modem_line(m, "%s", c->read);
	return SIM_OK;
}

/* One extended command of a line: "+NAME[=ARGS|?|=?]" up to ';'. `*at` moves past it. */
static int
run_extended(struct sim_modem *m, char **at)
{
	char *name = *at, *p = name + 1;
	while (isalnum((unsigned char)*p))
		p++;
	size_t len = (size_t)(p - name);
	const struct sim_command *c = find(name, len);
	char *rest = p;
	bool quoted = false;
	while (*p && (*p != ';' || quoted))
		quoted ^= *p++ == '"';
	*at = *p ? p + 1 : p;
	*p = '\0';
	if (!c)
		return SIM_ERROR;
	if (rest[0] == '=' && rest[1] == '?')
		return run(m, c, SIM_TEST, rest + 2);
	if (rest[0] == '=')
		return run(m, c, SIM_SET, rest + 1);
	return run(m, c, *rest == '?' ? SIM_READ_OP : SIM_EXEC, rest + (*rest == '?'));
}

static void
identify(struct sim_modem *m)
{
	sim_modem_line(m, "Malgil");
	sim_modem_line(m, "SIM-1");
	sim_modem_line(m, "Revision: 1.0");
}

/* V.250's one-letter commands; those that govern a line we do not have are accepted. */
static int
run_basic(struct sim_modem *m, char **at)
{
	char *p = *at;
	char name = (char)toupper((unsigned char)*p++);
	if (name == '&')
		p += *p != '\0';
	int n = (int)strtol(p, &p, 10);
	if (*p == '?' || *p == '=')
		p += strcspn(p, ";");
	*at = *p == ';' ? p + 1 : p;
	switch (name) {
	case 'E': m->set.echo = n; break;
	case 'V': m->set.verbose = n; break;
	case 'Q': m->set.quiet = n; break;
	case 'I': identify(m); break;
	case 'Z':
		m->set.echo = m->set.verbose = true;
		m->set.quiet = false;
		break;
	case 'D': sim_modem_line(m, "NO CARRIER"); return SIM_SILENT;
	case '&':
	case 'H':
	case 'S':
	case 'L':
	case 'M':
	case 'X':
	case 'O':
	case 'A': break;
	default: return SIM_ERROR;
	}
	return SIM_OK;
}

void
sim_command_line(struct sim_modem *m, char *line)
{
	struct sim_fault_armed f;
	int r = SIM_OK;
	if (sim_modem_strike(m, FAULT_STUCK_PROMPT, &f)) {
		m->data = SIM_DATA_STUCK;
		sim_modem_prompt(m);
		return;
	}
	while (r == SIM_OK && *line) {
		if (*line == ' ' || *line == ';')
			line++;
		else if (strchr("+^#%*$", *line))
			r = run_extended(m, &line);
		else
			r = run_basic(m, &line);
	}
	sim_modem_finish(m, r);
}
