/* One phone and the thread that talks to it, because libgammu's calls block.
 *
 * The driver asks by jobs and hears by letters; the two threads share nothing else. What
 * the phone does: it takes the device's lock, connects, says who is there (or that the
 * SIM wants its PIN), empties the storage by telling it, then does its jobs, listens, and
 * looks at everything again now and then. When the phone goes it says so and tries again
 * for ever. It knows nothing of channels, commits, or the store.
 *
 * A call into libgammu can be made to end (phone_hurry), but one stuck in the kernel
 * cannot: phone_stop() waits for a moment and then leaves the thread to itself. It posts
 * nothing any more, keeps the device's lock while it holds the device, and ends with its
 * call. */
#ifndef MALGIL_GAMMU_PHONE_H
#define MALGIL_GAMMU_PHONE_H

#include "drivers/gammu/config.h"
#include "gateway/base/mailbox.h"
#include "gateway/core/driver.h"

struct phone;

#define PLACE_NONE (-1) /* `memory` of what was handed over and lies nowhere */

/* Where a message lies, in libgammu's terms. */
struct place {
	int memory, folder, location;
};

enum job_kind {
	JOB_SEND,   /* id, octets: answered by one LETTER_OUTCOME */
	JOB_DELETE, /* id, place: LETTER_DELETED */
	JOB_PIN,    /* text: answered by LETTER_PIN */
	JOB_USSD,   /* text */
	JOB_RESTART,
};

struct job {
	enum job_kind kind;
	uint64_t id;
	struct place place;
	uint8_t octets[200];
	size_t len;
	char text[64];
	struct job *next; /* the phone's */
};

enum letter_kind {
	LETTER_LOCKED,   /* the SIM wants its PIN: who.imei; waits for JOB_PIN */
	LETTER_PIN,      /* good: it was the right one; registered: it was wrong */
	LETTER_WHO,      /* connected: who */
	LETTER_FACTS,    /* facts */
	LETTER_TOLD,     /* everything that was stored has been told */
	LETTER_INCOMING, /* place, octets; junk: `text` says what was there */
	LETTER_DELETED,  /* id; good: the place is free */
	LETTER_BEGUN,    /* id: from here on the send may leave */
	LETTER_OUTCOME,  /* id, outcome; text is why */
	LETTER_EVIDENCE, /* id, good: accepted with outcome.reference; else never left */
	LETTER_CALL,     /* text: the number */
	LETTER_USSD,     /* text */
	LETTER_DOWN,     /* text is why; good: a person must act */
};

struct letter {
	enum letter_kind kind;
	void *arg; /* of the setup */
	bool good;
	uint64_t id;
	struct channel_identity who;
	struct channel_facts facts;
	bool registered;
	struct outcome outcome; /* its texts unused */
	struct place place;
	uint8_t octets[256];
	size_t len;
	char text[640];
};

struct phone_setup {
	struct gammu_config *config; /* outlives the phone until phone_stop() says true */
	const char *lock_dir;        /* copied */
	struct mailbox *to;
	void *arg;
};

struct phone *phone_start(const struct phone_setup *setup);
/* Copies the job. */
void phone_ask(struct phone *p, const struct job *job);
/* Takes a send back that has not begun: false when it has. */
bool phone_take_back(struct phone *p, uint64_t attempt);
/* Makes the call under way return, and connects anew. */
void phone_hurry(struct phone *p);
/* True when the thread has ended, within `patience` ms; the phone is gone then. False:
 * the thread is left behind with the phone and its configuration, and will free both. */
bool phone_stop(struct phone *p, int patience);
void phone_trace(struct phone *p, struct strbuf *out);

#endif
