/* The INSERT statements of a dump, as mysqldump, sqlite3 and pg_dump --inserts write
 * them, and the CREATE TABLE statements in front of them, which name the columns where an
 * INSERT does not. Nothing else is read. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "gateway/verbs/import.h"

#define COLUMNS_MAX 40
#define TABLES_MAX  16
#define NAME_MAX_   48
#define VALUE_MAX   8192

struct table {
	char name[NAME_MAX_];
	char columns[COLUMNS_MAX][NAME_MAX_];
	size_t count;
};

struct dump {
	struct import_list *list;
	const char *p, *end;
	struct table tables[TABLES_MAX], named;
	size_t table_count, inserts;
};

static void
skip_blank(struct dump *d)
{
	while (d->p < d->end) {
		if (isspace((unsigned char)*d->p))
			d->p++;
		else if (d->end - d->p >= 2 && !memcmp(d->p, "--", 2))
			while (d->p < d->end && *d->p != '\n')
				d->p++;
		else
			return;
	}
}

static bool
take_char(struct dump *d, char c)
{
	skip_blank(d);
	if (d->p >= d->end || *d->p != c)
		return false;
	d->p++;
	return true;
}

/* A word, bare or in any of the three quotes; a schema's name before a dot is dropped. */
static bool
take_name(struct dump *d, char ret[NAME_MAX_])
{
	size_t n = 0;
	skip_blank(d);
	char quote = d->p < d->end && strchr("`\"[", *d->p) ? *d->p : '\0';
	if (quote) {
		char close = quote == '[' ? ']' : quote;
		for (d->p++; d->p < d->end && *d->p != close; d->p++)
			if (n < NAME_MAX_ - 1)
				ret[n++] = *d->p;
		d->p += d->p < d->end;
	} else {
		for (; d->p < d->end && (isalnum((unsigned char)*d->p) || *d->p == '_');
			d->p++)
			if (n < NAME_MAX_ - 1)
				ret[n++] = *d->p;
	}
	ret[n] = '\0';
	if (n && d->p < d->end && *d->p == '.') {
		d->p++;
		return take_name(d, ret);
	}
	return n > 0;
}

static bool
take_word(struct dump *d, const char *word)
{
	const char *before = d->p;
	char name[NAME_MAX_];
	if (take_name(d, name) && !strcasecmp(name, word))
		return true;
	d->p = before;
	return false;
}

/* What stands behind a backslash in MySQL's texts. */
static char
unescape(char c)
{
	switch (c) {
	case 'n': return '\n';
	case 'r': return '\r';
	case 't': return '\t';
	case '0': return ' ';
	}
	return c;
}

static bool
take_text(struct dump *d, struct strbuf *ret)
{
	for (d->p++; d->p < d->end; d->p++) {
		if (*d->p == '\\' && d->p + 1 < d->end) {
			strbuf_putc(ret, unescape(*++d->p));
		} else if (*d->p != '\'') {
			strbuf_putc(ret, *d->p);
		} else if (d->p + 1 < d->end && d->p[1] == '\'') {
			strbuf_putc(ret, *d->p++);
		} else {
			d->p++;
			return true;
		}
	}
	return false;
}

/* A text, a number, NULL, or _charset'text'. False where the dump is broken. */
static bool
take_value(struct dump *d, struct strbuf *ret, bool *ret_null)
{
	const char *from;
	strbuf_reset(ret);
	*ret_null = false;
	skip_blank(d);
	for (from = d->p; d->p < d->end && !strchr("',)(;", *d->p) &&
			  !isspace((unsigned char)*d->p);)
		d->p++;
	if (d->p < d->end && *d->p == '\'')
		return take_text(d, ret);
	*ret_null = d->p - from == 4 && !strncasecmp(from, "NULL", 4);
	strbuf_add(ret, from, (size_t)(d->p - from));
	return d->p > from;
}

static bool
take_tuple(struct dump *d, const struct table *t)
{
	char *copies[COLUMNS_MAX] = {0};
	const char *names[COLUMNS_MAX], *values[COLUMNS_MAX];
	struct strbuf value AUTO(strbuf_done) = STRBUF_INIT(VALUE_MAX);
	size_t n = 0;
	bool good = true, null, comma = true;
	for (; good && comma; comma = take_char(d, ',')) {
		good = take_value(d, &value, &null) && n < MIN(t->count, COLUMNS_MAX);
		if (!good)
			break;
		names[n] = t->columns[n];
		values[n] = copies[n] = null ? NULL : xstrdup(value.s);
		n++;
	}
	good = good && take_char(d, ')');
	if (good)
		import_gammu_row(d->list, &(struct import_row){.table = t->name,
						  .names = names,
						  .values = values,
						  .count = n});
	for (size_t i = 0; i < n; i++)
		free(copies[i]);
	return good;
}

/* To the end of the statement, over quoted texts. */
static void
skip_statement(struct dump *d)
{
	for (; d->p < d->end && *d->p != ';'; d->p++) {
		char quote = *d->p;
		if (quote != '\'' && quote != '"' && quote != '`')
			continue;
		for (d->p++; d->p < d->end && *d->p != quote; d->p++)
			if (*d->p == '\\' && quote == '\'')
				d->p++;
		if (d->p >= d->end)
			break;
	}
	d->p = d->p < d->end ? d->p + 1 : d->end;
}

/* Behind one column's name: to the comma or the end of the list. */
static void
skip_column(struct dump *d)
{
	int depth = 0;
	for (; d->p < d->end; d->p++) {
		if (*d->p == '\'') {
			struct strbuf none AUTO(strbuf_done) = STRBUF_INIT(0);
			take_text(d, &none);
			d->p--;
		} else if (*d->p == '(') {
			depth++;
		} else if (depth == 0 && (*d->p == ',' || *d->p == ')')) {
			return;
		} else if (*d->p == ')') {
			depth--;
		}
	}
}

static void
take_create(struct dump *d)
{
	struct table *t = &d->tables[d->table_count];
	*t = (struct table){0};
	if (take_word(d, "IF") && !(take_word(d, "NOT") && take_word(d, "EXISTS")))
		return;
	if (d->table_count == TABLES_MAX || !take_name(d, t->name) || !take_char(d, '('))
		return;
	do {
		if (t->count < COLUMNS_MAX && take_name(d, t->columns[t->count]))
			t->count++;
		skip_column(d);
	} while (take_char(d, ','));
	d->table_count++;
}

static const struct table *
find_table(const struct dump *d, const char *name)
{
	for (size_t i = 0; i < d->table_count; i++)
		if (!strcasecmp(d->tables[i].name, name))
			return &d->tables[i];
	return NULL;
}

static bool
take_insert(struct dump *d)
{
	struct table *named = &d->named;
	*named = (struct table){0};
	if (!take_name(d, named->name))
		return true; /* none of ours */
	const struct table *t = find_table(d, named->name);
	if (take_char(d, '(')) {
		do {
			if (named->count < COLUMNS_MAX &&
				take_name(d, named->columns[named->count]))
				named->count++;
		} while (take_char(d, ','));
		t = named;
		if (!take_char(d, ')'))
			return false;
	}
	if (!t || !take_word(d, "VALUES"))
		return true;
	d->inserts++;
	do {
		if (!take_char(d, '(') || !take_tuple(d, t))
			return false;
	} while (take_char(d, ','));
	return true;
}

int
import_dump(struct import_list *list, const char *sql, size_t len, struct strbuf *err)
{
	struct dump *d = xcalloc(1, sizeof(*d));
	const char *at = sql;
	bool good = true;
	*d = (struct dump){.list = list, .p = sql, .end = sql + len};
	while (good && (skip_blank(d), d->p < d->end)) {
		at = d->p;
		if (take_word(d, "CREATE") && take_word(d, "TABLE"))
			take_create(d);
		else if (take_word(d, "INSERT") && take_word(d, "INTO"))
			good = take_insert(d);
		if (good)
			skip_statement(d);
	}
	size_t line = 1;
	for (const char *p = sql; p < at; p++)
		line += *p == '\n';
	if (!good)
		strbuf_set(err, "line %zu: this INSERT cannot be read", line);
	else if (!d->inserts)
		strbuf_set(err,
			"there is no INSERT statement in it: expected gammu-smsd's "
			"SQLite file, or a dump of its tables");
	int r = good && d->inserts ? 0 : -EINVAL;
	free(d);
	return r;
}
