/* One modem: a life (off, booting, alive, hung), a wire, a SIM and the settings a client
 * made.
 *
 * The wire is a byte stream in and out; a command line ends at CR, a PDU at 0x1A. While a
 * command is at work what follows waits. Unsolicited lines wait for the end of a command,
 * except where a fault says otherwise. Settings die with a reboot; the SIM (its lock,
 * slots and last reference, EF_SMSS) does not. */
#ifndef MALGIL_SIM_MODEM_H
#define MALGIL_SIM_MODEM_H

#include "drivers/sim/fault.h"
#include "drivers/sim/network.h"
#include "drivers/sim/pty.h"
#include "drivers/sim/storage.h"

enum sim_state {
	SIM_OFF,  /* unplugged, or restarting */
	SIM_IDLE, /* reads a command line */
	SIM_BUSY, /* a command is at work */
	SIM_DATA, /* reads a PDU or text until 0x1A */
	SIM_HUNG, /* reads and says nothing */
};

enum sim_lock { SIM_UNLOCKED, SIM_WANTS_PIN, SIM_WANTS_PUK };

/* What the collected data is for. */
enum sim_data { SIM_DATA_SEND, SIM_DATA_WRITE, SIM_DATA_ACK, SIM_DATA_STUCK };

/* Everything AT+CFUN=1,1 forgets. */
struct sim_settings {
	bool echo, verbose, quiet, radio;
	int cmee, cmgf, csms, cnmi[5], cmms, clip, cops_format;
	int creg[3]; /* n of CREG, CGREG, CEREG */
	enum sim_memory mem[3];
	char charset[8], smsc[24];
};

struct sim_modem {
	struct sim *sim;
	unsigned index;
	char name[16], imei[16], imsi[16], iccid[21];
	struct sim_subscriber *me;
	struct sim_pty port;
	char link[256]; /* where it is plugged in again */
	struct sim_faults faults;

	/* the SIM */
	struct sim_storage storage;
	enum sim_lock lock;
	bool pin_on;
	char pin[9];
	unsigned pin_tries, puk_tries;
	int last_mr;            /* EF_SMSS: last TP-MR used, 255 on a fresh SIM */
	int64_t sim_busy_until; /* mono */

	/* the equipment */
	enum sim_state state;
	struct sim_settings set;
	bool text_after_boot; /* a reboot that forgot more than usual */
	int64_t latency;
	struct strbuf in; /* waits while a command is at work */
	char line[2048], last[2048];
	size_t line_len;
	bool line_over;
	enum sim_data data;
	char bytes[2048]; /* of a PDU or text being entered */
	size_t bytes_len;
	int64_t deaf_until;     /* mono; the cable is out until then */
	bool bytes_over, muted; /* muted: the prompt never came, only ESC helps */
	unsigned length;        /* of AT+CMGS=<length> */
	unsigned stat;          /* of AT+CMGW */
	char dest[48];          /* of a text-mode command */
	uint8_t tx[256];        /* the SUBMIT at work */
	size_t tx_len;
	int64_t answered,
		gap;        /* us: when +CMGS left, and from there to the next AT+CMGS */
	struct strbuf held; /* unsolicited lines that wait for a command's end */
	struct strbuf
		buffered; /* message indications that wait for AT+CNMI (27.005: mode 0) */
	struct strbuf scratch;
	struct sim_fault_armed late; /* lost-cmgs-late at work */
	int late_mr;
	struct loop_timer work, later, life, flood, ring;
	unsigned rings;                /* still to come */
	char caller[32], balance[200]; /* balance: what any USSD code answers */
	enum {
		SIM_LIFE_BOOT,
		SIM_LIFE_PLUG,
		SIM_LIFE_WAKE
	} next_life; /* when `life` ends */

	/* inbound */
	struct sim_parcel *first, **last_next;
	size_t waiting;
	struct sim_parcel *unacked; /* handed over, wants AT+CNMA */
	struct loop_timer ack;
	bool put_back; /* refused: comes again when `ack` rings */
	bool full_said;
	uint64_t submitted, received;
};

/* What a command's handler returns. */
enum { SIM_OK = 0, SIM_ERROR = -1, SIM_LATER = -2, SIM_SILENT = -3 };
#define SIM_CME(n) (1000 + (n))
#define SIM_CMS(n) (10000 + (n))

int sim_modem_init(struct sim *sim, struct sim_modem *m, unsigned index,
	struct strbuf *err) MUST_USE;
void sim_modem_done(struct sim_modem *m);

/* ---- life ---- */
int sim_modem_plug(struct sim_modem *m, const char *link, struct strbuf *err) MUST_USE;
void sim_modem_unplug(struct sim_modem *m, int64_t back_after);
void sim_modem_reboot(struct sim_modem *m, int64_t back_after);
/* Arms a fault, or does it at once when it is an action that need not wait. */
int sim_modem_fault(struct sim_modem *m, const struct sim_fault_armed *armed,
	struct strbuf *err) MUST_USE;
void sim_modem_clear(struct sim_modem *m);
/* Asks the faults; a strike is written to the ledger. */
bool
sim_modem_strike(struct sim_modem *m, enum sim_fault id, struct sim_fault_armed *ret);
/* Actions that waited for an AT+CMGS. True when one of them took the modem away. */
bool sim_modem_act(struct sim_modem *m);
/* Alive, SIM unlocked and not busy, on the network. */
bool sim_modem_sim_ready(const struct sim_modem *m);
const char *sim_modem_lock(const struct sim_modem *m); /* <code> of +CPIN */
int sim_modem_registration(const struct sim_modem *m); /* <stat> of +CREG */
bool sim_modem_registered(const struct sim_modem *m);

/* ---- the wire ---- */
void sim_modem_say(struct sim_modem *m, const char *bytes, size_t len); /* as it is */
void sim_modem_line(struct sim_modem *m, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* An unsolicited line: now, or when the command at work is done. */
void sim_modem_urc(struct sim_modem *m, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* An unsolicited line now, whatever goes on. */
void sim_modem_shout(struct sim_modem *m, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* The final result of the command at work (a handler's return value), and back to idle.
 */
void sim_modem_finish(struct sim_modem *m, int result);
void sim_modem_result(struct sim_modem *m, int result); /* the result line alone */
void sim_modem_prompt(struct sim_modem *m);
void sim_modem_hear(void *arg, const uint8_t *bytes, size_t len);
void sim_modem_flood(void *arg); /* `flood` */
/* A ledger line about this modem begins; the caller adds fields and ends it. */
void sim_modem_note(struct sim_modem *m, const char *kind);
/* After anything that may have made bytes or room: flush, and let waiting parcels in. */
void sim_modem_settle(struct sim_modem *m);

/* ---- oddities.c ---- */
/* Somebody rings, `rings` times; "" withholds the number. */
void sim_modem_call(struct sim_modem *m, const char *from, unsigned rings);
void sim_modem_ring(void *arg); /* `ring` */
/* A WAP push that says an MMS of `size` octets waits. 0 or -EINVAL with a sentence. */
int
sim_network_mms(struct sim *sim, const struct sim_subscriber *from, struct sim_modem *m,
	const char *subject, int64_t size, struct strbuf *err) MUST_USE;

/* ---- submit.c ---- */
int sim_submit_begin(struct sim_modem *m, enum sim_data what, char *args);
void sim_submit_data(struct sim_modem *m); /* 0x1A came */
void sim_submit_escape(struct sim_modem *m);
int sim_submit_stored(struct sim_modem *m, unsigned index); /* AT+CMSS */
void sim_submit_work(void *arg); /* the network has answered: `work` */
void sim_submit_late(void *arg); /* `later` */

/* ---- receive.c ---- */
void sim_receive(struct sim_modem *m, struct sim_parcel *p); /* takes the parcel */
void sim_receive_pending(struct sim_modem *m);
/* AT+CNMI was set: what waited leaves (`drop` as <bfr> says). */
void sim_receive_routing(struct sim_modem *m, bool drop);
int sim_receive_ack(struct sim_modem *m, bool good); /* AT+CNMA */
void sim_receive_timeout(void *arg);
void sim_receive_put_back(struct sim_modem *m); /* what is not acknowledged waits again */
void sim_receive_report_now(struct sim_modem *m, struct sim_parcel *p);

#endif
