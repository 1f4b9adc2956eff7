/* The scripts on the shelf: the newest good version of each file, and older ones that
 * pinned runs still follow. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dialogs/lint.h"
#include "dialogs/script.h"
#include "dialogs/shell_inside.h"

#define SHELF_MAX 2000

struct shelf {
	struct script **scripts;
	struct script_set set;
};

struct shelf *
shelf_new(void)
{
	return xcalloc(1, sizeof(struct shelf));
}

static void
empty(struct shelf *shelf)
{
	for (size_t i = 0; i < shelf->set.count; i++)
		script_free(shelf->scripts[i]);
	free(shelf->scripts);
	*shelf = (struct shelf){0};
}

void
shelf_free(struct shelf *shelf)
{
	if (!shelf)
		return;
	empty(shelf);
	free(shelf);
}

const struct script_set *
shelf_scripts(const struct shelf *shelf)
{
	return &shelf->set;
}

static void
put(struct shelf *shelf, struct script *s)
{
	if (shelf->set.count % 16 == 0)
		shelf->scripts = xrealloc(shelf->scripts,
			(shelf->set.count + 16) * sizeof(*shelf->scripts));
	shelf->scripts[shelf->set.count++] = s;
	shelf->set.scripts = (const struct script **)shelf->scripts;
}

static int
read_file(const char *path, struct strbuf *text, struct strbuf *err)
{
	char chunk[16384];
	size_t n;
	FILE *f = fopen(path, "re");
	if (!f) {
		strbuf_set(err, "%s: %s", path, strerror(errno));
		return -EIO;
	}
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		strbuf_add(text, chunk, n);
	bool bad = ferror(f) != 0;
	fclose(f);
	if (bad || text->full) {
		strbuf_set(err, "%s: %s", path,
			bad ? strerror(EIO) : "longer than a megabyte");
		return -EIO;
	}
	return 0;
}

/* A refused file leaves what was there before: its last good version. */
static struct script *
fall_back(struct dialogs *d, const char *path, const char *id, const char *why)
{
	struct script_row row = {0};
	struct script *s = NULL;
	struct strbuf text = STRBUF_INIT(1 << 20), err = STRBUF_SENTENCE;
	snprintf(row.id, sizeof(row.id), "%s", id);
	bool kept = script_recall(d->db, &row, &text) &&
		    script_parse(path, text.s, text.len, &s, &err) == 0;
	struct strbuf note = STRBUF_INIT(4096);
	strbuf_printf(
		&note, "%s%s", why, kept ? " (its last good version stays in use)" : "");
	dialogs_note(d, "script.refused", 0, note.s);
	strbuf_done(&note);
	strbuf_done(&text);
	strbuf_done(&err);
	return s;
}

/* A file as it was read, before it is judged. */
struct draft {
	struct script *s; /* NULL: refused, and nothing stands in for it */
	char *text;       /* NULL: what stands in for it is kept already */
};

static struct draft
load_one(struct dialogs *d, const char *file)
{
	char path[512], id[64];
	struct draft draft = {NULL, NULL};
	struct strbuf text = STRBUF_INIT(1 << 20), err = STRBUF_INIT(2048);
	size_t stem = strlen(file) - 4;
	snprintf(path, sizeof(path), "%s/%s", d->folder, file);
	if (stem >= sizeof(id)) {
		strbuf_set(&err, "%s: its name is too long", path);
		dialogs_note(d, "script.refused", 0, err.s);
	} else {
		snprintf(id, sizeof(id), "%.*s", (int)stem, file);
		if (read_file(path, &text, &err) == 0 &&
			script_parse(path, text.s, text.len, &draft.s, &err) == 0)
			draft.text = xstrdup(text.s);
		else
			draft.s = fall_back(d, path, id, err.s);
	}
	strbuf_done(&text);
	strbuf_done(&err);
	return draft;
}

/* What `malgil check` refuses is refused here too, with the same sentences. */
static bool
is_good(struct dialogs *d, const struct script *s, const struct script_set *all,
	struct strbuf *why)
{
	struct lint l = {0};
	lint_script(&l, s, all, d->rules);
	for (size_t i = 0; i < l.count; i++)
		if (l.found[i].error)
			strbuf_printf(
				why, "%s%s", why->len ? "; " : "", l.found[i].sentence);
	bool good = !l.errors;
	lint_done(&l);
	return good;
}

static void
judge(struct dialogs *d, struct shelf *fresh, char **texts)
{
	for (size_t i = 0; i < fresh->set.count; i++) {
		struct script *s = fresh->scripts[i], *before;
		struct strbuf why = STRBUF_INIT(2048);
		struct script_row row = {0};
		if (texts[i] && is_good(d, s, &fresh->set, &why)) {
			snprintf(row.id, sizeof(row.id), "%s", s->id);
			snprintf(row.hash, sizeof(row.hash), "%s", s->hash);
			script_keep(d->db, &row, texts[i], dialogs_now(d));
		} else if (texts[i]) {
			before = fall_back(d, s->file, s->id, why.s);
			fresh->scripts[i] = before;
			script_free(s);
		}
		strbuf_done(&why);
		if (fresh->scripts[i])
			continue;
		size_t last = --fresh->set.count; /* what is not judged yet comes here */
		char *text = texts[i];
		fresh->scripts[i] = fresh->scripts[last];
		texts[i] = texts[last];
		texts[last] = text;
		i--;
	}
}

/* The same word at the same rank, and the like: said, and left to the owner. */
static void
judge_together(struct dialogs *d, const struct script_set *set)
{
	struct lint l = {0};
	lint_set(&l, set);
	for (size_t i = 0; i < l.count; i++)
		dialogs_note(d, "script.clash", 0, l.found[i].sentence);
	lint_done(&l);
}

/* Old versions of pinned scripts, behind the newest. */
static void
add_pinned(struct dialogs *d, struct shelf *shelf)
{
	static struct script_row rows[SHELF_MAX];
	size_t n = scripts_followed(d->db, rows, SHELF_MAX);
	for (size_t i = 0; i < n; i++) {
		const struct script *newest = script_find(&shelf->set, rows[i].id, NULL);
		struct script *old = NULL;
		struct strbuf text = STRBUF_INIT(1 << 20), err = STRBUF_SENTENCE;
		if (newest && strcmp(newest->hash, rows[i].hash) != 0 &&
			script_recall(d->db, &rows[i], &text) &&
			script_parse(newest->file, text.s, text.len, &old, &err) == 0) {
			if (old->pin)
				put(shelf, old);
			else
				script_free(old);
		}
		strbuf_done(&text);
		strbuf_done(&err);
	}
}

static int
is_script(const struct dirent *e)
{
	size_t n = strlen(e->d_name);
	return *e->d_name != '.' && n > 4 && !strcmp(e->d_name + n - 4, ".cfg");
}

int
shelf_read(struct dialogs *d, struct strbuf *err)
{
	struct dirent **files;
	int n = scandir(d->folder, &files, is_script, alphasort);
	if (n < 0) {
		int r = -errno;
		strbuf_set(err, "scripts = \"%s\": %s", d->folder, strerror(errno));
		return r;
	}
	struct shelf fresh = {0};
	char **texts = xcalloc((size_t)n + 1, sizeof(*texts));
	for (int i = 0; i < n; i++) {
		struct draft draft = {NULL, NULL};
		if (fresh.set.count < SHELF_MAX)
			draft = load_one(d, files[i]->d_name);
		if (draft.s) {
			texts[fresh.set.count] = draft.text;
			put(&fresh, draft.s);
		}
		free(files[i]);
	}
	free(files);
	size_t loaded = fresh.set.count;
	judge(d, &fresh, texts);
	judge_together(d, &fresh.set);
	for (size_t i = 0; i < loaded; i++)
		free(texts[i]);
	free(texts);
	add_pinned(d, &fresh);
	empty(d->shelf);
	*d->shelf = fresh;
	return 0;
}
