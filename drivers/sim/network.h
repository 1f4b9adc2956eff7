/* The network between modems and handsets: who has which number, what is under way.
 *
 * A parcel is one TPDU for one modem. It waits here, in order, while its modem is
 * unplugged, switched off, not registered, full or owes an acknowledgement, as an SMSC
 * keeps trying. A subscriber is a number; those that belong to no modem are handsets.
 * Subscribers are made when a number is first seen and live as long as the network. */
#ifndef MALGIL_SIM_NETWORK_H
#define MALGIL_SIM_NETWORK_H

#include "drivers/sim/ledger.h"
#include "drivers/sim/sim.h"

struct sim_modem;
struct sim_control;
struct sim_set; /* parts of a long text a handset still joins */
struct sim_script;
struct sim_listener;

/* What a country's numbers and operator look like. `number` is a printf pattern of the
 * modem's index. */
struct sim_country {
	const char *iso, *number, *smsc, *imsi, *operator_name, *operator_code, *iccid;
	int zone; /* minutes east of UTC */
};
const struct sim_country *sim_country_find(const char *iso); /* NULL: not simulated */
/* "KR US ..." for a sentence. */
void sim_country_list(struct strbuf *out);

struct sim_parcel {
	struct sim_parcel *next;
	bool report;
	uint8_t len;
	uint8_t tpdu[180];
};

enum sim_report { SIM_REPORT_NONE = -1, SIM_REPORT_AS_RULE = -2 };

struct sim_subscriber {
	char number[32];         /* E.164, short code or alphanumeric */
	struct sim_modem *modem; /* NULL: a handset */
	int status;              /* TP-ST of reports, or one of enum sim_report */
	int64_t delay;           /* ms to the report, -1 as the network's */
	struct sim_set *sets;
	struct sim_listener *listeners;
	struct sim_subscriber *next;
};

/* How a number was dialled, resolved once: libphonenumber is too slow for every message.
 */
struct sim_alias {
	char dialed[48];
	struct sim_subscriber *who;
};

/* Something that will happen. */
struct sim_event {
	struct loop_timer timer;
	struct sim_event *next, **link; /* link: what points here */
	struct sim *sim;
	struct sim_modem *modem;
	struct sim_subscriber *who; /* a reply: who texts, NULL: deliver `parcel` */
	struct sim_parcel *parcel;
	char *text;
};

struct sim {
	struct loop *loop;
	struct sim_options options;
	char dir[200];
	const struct sim_country *country;
	char smsc_hex[32]; /* the SMSC prefix of everything a modem hands over */
	unsigned smsc_len; /* its octets */
	struct sim_ledger ledger;
	struct sim_control *control;
	struct sim_modem *modems;
	struct sim_script *scripts;
	struct sim_subscriber *subscribers,
		rule;              /* rule: for numbers without their own */
	struct sim_alias *aliases; /* open addressing, a power of two */
	size_t alias_size, alias_count;
	struct sim_parcel *spare_parcels;
	struct sim_event *events, *spare_events;
	uint64_t random;
	uint16_t concat_ref;
	struct pdu report; /* the TPDU being written */
	struct strbuf scratch;
};

uint32_t sim_random(struct sim *sim);

/* The subscriber a number means, made when new; NULL with a sentence for what nobody
 * could dial. Alphanumeric names are subscribers too: they can text but not be texted. */
struct sim_subscriber *
sim_subscriber(struct sim *sim, const char *number, struct strbuf *err);
/* By name ("modem0") or number; NULL when it is neither. */
struct sim_modem *sim_modem_find(struct sim *sim, const char *name);

struct sim_parcel *
sim_parcel_new(struct sim *sim, bool report, const uint8_t *tpdu, size_t len);
void sim_parcel_free(struct sim *sim, struct sim_parcel *p);

/* A modem's SUBMIT goes on air under reference `mr`. The ledger has it when this returns;
 * a report is under way. With `report_at_once` the report is delivered before this
 * returns. */
void sim_network_submit(struct sim *sim, struct sim_modem *m, const struct pdu *pdu,
	const uint8_t *tpdu, size_t len, bool report_at_once);
/* A text from a subscriber to a modem, in as many parts as it needs; the modem's inbound
 * faults apply. 0 or -EINVAL with a sentence. */
int sim_network_text(struct sim *sim, struct sim_subscriber *from, struct sim_modem *m,
	const char *text, size_t len, struct strbuf *err) MUST_USE;
/* The same after `delay` ms; `text` is copied. */
void sim_network_text_later(struct sim *sim, struct sim_subscriber *from,
	struct sim_modem *m, const char *text, int64_t delay);
/* A raw TPDU for a modem, whatever it holds. */
void sim_network_tpdu(struct sim *sim, struct sim_modem *m, const uint8_t *p, size_t len);

int sim_network_init(struct sim *sim, struct strbuf *err) MUST_USE;
void sim_network_done(struct sim *sim);

#endif
