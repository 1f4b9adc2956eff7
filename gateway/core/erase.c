#include "gateway/core/erase.h"

#include <errno.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>

#include "gateway/core/consent.h"
#include "gateway/core/night.h"
#include "gateway/core/queue.h"
#include "gateway/core/tickets.h"
#include "gateway/store/key.h"
#include "gateway/store/messages.h"
#include "gateway/store/sweep.h"
#include "gateway/store/tickets.h"

#define SOME 64   /* texts in one tick */
#define WALK 2000 /* events in one tick */

/* ---- the key ---- */

static int
check_key(struct core *core, const char *path, const struct store_key *key,
	struct strbuf *err)
{
	if (store_key_fits(core->db, key) == KEY_FITS) {
		store_key_known(core->db, key);
		return 0;
	}
	strbuf_set(err,
		"%s is not the key this store's forgotten numbers are known by; put the "
		"right one back: malgil restore --key CODE",
		path);
	return -EKEYREJECTED;
}

static int
get_key(struct core *core, bool make, struct store_key *key, struct strbuf *err)
{
	char path[4096];
	store_key_path(db_path(core->db), path);
	int r = store_key_read(path, key);
	bool free_to_make =
		!suppressions_any(core->db) || store_key_given_up(core->db) != 0;
	if (r == -ENOENT && make && free_to_make)
		r = store_key_make(path, key);
	if (!r)
		return check_key(core, path, key, err);
	strbuf_set(err,
		"%s, by which forgotten numbers are known, cannot be read (%s); put it "
		"back: malgil restore --key CODE",
		path, strerror(-r));
	return r;
}

int
erase_key_ready(struct core *core, struct strbuf *err)
{
	struct store_key key;
	int r = get_key(core, true, &key, err);
	store_key_wipe(&key);
	return r;
}

/* The one from before it was given up, when it turned up after all. */
static int
get_old_key(struct core *core, struct store_key *key)
{
	char path[4096 + 8], now[4096];
	store_key_path(db_path(core->db), now);
	snprintf(path, sizeof(path), "%s.old", now);
	return store_key_read(path, key);
}

static void
hash_number(const struct store_key *key, const char *phone, char ret[65])
{
	unsigned char digest[32];
	unsigned len = 0;
	HMAC(EVP_sha256(), key->bytes, KEY_BYTES, (const unsigned char *)phone,
		strlen(phone), digest, &len);
	for (unsigned i = 0; i < 32; i++)
		snprintf(ret + 2 * i, 3, "%02x", digest[i]);
}

/* ---- a number comes back ---- */

static bool
is_listed(struct core *core, const struct store_key *key, const char *phone,
	char ret_scope[12], int64_t *ret_at)
{
	char hash[65];
	hash_number(key, phone, hash);
	return suppression_find(core->db, hash, ret_scope, ret_at);
}

static void
look_up(struct core *core, struct contact *c)
{
	char scope[12];
	int64_t at;
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct store_key key, old;
	bool now = get_key(core, false, &key, &err) == 0;
	bool before = get_old_key(core, &old) == 0;
	bool found = (now && is_listed(core, &key, c->phone, scope, &at)) ||
		     (before && is_listed(core, &old, c->phone, scope, &at));
	store_key_wipe(&key);
	store_key_wipe(&old);
	if (!found && !now && !before)
		core_event(core, &(struct event){.name = "contact.unchecked",
					 .contact = c->id,
					 .detail = err.s});
	if (!found)
		return;
	snprintf(c->stopped, sizeof(c->stopped), "%s", scope);
	c->stopped_at = c->suppressed = at;
	contact_set_stopped(core->db, c->id, scope, at);
	contact_set_suppressed(core->db, c->id, at);
	core_event(core, &(struct event){.name = "contact.returned",
				 .contact = c->id,
				 .detail = "it was forgotten; it stays stopped"});
}

bool
contact_meet(struct core *core, const char *phone, int64_t now, struct contact *ret,
	bool *ret_new)
{
	if (!contact_take(core->db, phone, core_id(core), now, ret, ret_new))
		return false;
	if (*ret_new && suppressions_any(core->db))
		look_up(core, ret);
	return true;
}

/* ---- forgetting ---- */

static void
kept_until(struct core *core, const struct contact *c, struct erase_report *ret)
{
	const struct pack *pack = consent_pack(core, c->phone);
	int64_t newest = pack->keep_consent ? consent_newest(core->db, c->id) : 0;
	ret->kept = newest && newest + pack->keep_consent > core_now(core)
			    ? newest + pack->keep_consent
			    : 0;
	snprintf(ret->pack, sizeof(ret->pack), "%s", pack->country);
}

static void
take_back(struct core *core, uint64_t contact)
{
	uint64_t ids[64];
	size_t n;
	while (!db_poisoned(core->db) &&
		(n = messages_unsent(core->db, contact, NULL, ids, ARRAY_LEN(ids)))) {
		for (size_t i = 0; i < n; i++) {
			struct message m;
			if (!message_load(core->db, ids[i], &m))
				return;
			message_move(core->db, &m, MESSAGE_CANCELED,
				"consent: the person was forgotten", core_now(core));
			core_event(core, &(struct event){"message.canceled", m.id,
						 contact, 0, "the person was forgotten"});
			message_done(&m);
		}
	}
	queue_settle(core->queue, contact);
}

static void
close_ticket(struct core *core, uint64_t contact, const char *operator_name)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	uint64_t id = ticket_open_for(core->db, contact);
	if (id && tickets_close(core, id, operator_name, "forgotten", true, &err) < 0)
		core_event(core, &(struct event){.name = "contact.ticket_left",
					 .contact = contact,
					 .detail = err.s});
}

static int
erase(struct core *core, const struct erase_wish *wish, const struct contact *c,
	const struct erase_report *report, struct strbuf *err)
{
	struct store_key key;
	char hash[65];
	const char *by = wish->operator_name ? wish->operator_name : "";
	struct erasure e = {.contact = c->id, .at = core_now(core), .kept = report->kept};
	if (get_key(core, true, &key, err) < 0)
		return -EAGAIN;
	hash_number(&key, c->phone, hash);
	store_key_wipe(&key);
	suppression_put(core->db, hash, report->scope, e.at);
	close_ticket(core, c->id, by); /* a script may say something to that */
	take_back(core, c->id);
	erasure_begin(core->db, &e, c->phone, by, wish->why ? wish->why : "");
	core_event(core, &(struct event){.name = "contact.forgotten", .contact = c->id});
	if (db_poisoned(core->db)) {
		strbuf_set(err, "the store cannot be written (%s)", db_error(core->db));
		return -EAGAIN;
	}
	night_wake(core);
	return 0;
}

int
erase_contact(struct core *core, const struct erase_wish *wish, struct erase_report *ret,
	struct strbuf *err)
{
	struct contact c;
	*ret = (struct erase_report){0};
	if (!contact_find(core->db, wish->phone, &c)) {
		strbuf_set(err, "nothing is known about %s", wish->phone);
		return -ENOENT;
	}
	ret->contact = c.id;
	snprintf(ret->scope, sizeof(ret->scope), "%s",
		*c.stopped ? c.stopped : "marketing");
	erasure_count(core->db, c.id, c.phone, &ret->counts);
	kept_until(core, &c, ret);
	return wish->dry ? 0 : erase(core, wish, &c, ret, err);
}

bool
erase_some(struct core *core)
{
	struct erasure e;
	if (!erasure_next(core->db, &e))
		return false;
	if (erasure_empty_texts(core->db, &e, SOME) > 0 ||
		erasure_walk_events(core->db, &e, WALK) > 0)
		return true;
	/* what is just being sent has its text until the network has answered */
	if (erasure_texts_left(core->db, e.contact))
		return false;
	if (erasure_sweep(core->db, e.contact, WALK / 4) > 0)
		return true;
	erasure_finish(core->db, e.contact, core_now(core));
	core->wash_log = true;
	core_event(core, &(struct event){.name = "contact.erased", .contact = e.contact});
	return true;
}
