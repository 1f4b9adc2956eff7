/* Parsing by a verb's own table, and the help made from the same table. */
#include "gateway/verbs/verbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/suggest.h"

static size_t
option_index(const struct verb *verb, const char *name)
{
	const struct verb_option *o = verb->options;
	for (size_t i = 0; o && o[i].name; i++)
		if (!strcmp(o[i].name, name))
			return i;
	return SIZE_MAX;
}

const char *
verb_value(const struct verb_args *args, const char *option)
{
	size_t i = option_index(args->verb, option);
	if (i == SIZE_MAX)
		abort(); /* the verb asks for an option it never declared */
	return args->values[i];
}

bool
verb_flag(const struct verb_args *args, const char *option)
{
	return verb_value(args, option) != NULL;
}

/* A configuration may have many mistakes, a line each: every line says who speaks. */
static void
say(const struct verb *verb, const char *fmt, va_list ap)
{
	struct strbuf text = STRBUF_INIT(64 * 1024);
	char *line, *rest;
	strbuf_vprintf(&text, fmt, ap);
	for (rest = text.s; (line = strsep(&rest, "\n"));)
		fprintf(stderr, "malgil %s: %s\n", verb->name, line);
	strbuf_done(&text);
}

static void
print_usage(const struct verb *verb, FILE *out)
{
	const char *at = verb->usage, *way;
	int len;
	bool named;
	while ((way = verb_way(verb, &at, &len, &named)))
		fprintf(out, "%s malgil %s%s%.*s\n",
			way == verb->usage ? "usage:" : "      ", named ? "" : verb->name,
			named ? "" : " ", len, way);
}

int
verb_refuse(const struct verb *verb, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	say(verb, fmt, ap);
	va_end(ap);
	return EXIT_REFUSED;
}

int
verb_misuse(const struct verb *verb, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	say(verb, fmt, ap);
	va_end(ap);
	print_usage(verb, stderr);
	fprintf(stderr, "       malgil %s --help shows an example\n", verb->name);
	return EXIT_USAGE;
}

void
verb_help(const struct verb *verb)
{
	printf("malgil %s - %s\n\n", verb->name, verb->summary);
	print_usage(verb, stdout);
	const struct verb_option *o = verb->options;
	if (o && o[0].name)
		puts("\noptions:");
	for (; o && o->name; o++) {
		char head[40];
		snprintf(head, sizeof(head), "%s%s%s", o->name, o->value ? " " : "",
			o->value ? o->value : "");
		printf("  %-24s %s\n", head, o->help);
	}
	printf("\nexample:\n%s\n", verb->example);
}

static int
unknown_option(const struct verb *verb, const char *given)
{
	struct suggest near;
	suggest_init(&near, given);
	const struct verb_option *o = verb->options;
	for (; o && o->name; o++)
		suggest_offer(&near, o->name);
	if (near.best)
		return verb_misuse(verb, "there is no option %s; did you mean %s?", given,
			near.best);
	return verb_misuse(verb, "there is no option %s", given);
}

/* Takes argv[*i], and its value where it has one ("--to N" or "--to=N"). */
static int
take_option(const struct verb *verb, int argc, char **argv, int *i, struct verb_args *ret)
{
	char name[64];
	const char *equals = strchr(argv[*i], '=');
	size_t n = equals ? (size_t)(equals - argv[*i]) : strlen(argv[*i]);
	snprintf(name, sizeof(name), "%.*s", (int)MIN(n, sizeof(name) - 1), argv[*i]);
	size_t index = option_index(verb, name);
	if (index == SIZE_MAX)
		return unknown_option(verb, name);
	const struct verb_option *o = &verb->options[index];
	if (!o->value && equals)
		return verb_misuse(verb, "%s takes no value", name);
	if (!o->value)
		ret->values[index] = "";
	else if (equals)
		ret->values[index] = equals + 1;
	else if (*i + 1 < argc)
		ret->values[index] = argv[++*i];
	else
		return verb_misuse(verb, "%s needs a value (%s)", name, o->value);
	return 0;
}

int
verb_parse(const struct verb *verb, int argc, char **argv, struct verb_args *ret)
{
	const char *config = ret->config_path;
	*ret = (struct verb_args){.verb = verb, .config_path = config};
	bool only_words = false;
	for (int i = 0; i < argc; i++) {
		int r = 0;
		if (!only_words && !strcmp(argv[i], "--"))
			only_words = true;
		else if (!only_words &&
			 (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))) {
			verb_help(verb);
			return -1;
		} else if (!only_words && !strcmp(argv[i], "-c") && i + 1 < argc)
			ret->config_path = argv[++i];
		else if (!only_words && !strcmp(argv[i], "-c"))
			r = verb_misuse(verb, "-c needs a file: the configuration");
		else if (!only_words && argv[i][0] == '-' && argv[i][1])
			r = take_option(verb, argc, argv, &i, ret);
		else if (ret->word_count < ARRAY_LEN(ret->words))
			ret->words[ret->word_count++] = argv[i];
		else
			r = verb_misuse(verb, "too many words: '%s'", argv[i]);
		if (r)
			return r;
	}
	return 0;
}

int
verb_no_words(const struct verb_args *args)
{
	if (!args->word_count)
		return 0;
	return verb_misuse(args->verb, "'%s' is not expected here", args->words[0]);
}
