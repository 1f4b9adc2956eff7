#include "gateway/store/instance.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/base/iso.h"
#include "gateway/net/sign.h"
#include "gateway/store/copy.h"
#include "gateway/store/meta.h"

/* ---- who ---- */

static bool
known_id(struct db *db, char ret[INSTANCE_ID])
{
	struct strbuf id AUTO(strbuf_done) = STRBUF_INIT(256);
	bool found = meta_text(db, "instance", &id) && id.len == INSTANCE_ID - 1;
	if (found)
		snprintf(ret, INSTANCE_ID, "%s", id.s);
	return found;
}

void
instance_id(struct db *db, char ret[INSTANCE_ID])
{
	unsigned char bytes[(INSTANCE_ID - 1) / 2];
	if (known_id(db, ret))
		return;
	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		abort();
	for (size_t i = 0; i < sizeof(bytes); i++)
		snprintf(ret + 2 * i, 3, "%02x", bytes[i]);
	meta_set_text(db, "instance", ret);
}

const char *
instance_host(void)
{
	static char name[HOST_NAME_MAX + 1];
	if (gethostname(name, sizeof(name) - 1) != 0 || !*name)
		snprintf(name, sizeof(name), "unknown");
	return name;
}

/* Not the machine's id itself, which is nobody's business: a hash of it. */
static void
fingerprint(struct strbuf *ret)
{
	char id[128] = "";
	struct strbuf md AUTO(strbuf_done) = STRBUF_INIT(64);
	int fd = open("/etc/machine-id", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, id, sizeof(id) - 1);
	if (fd >= 0)
		close(fd);
	if (n < 32)
		snprintf(id, sizeof(id), "%.100s", instance_host());
	id[strcspn(id, "\n")] = '\0';
	struct strbuf said AUTO(strbuf_done) = STRBUF_INIT(256);
	strbuf_printf(&said, "malgil %s", id);
	sign_digest(SIGN_SHA256, said.s, said.len, &md);
	sign_hex(ret, md.s, 16);
}

/* ---- sealing ---- */

int64_t
instance_sealed(struct db *db)
{
	return meta_number(db, "sealed");
}

void
instance_seal(struct db *db, int64_t now)
{
	meta_set_number(db, "sealed", now);
}

void
instance_unseal(struct db *db)
{
	meta_drop(db, "sealed");
}

void
instance_release(struct db *db)
{
	meta_drop(db, "host");
	meta_drop(db, "host.name");
	meta_drop(db, "host.cards");
	meta_drop(db, "place");
	meta_set_number(db, "generation", meta_number(db, "generation") + 1);
}

/* ---- the note in the folder of the backups ---- */

static void
note_path(const char *folder, const char *id, struct strbuf *ret)
{
	strbuf_printf(ret, "%s/malgil-%.8s.serving", folder, id);
}

int
instance_note(struct db *db, const char *folder, int64_t now)
{
	char id[INSTANCE_ID], when[ISO_MAX];
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	struct strbuf part AUTO(strbuf_done) = STRBUF_INIT(4096);
	instance_id(db, id);
	note_path(folder, id, &path);
	strbuf_printf(&part, "%s.part", path.s);
	FILE *out = fopen(part.s, "we");
	if (!out)
		return -errno;
	iso_format(now, 0, when);
	fprintf(out, "%" PRId64 " %s %s\n", meta_number(db, "generation"), when,
		instance_host());
	bool good = fflush(out) == 0 && fsync(fileno(out)) == 0;
	good = fclose(out) == 0 && good && rename(part.s, path.s) == 0;
	if (!good)
		unlink(part.s);
	return good ? 0 : -EIO;
}

static int
check_note(struct db *db, const char *folder, const char *id, struct strbuf *err)
{
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	char when[ISO_MAX] = "", host[HOST_NAME_MAX + 1] = "";
	long long generation = 0;
	note_path(folder, id, &path);
	FILE *in = fopen(path.s, "re");
	if (!in)
		return 0;
	int n = fscanf(in, "%lld %39s %64s", &generation, when, host);
	fclose(in);
	if (n != 3 || generation <= meta_number(db, "generation"))
		return 0;
	strbuf_set(err,
		"%s is out of date: its customers were restored or moved to '%s' on "
		"%.10s (%s says so), and that one serves them now. Two at once would "
		"text people twice and forget their STOPs. If that one is gone for good: "
		"malgil move --here",
		db_path(db), host, when, path.s);
	return -EPERM;
}

/* ---- claiming ---- */

static void
say_lease(struct db *db, int64_t now, struct strbuf *ret)
{
	/* ids begin with their time */
	int64_t newest = db_number(db, 0, "SELECT max(id) FROM events", "") >> 20;
	int64_t ago = now - MAX(newest, meta_number(db, "started"));
	if (ago < 2 * MINUTE)
		strbuf_puts(ret, "a moment ago");
	else if (ago < 2 * HOUR)
		strbuf_printf(ret, "%" PRId64 " minutes ago", ago / MINUTE);
	else if (ago < 2 * DAY)
		strbuf_printf(ret, "%" PRId64 " hours ago", ago / HOUR);
	else
		strbuf_printf(ret, "%" PRId64 " days ago", ago / DAY);
}

static int
check_host(struct db *db, const char *host, int64_t now, struct strbuf *err)
{
	struct strbuf before AUTO(strbuf_done) = STRBUF_INIT(256);
	struct strbuf name AUTO(strbuf_done) = STRBUF_INIT(256);
	struct strbuf when AUTO(strbuf_done) = STRBUF_INIT(64);
	if (!meta_text(db, "host", &before) || !before.len || !strcmp(before.s, host))
		return 0;
	meta_text(db, "host.name", &name);
	say_lease(db, now, &when);
	strbuf_set(err,
		"%s was served by another computer, '%s', %s. Two gateways with the same "
		"customers would text people twice and forget their STOPs. If that one "
		"is "
		"stopped for good: malgil move --here",
		db_path(db), name.s, when.s);
	return -EPERM;
}

static int
check_cards(struct db *db, const char *cards, struct strbuf *err)
{
	struct strbuf before AUTO(strbuf_done) = STRBUF_INIT(512);
	if (!meta_text(db, "host.cards", &before) ||
		!instance_cards_strange(before.s, cards))
		return 0;
	strbuf_set(err,
		"%s was served by a computer with other network cards: this looks like "
		"its disk, or a copy of it, in another one. Two gateways with the same "
		"customers would text people twice and forget their STOPs. If that one "
		"is stopped for good, or only its cards were changed: malgil move "
		"--here",
		db_path(db));
	return -EPERM;
}

/* Is there still a store with this id at the place this one was served from? */
static bool
still_there(struct db *db, const char *place, const char *id)
{
	struct stat here, there;
	char url[PATH_MAX + 8], other[INSTANCE_ID];
	struct db *old = NULL;
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	if (stat(place, &there) != 0 || stat(db_path(db), &here) != 0 ||
		(here.st_dev == there.st_dev && here.st_ino == there.st_ino))
		return false;
	snprintf(url, sizeof(url), "sqlite:%s", place);
	if (db_open(url, DB_READER, &old, &err) < 0)
		return false;
	bool same = known_id(old, other) && !strcmp(other, id) && !instance_sealed(old);
	db_close(old);
	return same;
}

static int
check_place(struct db *db, const char *place, const char *id, struct strbuf *err)
{
	struct strbuf before AUTO(strbuf_done) = STRBUF_INIT(PATH_MAX);
	if (!meta_text(db, "place", &before) || !strcmp(before.s, place) ||
		!still_there(db, before.s, id))
		return 0;
	strbuf_set(err,
		"%s is a copy of %s, which is still there. Two gateways with the same "
		"customers would text people twice and forget their STOPs. If this is to "
		"be the one from now on: malgil move --here",
		place, before.s);
	return -EPERM;
}

/* The sockets and locks of a folder belong to one store: another shop's configuration
 * that was copied with its run_dir would answer for this one. */
static int
check_run_dir(struct db *db, const char *run_dir, const char *id, struct strbuf *err)
{
	char path[PATH_MAX], there[INSTANCE_ID] = "", place[PATH_MAX] = "";
	snprintf(path, sizeof(path), "%s/instance", run_dir);
	FILE *in = fopen(path, "re");
	if (!in)
		return 0;
	int n = fscanf(in, "%16s %4095[^\n]", there, place);
	fclose(in);
	if (n < 1 || !strcmp(there, id) || !*place || access(place, F_OK) != 0 ||
		!strcmp(place, db_path(db)))
		return 0;
	strbuf_set(err,
		"run_dir %s belongs to another store, %s (its file 'instance' says so). "
		"Give each store a run_dir of its own; or, if that store is not served "
		"any more, delete %s",
		run_dir, place, path);
	return -EPERM;
}

static void
write_run_dir(const char *run_dir, const char *id, const char *place)
{
	char path[PATH_MAX];
	snprintf(path, sizeof(path), "%s/instance", run_dir);
	FILE *out = fopen(path, "we");
	if (!out)
		return;
	fprintf(out, "%s %s\n", id, place);
	fclose(out);
}

int
instance_claim(struct db *db, const char *run_dir, const char *folder, int64_t now,
	struct strbuf *err)
{
	char id[INSTANCE_ID], place[PATH_MAX], when[ISO_MAX];
	struct strbuf host AUTO(strbuf_done) = STRBUF_INIT(256);
	struct strbuf cards AUTO(strbuf_done) = STRBUF_INIT(512);
	int64_t sealed = instance_sealed(db);
	if (sealed) {
		iso_format(sealed, 0, when);
		strbuf_set(err,
			"%s was moved to another computer on %.10s and is sealed: the "
			"customers are served there. If that never happened: malgil move "
			"--back",
			db_path(db), when);
		return -EPERM;
	}
	instance_id(db, id);
	fingerprint(&host);
	if (!realpath(db_path(db), place))
		snprintf(place, sizeof(place), "%s", db_path(db));
	instance_cards(&cards);
	int r = check_host(db, host.s, now, err);
	if (!r)
		r = check_cards(db, cards.s, err);
	if (!r)
		r = check_place(db, place, id, err);
	if (!r && run_dir)
		r = check_run_dir(db, run_dir, id, err);
	if (!r && folder)
		r = check_note(db, folder, id, err);
	if (r) {
		db_rollback(db);
		return r;
	}
	meta_set_text(db, "host", host.s);
	meta_set_text(db, "host.name", instance_host());
	if (cards.len)
		meta_set_text(db, "host.cards", cards.s);
	meta_set_text(db, "place", place);
	r = db_commit(db);
	if (r)
		strbuf_set(err, "the store cannot be written: %s", db_error(db));
	else if (run_dir)
		write_run_dir(run_dir, id, place);
	return r;
}
