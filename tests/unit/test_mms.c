/* MMS notifications, as networks send them and as nobody should. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "gateway/sms/mms.h"

static const struct {
	const char *name, *hex;
	bool good;
	const char *from, *subject;
	int64_t size;
} rows[] = {
	{"all there is",
		"01060"
		"1BE8C82985431008D92891980"
		"2B3832313031323334353637382F545950453D504C4D4E00"
		"9648656C6C6F00"
		"8E0203E8",
		true, "+821012345678", "Hello", 1000},
	{"the content type as a text, its length in front",
		"0106241F22"
		"6170706C69636174696F6E2F766E642E7761702E6D6D732D6D65737361676500AF84"
		"8C82"
		"8E0109",
		true, "", "", 9},
	{"a subject in UTF-8 with its charset",
		"010601BE8C82"
		"9608EAED959CEAB88000"
		"8E01FF",
		true, "", "한글", 255},
	{"a subject in UCS-2",
		"010601BE8C82"
		"960A0203E8"
		"D55CAE000041"
		"00",
		true, "", "한글A", -1},
	{"a subject that is no UTF-8",
		"010601BE8C82"
		"9603EAFF00",
		true, "", "?", -1},
	{"control characters in it",
		"010601BE8C82"
		"96410A1B4200",
		true, "", "A  B", -1},
	{"the sender left to the network",
		"010601BE8C82"
		"890181"
		"8E0101",
		true, "", "", 1},
	{"cut in the sender",
		"010601BE8C82"
		"891980"
		"2B38323130",
		true, "+8210", "", -1},
	{"a size of nine octets",
		"010601BE8C82"
		"8E09010203040506070809",
		true, "", "", -1},
	{"another MMS PDU", "010601BE8C84", false, NULL, NULL, 0},
	{"no type at all", "010601BE98543100", false, NULL, NULL, 0},
	{"another push", "010601AE8C82", false, NULL, NULL, 0},
	{"not a push", "010701BE8C82", false, NULL, NULL, 0},
	{"headers longer than all of it", "0106FFBE8C82", false, NULL, NULL, 0},
	{"a length that never ends", "0106FFFFFFFFFFFF", false, NULL, NULL, 0},
	{"nothing", "", false, NULL, NULL, 0},
	{"an octet", "01", false, NULL, NULL, 0},
};

static size_t
octets_of(const char *hex, uint8_t *ret)
{
	size_t n = 0;
	for (unsigned byte; sscanf(hex, "%2x", &byte) == 1 && hex[0] && hex[1]; hex += 2)
		ret[n++] = (uint8_t)byte;
	return n;
}

static void
a_notification_is_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct mms_notification n;
		uint8_t octets[256];
		size_t len = octets_of(rows[i].hex, octets);
		int r = mms_parse(octets, len, &n);
		if ((r == 0) != rows[i].good)
			fail_msg("%s: %d", rows[i].name, r);
		if (r)
			continue;
		if (strcmp(n.from, rows[i].from) || strcmp(n.subject, rows[i].subject) ||
			n.size != rows[i].size)
			fail_msg("%s: from \"%s\", subject \"%s\", size %lld",
				rows[i].name, n.from, n.subject, (long long)n.size);
	}
}

/* Cut anywhere, it is read as far as it goes and never further. */
static void
any_beginning_is_safe(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint8_t octets[256];
		size_t len = octets_of(rows[i].hex, octets);
		for (size_t n = 0; n <= len; n++) {
			struct mms_notification got;
			uint8_t *exact = malloc(n ? n : 1);
			memcpy(exact, octets, n);
			if (mms_parse(exact, n, &got) == 0) {
				assert_true(strlen(got.from) < sizeof(got.from));
				assert_true(strlen(got.subject) < sizeof(got.subject));
			}
			free(exact);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(a_notification_is_read),
		cmocka_unit_test(any_beginning_is_safe)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
