/* The scripts on the shelf: the newest good version of each file, and older ones that
 * pinned runs still follow. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static struct script *
load_one(struct dialogs *d, const char *file)
{
	char path[512], id[64];
	struct script *s = NULL;
	struct strbuf text = STRBUF_INIT(1 << 20), err = STRBUF_INIT(2048);
	size_t stem = strlen(file) - 4;
	snprintf(path, sizeof(path), "%s/%s", d->folder, file);
	if (stem >= sizeof(id)) {
		strbuf_set(&err, "%s: its name is too long", path);
		dialogs_note(d, "script.refused", 0, err.s);
	} else {
		snprintf(id, sizeof(id), "%.*s", (int)stem, file);
		if (read_file(path, &text, &err) == 0 &&
			script_parse(path, text.s, text.len, &s, &err) == 0) {
			struct script_row row = {0};
			snprintf(row.id, sizeof(row.id), "%s", s->id);
			snprintf(row.hash, sizeof(row.hash), "%s", s->hash);
			script_keep(d->db, &row, text.s, dialogs_now(d));
		} else
			s = fall_back(d, path, id, err.s);
	}
	strbuf_done(&text);
	strbuf_done(&err);
	return s;
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
	for (int i = 0; i < n; i++) {
		struct script *s = fresh.set.count < SHELF_MAX
					   ? load_one(d, files[i]->d_name)
					   : NULL;
		if (s)
			put(&fresh, s);
		free(files[i]);
	}
	free(files);
	add_pinned(d, &fresh);
	empty(d->shelf);
	*d->shelf = fresh;
	return 0;
}
