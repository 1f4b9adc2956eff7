/* `malgil pdu join`: parts back to messages. */
#include "gateway/verbs/pdu_io.h"

#include <stdio.h>
#include <stdlib.h>

#include "gateway/sms/join.h"

#define JOIN_PDUS_MAX 65536

struct joining {
	struct pdu_decoded **parts;
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

/* The first part that came speaks for the message; a join is opened with one. */
static const struct pdu *
first_part(const struct join *join)
{
	size_t i = 0;
	while (!join->parts[i])
		i++;
	return join->parts[i];
}

static json_t *
joined_object(const struct join *join)
{
	const struct pdu *any = first_part(join);
	json_t *missing = json_array(), *o = message_object(any);
	for (size_t i = 0; i < join->total; i++)
		if (!join->parts[i])
			json_array_append_new(missing, json_integer((json_int_t)i + 1));
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
	struct pdu_decoded *d = xmalloc(sizeof *d);
	int r = EXIT_DONE;
	j->line++;
	if (pdu_decode_hex(args, hex, d, &err) < 0 || j->part_count == JOIN_PDUS_MAX) {
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
		pdu_print_json(o);
		return;
	}
	for (size_t i = 0; i < json_array_size(j->messages); i++) {
		if (i)
			putchar('\n');
		pdu_print_fields(json_incref(json_array_get(j->messages, i)));
	}
	for (size_t i = 0; i < json_array_size(j->refused); i++) {
		json_t *e = json_array_get(j->refused, i);
		verb_refuse(args->verb, "line %d: %s",
			(int)json_integer_value(json_object_get(e, "line")),
			json_string_value(json_object_get(e, "error")));
	}
	json_decref(o);
}

int
pdu_run_join(struct verb_args *args)
{
	struct joining j = {.messages = json_array(),
		.duplicates = json_array(),
		.refused = json_array()};
	int r = pdu_for_each(args, join_one, &j);
	for (size_t i = 0; i < j.join_count; i++)
		json_array_append_new(j.messages, joined_object(&j.joins[i]));
	print_joined(args, &j);
	for (size_t i = 0; i < j.part_count; i++)
		free(j.parts[i]);
	free(j.parts);
	free(j.joins);
	return r;
}
