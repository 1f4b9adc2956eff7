/* Reports that are handed over and stored nowhere (+CDS). libgammu asks for them where a
 * phone cannot store any, and then throws them away; but it logs every line it reads, and
 * from there they are taken. */
#include "drivers/gammu/phone_inside.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OCTETS_MAX 240

static int
nibble(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : toupper((unsigned char)c) - 'A' + 10;
}

/* So many octets, or 0 when it is anything but hexadecimal digits. */
static size_t
octets_of(const char *hex, uint8_t ret[OCTETS_MAX])
{
	size_t len = strlen(hex) / 2;
	if (strlen(hex) % 2 || len > OCTETS_MAX ||
		strspn(hex, "0123456789ABCDEFabcdef") != 2 * len)
		return 0;
	for (size_t i = 0; i < len; i++)
		ret[i] = (uint8_t)(nibble(hex[2 * i]) << 4 | nibble(hex[2 * i + 1]));
	return len;
}

/* The service centre's part comes first, and is not counted (27.005 3.4.1). */
static void
tell_report(struct phone *p, const char *hex)
{
	uint8_t octets[OCTETS_MAX];
	struct letter letter = {.kind = LETTER_INCOMING, .good = true};
	size_t len = octets_of(hex, octets), skip = len ? octets[0] + 1u : 0;
	bool report = len > skip && (octets[skip] & 3) == 2; /* TP-MTI */
	if (!report || len - skip != p->direct_len)
		return;
	letter.place.memory = PLACE_NONE;
	letter.len = len - skip;
	memcpy(letter.octets, octets + skip, letter.len);
	phone_post(p, &letter);
	p->keeps = "lost"; /* it is not stored, then */
}

/* Only as something the phone begins with: further down it may be what somebody wrote. */
void
phone_line(struct phone *p, long number, const char *line)
{
	size_t length = 0;
	if (number == 1 && !strncmp(line, "+CDS: ", 6))
		length = strtoul(line + 6, NULL, 10);
	else if (number == 2 && p->direct_len)
		tell_report(p, line);
	p->direct_len = length <= OCTETS_MAX ? length : 0;
}
