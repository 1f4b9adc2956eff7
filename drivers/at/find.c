#include "drivers/at/find.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <libserialport.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- the name ---- */

static const struct {
	const char *word;
	enum find_by by;
	size_t min, max; /* digits */
	const char *sentence;
} ways[] = {
	{"imei=", FIND_IMEI, 14, 16, "15 digits, as *#06# or AT+CGSN shows them"},
	{"iccid=", FIND_ICCID, 18, 20, "the 18 to 20 digits printed on the SIM"},
	{"usb=", FIND_USB, 0, 0, "VID:PID or VID:PID:SERIAL, as lsusb shows them"},
};

static bool
find_hex4(const char *s)
{
	for (size_t i = 0; i < 4; i++)
		if (!isxdigit((unsigned char)s[i]))
			return false;
	return true;
}

/* "12d1:1506" and maybe ":SERIAL". */
static bool
find_read_usb(const char *text, struct find *f)
{
	if (strlen(text) < 9 || !find_hex4(text) || text[4] != ':' ||
		!find_hex4(text + 5) || (text[9] && text[9] != ':') ||
		strlen(text) - 9 > sizeof(f->serial))
		return false;
	for (size_t i = 0; i < 9; i++)
		f->what[i] = (char)tolower((unsigned char)text[i]);
	f->what[9] = '\0';
	snprintf(f->serial, sizeof(f->serial), "%s", text[9] ? text + 10 : "");
	return true;
}

static bool
find_read_what(size_t way, const char *text, struct find *f)
{
	size_t len = strlen(text);
	if (ways[way].by == FIND_USB)
		return find_read_usb(text, f);
	if (len < ways[way].min || len > ways[way].max ||
		strspn(text, "0123456789") != len)
		return false;
	snprintf(f->what, sizeof(f->what), "%.20s", text);
	return true;
}

/* "tty:" wants a folder, "serial:" must not have one. */
static bool
find_read_dir(bool tty, char *text, struct find *f)
{
	char *at = strchr(text, '@');
	if (!tty)
		return true;
	if (!at || at[1] != '/' || strlen(at + 1) >= sizeof(f->dir))
		return false;
	strcpy(f->dir, at + 1);
	*at = '\0';
	return true;
}

bool
find_parse(const char *device, struct find *ret_find, int *ret_r, struct strbuf *err)
{
	bool tty = strncmp(device, "tty:", 4) == 0;
	const char *rest = tty                                  ? device + 4
			   : strncmp(device, "serial:", 7) == 0 ? device + 7
								: NULL;
	char text[320];
	for (size_t i = 0; rest && i < ARRAY_LEN(ways); i++) {
		struct find f = {.by = ways[i].by};
		size_t n = strlen(ways[i].word);
		if (strncmp(rest, ways[i].word, n) != 0)
			continue;
		snprintf(text, sizeof(text), "%s", rest + n);
		*ret_r = -EINVAL;
		if (!find_read_dir(tty, text, &f))
			strbuf_set(err,
				"device \"%s\": tty: looks in a folder, as in "
				"tty:%s...@/FOLDER; the machine's own ports are serial:",
				device, ways[i].word);
		else if (!find_read_what(i, text, &f))
			strbuf_set(err, "device \"%s\": expected %s", device,
				ways[i].sentence);
		else
			*ret_r = 0;
		*ret_find = f;
		return true;
	}
	*ret_find = (struct find){.by = FIND_PATH};
	return false;
}

void
find_name(const struct find *f, struct strbuf *out)
{
	switch (f->by) {
	case FIND_PATH: break;
	case FIND_IMEI: strbuf_printf(out, "IMEI %s", f->what); break;
	case FIND_ICCID: strbuf_printf(out, "a SIM with ICCID %s", f->what); break;
	case FIND_USB:
		strbuf_printf(out, "USB id %s%s%s", f->what, f->serial[0] ? ":" : "",
			f->serial);
		break;
	}
}

/* ---- who it is ---- */

/* 14 digits are the modem; the 15th is a check digit, or two more its software. */
bool
find_same_imei(const char *a, const char *b)
{
	return strlen(a) >= 14 && strlen(b) >= 14 && strncmp(a, b, 14) == 0;
}

/* Up to 20 digits with the check digit; some modems leave it out. */
bool
find_same_iccid(const char *a, const char *b)
{
	size_t n = MIN(strlen(a), strlen(b));
	return n >= 18 && strncmp(a, b, MIN(n, 19)) == 0;
}

/* ---- what there is ---- */

static bool
find_usb_fits(const struct find *f, const struct find_port *p)
{
	if (f->by != FIND_USB)
		return true;
	return strcmp(p->usb, f->what) == 0 &&
	       (!f->serial[0] || strcmp(p->serial, f->serial) == 0);
}

static size_t
find_serial(const struct find *f, struct find_port ret[FIND_MAX])
{
	struct sp_port **list = NULL;
	size_t count = 0;
	if (sp_list_ports(&list) != SP_OK)
		return 0;
	for (size_t i = 0; list[i] && count < FIND_MAX; i++) {
		struct find_port p = {.usb = ""};
		const char *serial = sp_get_port_usb_serial(list[i]);
		const char *product = sp_get_port_usb_product(list[i]);
		int vid = 0, pid = 0;
		/* Built-in ports are consoles and other people's machines: never
		 * probed. */
		if (sp_get_port_transport(list[i]) != SP_TRANSPORT_USB)
			continue;
		if (sp_get_port_usb_vid_pid(list[i], &vid, &pid) == SP_OK)
			snprintf(p.usb, sizeof(p.usb), "%04x:%04x",
				(unsigned)vid & 0xffff, (unsigned)pid & 0xffff);
		snprintf(p.device, sizeof(p.device), "serial:%s",
			sp_get_port_name(list[i]));
		snprintf(p.serial, sizeof(p.serial), "%s", serial ? serial : "");
		snprintf(p.product, sizeof(p.product), "%s", product ? product : "");
		if (find_usb_fits(f, &p))
			ret[count++] = p;
	}
	sp_free_port_list(list);
	return count;
}

/* "vid:pid:serial" in NAME.usb. */
static void
find_read_beside(const char *path, struct find_port *p)
{
	char name[300], text[96] = "";
	struct find f = {.by = FIND_USB};
	snprintf(name, sizeof(name), "%s.usb", path);
	FILE *file = fopen(name, "r");
	if (!file)
		return;
	if (!fgets(text, sizeof(text), file))
		text[0] = '\0';
	fclose(file);
	text[strcspn(text, "\r\n")] = '\0';
	if (!find_read_usb(text, &f))
		return;
	snprintf(p->usb, sizeof(p->usb), "%.9s", f.what);
	snprintf(p->serial, sizeof(p->serial), "%s", f.serial);
}

static size_t
find_folder(const struct find *f, struct find_port ret[FIND_MAX])
{
	struct dirent **names;
	struct stat st;
	size_t count = 0;
	int n = scandir(f->dir, &names, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		struct find_port p = {.usb = ""};
		char path[500];
		snprintf(path, sizeof(path), "%s/%s", f->dir, names[i]->d_name);
		free(names[i]);
		if (count == FIND_MAX || strlen(path) > 240 || stat(path, &st) ||
			!S_ISCHR(st.st_mode))
			continue;
		snprintf(p.device, sizeof(p.device), "tty:%.240s", path);
		find_read_beside(path, &p);
		if (find_usb_fits(f, &p))
			ret[count++] = p;
	}
	if (n >= 0)
		free(names);
	return count;
}

static int
find_order(const void *a, const void *b)
{
	const struct find_port *x = a, *y = b;
	return strverscmp(x->device, y->device);
}

size_t
find_list(const struct find *f, struct find_port ret[FIND_MAX])
{
	size_t count = f->dir[0] ? find_folder(f, ret) : find_serial(f, ret);
	qsort(ret, count, sizeof(*ret), find_order);
	return count;
}
