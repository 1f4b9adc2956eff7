/* The manual page and the shell completion, from the same rows as --help. */
#include "gateway/verbs/verbs.h"

#include <stdio.h>
#include <string.h>

/* ---- ways to call a verb ---- */

#define WAY_END " | "

const char *
verb_way(const struct verb *verb, const char **at, int *ret_len, bool *ret_named)
{
	const char *way = *at;
	if (!way)
		return NULL;
	const char *end = strstr(way, WAY_END);
	size_t name = strlen(verb->name);
	*at = end ? end + strlen(WAY_END) : NULL;
	*ret_named = !strncmp(way, verb->name, name) && (!way[name] || way[name] == ' ');
	*ret_len = end ? (int)(end - way) : (int)strlen(way);
	return way;
}

/* ---- roff ---- */

/* Text as it stands: no line of it is a request, no dash a hyphen. */
static void
roff(FILE *out, const char *text, int len)
{
	bool start = true;
	for (int i = 0; len < 0 ? text[i] != '\0' : i < len; i++) {
		if (start && (text[i] == '.' || text[i] == '\''))
			fputs("\\&", out);
		if (text[i] == '\\')
			fputs("\\e", out);
		else if (text[i] == '-')
			fputs("\\-", out);
		else
			fputc(text[i], out);
		start = text[i] == '\n';
	}
}

static void
man_ways(const struct verb *verb, FILE *out)
{
	const char *at = verb->usage, *way;
	int len;
	bool named;
	fputs(".PP\n.nf\n", out);
	while ((way = verb_way(verb, &at, &len, &named))) {
		fprintf(out, "malgil %s%s", named ? "" : verb->name, named ? "" : " ");
		roff(out, way, len);
		fputc('\n', out);
	}
	fputs(".fi\n", out);
}

static void
man_options(const struct verb *verb, FILE *out)
{
	for (const struct verb_option *o = verb->options; o && o->name; o++) {
		fputs(".TP\n.B ", out);
		roff(out, o->name, -1);
		fprintf(out, "%s%s\n", o->value ? " " : "", o->value ? o->value : "");
		roff(out, o->help, -1);
		fputc('\n', out);
	}
}

static void
man_end(FILE *out)
{
	fputs(".SH FILES\n.TP\n.I " MALGIL_CONFIG_DEFAULT
	      "\nThe configuration, when neither \\-c nor MALGIL_CONFIG names one; see\n"
	      ".BR malgil.cfg (5).\n"
	      ".SH ENVIRONMENT\n.TP\n.B MALGIL_CONFIG\nThe configuration.\n"
	      ".SH EXIT STATUS\n0 done, 1 refused (a sentence on standard error), "
	      "2 usage.\n",
		out);
}

void
verb_man_page(const struct verb *const *verbs, size_t count, FILE *out)
{
	fputs(".TH MALGIL 1 \"\" \"malgil " MALGIL_VERSION "\"\n"
	      ".SH NAME\nmalgil \\- an SMS gateway that holds conversations\n"
	      ".SH SYNOPSIS\n.B malgil\n[\\-c FILE] VERB [options]\n.SH VERBS\n",
		out);
	for (size_t i = 0; i < count; i++) {
		fprintf(out, ".TP\n.BR malgil\\-%s (1)\n", verbs[i]->name);
		roff(out, verbs[i]->summary, -1);
		fputc('\n', out);
	}
	man_end(out);
}

void
verb_man_page_of(const struct verb *verb, FILE *out)
{
	fputs(".TH MALGIL\\-", out);
	for (const char *p = verb->name; *p; p++)
		fputc(*p >= 'a' && *p <= 'z' ? *p - 'a' + 'A' : *p, out);
	fprintf(out,
		" 1 \"\" \"malgil " MALGIL_VERSION "\"\n"
		".SH NAME\nmalgil\\-%s \\- ",
		verb->name);
	roff(out, verb->summary, -1);
	fputs("\n.SH SYNOPSIS\n", out);
	man_ways(verb, out);
	if (verb->options && verb->options->name) {
		fputs(".SH OPTIONS\n", out);
		man_options(verb, out);
	}
	fputs(".SH EXAMPLE\n.nf\n", out);
	roff(out, verb->example, -1);
	fputs("\n.fi\n", out);
	man_end(out);
	fputs(".SH SEE ALSO\n.BR malgil (1)\n", out);
}

/* ---- bash ---- */

/* The words a verb begins with, list or show, as its ways to be called tell them. */
static void
bash_words(const struct verb *verb, FILE *out)
{
	const char *at = verb->usage, *way;
	int len;
	bool named;
	while ((way = verb_way(verb, &at, &len, &named))) {
		way += named ? strlen(verb->name) : 0;
		way += strspn(way, " [");
		size_t n = strspn(way, "abcdefghijklmnopqrstuvwxyz");
		if (n)
			fprintf(out, " %.*s", (int)n, way);
	}
}

void
verb_completion(const struct verb *const *verbs, size_t count, FILE *out)
{
	fputs("# bash completion for malgil\n_malgil() {\n"
	      "\tlocal verb='' i words\n"
	      "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	      "\t\tcase ${COMP_WORDS[i]} in\n\t\t-c) ((i++)) ;;\n"
	      "\t\t*) verb=${COMP_WORDS[i]}; break ;;\n\t\tesac\n\tdone\n"
	      "\tcase $verb in\n\t'') words='-c",
		out);
	for (size_t i = 0; i < count; i++)
		fprintf(out, " %s", verbs[i]->name);
	fputs(" help' ;;\n", out);
	for (size_t i = 0; i < count; i++) {
		fprintf(out, "\t%s) words='", verbs[i]->name);
		bash_words(verbs[i], out);
		for (const struct verb_option *o = verbs[i]->options; o && o->name; o++)
			fprintf(out, " %s", o->name);
		fputs(" --help' ;;\n", out);
	}
	fputs("\t*) words='' ;;\n\tesac\n"
	      "\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- "
	      "\"${COMP_WORDS[COMP_CWORD]}\")\n}\n"
	      "complete -o default -F _malgil malgil\n",
		out);
}
