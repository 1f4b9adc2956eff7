/* Texts in files: gammu-smsd's files backend and smstools' spool folders. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/sms/userdata.h"
#include "gateway/text/charset.h"
#include "gateway/verbs/import.h"

#define FILE_MAX_ (256u << 10)

/* ---- folders ---- */

static int
plain_name(const struct dirent *e)
{
	size_t len = strlen(e->d_name);
	return e->d_name[0] != '.' && !(len > 5 && !strcmp(e->d_name + len - 5, ".LOCK"));
}

/* False for anything but a readable plain file. */
static bool
read_file(const char *path, struct strbuf *ret)
{
	struct stat st;
	char chunk[16384];
	ssize_t n = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool plain = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
	while (plain && !ret->full && (n = read(fd, chunk, sizeof(chunk))) > 0)
		strbuf_add(ret, chunk, (size_t)n);
	if (fd >= 0)
		close(fd);
	return plain && n >= 0;
}

int
import_folder(const char *path,
	void (*each)(void *arg, const char *path, const char *name, const char *data,
		size_t len),
	void *arg, struct strbuf *err)
{
	struct dirent **names;
	int count = scandir(path, &names, plain_name, alphasort);
	if (count < 0) {
		int r = -errno;
		strbuf_set(err, "%s", strerror(errno));
		return r;
	}
	for (int i = 0; i < count; i++) {
		struct strbuf data AUTO(strbuf_done) = STRBUF_INIT(FILE_MAX_);
		char file[4096 + 256];
		snprintf(file, sizeof(file), "%s/%s", path, names[i]->d_name);
		if (read_file(file, &data))
			each(arg, file, names[i]->d_name, data.s, data.len);
		free(names[i]);
	}
	free(names);
	return 0;
}

bool
import_utf8(const char *data, size_t len, struct strbuf *out)
{
	const char *charset = charset_guess(data, len, "");
	return !charset_to_utf8(charset ? charset : "ISO-8859-15", data, len, out, NULL);
}

/* ---- gammu-smsd: everything but the text is in the name ---- */

/* "20021130", "021531" to the list's time. */
static int64_t
name_time(const struct import_list *list, const char *day, const char *clock)
{
	char text[32];
	if (strlen(day) != 8 || strlen(clock) != 6)
		return 0;
	snprintf(text, sizeof(text), "%.4s-%.2s-%.2s %.2s:%.2s:%.2s", day, day + 4,
		day + 6, clock, clock + 2, clock + 4);
	return import_time(list, text);
}

static size_t
split(char *name, char *parts[8])
{
	size_t n = 0;
	char *save = NULL;
	for (char *p = strtok_r(name, "_", &save); p && n < 8;
		p = strtok_r(NULL, "_", &save))
		parts[n++] = p;
	return n;
}

static bool
all_digits(const char *s, size_t len)
{
	return strlen(s) == len && strspn(s, "0123456789") == len;
}

static void
take_in(struct import_list *list, struct imported *r, char *parts[8], size_t n)
{
	char group[200];
	if (n < 4) {
		r->bad = xstrdup(
			"the name is not IN<date>_<time>_<serial>_<sender>_<part>");
		return;
	}
	r->at = name_time(list, parts[0], parts[1]);
	r->phone = xstrdup(parts[3]);
	if (n < 5)
		return;
	snprintf(group, sizeof(group), "in %s %s %s %s", parts[0], parts[1], parts[2],
		parts[3]);
	r->seq = atoi(parts[4]) + 1;
	r->group = xstrdup(group);
}

static void
take_out(struct import_list *list, struct imported *r, char *parts[8], size_t n)
{
	char *first = n ? parts[0] : NULL;
	if (!first) {
		r->bad = xstrdup("the name says no recipient");
		return;
	}
	if (isalpha((unsigned char)*first))
		first++; /* the priority */
	if (n >= 4 && all_digits(first, 8) && all_digits(parts[1], 6)) {
		r->at = name_time(list, first, parts[1]);
		r->phone = xstrdup(parts[3]);
	} else {
		r->phone = xstrdup(*first || n < 2 ? first : parts[1]);
	}
}

void
import_gammu_file(struct import_list *list, const char *folder, const char *name,
	const char *data, size_t len)
{
	char stem[256], where[300], *parts[8];
	bool in = !strncmp(name, "IN", 2), out = !strncmp(name, "OUT", 3);
	const char *ext = strrchr(name, '.');
	if (!in && !out)
		return;
	if (!ext || strncmp(ext, ".txt", 4) != 0) {
		list->skipped++; /* .bin, .smsbackup */
		return;
	}
	snprintf(stem, sizeof(stem), "%.*s", (int)(ext - name), name);
	snprintf(where, sizeof(where), "%s%s%s", folder, *folder ? "/" : "", name);
	bool sent = !strcmp(folder, "sent"), failed = !strcmp(folder, "error");
	struct imported *r = import_add(list,
		in               ? IMPORTED_IN
		: sent || failed ? IMPORTED_OUT
				 : IMPORTED_OUTBOX,
		where);
	if (!r)
		return;
	size_t n = split(stem + (in ? 2 : 3), parts);
	if (in)
		take_in(list, r, parts, n);
	else
		take_out(list, r, parts, n);
	if (failed)
		r->state = "failed";
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(1u << 20);
	if (!import_utf8(data, len, &text) && !r->bad)
		r->bad = xstrdup("its text is in no encoding known here");
	r->text = xstrdup(text.s);
}

/* ---- smstools: a header like a mail's ---- */

struct spool {
	struct import_list *list;
	const char *folder;
	enum imported_kind kind;
	const char *state;
};

/* The value of a header into `ret`, false when there is none. */
static bool
header(const char *data, size_t len, const char *name, char *ret, size_t size)
{
	size_t want = strlen(name);
	for (const char *p = data, *end = data + len; p < end;) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		const char *stop = nl ? nl : end;
		if ((size_t)(stop - p) > want && !strncasecmp(p, name, want) &&
			p[want] == ':') {
			for (p += want + 1; p < stop && isspace((unsigned char)*p);)
				p++;
			while (stop > p && isspace((unsigned char)stop[-1]))
				stop--;
			snprintf(ret, size, "%.*s", (int)(stop - p), p);
			return true;
		}
		p = stop + 1;
	}
	*ret = '\0';
	return false;
}

/* Octets of the header, its empty line included; 0 when there is no such line. */
static size_t
header_end(const char *data, size_t len)
{
	for (size_t i = 0; i + 1 < len; i++) {
		if (data[i] != '\n')
			continue;
		if (data[i + 1] == '\n')
			return i + 2;
		if (data[i + 1] == '\r' && i + 2 < len && data[i + 2] == '\n')
			return i + 3;
	}
	return 0;
}

static void
put_body(struct imported *r, const char *alphabet, const char *data, size_t len)
{
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(1u << 20);
	if (!strncasecmp(alphabet, "UCS", 3) || !strncasecmp(alphabet, "UNI", 3) ||
		!strncasecmp(alphabet, "Chi", 3))
		sms_utf16_to_utf8((const uint8_t *)data, len, &text);
	else if (charset_to_utf8("UTF-8", data, len, &text, NULL)) {
		strbuf_reset(&text); /* what smstools writes otherwise */
		if (charset_to_utf8("ISO-8859-15", data, len, &text, NULL))
			r->bad = xstrdup("its text is in no encoding known here");
	}
	while (text.len && (text.s[text.len - 1] == '\n' || text.s[text.len - 1] == '\r'))
		text.s[--text.len] = '\0';
	r->text = xstrdup(text.s);
}

static void
on_spool(void *arg, const char *path, const char *name, const char *data, size_t len)
{
	const struct spool *s = arg;
	bool in = s->kind == IMPORTED_IN;
	char where[300], alphabet[32], value[256];
	size_t head = header_end(data, len);
	(void)path;
	snprintf(where, sizeof(where), "%s/%s", s->folder, name);
	header(data, head, "Alphabet", alphabet, sizeof(alphabet));
	if (!strncasecmp(alphabet, "bin", 3) || !strncasecmp(alphabet, "8", 1) ||
		header(data, head, "Discharge_timestamp", value, sizeof(value))) {
		s->list->skipped++; /* pictures and status reports */
		return;
	}
	struct imported *r = import_add(s->list, s->kind, where);
	if (!r)
		return;
	r->state = s->state;
	if (!head || !header(data, head, in ? "From" : "To", value, sizeof(value)) ||
		!*value) {
		r->bad = xstrdup(in ? "it has no From: header" : "it has no To: header");
		return;
	}
	r->phone = xstrdup(value);
	put_body(r, alphabet, data + head, len - head);
	/* "Received:" is our clock's, "Sent:" of an inbound text the network's. */
	if (in && header(data, head, "Received", value, sizeof(value)))
		r->at = import_time(s->list, value);
	if (!r->at && header(data, head, "Sent", value, sizeof(value)))
		r->at = import_time(s->list, value);
	if (in && header(data, head, "UDH-DATA", value, sizeof(value)))
		import_group(s->list, r, value);
}

/* Numbers without + are international there, unless an "s" in front says short. */
static void
spell_numbers(struct import_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		struct imported *r = &list->rows[i];
		const char *p = r->phone;
		char whole[300];
		if (!p || !isdigit((unsigned char)*p)) {
			if (p && (*p == 's' || *p == 'S') && isdigit((unsigned char)p[1]))
				memmove(r->phone, p + 1, strlen(p));
			continue;
		}
		if (*p == '0' || strlen(p) < 8)
			continue;
		snprintf(whole, sizeof(whole), "+%s", p);
		free(r->phone);
		r->phone = xstrdup(whole);
	}
}

int
import_smstools(struct import_list *list, const char *path, struct strbuf *err)
{
	static const struct {
		const char *folder;
		enum imported_kind kind;
		const char *state;
	} folders[] = {
		{"incoming", IMPORTED_IN, "received"},
		{"sent", IMPORTED_OUT, "sent"},
		{"failed", IMPORTED_OUT, "failed"},
		{"outgoing", IMPORTED_OUTBOX, "sent"},
		{"checked", IMPORTED_OUTBOX, "sent"},
	};
	size_t found = 0;
	for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
		char inside[4096];
		struct spool s = {
			list, folders[i].folder, folders[i].kind, folders[i].state};
		snprintf(inside, sizeof(inside), "%s/%s", path, s.folder);
		if (access(inside, F_OK))
			continue;
		found++;
		int r = import_folder(inside, on_spool, &s, err);
		if (r)
			return r;
	}
	if (!found) {
		strbuf_set(err,
			"there is none of the folders incoming, sent, failed, outgoing, "
			"checked in it");
		return -ENOENT;
	}
	spell_numbers(list);
	return 0;
}
