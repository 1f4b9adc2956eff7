/* The life of one modem: the third layer, shared by the files that make it up.
 *
 *   modem.c    states, who may speak next, the driver's table of operations
 *   news.c     what the modem says unasked
 *   init.c     the set-up script; init_who.c, init_pin.c, init_store.c its steps
 *   send.c     one message out
 *   receive.c  messages in: reading, telling, deleting
 *   reports.c  status reports that come while nobody listens
 *   chores.c   everything else the modem is asked in passing
 *   recover.c  resynchronisation; ladder.c the ladder of remedies
 *   seek.c     which port it is, when the device is named by what it is
 *   trouble.c  runs of refusals: no credit, barred by the operator
 *   calls.c    somebody rings
 *   ussd.c     a code is dialled
 *   console.c  a person types a command
 *   config.c   the channel's group
 *
 * Everything here runs in the loop's thread. At most one command is in flight (chat.h);
 * the one send and the queue of chores take turns for the line. */
#ifndef MALGIL_AT_MODEM_H
#define MALGIL_AT_MODEM_H

#include "drivers/at/chat.h"
#include "drivers/at/find.h"
#include "drivers/at/hook.h"
#include "drivers/at/port.h"
#include "drivers/at/profile.h"
#include "drivers/at/slots.h"
#include "gateway/core/driver.h"

enum modem_state {
	MODEM_CLOSED,    /* no device; waiting to try again */
	MODEM_OPENING,   /* tcp: connecting */
	MODEM_RESYNC,    /* ESC and AT until it answers */
	MODEM_INIT,      /* the set-up script */
	MODEM_SEARCHING, /* set up, draining storage, waiting for the network */
	MODEM_ONLINE,
	MODEM_BLOCKED, /* a person must act */
	MODEM_STATES,
};

struct at_config {
	char *device, *pin, *smsc, *profile;
	char *imei, *iccid; /* who must be there, NULL anybody */
	char *reports;      /* "direct", "acknowledged", "stored"; NULL: direct */
	char *usb_reset;    /* a program that powers the USB port off and on */
	struct find find;
	int64_t baud;
	int64_t sweep; /* 0: the profile's */
};

enum sending_state {
	SENDING_NONE,
	SENDING_QUEUED,  /* the line was busy */
	SENDING_ASKED,   /* AT+CMGS=<length> written */
	SENDING_OPEN,    /* the prompt is there, release() is not */
	SENDING_WRITING, /* PDU going out, Ctrl-Z not yet */
	SENDING_WRITTEN, /* Ctrl-Z passed to the port */
};

struct sending {
	enum sending_state state;
	uint64_t attempt;
	bool released, more;
	uint32_t to; /* trouble_hash() of the number */
	size_t tpdu_len;
	char hex[2 * 256 + 1];
	size_t hex_len, hex_done;
	struct loop_timer timer; /* the profile's pauses */
};

enum chore_kind {
	CHORE_READ,   /* AT+CMGR */
	CHORE_DELETE, /* AT+CMGD */
	CHORE_LIST,   /* AT+CMGL=4 */
	CHORE_USE,    /* AT+CPMS? */
	CHORE_CREG,
	CHORE_CEREG,
	CHORE_CGREG,
	CHORE_SIGNAL,
	CHORE_REFERENCE,
	CHORE_OPERATOR,
	CHORE_PDU_MODE, /* AT+CMGF=0 after CMS 305 */
	CHORE_SIM,      /* AT+CPIN? while blocked */
	CHORE_ACK,      /* AT+CNMA */
	CHORE_ROUTES,   /* AT+CNMI?: has it gone back to storing? */
	CHORE_ANNOUNCE, /* AT+CNMI again: the modem has gone back to storing */
	CHORE_USSD,
	CHORE_USSD_END, /* AT+CUSD=2 */
	CHORE_CONSOLE,
};

struct chore {
	enum chore_kind kind;
	char mem[PARSE_MEM_SIZE]; /* READ, DELETE, LIST */
	int index;                /* READ, DELETE */
	uint64_t token;           /* DELETE */
	bool report;              /* READ: announced by +CDSI */
};

#define CHORES_MAX 1024

/* A run of refusals of one kind (trouble.c). */
struct trouble {
	int sign;
	unsigned row;
	uint32_t to[8]; /* whom the last ones were for */
	bool said;
};

struct driver {
	struct driver_env env;
	struct at_config config;
	struct profile profile;
	struct port port;
	struct chat chat;
	char device[256]; /* the port in use, or used last; "" not known yet */
	enum modem_state state;
	struct loop_timer timer; /* of the state */
	struct loop_timer sweep;
	bool closing;

	struct channel_identity who;
	int sim_mr; /* EF_SMSS at set-up, -1: this SIM does not tell */
	struct channel_facts facts;
	int creg, cereg, cgreg; /* <stat>, -1 unknown */
	bool up;                /* channel_ready() said, no channel_down() since */
	bool reinit;            /* set up again as soon as the line is free */
	char down_why[160];     /* what channel_down() said last */

	struct {
		size_t step, item;
		unsigned tries;
		bool pin_wanted, pin_asked;
		char pin_known[16]; /* what is noted of this PIN on this SIM */
		int tries_left;     /* -1 not known */
		struct sets cnmi;
		struct mem_groups mems;
	} init;

	struct sending out;
	unsigned unsent; /* sends in a row that the modem would not even begin */
	bool chore_turn; /* the last command was a send */

	struct chore chore[CHORES_MAX]; /* a queue: chore_head is in flight or next */
	size_t chore_head, chore_count;
	bool chore_running;
	char mem[PARSE_MEM_SIZE];     /* mem1 as selected now, "" unknown */
	char receive[PARSE_MEM_SIZE]; /* where new messages are stored, "" unknown */
	struct slots slots;
	uint64_t next_token, next_direct;
	enum {
		ACK_UNKNOWN, /* CSMS 0; one AT+CNMA will show what it wants */
		ACK_NOT,     /* it acknowledges by itself */
		ACK_WANTED,  /* it waits for AT+CNMA after each +CMT and +CDS */
	} ack;
	bool csms;            /* CSMS 1 was taken */
	bool cnma_refused;    /* and AT+CNMA then was not */
	unsigned cnma_errors; /* in a row */
	char announce[40];    /* the AT+CNMI that was accepted */
	char parting[40];     /* the one said on leaving, "" none: reports.c */
	int kept_total;       /* places for reports */
	bool storage_high;
	int64_t swept;  /* mono of the last sweep asked for out of turn */
	unsigned boots; /* since boots_since (mono) */
	int64_t boots_since;
	int64_t quiet; /* mono: when it last had nothing waiting, or began to search */

	struct {
		enum modem_state resume; /* where a resynchronisation goes on */
		unsigned attempts;
		bool answered;
		unsigned rung; /* place on the profile's ladder, from 1; 0: all is well */
		int64_t ended_at;         /* mono when the ladder came to its end */
		int64_t reset_at, usb_at; /* mono of the last strong remedies, 0 never */
		unsigned opens;           /* failed openings in a row */
		bool absent;              /* the device is not there at all */
		int64_t not_before;
		bool alarmed;
		struct loop_timer good; /* online long enough to forget the past */
	} recover;

	struct {
		bool found, started;
		size_t at, count;
		uint64_t asked; /* which ports were asked last, and when */
		int64_t asked_at;
		struct find_port port[FIND_MAX];
		struct strbuf seen; /* why the ports so far are not it */
	} seek;
	struct hook hook;
	struct trouble trouble;

	struct {
		uint64_t ticket; /* 0: none */
		char code[48];
		char lines[600]; /* of an answer that runs over several, "" none */
		int64_t since;   /* mono of its first */
		struct loop_timer timer;
	} ussd;

	struct {
		bool going, told;
		struct loop_timer timer;
	} call;

	struct {
		uint64_t ticket; /* 0: none */
		char line[256];
		bool touches; /* changes what the set-up set */
	} console;
};

/* modem.c */
void modem_enter(struct driver *d, enum modem_state state);
void modem_pump(struct driver *d); /* gives the line to whoever is next */
void modem_down(struct driver *d, bool blocked, const char *why);
void modem_facts(struct driver *d);
void modem_block(struct driver *d, const char *why);
void modem_sweep_by(struct driver *d);
bool modem_registered(const struct driver *d);
void
modem_notice(struct driver *d, const char *event, const char *fmt, ...) PRINTF_LIKE(3, 4);
const char *modem_state_name(enum modem_state state);
/* Legal moves, for the table's own test. */
bool modem_may(enum modem_state from, enum modem_state to);

/* news.c */
void modem_news(struct driver *d, const char *line);

/* init.c, init_pin.c */
void init_begin(struct driver *d);
void init_timer(struct driver *d);
void init_sim_news(struct driver *d, const char *line);

/* send.c */
void send_init(struct driver *d);
void send_accept(struct driver *d, const struct outgoing *out);
void send_release(struct driver *d, uint64_t attempt);
void send_withdraw(struct driver *d, uint64_t attempt);
void send_hurry(struct driver *d, uint64_t attempt);
void send_start(struct driver *d); /* the line is free */
void send_prompted(struct driver *d);
/* Answers the send without outcome, if any: LATER, or UNKNOWN when Ctrl-Z is gone. */
void send_abort(struct driver *d, const char *why);

/* receive.c */
void receive_direct(struct driver *d, const struct direct *direct, const char *pdu);
void receive_announced(struct driver *d, const struct stored_at *at);
void receive_drain(struct driver *d); /* queues listings of every memory */
void receive_sweep(struct driver *d); /* queues one listing and the queries */
void receive_sweep_soon(struct driver *d);
void receive_committed(struct driver *d, uint64_t token);
void receive_use(struct driver *d, const struct mem_use *use, size_t count);
void receive_forget(struct driver *d);

/* reports.c */
/* AT+CNMI was taken, or was refused in every form: what becomes of reports that come
 * while the gateway is down. */
void reports_settle(struct driver *d);
void reports_part(struct driver *d); /* about to close */
/* The modem's memory for reports could not be listed. */
void reports_read(struct driver *d);

/* chores.c */
bool chores_add(struct driver *d, const struct chore *chore);
/* The same, before all that waits. */
bool chores_first(struct driver *d, const struct chore *chore);
void
chores_push(struct driver *d, enum chore_kind kind); /* one without parameters, once */
void chores_clear(struct driver *d);
bool chores_waiting(const struct driver *d);
void chores_start(struct driver *d); /* the line is free */
void
receive_read(struct driver *d, const struct chore *c, const struct chat_reply *reply);
void
receive_listed(struct driver *d, const struct chore *c, const struct chat_reply *reply);
void
receive_deleted(struct driver *d, const struct chore *c, const struct chat_reply *reply);

/* recover.c */
void recover_init(struct driver *d);
/* ESC and AT, then on in `resume`. The send must have had its outcome, or get it at once.
 */
void recover_resync(struct driver *d, enum modem_state resume);
/* The modem forgot what it was told: answers the send, sets everything up again. */
void recover_reinit(struct driver *d, const char *why);
void recover_stop(struct driver *d);
/* Something is wrong with the modem: answers the send, says so, takes the next remedy. */
void recover_fault(struct driver *d, const char *why);
/* Answers the send, closes the device and opens it again. */
void recover_restart(struct driver *d, const char *why);
void recover_lost(struct driver *d, const char *why); /* the device itself is gone */
void recover_open(struct driver *d);                  /* tries to open the device now */
void recover_reopen(struct driver *d);
void recover_good(struct driver *d); /* it works: forget what was */

/* The port of just now is not the modem that is looked for: on to the next. */
void recover_not_it(struct driver *d, const char *why);

/* ladder.c */
/* Takes the next remedy the profile allows and its limits permit. */
void ladder_climb(struct driver *d, const char *why);
void ladder_down(struct driver *d); /* all is well again */
/* "reopen", "quarantine": the remedy at work, "" none. */
void recover_describe(const struct driver *d, char *ret, size_t size);

/* seek.c */
bool seek_needed(const struct driver *d); /* the device is named by what it is */
bool seek_going(const struct driver *d);  /* and not found yet */
bool seek_next(struct driver *d);
void seek_refused(struct driver *d, const char *why);
void seek_lost(struct driver *d);
void seek_found(struct driver *d);
void seek_sentence(const struct driver *d, struct strbuf *out);

/* trouble.c */
uint32_t trouble_hash(const char *number);
void trouble_accepted(struct driver *d);
/* ms the SIM should rest because of what this refusal is one of, 0: it stands alone. */
int64_t trouble_refused(struct driver *d, const struct final *final);

/* calls.c */
void calls_init(struct driver *d);
void calls_stop(struct driver *d);
void calls_ring(struct driver *d, const char *line);
void calls_number(struct driver *d, const char *line);

/* ussd.c */
void ussd_init(struct driver *d);
int ussd_check(const char *code, struct strbuf *err); /* -EINVAL, sentence */
int ussd_dial(struct driver *d, const char *code, uint64_t ticket, struct strbuf *err);
bool ussd_going(const struct driver *d);
void ussd_text(const struct driver *d, char *ret, size_t size);
void
ussd_dialled(struct driver *d, const struct chore *c, const struct chat_reply *reply);
/* Keeps a first line whose text is not closed; false when it is. */
bool ussd_begun(struct driver *d, const char *line);
/* The rest of an answer of several lines; false when no answer is open. */
bool ussd_more(struct driver *d, const char *line);
bool ussd_answered(struct driver *d, const char *line);
void ussd_abort(struct driver *d, const char *why);

/* What the table of states calls. */
void recover_wait(struct driver *d);
void recover_begin(struct driver *d);
void recover_resync_timer(struct driver *d);
void recover_watch(struct driver *d);

/* console.c */
int
console_command(struct driver *d, const char *line, uint64_t ticket, struct strbuf *err);
void console_start(struct driver *d);
void console_answer(struct driver *d, const struct chat_reply *reply);
void console_abort(struct driver *d, const char *why);
/* -EPERM and a sentence for what must not be typed by hand. */
int console_check(const char *line, struct strbuf *err);

/* config.c */
int at_config_read(
	const struct conf_node *group, struct at_config *ret_config, struct strbuf *err);
void at_config_free(struct at_config *config);
/* Both groups name one device. */
bool at_config_clash(const struct conf_node *a, const struct conf_node *b);
void at_config_names(const struct conf_node *group, struct device_names *ret);

#endif
