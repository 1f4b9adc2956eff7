/* What other gateways kept, as a list of texts: the readers of `malgil import`, each of
 * which knows one way of keeping them. Pure but for the reading of files: nothing here
 * speaks to the gateway. */
#ifndef MALGIL_VERBS_IMPORT_H
#define MALGIL_VERBS_IMPORT_H

#include "gateway/base/strbuf.h"

enum imported_kind {
	IMPORTED_IN,     /* somebody texted */
	IMPORTED_OUT,    /* went out, or failed to */
	IMPORTED_OUTBOX, /* was still to be sent */
};

struct imported {
	enum imported_kind kind;
	char *where; /* "inbox 17", "sent/modem1.x4r": for a person */
	char *phone, *text;
	int64_t at;        /* wall, 0 unknown */
	const char *state; /* "received", "sent", "delivered", "undelivered", "failed" */
	char *bad;         /* why it cannot be taken, NULL: it can */

	/* of a part of a long text, until import_join() */
	char *group; /* NULL: whole */
	int seq;
	size_t order;
};

#define IMPORT_ROWS 500000
struct import_list {
	struct imported *rows;
	size_t count, room;
	const char *zone; /* what times without a zone are in */
	size_t skipped;   /* files and rows that are no texts: reports, USSD */
	bool full;
};

/* A fresh row at the end, or NULL when there are too many. */
struct imported *
import_add(struct import_list *list, enum imported_kind kind, const char *where);
void import_done(struct import_list *list);
/* Parts of long texts become one row each; a part that is missing leaves "…". */
void import_join(struct import_list *list);
/* The concatenation a user data header in hex speaks of: false when of none. */
bool import_concat(const char *udh, int *ret_ref, int *ret_total, int *ret_seq);
/* Puts a part of an inbound text with the others of its set. */
void import_group(struct import_list *list, struct imported *row, const char *udh);
/* "2011-10-21 12:34:56", "11-10-21 12:34:56" in the list's zone; 0 when it is none. */
int64_t import_time(const struct import_list *list, const char *text);

/* One row of gammu-smsd's tables, from wherever it comes. */
struct import_row {
	const char *table;
	const char *const *names, *const *values; /* a value may be NULL */
	size_t count;
};
void import_gammu_row(struct import_list *list, const struct import_row *row);
/* A database file of gammu-smsd, a dump of one, or a folder of its files backend. 0 or
 * -errno with a sentence. */
int import_gammu(struct import_list *list, const char *path, struct strbuf *err) MUST_USE;
int import_dump(struct import_list *list, const char *sql, size_t len,
	struct strbuf *err) MUST_USE;
/* A spool folder of smstools with its folders inside. */
int
import_smstools(struct import_list *list, const char *path, struct strbuf *err) MUST_USE;

/* import_files.c: every plain file of a folder by name, without `.` and LOCK files. */
int import_folder(const char *path,
	void (*each)(void *arg, const char *path, const char *name, const char *data,
		size_t len),
	void *arg, struct strbuf *err) MUST_USE;
void import_gammu_file(struct import_list *list, const char *folder, const char *name,
	const char *data, size_t len);
bool import_utf8(const char *data, size_t len, struct strbuf *out);

#endif
