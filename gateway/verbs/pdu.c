/* `malgil pdu decode|encode|join`: the codec by hand. */
#include "gateway/verbs/verbs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/conf.h"
#include "gateway/sms/dcs.h"
#include "gateway/sms/gsm7.h"
#include "gateway/sms/join.h"
#include "gateway/sms/segment.h"
#include "gateway/verbs/pdu_json.h"

struct decoded {
	struct sms_address smsc;
	struct pdu pdu;
};

static int
decode_hex(const struct verb_args *args, const char *hex, struct decoded *ret,
	struct strbuf *err)
{
	enum pdu_direction way = verb_flag(args, "--mo") ? PDU_FROM_PHONE : PDU_TO_PHONE;
	uint8_t tpdu[256];
	int len = pdu_from_hex(hex, !verb_flag(args, "--tpdu"), &ret->smsc, tpdu, err);

	return len < 0 ? len : pdu_decode(tpdu, (size_t)len, way, &ret->pdu, err);
}

/* ---- output ---- */

static void
print_json(json_t *o)
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
static void
print_fields(json_t *o)
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

static void
print_object(const struct verb_args *args, json_t *o)
{
	if (verb_flag(args, "--json"))
		print_json(o);
	else
		print_fields(o);
}

static int
print_refusal(const struct verb_args *args, const char *sentence)
{
	if (!verb_flag(args, "--json"))
		return verb_refuse(args->verb, "%s", sentence);
	print_json(json_pack("{s:s}", "error", sentence));
	return EXIT_REFUSED;
}

/* ---- lines from words or standard input ---- */

/* Calls `each` with every PDU: the words behind the sub-verb, or the lines of standard input
 * when there are none or the only one is "-". EXIT_REFUSED when any of them was. */
static int
for_each_line(struct verb_args *args,
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

/* ---- decode ---- */

static int
decode_one(struct verb_args *args, const char *hex, void *context)
{
	struct strbuf err = STRBUF_SENTENCE;
	struct decoded d;
	size_t *printed = context;
	int r = EXIT_DONE;

	if ((*printed)++ && !verb_flag(args, "--json"))
		putchar('\n');
	if (decode_hex(args, hex, &d, &err) < 0)
		r = print_refusal(args, err.s);
	else
		print_object(args,
			pdu_to_json(&d.pdu, verb_flag(args, "--tpdu") ? NULL : &d.smsc));
	strbuf_done(&err);
	return r;
}

static int
run_decode(struct verb_args *args)
{
	size_t printed = 0;
	int r = for_each_line(args, decode_one, &printed);

	return printed ? r : print_refusal(args, "There is no PDU to decode");
}

/* ---- encode ---- */

/* "tr,es" to a bit per language. */
static int
parse_languages(const char *list, uint32_t *ret_mask)
{
	uint32_t mask = 0;

	while (*list) {
		size_t n = strcspn(list, ",");
		char iso[8] = "";
		uint8_t id = 0;

		if (n < sizeof iso) {
			memcpy(iso, list, n);
			id = gsm7_language_id(iso);
		}
		if (id == 0)
			return -EINVAL;
		mask |= 1u << id;
		list += n + (list[n] == ',');
	}
	*ret_mask = mask;
	return 0;
}

static int
parse_number(const char *text, long min, long max, long *ret)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (end == text || *end || n < min || n > max)
		return -EINVAL;
	*ret = n;
	return 0;
}

struct encode {
	struct segment_options how;
	struct submit_options what;
	const char *text;
	char to[64];
};

/* Numbers are typed with spaces and dashes; names are not touched. */
static void
copy_number(const char *text, char *ret, size_t size)
{
	size_t n = 0;

	for (; *text && n + 1 < size; text++)
		if (!strchr(" -.()", *text))
			ret[n++] = *text;
	ret[n] = '\0';
}

static int
parse_alphabet(const char *name, struct segment_options *how)
{
	if (!name || strcmp(name, "auto") == 0)
		how->alphabet = SEGMENT_AUTO;
	else if (strcmp(name, "gsm7") == 0)
		how->alphabet = SEGMENT_FORCE_GSM7;
	else if (strcmp(name, "ucs2") == 0)
		how->alphabet = SEGMENT_FORCE_UCS2;
	else
		return -EINVAL;
	return 0;
}

/* 0, or the exit code after saying what is wrong. */
static int
parse_encode(struct verb_args *args, struct encode *ret)
{
	const char *class = verb_value(args, "--class"), *ref = verb_value(args, "--ref");
	const char *validity = verb_value(args, "--validity");
	const char *national = verb_value(args, "--national");
	const char *to = verb_value(args, "--to");
	int64_t ms = 0;
	long n = -1;

	ret->text = verb_value(args, "--text");
	if (!to || !ret->text)
		return verb_misuse(args->verb, "encode needs --to and --text");
	copy_number(to, ret->to, sizeof ret->to);
	ret->what.to = ret->to;
	if (class && parse_number(class, 0, 3, &n) < 0)
		return verb_misuse(args->verb, "--class is 0 to 3, not '%s'", class);
	ret->what.msg_class = (int8_t)n;
	n = 0;
	if (ref && parse_number(ref, 0, 65535, &n) < 0)
		return verb_misuse(args->verb, "--ref is 0 to 65535, not '%s'", ref);
	ret->what.ref = (uint16_t)n;
	ret->how.ref16 = n > 255;
	if (validity && (conf_duration(validity, &ms) < 0 || ms < SECOND))
		return verb_misuse(
			args->verb, "--validity is a time like 4h, not '%s'", validity);
	ret->what.validity = ms / SECOND;
	if (national && parse_languages(national, &ret->how.national) < 0)
		return verb_misuse(args->verb,
			"--national lists tr es pt bn gu hi kn ml or pa ta te ur, not "
			"'%s'",
			national);
	if (parse_alphabet(verb_value(args, "--alphabet"), &ret->how) < 0)
		return verb_misuse(args->verb,
			"--alphabet is auto, gsm7 or ucs2, not '%s'",
			verb_value(args, "--alphabet"));
	ret->what.report = verb_flag(args, "--report");
	return 0;
}

/* Appends one segment's object; the service centre's octet is 00, "as the SIM has it". */
static int
encode_segment(const struct encode *e, const struct segment_plan *plan, size_t index,
	bool bare, json_t *list, struct strbuf *err)
{
	struct strbuf tpdu = STRBUF_INIT(256), hex = STRBUF_INIT(1024);
	int r = segment_submit(e->text, plan, index, &e->what, &tpdu, err);

	if (r == 0) {
		if (!bare)
			strbuf_puts(&hex, "00");
		strbuf_hex(&hex, tpdu.s, tpdu.len);
		json_array_append_new(list,
			json_pack("{s:s,s:i,s:i}", "pdu", hex.s, "tpdu_len",
				(int)tpdu.len, "units", plan->segments[index].units));
	}
	strbuf_done(&tpdu);
	strbuf_done(&hex);
	return r;
}

static void
print_plan(const struct verb_args *args, const struct segment_plan *plan, json_t *list)
{
	json_t *o = json_object();

	if (!verb_flag(args, "--json")) {
		/* What AT+CMGS takes: its length, then the PDU. */
		for (size_t i = 0; i < json_array_size(list); i++) {
			json_t *s = json_array_get(list, i);

			printf("%3d %s\n",
				(int)json_integer_value(json_object_get(s, "tpdu_len")),
				json_string_value(json_object_get(s, "pdu")));
		}
		json_decref(list);
		json_decref(o);
		return;
	}
	json_object_set_new(
		o, "alphabet", json_string(sms_alphabet_name(plan->alphabet)));
	if (plan->single_shift)
		json_object_set_new(o, "single_shift", json_integer(plan->single_shift));
	if (plan->locking_shift)
		json_object_set_new(
			o, "locking_shift", json_integer(plan->locking_shift));
	json_object_set_new(o, "units", json_integer((json_int_t)plan->units));
	json_object_set_new(o, "segments", list);
	print_json(o);
}

static int
run_encode(struct verb_args *args)
{
	struct strbuf err = STRBUF_SENTENCE;
	struct encode e = {.text = ""};
	struct segment_plan plan;
	int r = parse_encode(args, &e);
	json_t *list;

	if (r)
		return r;
	list = json_array();
	r = segment_plan(e.text, strlen(e.text), &e.how, &plan, &err);
	for (size_t i = 0; r == 0 && i < plan.count; i++)
		r = encode_segment(&e, &plan, i, verb_flag(args, "--tpdu"), list, &err);
	if (r == 0) {
		print_plan(args, &plan, list);
	} else {
		json_decref(list);
		print_refusal(args, err.s);
	}
	strbuf_done(&err);
	return r == 0 ? EXIT_DONE : EXIT_REFUSED;
}

/* ---- join ---- */

#define JOIN_PDUS_MAX 65536

struct joining {
	struct decoded **parts;
	size_t part_count;
	struct join *joins;
	size_t join_count;
	json_t *messages, *duplicates, *refused;
	size_t line;
};

static json_t *
message_object(const struct pdu *pdu)
{
	json_t *o = json_object();

	json_object_set_new(o, "type", json_string(pdu_type_name(pdu->type)));
	json_object_set_new(o, "number", json_string(pdu->address.text));
	return o;
}

/* Text, or octets where the parts carry no text. */
static void
set_content(
	json_t *o, const struct pdu *const parts[], size_t count, const struct pdu *any)
{
	struct strbuf content = STRBUF_INIT(1 << 20), hex = STRBUF_INIT(1 << 20);

	if (any->alphabet == SMS_8BIT || any->compressed) {
		join_octets(parts, count, &content);
		strbuf_hex(&hex, content.s, content.len);
		json_object_set_new(o, "data_hex", json_stringn(hex.s, hex.len));
	} else {
		join_text(parts, count, &content);
		json_object_set_new(o, "text", json_stringn(content.s, content.len));
	}
	strbuf_done(&content);
	strbuf_done(&hex);
}

static json_t *
joined_object(const struct join *join)
{
	json_t *missing = json_array(), *o;
	const struct pdu *any = NULL;

	for (size_t i = join->total; i-- > 0;)
		if (join->parts[i])
			any = join->parts[i];
		else
			json_array_insert_new(
				missing, 0, json_integer((json_int_t)i + 1));
	o = message_object(any);
	json_object_set_new(o, "ref", json_integer(any->concat.ref));
	json_object_set_new(o, "ref_bits", json_integer(any->concat.ref_bits));
	json_object_set_new(o, "total", json_integer((json_int_t)join->total));
	json_object_set_new(o, "have", json_integer((json_int_t)join->have));
	json_object_set_new(o, "complete", json_boolean(join_complete(join)));
	json_object_set_new(o, "missing", missing);
	set_content(o, join->parts, join->total, any);
	return o;
}

static void
add_part(struct joining *j, const struct pdu *pdu)
{
	/* The newest message first: a reference comes round again. */
	for (size_t i = j->join_count; i-- > 0;) {
		switch (join_add(&j->joins[i], pdu)) {
		case JOIN_ADDED: return;
		case JOIN_DUPLICATE:
			json_array_append_new(
				j->duplicates, json_integer((json_int_t)j->line));
			return;
		case JOIN_STRANGER:
		case JOIN_CONFLICT: break;
		}
	}
	j->joins = xrealloc(j->joins, (j->join_count + 1) * sizeof *j->joins);
	join_open(&j->joins[j->join_count++], pdu);
}

static void
add_single(struct joining *j, const struct pdu *pdu)
{
	json_t *o = message_object(pdu);

	json_object_set_new(o, "total", json_integer(1));
	json_object_set_new(o, "have", json_integer(1));
	json_object_set_new(o, "complete", json_true());
	json_object_set_new(o, "missing", json_array());
	set_content(o, &pdu, 1, pdu);
	json_array_append_new(j->messages, o);
}

static int
join_one(struct verb_args *args, const char *hex, void *context)
{
	struct strbuf err = STRBUF_SENTENCE;
	struct joining *j = context;
	struct decoded *d = xmalloc(sizeof *d);
	int r = EXIT_DONE;

	j->line++;
	if (decode_hex(args, hex, d, &err) < 0 || j->part_count == JOIN_PDUS_MAX) {
		json_array_append_new(
			j->refused, json_pack("{s:i,s:s}", "line", (int)j->line, "error",
					    err.len ? err.s : "There are too many PDUs"));
		r = EXIT_REFUSED;
		free(d);
	} else {
		j->parts = xrealloc(j->parts, (j->part_count + 1) * sizeof *j->parts);
		j->parts[j->part_count++] = d;
		if (d->pdu.concat.total)
			add_part(j, &d->pdu);
		else
			add_single(j, &d->pdu);
	}
	strbuf_done(&err);
	return r;
}

static void
print_joined(const struct verb_args *args, struct joining *j)
{
	json_t *o = json_pack("{s:o,s:o,s:o}", "messages", j->messages, "duplicates",
		j->duplicates, "refused", j->refused);

	if (verb_flag(args, "--json")) {
		print_json(o);
		return;
	}
	for (size_t i = 0; i < json_array_size(j->messages); i++) {
		if (i)
			putchar('\n');
		print_fields(json_incref(json_array_get(j->messages, i)));
	}
	for (size_t i = 0; i < json_array_size(j->refused); i++) {
		json_t *e = json_array_get(j->refused, i);

		verb_refuse(args->verb, "line %d: %s",
			(int)json_integer_value(json_object_get(e, "line")),
			json_string_value(json_object_get(e, "error")));
	}
	json_decref(o);
}

static int
run_join(struct verb_args *args)
{
	struct joining j = {.messages = json_array(),
		.duplicates = json_array(),
		.refused = json_array()};
	int r = for_each_line(args, join_one, &j);

	for (size_t i = 0; i < j.join_count; i++)
		json_array_append_new(j.messages, joined_object(&j.joins[i]));
	print_joined(args, &j);
	for (size_t i = 0; i < j.part_count; i++)
		free(j.parts[i]);
	free(j.parts);
	free(j.joins);
	return r;
}

/* ---- the verb ---- */

static int
run(struct verb_args *args)
{
	const char *what = args->word_count ? args->words[0] : "";

	if (strcmp(what, "decode") == 0)
		return run_decode(args);
	if (strcmp(what, "encode") == 0)
		return run_encode(args);
	if (strcmp(what, "join") == 0)
		return run_join(args);
	return verb_misuse(args->verb, "say decode, encode or join, not '%s'", what);
}

static const struct verb_option options[] = {
	{"--json", NULL, "print JSON"},
	{"--tpdu", NULL, "the hexadecimal has no service centre prefix"},
	{"--mo", NULL, "decode, join: read types a phone sends (SUBMIT ...)"},
	{"--to", "NUMBER", "encode: the destination"},
	{"--text", "TEXT", "encode: the text"},
	{"--class", "0..3", "encode: message class (0 is flash)"},
	{"--report", NULL, "encode: ask for a delivery report"},
	{"--validity", "TIME", "encode: how long the network may try, 4h"},
	{"--ref", "N", "encode: reference of the parts; 16 bits above 255"},
	{"--alphabet", "NAME", "encode: auto, gsm7 or ucs2"},
	{"--national", "LIST", "encode: national tables the route passes, tr,es"},
	{0},
};

const struct verb verb_pdu = {
	.name = "pdu",
	.summary = "decode, encode and join PDUs by hand",
	.usage = "pdu decode [HEX] | encode --to NUMBER --text TEXT | join [options]",
	.example =
		"  malgil pdu decode "
		"0791448720003023240DD0E474D81C0EBB010000111011315214000BE474"
		"D81C0EBB5DE3771B\n"
		"  malgil pdu encode --to +821012345678 --text 'See you at six' --json\n"
		"  malgil pdu join --json < pdus.txt",
	.options = options,
	.run = run,
};
