/* Runs of refusals that mean something together: one says "not this message", several to
 * several people say "not this SIM". */
#include "drivers/at/modem.h"

#include <stdio.h>
#include <string.h>

#define TROUBLE_REST HOUR /* no reason to burn tries meanwhile */

enum sign { SIGN_NONE, SIGN_CREDIT, SIGN_BAN };

/* 24.011 table 8.4, and what prepaid SIMs and operators that bar one have been seen to
 * say; firmware-notes/generic/note.md. */
static const struct {
	int code;
	enum sign sign;
} signs[] = {{38, SIGN_CREDIT}, {8, SIGN_BAN}, {10, SIGN_BAN}, {21, SIGN_BAN},
	{28, SIGN_BAN}, {29, SIGN_BAN}, {50, SIGN_BAN}};

static const struct {
	const char *event, *meaning;
	unsigned row;     /* refusals without one message accepted between them */
	unsigned numbers; /* to at least so many people */
} rules[] = {
	[SIGN_CREDIT] = {"sim.no_credit",
		"as it does when the credit is used up; top the SIM up, or look at its "
		"service centre number",
		5, 1},
	[SIGN_BAN] = {"sim.barred",
		"whoever they were for, as it does when the operator has barred the SIM; "
		"ask "
		"the operator before more is sent",
		5, 4},
};

static enum sign
trouble_sign(const struct final *final)
{
	const struct code *code = codes_find(final, VENDOR_CMS_NONE);
	for (size_t i = 0; final->kind == FINAL_CMS && i < ARRAY_LEN(signs); i++)
		if (signs[i].code == code->code)
			return signs[i].sign;
	return SIGN_NONE;
}

static unsigned
trouble_numbers(const struct trouble *t)
{
	unsigned n = 0, count = MIN(t->row, ARRAY_LEN(t->to));
	for (unsigned i = 0; i < count; i++) {
		unsigned k = 0;
		while (k < i && t->to[k] != t->to[i])
			k++;
		n += k == i;
	}
	return n;
}

uint32_t
trouble_hash(const char *number)
{
	uint32_t hash = 2166136261u;
	for (; *number; number++)
		hash = (hash ^ (uint8_t)*number) * 16777619u;
	return hash;
}

void
trouble_accepted(struct driver *d)
{
	if (d->trouble.said)
		modem_notice(d, "sim.accepted",
			"the network takes messages from this SIM again");
	memset(&d->trouble, 0, sizeof(d->trouble));
}

int64_t
trouble_refused(struct driver *d, const struct final *final)
{
	struct trouble *t = &d->trouble;
	enum sign sign = trouble_sign(final);
	if (sign == SIGN_NONE)
		return 0;
	if (sign != (enum sign)t->sign)
		*t = (struct trouble){.sign = (int)sign};
	t->to[t->row++ % ARRAY_LEN(t->to)] = d->out.to;
	if (t->row < rules[sign].row || trouble_numbers(t) < rules[sign].numbers)
		return 0;
	if (!t->said)
		modem_notice(d, rules[sign].event,
			"the network refused %u messages in a row (%s), %s", t->row,
			codes_find(final, VENDOR_CMS_NONE)->sentence,
			rules[sign].meaning);
	t->said = true;
	return TROUBLE_REST;
}
