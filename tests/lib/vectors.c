#include "tests/lib/vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

const char *
vector_text(const json_t *o, const char *name)
{
	return json_string_value(json_object_get(o, name));
}

int64_t
vector_int(const json_t *o, const char *name)
{
	return json_integer_value(json_object_get(o, name));
}

const json_t *
vector_input(const json_t *v)
{
	return json_object_get(v, "input");
}

const json_t *
vector_expected(const json_t *v)
{
	return json_object_get(v, "expected");
}

bool
vector_must_reject(const json_t *v)
{
	return json_is_true(json_object_get(vector_expected(v), "reject"));
}

size_t
vector_octets(const char *hex, uint8_t *ret, size_t max)
{
	size_t n = strlen(hex) / 2;

	assert_true(n <= max);
	for (size_t i = 0; i < n; i++) {
		char pair[3] = {hex[2 * i], hex[2 * i + 1], 0};

		ret[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return n;
}

bool
vector_same(const char *name, json_t *want, json_t *got)
{
	const char *key;
	json_t *value;
	char *a, *b;
	bool same =
		json_is_null(want) ? !got || json_is_null(got) : json_equal(want, got);

	if (!same && json_is_object(want) && json_is_object(got)) {
		same = true;
		json_object_foreach(want, key, value) same &=
			vector_same(key, value, json_object_get(got, key));
		return same;
	}
	if (!same) {
		a = json_dumps(want, JSON_ENCODE_ANY);
		b = got ? json_dumps(got, JSON_ENCODE_ANY) : strdup("nothing");
		print_error("  %s: expected %s, got %s\n", name, a, b);
		free(a);
		free(b);
	}
	return same;
}

enum pdu_direction
vector_direction(const json_t *v)
{
	const char *d = vector_text(v, "direction");

	return d && strcmp(d, "MO") == 0 ? PDU_FROM_PHONE : PDU_TO_PHONE;
}

bool
vector_read(
	const char *hex, bool has_smsc, enum pdu_direction way, struct vector_reading *r)
{
	struct strbuf err = STRBUF_SENTENCE;
	int ok;

	r->len = pdu_from_hex(hex, has_smsc, &r->smsc, r->tpdu, &err);
	ok = r->len < 0 ? r->len
			: pdu_decode(r->tpdu, (size_t)r->len, way, &r->pdu, &err);
	snprintf(r->why, sizeof r->why, "%s", err.s);
	strbuf_done(&err);
	return ok == 0;
}
