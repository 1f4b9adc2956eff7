/* `malgil pdu decode|encode|join`: the codec by hand. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/conf.h"
#include "gateway/sms/dcs.h"
#include "gateway/sms/gsm7.h"
#include "gateway/sms/segment.h"
#include "gateway/verbs/pdu_io.h"

/* ---- decode ---- */

static int
decode_one(struct verb_args *args, const char *hex, void *context)
{
	struct strbuf err = STRBUF_SENTENCE;
	struct pdu_decoded d;
	size_t *printed = context;
	int r = EXIT_DONE;
	if ((*printed)++ && !verb_flag(args, "--json"))
		putchar('\n');
	if (pdu_decode_hex(args, hex, &d, &err) < 0)
		r = pdu_print_refusal(args, err.s);
	else
		pdu_print_object(args,
			pdu_to_json(&d.pdu, verb_flag(args, "--tpdu") ? NULL : &d.smsc));
	strbuf_done(&err);
	return r;
}

static int
run_decode(struct verb_args *args)
{
	size_t printed = 0;
	int r = pdu_for_each(args, decode_one, &printed);
	return printed ? r : pdu_print_refusal(args, "There is no PDU to decode");
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
	pdu_print_json(o);
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
		pdu_print_refusal(args, err.s);
	}
	strbuf_done(&err);
	return r == 0 ? EXIT_DONE : EXIT_REFUSED;
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
		return pdu_run_join(args);
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
