/* The port to the world: what a channel asks of a driver, and what a driver tells a
 * channel.
 *
 * A channel is one way out and in: a SIM in a modem, a phone, a cloud account. A driver
 * turns the world into channel_*() calls and nothing more: it never retries a message,
 * routes, stores or schedules. Core owns `struct channel`, the driver owns `struct
 * driver`.
 *
 * Promises of every driver:
 *  1. send() never blocks and keeps no borrowed pointer. It may be called from inside
 *     channel_outcome() and channel_ready(), and only while the channel is ready and has
 *     fewer than `in_flight` sends without outcome.
 *  2. Every send() is answered by exactly one channel_outcome(), at the latest when the
 *     driver is closed, unless withdraw() took it back. channel_evidence() may follow
 *     later, any number of times.
 *  3. Nothing that could make the network accept the message (the PDU's last byte, 0x1A;
 *     the HTTP request) leaves before release(); before release() the driver may already
 *     do what can be taken back, such as AT+CMGS=<length>.
 *  4. What was received is acknowledged to the network (CMGD, CNMA, HTTP 200) only from
 *     committed().
 *  5. close() leaves no timer, watch, lock or request behind, and calls nothing
 *     afterwards.
 *  6. It runs under any clock, on the loop it was given, and calls channel_*() only from
 *     the loop's thread.
 *
 * Promises of core: send() is followed by exactly one release() or withdraw() of that
 * attempt (in the order of the sends); callbacks never close the driver from inside a
 * call it makes. */
#ifndef MALGIL_CORE_DRIVER_H
#define MALGIL_CORE_DRIVER_H

#include "gateway/base/conf.h"
#include "gateway/base/loop.h"
#include "gateway/core/raw.h"

struct channel;
struct driver; /* each driver defines its own; core only passes the pointer */

enum driver_caps {
	DRIVER_TPDU =
		1, /* wants SMS-SUBMIT TPDUs, one send() a segment; else whole texts */
	DRIVER_UNICODE = 2,
	DRIVER_REPORTS = 4,
	DRIVER_INBOUND = 8,
	DRIVER_FLASH = 16,
	DRIVER_COMMAND = 32, /* has a console */
};

/* One segment (DRIVER_TPDU) or one text, borrowed for the call. */
struct outgoing {
	uint64_t attempt;    /* the journal row this is */
	const char *to;      /* E.164 or short code */
	const uint8_t *tpdu; /* SMS-SUBMIT with TP-MR 0, no SMSC prefix */
	size_t tpdu_len;
	const char *text;     /* the whole text, UTF-8 */
	unsigned part, parts; /* 1-based */
	uint64_t message;     /* the same whenever this text is tried again */
	const char *category; /* of the message: "reply", "marketing" ... */
	bool more; /* another segment for `to` follows at once (a hint for AT+CMMS) */
};

enum send_outcome {
	SEND_SENT,     /* the network took it */
	SEND_LATER,    /* it certainly did not go out; it may be tried again */
	SEND_REJECTED, /* it certainly did not go out and never will as it is */
	SEND_UNKNOWN,  /* it may have gone out */
};

struct outcome {
	enum send_outcome what;
	int reference;   /* SENT: TP-MR 0..255, -1 when the network did not say */
	const char *id;  /* SENT by a cloud: its id, else NULL */
	int code;        /* CMS/CME/HTTP number, -1 none */
	const char *why; /* a sentence, NULL for SENT; borrowed */
	bool again; /* REJECTED: such refusals have been seen to be mistaken, once more is
		       worth it */
	bool handed_over;   /* LATER, REJECTED: the modem said so after it had the whole
			       message; what a late answer to another would look like */
	bool channel_fault; /* LATER: the channel's trouble (no network, no credit, SIM
			       busy), not the message's: it costs the message no try, and
			       the channel rests */
	bool nobody;        /* REJECTED: nobody has this number, says who knows */
	int64_t rest; /* with channel_fault: ms the channel should not be used, 0 default
		       */
	const char *price; /* SENT: what it costs as the provider told it, "0.0075 USD";
			      NULL it did not */
	enum refusal {
		REFUSAL_OTHER,
		REFUSAL_OPTED_OUT, /* they told the provider to stop: the ledger hears */
		REFUSAL_NOBODY,    /* nobody has that number */
	} refusal;                 /* REJECTED */
};

enum evidence {
	EVIDENCE_ACCEPTED, /* the network confirms it has it; `reference` as in outcome */
	EVIDENCE_NEVER_LEFT, /* proof that it was not submitted */
};

enum incoming_kind {
	INCOMING_TPDU, /* SMS-DELIVER or SMS-STATUS-REPORT octets */
	INCOMING_JUNK, /* what stood where a TPDU should: kept and shown, never decoded */
};

struct incoming {
	enum incoming_kind kind;
	uint64_t token; /* handed back to committed(); 0: nothing to acknowledge */
	bool direct; /* handed over and stored nowhere: `token` is the network's, and is
			acknowledged also on a SIM that is not adopted */
	const uint8_t *bytes; /* TPDU without SMSC prefix, or the junk as it came */
	size_t len;           /* at most 1024 */
	const char *smsc;     /* "" when unknown */
	unsigned occurrence;  /* 1 + how many other slots hold the same octets right now:
				 two slots  present together are two messages, the same
				 slot  read twice is one */
};

/* Who the channel turned out to be. Empty string: not known. */
struct channel_identity {
	char manufacturer[48], model[48], revision[64], profile[32];
	char imei[24], iccid[24], imsi[24], own_number[24];
};

/* What channels status shows; the driver keeps it current through channel_facts(). */
struct channel_facts {
	char operator_name[48];
	char registration[24]; /* "home", "roaming", "searching", "denied", ... "unknown"
				*/
	int signal_dbm;        /* 0: unknown */
	int storage_used, storage_total; /* -1 unknown */
	char device[128];                /* the path in use now */
	char recovery[32]; /* the remedy at work on a sick device, "" none */
	/* What becomes of status reports that come while the gateway is down: "kept",
	 * "kept_if_stopped" (not when it is cut off), "lost", "" not known. */
	char reports[16];
};

struct driver_env {
	struct loop *loop;
	struct channel *channel;
	const struct conf_node
		*config;        /* the channel's group; lives as long as the driver */
	const char *lock_dir;   /* where lock files may be made */
	const char *notes_dir;  /* firmware-notes or its installed place */
	const char *public_url; /* api.public, NULL not told */
};

/* One thing a doctor found, in English and Korean ("" when there is nothing to add). */
enum exam_level { EXAM_GOOD, EXAM_NOTE, EXAM_TROUBLE };
struct exam_finding {
	const char *channel; /* "" the machine */
	enum exam_level level;
	const char *en, *ko;
};
struct exam {
	const char *lock_dir, *notes_dir;
	void (*say)(void *arg, const struct exam_finding *finding);
	void *arg;
};

/* A device as a configuration names it, "" where it does not. */
struct device_names {
	char path[4096]; /* without links in it, where it is plugged in */
	char imei[24];
};

/* A device that is plugged in now. */
struct device_found {
	char device[160]; /* as a configuration names it */
	char product[64]; /* "" not told */
};

struct driver_ops {
	const char *name; /* as in `driver = "at"` */
	unsigned caps;    /* enum driver_caps */
	unsigned in_flight;

	/* Validates the channel's group without touching the world. 0 or -EINVAL,
	 * sentence. */
	int (*check)(const struct conf_node *config, struct strbuf *err);
	/* Would these two channels use one device? May be NULL: never. */
	bool (*clash)(const struct conf_node *a, const struct conf_node *b);
	/* What a group says of its device, for comparing it with another driver's. May be
	 * NULL: nothing another could open. */
	void (*names)(const struct conf_node *config, struct device_names *ret);
	/* What is plugged in that it might work with, at most `max`; opens nothing. May
	 * be NULL. */
	size_t (*plugged)(struct device_found *ret, size_t max);
	/* Starts working; failure to find the device is not an error here but
	 * channel_down(). NULL with a sentence only for what cannot heal by itself. */
	struct driver *(*open)(const struct driver_env *env, struct strbuf *err);
	void (*close)(struct driver *d);

	void (*send)(struct driver *d, const struct outgoing *out);
	void (*release)(struct driver *d, uint64_t attempt); /* durable: go */
	void (*withdraw)(
		struct driver *d, uint64_t attempt); /* not durable: undo, no outcome */
	void (*committed)(struct driver *d, uint64_t token); /* durable: acknowledge */
	/* Something else says that the network has this attempt, which is still under way
	 * (its status report came): the device's own answer, should it be lost, is not
	 * worth its full time any more. The outcome is what it would be. May be NULL. */
	void (*hurry)(struct driver *d, uint64_t attempt);

	/* Console: one command line; the answer comes through channel_command_done().
	 * -EBUSY, -EPERM (with a sentence) for commands that must not be typed by hand.
	 * May be NULL. */
	int (*command)(
		struct driver *d, const char *line, uint64_t ticket, struct strbuf *err);
	/* Dials a USSD code; the answer comes through channel_command_done(), as a text
	 * for people. -EINVAL, -EBUSY with a sentence. May be NULL. */
	int (*ussd)(
		struct driver *d, const char *code, uint64_t ticket, struct strbuf *err);
	/* The last of the wire, oldest first, one "> " or "< " line each, PINs masked.
	 * May be NULL. */
	void (*trace)(struct driver *d, struct strbuf *out);
	/* Looks at a channel's device, or (channel NULL) at the machine, without the
	 * gateway; changes nothing and may wait. Returns how many things are wrong. May
	 * be NULL. */
	unsigned (*examine)(const char *channel, const struct conf_node *config,
		const struct exam *exam);
	/* A person asks for a full restart of the device. May be NULL. */
	void (*reset)(struct driver *d);

	/* Somebody, anybody, sent a request to /hooks/CHANNEL of the API: nothing about
	 * it is proven before the driver has checked its signature. What it brings goes
	 * through channel_received() and its sisters at once; `res` is sent when that is
	 * durable, and 503 instead when it is not. 0; -EACCES when the signature is wrong
	 * (403), -EINVAL when it cannot be understood (400), -ENOENT when there is no
	 * such address (404), each with a sentence in res->body. May be NULL. */
	int (*webhook)(
		struct driver *d, const struct raw_request *rq, struct raw_response *res);
	/* What webhook() staged by channel_hook(), in a later tick: it comes back through
	 * channel_text(), channel_report(), channel_opted_out(). False with a sentence:
	 * nobody understands it, and it is kept and shown. NULL with webhook(). */
	bool (*interpret)(
		struct driver *d, const void *bytes, size_t len, struct strbuf *err);
	/* Reads a file of the driver's own kind (a provider's profile) and says in a
	 * sentence what it is. -EINVAL with a line for every mistake. May be NULL. */
	int (*about)(const char *path, struct strbuf *ret, struct strbuf *err);
	/* The exact request of a text, secrets masked, for `channels test --dry-run`;
	 * touches nothing. -EINVAL with a sentence. May be NULL. */
	int (*preview)(const struct driver_env *env, const struct outgoing *out,
		struct strbuf *ret, struct strbuf *err);
};

/* ---- what a driver tells its channel (gateway/core/channel.c) ---- */

/* Who it is: called as soon as that is known, before the first channel_received() of a
 * life of the device, and again whenever it turns out to be another SIM. */
void channel_identify(struct channel *ch, const struct channel_identity *who);
/* Does another channel of this gateway hold the same modem with the same SIM right now?
 * True with a sentence. */
bool
channel_taken(struct channel *ch, const struct channel_identity *who, struct strbuf *err);
/* The channel may send: identified, registered, and what lay on the SIM has been handed
 * over. Called again after every channel_down(). */
void channel_ready(struct channel *ch);
/* The SIM's last used TP-MR (EF_SMSS) as read while nothing was in flight. */
void channel_sim_reference(struct channel *ch, int mr);
/* The channel may not send for now; sends without outcome are answered by the driver
 * first. `blocked` means a person must act (PIN, wrong SIM): it is said louder. */
void channel_down(struct channel *ch, bool blocked, const char *why);
void channel_facts(struct channel *ch, const struct channel_facts *facts);
/* The device said something, whatever it was: it is there. */
void channel_heard(struct channel *ch);
void channel_outcome(struct channel *ch, uint64_t attempt, const struct outcome *outcome);
/* `attempt` 0: the driver cannot tell which; core credits the channel's one open doubt.
 */
void
channel_evidence(struct channel *ch, uint64_t attempt, enum evidence kind, int reference);
void channel_received(struct channel *ch, const struct incoming *in);
/* Somebody rang, and nobody answers here; `number` "" when it was withheld. Once a call.
 */
void channel_called(struct channel *ch, const char *number);

/* ---- the same for whole texts, from providers (gateway/core/providers.c) ---- */

/* At most so many sends without outcome from now on; 0: as many as the driver's ops say.
 */
void channel_window(struct channel *ch, unsigned in_flight);
/* A webhook as it came, proven to be the provider's: stored, and interpreted later. The
 * same bytes again within three days are not stored. False: too large. */
bool channel_hook(struct channel *ch, const void *bytes, size_t len) MUST_USE;

struct incoming_text {
	const char *id; /* the provider's: the same id is the same text */
	const char *from, *text;
	int64_t sent_at; /* 0 not told */
	/* Of a part of a long text; total 0: whole. */
	const char *ref;
	int part, total;
};
void channel_text(struct channel *ch, const struct incoming_text *text);

enum report_state {
	REPORT_STATE_PENDING, /* the provider has it */
	REPORT_STATE_DELIVERED,
	REPORT_STATE_UNDELIVERED,
	REPORT_STATE_EXPIRED,
};
struct incoming_report {
	const char *id;   /* the provider's, "" not told */
	uint64_t message; /* ours as it came back, 0 not told */
	enum report_state state;
	const char *why;   /* for people */
	const char *price; /* "" not told */
	enum refusal refusal;
	const char *phone; /* whom it was for, "" not told */
};
void channel_report(struct channel *ch, const struct incoming_report *report);
/* They told the provider to stop. `words` is the proof: which signal it was. */
void channel_opted_out(struct channel *ch, const char *phone, const char *words);
/* A doubt is settled by looking it up. */
void channel_found(struct channel *ch, uint64_t attempt, const char *id);

/* What is still to be asked about: texts with nothing final reported, after `after`; and
 * open doubts, newest first. */
struct asked {
	uint64_t attempt, message;
	char id[128];
	char phone[48];
};
size_t
channel_unreported(struct channel *ch, uint64_t after, struct asked *ret, size_t max);
size_t channel_doubts(struct channel *ch, struct asked *ret, size_t max);
/* Something a person should know: an event and a log line ("sim.storage_high", sentence).
 */
void channel_notice(struct channel *ch, const char *event, const char *sentence);
void channel_command_done(struct channel *ch, uint64_t ticket, const char *answer);

/* A driver's durable memory (which PIN was tried on which SIM): small texts by key, kept
 * in the store. Reading gives "" when there is none. Writing calls `then(arg)` once it is
 * durable; if the tick fails `then` is not called and the driver may ask again. */
void channel_recall(struct channel *ch, const char *key, char *ret, size_t size);
void channel_remember(struct channel *ch, const char *key, const char *value,
	void (*then)(void *arg), void *arg);

/* Null-terminated, defined by the composition root: the only list of concrete drivers. */
extern const struct driver_ops *const drivers[];

#endif
