/* libconfig files, read strictly against a schema that is a const table.
 *
 * Every error is one sentence: file, line, what was found, what was expected and the
 * nearest valid name. What libconfig cannot parse gives one; reading goes on after a
 * mistake and gives them all, one a line, as far as the buffer reaches. A checker in
 * front turns what libconfig reports badly (a byte order mark, bad UTF-8, a string with
 * an unclosed quote, an integer out of range) into such a sentence too. A failed read may
 * have filled part of its destination: callers read into a fresh struct, and swap it in
 * whole when all of it was good. */
#ifndef MALGIL_BASE_CONF_H
#define MALGIL_BASE_CONF_H

#include "gateway/base/strbuf.h"

enum conf_type {
	CONF_TEXT,     /* char *: non-empty UTF-8 */
	CONF_INT,      /* int64_t within [min, max] */
	CONF_BOOL,     /* bool */
	CONF_DURATION, /* int64_t ms: "90s", "30m", "4h", "2d", "3mo" (30 d each) within
			  [min, max] */
	CONF_GROUP, /* a nested group, read by `sub` into the same destination struct */
	CONF_EACH,  /* a group whose keys are names: `each` is called for every member */
	CONF_ANY,   /* accepted and left to whoever reads the raw group */
};

struct conf; /* one parsed file */
struct conf_node;

struct conf_key {
	const char *name; /* NULL ends a table */
	enum conf_type type;
	size_t offset; /* of the member in the destination */
	bool required;
	int64_t min, max; /* both 0: no bound */
	const struct conf_key *sub;
	int (*each)(void *dest, const char *name, const struct conf_node *node,
		struct strbuf *err);
};

/* Parses `path`. 0 and a document for conf_close(); -EINVAL or -errno with the sentence.
 */
int conf_open(const char *path, struct conf **ret_conf, struct strbuf *err) MUST_USE;
/* The same for text in memory; `name` stands in the messages. */
int conf_parse(const char *name, const char *text, size_t len, struct conf **ret_conf,
	struct strbuf *err) MUST_USE;
/* Which folder that comes with the program holds the file `probe`: one of `places`, from
 * where the program itself lies (links followed; NULL ends them), or `here`. False, and
 * `here`, when none does. */
bool conf_find_folder(const char *const *places, const char *here, const char *probe,
	struct strbuf *ret);
void conf_close(struct conf *conf);
const struct conf_node *conf_root(const struct conf *conf);

/* Reads a group into `dest` by the table. Strings are copied with malloc; the
 * destination's owner frees them with conf_free(). Members not mentioned keep what `dest`
 * held (defaults). */
int conf_read(const struct conf_node *group, const struct conf_key *keys, void *dest,
	struct strbuf *err) MUST_USE;
/* Frees what conf_read() allocated for the table's texts and clears those members. */
void conf_free(const struct conf_key *keys, void *dest);

/* Walking, for readers that know better than a table (scripts, profiles). A missing
 * member is NULL; conf_text() of anything but a string is NULL. conf_line() is 1-based.
 */
size_t conf_count(const struct conf_node *group);
const struct conf_node *conf_at(const struct conf_node *group, size_t i);
const struct conf_node *conf_get(const struct conf_node *group, const char *name);
const char *conf_name(const struct conf_node *node);
const char *conf_text(const struct conf_node *node);
bool conf_is_group(const struct conf_node *node);
/* Whole numbers and truths: false for anything else. */
bool conf_int(const struct conf_node *node, int64_t *ret);
bool conf_bool(const struct conf_node *node, bool *ret);
/* "a text", "a group { }": what it is, for a sentence. */
const char *conf_kind(const struct conf_node *node);
unsigned conf_line(const struct conf_node *node);
const char *conf_file(const struct conf_node *node);
/* Appends a line to err, "FILE:LINE: " and the formatted sentence; returns -EINVAL. */
int conf_fail(const struct conf_node *node, struct strbuf *err, const char *fmt, ...)
	PRINTF_LIKE(3, 4);

/* "4h" and friends: 0 and milliseconds, or -EINVAL. */
int conf_duration(const char *text, int64_t *ret_ms) MUST_USE;

/* What came of two checks, both of which were to be made: the worse. */
static inline int
conf_both(int a, int b)
{
	return a < b ? a : b;
}

#endif
