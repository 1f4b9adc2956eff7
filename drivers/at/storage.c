/* Readers of parse.h for what concerns stored messages: CPMS, CMGL, CMGR, CMTI, CMT,
 * PDUs. */
#include "drivers/at/parse.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "drivers/at/field.h"

/* "(" list ")" or one bare value; `f` is the whole field. The inside is walked as fields.
 */
static const char *
parse_inside(const struct field *f, char *buf, size_t size)
{
	size_t len = f->len, skip = 0;
	while (len > 0 && f->s[0] == '(' && f->s[skip] == '(' && f->s[len - 1] == ')') {
		skip++;
		len--;
		if (skip >= len)
			break;
	}
	snprintf(buf, size, "%.*s", (int)(len > skip ? MIN(len - skip, size - 1) : 0),
		f->s + skip);
	return buf;
}

static void
parse_mem_group(const struct field *f, struct mem_group *ret_group)
{
	char buf[256];
	const char *p = parse_inside(f, buf, sizeof(buf));
	struct field name;
	while (field_next(&p, &name) && ret_group->count < PARSE_MEMS)
		if (name.len > 0)
			snprintf(ret_group->name[ret_group->count++], PARSE_MEM_SIZE,
				"%.*s", (int)MIN(name.len, (size_t)PARSE_MEM_SIZE - 1),
				name.s);
}

int
parse_cpms_test(const char *line, struct mem_groups *ret_groups)
{
	const char *p = parse_after(line, "+CPMS");
	struct mem_groups groups = {.count = 0};
	struct field f;
	char outer[512];
	if (!p)
		return -EINVAL;
	/* Wavecom: one more pair of parentheses around two groups. */
	if (strncmp(p, "((", 2) == 0) {
		snprintf(outer, sizeof(outer), "%s", p + 1);
		p = outer;
		if (strlen(p) >= 2 && strcmp(p + strlen(p) - 2, "))") == 0)
			outer[strlen(p) - 1] = '\0';
	}
	if (!*p)
		p = NULL; /* Samsung: storage commands cannot be used */
	while (groups.count < PARSE_GROUPS && field_next(&p, &f))
		parse_mem_group(&f, &groups.group[groups.count++]);
	*ret_groups = groups;
	return 0;
}

bool
parse_mem_has(const struct mem_group *group, const char *name)
{
	for (size_t i = 0; i < group->count; i++)
		if (strcmp(group->name[i], name) == 0)
			return true;
	return false;
}

int
parse_cpms(const char *line, struct mem_use ret_use[PARSE_GROUPS], size_t *ret_count)
{
	const char *p = parse_after(line, "+CPMS");
	struct field f;
	size_t count = 0;
	if (!p)
		return -EINVAL;
	for (size_t i = 0; i < PARSE_GROUPS; i++)
		ret_use[i] = (struct mem_use){"", -1, -1};
	while (count < PARSE_GROUPS && field_next(&p, &f)) {
		struct mem_use *use = &ret_use[count];
		if (f.quoted || (f.len > 0 && isalpha((unsigned char)f.s[0]))) {
			snprintf(use->name, sizeof(use->name), "%.*s",
				(int)MIN(f.len, sizeof(use->name) - 1), f.s);
			if (!field_next(&p, &f))
				break;
		}
		use->used = field_int(&f);
		if (!field_next(&p, &f))
			break;
		use->total = field_int(&f);
		count++;
	}
	*ret_count = count;
	return 0;
}

/* The length is the last field; a PDU folded onto the line follows it after a blank. */
static void
parse_last(const struct field *f, struct stored *s)
{
	size_t digits = 0;
	struct field number = *f;
	while (digits < f->len && isdigit((unsigned char)f->s[digits]))
		digits++;
	number.len = digits;
	s->len = field_int(&number);
	if (digits > 0 && digits < f->len && f->s[digits] == ' ')
		s->pdu = f->s + digits + 1;
}

static int
parse_stored(const char *line, const char *name, bool indexed, struct stored *ret_stored)
{
	const char *p = parse_after(line, name);
	struct stored s = {-1, -1, -1, NULL};
	struct field f = {"", 0, false};
	if (!p)
		return -EINVAL;
	if (indexed && field_next(&p, &f))
		s.index = field_int(&f);
	if (field_next(&p, &f))
		s.stat = field_int(&f);
	while (field_next(&p, &f))
		;
	parse_last(&f, &s);
	*ret_stored = s;
	return 0;
}

int
parse_cmgl(const char *line, struct stored *ret_stored)
{
	return parse_stored(line, "+CMGL", true, ret_stored);
}

int
parse_cmgr(const char *line, struct stored *ret_stored)
{
	return parse_stored(line, "+CMGR", false, ret_stored);
}

int
parse_cmti(const char *line, struct stored_at *ret_at)
{
	const char *p = parse_after(line, "+CMTI");
	struct stored_at at = {.index = -1};
	struct field f;
	if (!p && (p = parse_after(line, "+CDSI")))
		at.report = true;
	if (!p)
		return -EINVAL;
	if (field_next(&p, &f))
		snprintf(at.mem, sizeof(at.mem), "%.*s",
			(int)MIN(f.len, sizeof(at.mem) - 1), f.s);
	if (field_next(&p, &f))
		at.index = field_int(&f);
	*ret_at = at;
	return 0;
}

int
parse_direct(const char *line, struct direct *ret_direct)
{
	static const struct {
		const char *name;
		enum direct_kind kind;
	} heads[] = {{"+CMT", DIRECT_DELIVER}, {"+CDS", DIRECT_REPORT},
		{"+CBM", DIRECT_BROADCAST}};
	for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
		const char *p = parse_after(line, heads[i].name);
		struct field f = {"", 0, false};
		if (!p)
			continue;
		while (field_next(&p, &f))
			;
		*ret_direct = (struct direct){heads[i].kind, field_int(&f)};
		return 0;
	}
	return -EINVAL;
}

static void
parse_smsc(const uint8_t *octets, size_t len, char *ret_smsc, size_t size)
{
	size_t n = 0;
	ret_smsc[0] = '\0';
	if (len < 2)
		return;
	if ((octets[0] & 0x70) == 0x10)
		ret_smsc[n++] = '+';
	for (size_t i = 0; i < 2 * (len - 1) && n + 1 < size; i++) {
		uint8_t pair = octets[1 + i / 2];
		int digit = i % 2 ? pair >> 4 : pair & 15;
		if (digit <= 9)
			ret_smsc[n++] = (char)('0' + digit);
	}
	ret_smsc[n] = '\0';
}

int
parse_pdu(const char *line, struct pdu_line *ret_pdu)
{
	struct field f = {line, strlen(line), false};
	size_t smsc;
	if (field_hex(&f, ret_pdu->octets, sizeof(ret_pdu->octets), &ret_pdu->len))
		return -EINVAL;
	if (ret_pdu->len < 2)
		return -EINVAL;
	/* 24.011 8.2.5.1: at most 11 octets; nothing may be left of the TPDU's own. */
	smsc = ret_pdu->octets[0];
	if (smsc > 12 || smsc + 1 >= ret_pdu->len)
		return -EINVAL;
	ret_pdu->tpdu = smsc + 1;
	parse_smsc(ret_pdu->octets + 1, smsc, ret_pdu->smsc, sizeof(ret_pdu->smsc));
	return 0;
}

/* ---- "(0-2),(0,1,3),(2)" ---- */

static void
parse_set(const char *p, uint32_t ret_bits[8])
{
	struct field f;
	while (field_next(&p, &f)) {
		int low = -1, high = -1;
		char text[16];
		snprintf(text, sizeof(text), "%.*s", (int)MIN(f.len, sizeof(text) - 1),
			f.s);
		if (sscanf(text, "%6d - %6d", &low, &high) < 2)
			high = low;
		for (int v = MAX(low, 0); low >= 0 && v <= MIN(high, 255); v++)
			ret_bits[v / 32] |= UINT32_C(1) << v % 32;
	}
}

bool
parse_sets_has(const struct sets *sets, size_t set, unsigned value)
{
	return set < sets->count && value < 256 &&
	       (sets->bits[set][value / 32] >> value % 32 & 1);
}

int
parse_sets(const char *line, const char *name, struct sets *ret_sets)
{
	const char *p = parse_after(line, name);
	struct sets sets = {.count = 0};
	struct field f;
	char buf[256];
	if (!p)
		return -EINVAL;
	while (sets.count < ARRAY_LEN(sets.bits) && field_next(&p, &f))
		parse_set(parse_inside(&f, buf, sizeof(buf)), sets.bits[sets.count++]);
	*ret_sets = sets;
	return 0;
}
