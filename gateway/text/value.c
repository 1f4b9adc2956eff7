#include "gateway/text/value.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/iso.h"
#include "gateway/text/zone.h"

const char *
value_as_text(const struct value *v)
{
	if (v->kind == VALUE_BOOL)
		return v->number != 0 ? "true" : "false";
	return v->kind == VALUE_TEXT ? v->text : NULL;
}

bool
value_parse_number(const char *text, double *ret)
{
	const char *p = text + (*text == '-');
	size_t whole = strspn(p, "0123456789");
	size_t part = p[whole] == '.' ? strspn(p + whole + 1, "0123456789") : 0;
	bool pointed = p[whole] == '.';
	if (!whole || whole + part > 15 || (pointed && !part))
		return false;
	if (p[whole + pointed + part])
		return false;
	*ret = strtod(text, NULL);
	return true;
}

bool
value_as_number(const struct value *v, double *ret)
{
	if (v->kind == VALUE_TEXT)
		return value_parse_number(v->text, ret);
	if (v->kind != VALUE_NUMBER)
		return false;
	*ret = v->number;
	return true;
}

bool
value_parse_time(const char *text, const char *zone, int64_t *ret, bool *ret_day)
{
	char whole[40];
	size_t n = strlen(text);
	bool day = n == 10;
	if (n < 10 || n > 32 || strspn(text, "0123456789") != 4)
		return false;
	snprintf(whole, sizeof(whole), "%s%s", text, day ? "T00:00" : "");
	int64_t wall;
	bool local = false;
	if (iso_parse(whole, &wall, &local) < 0)
		return false;
	*ret = local ? zone_from_local(zone, wall) : wall;
	if (ret_day)
		*ret_day = day;
	return true;
}

bool
value_as_time(const struct value *v, const char *zone, int64_t *ret)
{
	if (v->kind == VALUE_TEXT)
		return value_parse_time(v->text, zone, ret, NULL);
	if (v->kind != VALUE_TIME)
		return false;
	*ret = v->time;
	return true;
}

bool
value_is_true(const struct value *v)
{
	static const char *const no[] = {"", "0", "no", "false"};
	switch (v->kind) {
	case VALUE_MISSING: return false;
	case VALUE_BOOL:
	case VALUE_NUMBER: return v->number != 0;
	case VALUE_TIME: return true;
	case VALUE_LIST: return *v->text != '\0';
	case VALUE_TEXT: break;
	}
	for (size_t i = 0; i < ARRAY_LEN(no); i++)
		if (!strcmp(v->text, no[i]))
			return false;
	return true;
}

bool
value_list_has(const struct value *v, const char *member)
{
	size_t want = strlen(member);
	const char *p = v->kind == VALUE_LIST ? v->text : "";
	while (*p) {
		size_t n = strcspn(p, "\n");
		if (n == want && !memcmp(p, member, n))
			return true;
		p += n + (p[n] == '\n');
	}
	return false;
}

void
value_print_number(double number, struct strbuf *out)
{
	char text[48];
	if (fabs(number) < 1e15 && number == floor(number))
		snprintf(text, sizeof(text), "%" PRId64, (int64_t)number);
	else
		snprintf(text, sizeof(text), "%.10g", number);
	strbuf_puts(out, text);
}

static void
print_time(int64_t wall, const char *zone, struct strbuf *out)
{
	char iso[ISO_MAX];
	iso_format(wall + zone_offset(zone, wall), 0, iso);
	if (strlen(iso) >= 16)
		strbuf_printf(out, "%.10s %.5s", iso, iso + 11);
}

void
value_print(const struct value *v, const char *zone, struct strbuf *out)
{
	switch (v->kind) {
	case VALUE_MISSING: break;
	case VALUE_BOOL:
	case VALUE_TEXT: strbuf_puts(out, value_as_text(v)); break;
	case VALUE_NUMBER: value_print_number(v->number, out); break;
	case VALUE_TIME: print_time(v->time, zone, out); break;
	case VALUE_LIST:
		for (const char *p = v->text; *p; p++)
			strbuf_puts(out, *p == '\n' ? ", " : (char[]){*p, '\0'});
		break;
	}
}
