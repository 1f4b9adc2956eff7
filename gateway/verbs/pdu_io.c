#include "gateway/verbs/pdu_io.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
pdu_decode_hex(const struct verb_args *args, const char *hex, struct pdu_decoded *ret,
	struct strbuf *err)
{
	enum pdu_direction way = verb_flag(args, "--mo") ? PDU_FROM_PHONE : PDU_TO_PHONE;
	uint8_t tpdu[256];
	int len = pdu_from_hex(hex, !verb_flag(args, "--tpdu"), &ret->smsc, tpdu, err);
	return len < 0 ? len : pdu_decode(tpdu, (size_t)len, way, &ret->pdu, err);
}

void
pdu_print_json(json_t *o)
{
	json_dumpf(o, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(o);
}

/* What a stranger sent may hold sequences a terminal obeys. */
static void
print_text(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];
		bool c1 = c == 0xC2 && i + 1 < len && (unsigned char)s[i + 1] < 0xA0;
		if (c == '\n')
			fputs("\\n", stdout);
		else if (c < 0x20 || c == 0x7F)
			printf("\\x%02X", c);
		else if (c1)
			printf("\\x%02X", (unsigned char)s[++i]);
		else
			putchar(c);
	}
}

static void
print_value(const json_t *v)
{
	char *dump;
	if (json_is_string(v)) {
		print_text(json_string_value(v), json_string_length(v));
		return;
	}
	dump = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);
	print_text(dump, strlen(dump));
	free(dump);
}

/* One field a line; warnings each on one of their own. */
void
pdu_print_fields(json_t *o)
{
	const char *name;
	json_t *value;
	json_object_foreach(o, name, value)
	{
		if (strcmp(name, "warnings") == 0)
			continue;
		printf("%-15s ", name);
		print_value(value);
		putchar('\n');
	}
	for (size_t i = 0; i < json_array_size(json_object_get(o, "warnings")); i++)
		printf("%-15s %s\n", "warning",
			json_string_value(
				json_array_get(json_object_get(o, "warnings"), i)));
	json_decref(o);
}

void
pdu_print_object(const struct verb_args *args, json_t *o)
{
	if (verb_flag(args, "--json"))
		pdu_print_json(o);
	else
		pdu_print_fields(o);
}

int
pdu_print_refusal(const struct verb_args *args, const char *sentence)
{
	json_t *o;
	if (!verb_flag(args, "--json"))
		return verb_refuse(args->verb, "%s", sentence);
	/* A sentence may quote what was typed, and that may not be UTF-8. */
	o = json_pack("{s:s}", "error", sentence);
	pdu_print_json(o ? o : json_pack("{s:s}", "error", "The input is not UTF-8"));
	return EXIT_REFUSED;
}

int
pdu_for_each(struct verb_args *args,
	int (*each)(struct verb_args *, const char *, void *), void *context)
{
	bool from_stdin = args->word_count < 2 ||
			  (args->word_count == 2 && strcmp(args->words[1], "-") == 0);
	char *line = NULL;
	size_t size = 0;
	int worst = EXIT_DONE;
	for (size_t i = 1; i < args->word_count && !from_stdin; i++)
		worst |= each(args, args->words[i], context);
	while (from_stdin && getline(&line, &size, stdin) > 0) {
		line[strcspn(line, "\r\n")] = '\0';
		if (line[strspn(line, " \t")])
			worst |= each(args, line + strspn(line, " \t"), context);
	}
	free(line);
	return worst;
}
