#include "tests/lib/random.h"

uint64_t
random_next(struct test_random *r)
{
	/* xorshift64*, Vigna 2016. */
	r->state ^= r->state >> 12;
	r->state ^= r->state << 25;
	r->state ^= r->state >> 27;
	return r->state * UINT64_C(0x2545F4914F6CDD1D);
}

unsigned
random_below(struct test_random *r, unsigned n)
{
	return (unsigned)((random_next(r) >> 32) % n);
}

bool
random_bool(struct test_random *r)
{
	return random_next(r) >> 63;
}

void
random_octets(struct test_random *r, uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)(random_next(r) >> 56);
}

static const char *const gsm[] = {"@", "£", "¥", "è", "Ω", "Ξ", "Æ", "ß", "¡", "ñ", "à",
	"€", "[", "]", "{", "}", "~", "^", "|", "\\", "\f"};
static const char *const turkish[] = {"Ğ", "ğ", "Ş", "ş", "İ", "ı", "ç"};
static const char *const clusters[] = {"😀", "👨‍👩‍👧‍👦", "🇰🇷", "é", "각",
	"\r\n", "👍🏽", "क्षि", "❤️"};

static void
random_character(struct test_random *r, unsigned kind, struct strbuf *out)
{
	switch (kind) {
	case RANDOM_ASCII: strbuf_putc(out, (char)('A' + random_below(r, 26))); break;
	case RANDOM_GSM: strbuf_puts(out, gsm[random_below(r, ARRAY_LEN(gsm))]); break;
	case RANDOM_TURKISH:
		strbuf_puts(out, turkish[random_below(r, ARRAY_LEN(turkish))]);
		break;
	case RANDOM_HANGUL: strbuf_utf8(out, 0xAC00 + random_below(r, 11172)); break;
	case RANDOM_CLUSTERS:
		strbuf_puts(out, clusters[random_below(r, ARRAY_LEN(clusters))]);
		break;
	}
}

void
random_text(struct test_random *r, unsigned kinds, size_t count, struct strbuf *out)
{
	while (count > 0) {
		unsigned kind = 1u << random_below(r, 5);

		if (kinds & kind) {
			random_character(r, kind, out);
			count--;
		}
	}
}
