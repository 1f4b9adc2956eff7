/* Files that conduct a network: what handsets reply, which faults are armed. */
#include "drivers/sim/handset.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/sim/modem.h"
#include "gateway/base/conf.h"

static int
hex_pair(const char *p)
{
	unsigned n;
	char two[3] = {p[0], p[0] ? p[1] : '\0', '\0'};
	return strspn(two, "0123456789abcdefABCDEF") == 2 && sscanf(two, "%x", &n) == 1
		       ? (int)n
		       : -1;
}

size_t
sim_unescape(char *text)
{
	char *out = text;
	for (const char *p = text; *p; p++) {
		int hex = *p == '\\' && p[1] == 'x' ? hex_pair(p + 2) : -1;
		if (*p != '\\' || !p[1]) {
			*out++ = *p;
		} else if (hex > 0) {
			*out++ = (char)hex;
			p += 3;
		} else {
			p++;
			*out++ = (char)(*p == 'n'   ? '\n'
					: *p == 't' ? '\t'
					: *p == 'r' ? '\r'
						    : *p);
		}
	}
	*out = '\0';
	return (size_t)(out - text);
}

void
sim_escape(struct strbuf *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		if (c == '\n')
			strbuf_puts(out, "\\n");
		else if (c == '\\')
			strbuf_puts(out, "\\\\");
		else if (c < 0x20 || c == 0x7F)
			strbuf_printf(out, "\\x%02x", c);
		else
			strbuf_putc(out, (char)c);
	}
}

static char *
trim(char *s)
{
	s += strspn(s, " \t");
	size_t len = strlen(s);
	while (len && strchr(" \t\r\n", s[len - 1]))
		s[--len] = '\0';
	return s;
}

/* Calls `read` for every line that says something; its sentence gets FILE:LINE in front.
 */
static int
each_line(struct sim *sim, const char *path,
	int (*read)(struct sim *sim, char *line, struct strbuf *err), struct strbuf *err)
{
	FILE *f = fopen(path, "re");
	struct strbuf why = STRBUF_SENTENCE;
	char *line = NULL;
	size_t size = 0;
	int r = 0;
	if (!f) {
		r = -errno;
		strbuf_set(err, "%s: cannot be read: %s", path, strerror(-r));
		return r;
	}
	for (unsigned n = 1; !r && getline(&line, &size, f) >= 0; n++) {
		char *text = trim(line);
		if (!*text || *text == '#')
			continue;
		r = read(sim, text, &why);
		if (r < 0)
			strbuf_set(err, "%s:%u: %s", path, n, why.s);
	}
	free(line);
	fclose(f);
	strbuf_done(&why);
	return r;
}

/* ---- what handsets reply ---- */

static int
script_line(struct sim *sim, char *line, struct strbuf *err)
{
	char *field[4] = {line};
	for (int i = 1; i < 4; i++) {
		field[i] = strchr(field[i - 1], '|');
		if (!field[i]) {
			strbuf_set(err, "NUMBER | GLOB | DELAY | REPLY is expected");
			return -EINVAL;
		}
		*field[i]++ = '\0';
	}
	for (int i = 0; i < 4; i++)
		field[i] = trim(field[i]);
	struct sim_script *s = xcalloc(1, sizeof(*s));
	struct sim_script **at = &sim->scripts;
	while (*at)
		at = &(*at)->next;
	*at = s; /* freed with the others, also when the rest of the line is wrong */
	s->glob = xstrdup(field[1]);
	s->reply = xstrdup(field[3]);
	sim_unescape(s->reply);
	if (strcmp(field[2], "0") != 0 && conf_duration(field[2], &s->delay) < 0) {
		strbuf_set(err, "\"%s\" is not a delay like 500ms, 3s or 0", field[2]);
		return -EINVAL;
	}
	if (!strcmp(field[0], "*")) {
		s->number[0] = '*';
		return 0;
	}
	const struct sim_subscriber *who = sim_subscriber(sim, field[0], err);
	if (who)
		memcpy(s->number, who->number, sizeof(s->number));
	return who ? 0 : -EINVAL;
}

int
sim_script_load(struct sim *sim, const char *path, struct strbuf *err)
{
	return each_line(sim, path, script_line, err);
}

void
sim_script_free(struct sim *sim)
{
	while (sim->scripts) {
		struct sim_script *s = sim->scripts;
		sim->scripts = s->next;
		free(s->glob);
		free(s->reply);
		free(s);
	}
}

/* ---- faults from a file: "MODEM FAULT [KEY=VALUE]...", * for every modem ---- */

static int
fault_line(struct sim *sim, char *line, struct strbuf *err)
{
	struct sim_fault_armed armed;
	char *rest = line + strcspn(line, " \t");
	if (*rest)
		*rest++ = '\0';
	int r = sim_fault_parse(rest, &armed, err);
	if (!r && !strcmp(line, "*")) {
		for (unsigned i = 0; i < sim->options.modems && !r; i++)
			r = sim_modem_fault(&sim->modems[i], &armed, err);
		return r;
	}
	struct sim_modem *m = r ? NULL : sim_modem_find(sim, line);
	if (r)
		return r;
	if (!m) {
		strbuf_set(err, "there is no modem \"%s\"", line);
		return -EINVAL;
	}
	return sim_modem_fault(m, &armed, err);
}

int
sim_fault_load(struct sim *sim, const char *path, struct strbuf *err)
{
	return each_line(sim, path, fault_line, err);
}

int
sim_fault_command(struct sim *sim, char *line, struct strbuf *err)
{
	return fault_line(sim, line, err);
}
