#include "gateway/sms/address.h"

#include <errno.h>
#include <string.h>

#include "gateway/sms/gsm7.h"

#define TON(toa)          ((toa)&0x70)
#define TON_INTERNATIONAL 0x10
#define TON_ALPHANUMERIC  0x50
#define MAX_SEMI_OCTETS   20 /* 23.040 9.1.2.5: 12 octets in all */
#define MAX_SEPTETS       11

/* 23.040 9.1.2.3: A to E stand for * # a b c, F fills. */
static const char digits[] = "0123456789*#abc";

static const char odd_fill[] = "an address ends in a digit where a fill belongs";
static const char odd_inner[] = "an address has a fill among its digits";
static const char odd_escape[] = "an alphanumeric address uses the extension table";

/* Appends up to `count` semi-octets to text; an F ends nothing, it is only left out. */
static void
digits_decode(const uint8_t *p, size_t count, struct sms_address *addr)
{
	size_t n = strlen(addr->text);
	for (size_t i = 0; i < count; i++) {
		unsigned d = i % 2 ? p[i / 2] >> 4 : p[i / 2] & 0x0F;
		if (d < 15)
			addr->text[n++] = digits[d];
		else
			addr->oddity = odd_inner;
	}
	addr->text[n] = '\0';
}

static void
alphanumeric_decode(const uint8_t *p, size_t semi_octets, struct sms_address *addr)
{
	struct strbuf text = STRBUF_INIT(sizeof addr->text - 1);
	uint8_t septets[MAX_SEPTETS + 1];
	size_t n = semi_octets * 4 / 7;
	n = gsm7_unpack(p, (semi_octets + 1) / 2, 0, n, septets);
	gsm7_to_utf8(septets, n, 0, 0, &text);
	if (memchr(septets, 0x1B, n))
		addr->oddity = odd_escape;
	memcpy(addr->text, text.s, text.len + 1);
	strbuf_done(&text);
}

int
sms_address_decode(
	const uint8_t *p, size_t len, struct sms_address *ret_addr, struct strbuf *err)
{
	struct sms_address addr = {0};
	size_t octets;
	if (len < 2) {
		strbuf_set(err, "The PDU ends inside an address");
		return -EINVAL;
	}
	octets = (p[0] + 1u) / 2;
	if (p[0] > MAX_SEMI_OCTETS) {
		strbuf_set(err, "An address of %u digits is longer than the %u allowed",
			p[0], MAX_SEMI_OCTETS);
		return -EINVAL;
	}
	if (len < 2 + octets) {
		strbuf_set(err, "An address of %u digits has only %zu octets left to it",
			p[0], len - 2);
		return -EINVAL;
	}
	addr.toa = p[1];
	if (TON(addr.toa) == TON_ALPHANUMERIC) {
		alphanumeric_decode(p + 2, p[0], &addr);
	} else {
		if (TON(addr.toa) == TON_INTERNATIONAL && p[0])
			addr.text[0] = '+';
		bool fill = p[0] % 2 == 0 || p[1 + octets] >> 4 == 15;

		/* A digit where the fill belongs was meant (Android's captured voice mail
		 * notices): "50" under a length of 1. */
		digits_decode(p + 2, fill ? p[0] : p[0] + 1u, &addr);
		if (!fill)
			addr.oddity = odd_fill;
	}
	*ret_addr = addr;
	return (int)(2 + octets);
}

int
sms_smsc_decode(
	const uint8_t *p, size_t len, struct sms_address *ret_addr, struct strbuf *err)
{
	struct sms_address addr = {0};
	size_t count;
	if (len < 1 || len < 1u + p[0]) {
		strbuf_set(err, "The PDU ends inside the service centre's address");
		return -EINVAL;
	}
	if (p[0] > 1 + MAX_SEMI_OCTETS / 2) {
		strbuf_set(err, "A service centre address of %u octets is longer than %u",
			p[0], 1 + MAX_SEMI_OCTETS / 2);
		return -EINVAL;
	}
	if (p[0] > 0) {
		addr.toa = p[1];
		count = 2 * (p[0] - 1u);
		if (count && p[p[0]] >> 4 == 15)
			count--;
		if (TON(addr.toa) == TON_INTERNATIONAL && count)
			addr.text[0] = '+';
		digits_decode(p + 2, count, &addr);
	}
	*ret_addr = addr;
	return 1 + p[0];
}

static bool
all_digits(const char *s)
{
	return *s && s[strspn(s, digits)] == '\0';
}

int
sms_address_parse(const char *text, struct sms_address *ret_addr, struct strbuf *err)
{
	struct sms_address addr = {0};
	uint8_t septets[MAX_SEPTETS];
	if (text[0] == '+' && all_digits(text + 1))
		addr.toa = 0x91;
	else if (all_digits(text))
		addr.toa = 0x81;
	else if (gsm7_from_utf8(text, strlen(text), 0, 0, septets, MAX_SEPTETS) > 0)
		addr.toa = 0xD0;
	if (addr.toa == 0) {
		strbuf_set(err,
			"\"%s\" is neither a number nor a name of at most 11 GSM "
			"characters",
			text);
		return -EINVAL;
	}
	if (addr.toa != 0xD0 && strlen(text + (*text == '+')) > MAX_SEMI_OCTETS) {
		strbuf_set(err, "\"%s\" has more than %u digits", text, MAX_SEMI_OCTETS);
		return -EINVAL;
	}
	memcpy(addr.text, text, strlen(text) + 1);
	*ret_addr = addr;
	return 0;
}

static int
alphanumeric_encode(const struct sms_address *addr, struct strbuf *out)
{
	uint8_t septets[MAX_SEPTETS], packed[10];
	int n = gsm7_from_utf8(
		addr->text, strlen(addr->text), 0, 0, septets, MAX_SEPTETS);
	if (n < 0)
		return -EINVAL;
	strbuf_putc(out, (char)((7 * n + 3) / 4));
	strbuf_putc(out, (char)addr->toa);
	strbuf_add(out, packed, gsm7_pack(septets, (size_t)n, 0, packed));
	return 0;
}

int
sms_address_encode(const struct sms_address *addr, struct strbuf *out)
{
	const char *s = addr->text;
	size_t n;
	if (TON(addr->toa) == TON_ALPHANUMERIC)
		return alphanumeric_encode(addr, out);
	if ((*s == '+') != (TON(addr->toa) == TON_INTERNATIONAL && *s))
		return -EINVAL;
	s += *s == '+';
	n = strlen(s);
	if (n > MAX_SEMI_OCTETS || (n && !all_digits(s)))
		return -EINVAL;
	strbuf_putc(out, (char)n);
	strbuf_putc(out, (char)addr->toa);
	for (size_t i = 0; i < n; i += 2) {
		unsigned low = (unsigned)(strchr(digits, s[i]) - digits);
		unsigned high = 15;
		if (i + 1 < n)
			high = (unsigned)(strchr(digits, s[i + 1]) - digits);
		strbuf_putc(out, (char)(high << 4 | low));
	}
	return 0;
}

bool
sms_address_same(const char *a, const char *b)
{
	bool a_plus = *a == '+', b_plus = *b == '+';
	size_t la, lb, tail;
	if (strcmp(a, b) == 0)
		return true;
	if (a_plus && b_plus)
		return false;
	a += a_plus;
	b += b_plus;
	if (!all_digits(a) || !all_digits(b))
		return false;
	la = strlen(a);
	lb = strlen(b);
	tail = MIN(8, MIN(la, lb));
	return tail >= 6 && memcmp(a + la - tail, b + lb - tail, tail) == 0;
}
