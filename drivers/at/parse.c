#include "drivers/at/parse.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "drivers/at/field.h"

const char *
parse_after(const char *line, const char *name)
{
	size_t n = strlen(name);
	if (strncasecmp(line, name, n) != 0)
		return NULL;
	line += n;
	if (*line != ':' && *line != '=')
		return NULL;
	line++;
	while (*line == ' ')
		line++;
	return line;
}

/* ---- final results ---- */

static const struct {
	const char *text;
	enum final_kind kind;
} finals[] = {
	{"OK", FINAL_OK},
	{"ERROR", FINAL_ERROR},
	{"COMMAND NOT SUPPORT", FINAL_ERROR}, /* Huawei E1752 */
	{"COMMAND NOT SUPPORTED", FINAL_ERROR},
	{"TOO MANY PARAMETERS", FINAL_ERROR}, /* Huawei, ZTE */
	{"NO CARRIER", FINAL_HANGUP},
	{"BUSY", FINAL_HANGUP},
	{"NO ANSWER", FINAL_HANGUP},
	{"NO DIALTONE", FINAL_HANGUP},
	{"NO DIAL TONE", FINAL_HANGUP},
};

static int
parse_final_code(enum final_kind kind, const char *text, struct final *ret_final)
{
	int code = -1;
	char rest;
	if (!isdigit((unsigned char)*text) || sscanf(text, "%9d%c", &code, &rest) != 1)
		code = -1;
	*ret_final = (struct final){kind, code, text};
	return 0;
}

int
parse_final(const char *line, struct final *ret_final)
{
	const char *text;
	for (size_t i = 0; i < ARRAY_LEN(finals); i++)
		if (strcasecmp(line, finals[i].text) == 0) {
			*ret_final = (struct final){finals[i].kind, -1, line};
			return 0;
		}
	if ((text = parse_after(line, "+CME ERROR")))
		return parse_final_code(FINAL_CME, text, ret_final);
	if ((text = parse_after(line, "+CMS ERROR")))
		return parse_final_code(FINAL_CMS, text, ret_final);
	return -EINVAL;
}

/* ---- what a line is worth ---- */

int
parse_cmgs(const char *line, int *ret_mr)
{
	const char *p = parse_after(line, "+CMGS");
	struct field f;
	if (!p)
		return -EINVAL;
	*ret_mr = field_next(&p, &f) ? field_int(&f) : -1;
	if (*ret_mr > 255)
		*ret_mr = -1;
	return 0;
}

int
parse_csq(const char *line, int *ret_dbm)
{
	const char *p = parse_after(line, "+CSQ");
	struct field f;
	int rssi;
	if (!p)
		return -EINVAL;
	rssi = field_next(&p, &f) ? field_int(&f) : -1;
	*ret_dbm = rssi >= 0 && rssi <= 31 ? -113 + 2 * rssi : 0;
	return 0;
}

int
parse_csca(const char *line, char *ret_number, size_t size)
{
	const char *p = parse_after(line, "+CSCA");
	struct field number, type;
	char text[64];
	if (!p)
		return -EINVAL;
	if (!field_next(&p, &number))
		number = (struct field){"", 0, false};
	field_text(&number, text, sizeof(text));
	if (field_next(&p, &type) && field_int(&type) == 145 && text[0] && text[0] != '+')
		snprintf(ret_number, size, "+%s", text);
	else
		snprintf(ret_number, size, "%s", text);
	return 0;
}

int
parse_cops(const char *line, char *ret_name, size_t size)
{
	const char *p = parse_after(line, "+COPS");
	struct field f;
	if (!p)
		return -EINVAL;
	if (!field_skip(&p, 3, &f))
		f = (struct field){"", 0, false};
	field_text(&f, ret_name, size);
	return 0;
}

int
parse_creg(const char *line, const char *name, bool query, struct creg *ret_creg)
{
	const char *p = parse_after(line, name);
	struct creg r = {-1, -1, -1, "", ""};
	struct field f[5];
	size_t count = 0, at = 0;
	if (!p)
		return -EINVAL;
	while (count < ARRAY_LEN(f) && field_next(&p, &f[count]))
		count++;
	/* Some leave the mode out of the answer: then the area code stands second. */
	if (query && count >= 2 && !f[1].quoted)
		r.n = field_int(&f[at++]);
	if (at < count)
		r.stat = field_int(&f[at++]);
	if (at < count)
		field_copy(&f[at++], r.lac, sizeof(r.lac));
	if (at < count)
		field_copy(&f[at++], r.ci, sizeof(r.ci));
	if (at < count)
		r.act = field_int(&f[at]);
	*ret_creg = r;
	return 0;
}

const char *
parse_creg_word(int stat)
{
	static const char *const words[] = {"idle", "home", "searching", "denied",
		"unknown", "roaming", "home, SMS only", "roaming, SMS only",
		"emergency only", "home, no CSFB", "roaming, no CSFB"};
	return stat >= 0 && stat < (int)ARRAY_LEN(words) ? words[stat] : "unknown";
}

bool
parse_creg_registered(int stat)
{
	return stat == 1 || (stat >= 5 && stat <= 7) || stat == 9 || stat == 10;
}

/* +CRSM: <sw1>,<sw2>[,<response>], 27.007 8.18. 144 and 145 (0x90, 0x91) are success. */
static int
parse_crsm(const char *line, uint8_t *ret_octets, size_t max, size_t *ret_len)
{
	const char *p = parse_after(line, "+CRSM");
	struct field f;
	if (!p || !field_next(&p, &f) || (field_int(&f) != 144 && field_int(&f) != 145))
		return -EINVAL;
	if (!field_skip(&p, 2, &f))
		return -EINVAL;
	return field_hex(&f, ret_octets, max, ret_len);
}

int
parse_crsm_mr(const char *line, int *ret_mr)
{
	uint8_t octets[256];
	size_t len;
	if (parse_crsm(line, octets, sizeof(octets), &len) || len < 1)
		return -EINVAL;
	*ret_mr = octets[0];
	return 0;
}

int
parse_crsm_iccid(const char *line, char *ret_iccid, size_t size)
{
	uint8_t octets[256];
	size_t len, n = 0;
	if (parse_crsm(line, octets, sizeof(octets), &len) || len < 8 ||
		size < 2 * len + 1)
		return -EINVAL;
	for (size_t i = 0; i < 2 * len; i++) {
		int digit = i % 2 ? octets[i / 2] >> 4 : octets[i / 2] & 15;
		if (digit <= 9)
			ret_iccid[n++] = (char)('0' + digit);
	}
	ret_iccid[n] = '\0';
	return 0;
}

int
parse_digits(const char *line, size_t min, char *ret_digits, size_t size)
{
	while (*line) {
		size_t n = strspn(line, "0123456789");
		if (n >= min && n < size) {
			memcpy(ret_digits, line, n);
			ret_digits[n] = '\0';
			return 0;
		}
		line += n ? n : 1;
	}
	return -EINVAL;
}

void
parse_value(const char *line, const char *name, char *ret_value, size_t size)
{
	const char *p = parse_after(line, name);
	size_t len;
	if (!p)
		p = line;
	while (*p == ' ' || *p == '"')
		p++;
	len = strlen(p);
	while (len > 0 && (p[len - 1] == ' ' || p[len - 1] == '"'))
		len--;
	snprintf(ret_value, size, "%.*s", (int)MIN(len, size - 1), p);
}
