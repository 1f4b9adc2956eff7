/* What gammu-smsd kept: its tables in a SQLite file, a dump of them, or its files. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/sms/userdata.h"
#include "gateway/store/foreign.h"
#include "gateway/verbs/import.h"

#define DUMP_MAX (256u << 20)

/* ---- rows of its tables ---- */

static const char *
value_of(const struct import_row *row, const char *name)
{
	for (size_t i = 0; i < row->count; i++)
		if (!strcasecmp(row->names[i], name))
			return row->values[i] ? row->values[i] : "";
	return "";
}

/* TextDecoded where it is filled in; else the hex of its UCS-2. */
static char *
text_of(const struct import_row *row)
{
	struct strbuf out AUTO(strbuf_done) = STRBUF_INIT(16384);
	const char *decoded = value_of(row, "TextDecoded"), *hex = value_of(row, "Text");
	size_t len = strlen(hex);
	if (*decoded || len % 4 || strspn(hex, "0123456789abcdefABCDEF") != len)
		return xstrdup(decoded);
	for (; *hex; hex += 4) {
		unsigned unit;
		if (sscanf(hex, "%4x", &unit) != 1)
			break;
		strbuf_putc(&out, (char)(unit >> 8));
		strbuf_putc(&out, (char)unit);
	}
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(16384);
	sms_utf16_to_utf8((const uint8_t *)out.s, out.len, &text);
	return xstrdup(text.s);
}

static const char *
state_of(const char *status)
{
	static const struct {
		const char *theirs, *ours;
	} states[] = {
		{"DeliveryOK", "delivered"},
		{"DeliveryFailed", "undelivered"},
		{"SendingError", "failed"},
		{"Error", "failed"},
	};
	for (size_t i = 0; i < ARRAY_LEN(states); i++)
		if (!strcasecmp(states[i].theirs, status))
			return states[i].ours;
	return "sent"; /* SendingOK, SendingOKNoReport, DeliveryPending, DeliveryUnknown
			*/
}

static bool
is_text(const struct import_row *row)
{
	return strcmp(value_of(row, "Class"), "127") != 0 &&
	       strcasecmp(value_of(row, "Coding"), "8bit") != 0;
}

static void
take_inbox(struct import_list *list, const struct import_row *row)
{
	char where[64];
	snprintf(where, sizeof(where), "inbox %.32s", value_of(row, "ID"));
	struct imported *r = import_add(list, IMPORTED_IN, where);
	if (!r)
		return;
	r->phone = xstrdup(value_of(row, "SenderNumber"));
	r->text = text_of(row);
	r->at = import_time(list, value_of(row, "ReceivingDateTime"));
	import_group(list, r, value_of(row, "UDH"));
}

static void
take_out(struct import_list *list, const struct import_row *row, enum imported_kind kind,
	const char *name)
{
	char text[64];
	const char *seq = value_of(row, "SequencePosition");
	snprintf(text, sizeof(text), "%s %.32s", name, value_of(row, "ID"));
	struct imported *r = import_add(list, kind, text);
	if (!r)
		return;
	const char *phone = value_of(row, "DestinationNumber");
	r->phone = *phone ? xstrdup(phone) : NULL;
	r->text = text_of(row);
	r->at = import_time(list, value_of(row, "SendingDateTime"));
	r->seq = *seq ? atoi(seq) : 1;
	r->group = xstrdup(text);
	if (kind == IMPORTED_OUT)
		r->state = state_of(value_of(row, "Status"));
}

void
import_gammu_row(struct import_list *list, const struct import_row *row)
{
	bool inbox = !strcasecmp(row->table, "inbox");
	bool sent = !strcasecmp(row->table, "sentitems");
	bool outbox = !strcasecmp(row->table, "outbox") ||
		      !strcasecmp(row->table, "outbox_multipart");
	if (!inbox && !sent && !outbox)
		return;
	if (!is_text(row))
		list->skipped++;
	else if (inbox)
		take_inbox(list, row);
	else
		take_out(list, row, sent ? IMPORTED_OUT : IMPORTED_OUTBOX,
			sent ? "sentitems" : "outbox");
}

/* ---- its SQLite file ---- */

struct selecting {
	struct import_list *list;
	const char *table;
};

static void
on_row(void *arg, const struct foreign_row *row)
{
	const struct selecting *s = arg;
	import_gammu_row(s->list, &(struct import_row){.table = s->table,
					  .names = row->names,
					  .values = row->values,
					  .count = row->count});
}

static int
read_tables(struct import_list *list, const char *path, struct strbuf *err)
{
	static const char *const tables[][2] = {
		{"inbox", "SELECT * FROM inbox ORDER BY ID"},
		{"outbox", "SELECT * FROM outbox ORDER BY ID"},
		{"outbox_multipart",
			"SELECT * FROM outbox_multipart ORDER BY ID, SequencePosition"},
		{"sentitems", "SELECT * FROM sentitems ORDER BY ID, SequencePosition"},
	};
	for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
		struct selecting s = {list, tables[i][0]};
		const struct foreign_query query = {.path = path,
			.sql = tables[i][1],
			.rows = IMPORT_ROWS,
			.wait = 2 * MINUTE};
		bool more = false;
		int r = foreign_select(&query, on_row, &s, &more, err);
		if (r < 0)
			return r;
		list->full = list->full || more;
	}
	return 0;
}

/* ---- which of the three it is ---- */

struct folder {
	struct import_list *list;
	const char *name;
};

static void
on_file(void *arg, const char *path, const char *name, const char *data, size_t len)
{
	const struct folder *f = arg;
	(void)path;
	import_gammu_file(f->list, f->name, name, data, len);
}

/* The folder itself and the ones gammu-smsd's examples use. */
static int
read_files(struct import_list *list, const char *path, struct strbuf *err)
{
	static const char *const names[] = {"", "inbox", "outbox", "sent", "error"};
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		char inside[4096];
		struct folder f = {list, names[i]};
		snprintf(inside, sizeof(inside), "%s/%s", path, names[i]);
		if (*names[i] && access(inside, F_OK))
			continue;
		int r = import_folder(inside, on_file, &f, err);
		if (r)
			return r;
	}
	return 0;
}

static int
read_dump(struct import_list *list, int fd, struct strbuf *err)
{
	struct strbuf sql AUTO(strbuf_done) = STRBUF_INIT(DUMP_MAX);
	char chunk[65536];
	ssize_t n;
	while (!sql.full && (n = read(fd, chunk, sizeof(chunk))) > 0)
		strbuf_add(&sql, chunk, (size_t)n);
	if (sql.full) {
		strbuf_set(err, "it is larger than %u MiB", DUMP_MAX >> 20);
		return -EFBIG;
	}
	return import_dump(list, sql.s, sql.len, err);
}

int
import_gammu(struct import_list *list, const char *path, struct strbuf *err)
{
	char head[16] = "";
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), r;
	if (fd < 0 || fstat(fd, &st)) {
		r = -errno;
		strbuf_set(err, "%s", strerror(errno));
		if (fd >= 0)
			close(fd);
		return r;
	}
	bool lite = S_ISREG(st.st_mode) &&
		    pread(fd, head, sizeof(head), 0) == (ssize_t)sizeof(head) &&
		    memcmp(head, "SQLite format 3", 16) == 0;
	if (S_ISDIR(st.st_mode)) {
		r = read_files(list, path, err);
	} else if (lite) {
		r = read_tables(list, path, err);
	} else if (S_ISREG(st.st_mode)) {
		r = read_dump(list, fd, err);
	} else {
		strbuf_set(err, "it is neither a file nor a folder");
		r = -EINVAL;
	}
	close(fd);
	return r;
}
