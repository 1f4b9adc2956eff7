/* Handsets: what a subscriber without a modem sees and does.
 *
 * A handset shows whole texts: parts are joined by (sender, reference, total) whatever
 * their order, and only a complete text enters the ledger as `handset-text`, is shown to
 * whoever is attached, and is matched against the script. */
#ifndef MALGIL_SIM_HANDSET_H
#define MALGIL_SIM_HANDSET_H

#include "drivers/sim/network.h"

/* Whoever watches a handset: `fn` gets each whole text. Lives inside its owner. */
struct sim_listener {
	struct sim_listener *next;
	struct sim_subscriber *who;
	void (*fn)(void *arg, const char *from, const char *text, size_t len);
	void *arg;
};
void sim_handset_attach(struct sim_subscriber *who, struct sim_listener *l);
void sim_handset_detach(struct sim_listener *l);

/* A SUBMIT of `from` arrives. */
void sim_handset_receive(struct sim *sim, struct sim_subscriber *who,
	struct sim_modem *from, const struct pdu *pdu);
void sim_handset_forget(struct sim_subscriber *who); /* frees what it still joins */

/* The script: lines "NUMBER | GLOB | DELAY | REPLY", the first that matches answers.
 * NUMBER may be *, DELAY is like 500ms, 3s or 0; \n in the reply is a line break; #
 * comments. */
struct sim_script {
	struct sim_script *next;
	char number[32]; /* "*": anyone */
	char *glob, *reply;
	int64_t delay;
};
int sim_script_load(struct sim *sim, const char *path, struct strbuf *err) MUST_USE;
void sim_script_free(struct sim *sim);

/* "MODEM FAULT [KEY=VALUE]...", * for every modem: from a file, or one line. */
int sim_fault_load(struct sim *sim, const char *path, struct strbuf *err) MUST_USE;
int sim_fault_command(struct sim *sim, char *line, struct strbuf *err) MUST_USE;

/* Turns \n, \t, \r, \\ and \xHH into what they stand for, in place; returns the length.
 */
size_t sim_unescape(char *text);
/* The other way, one line. */
void sim_escape(struct strbuf *out, const char *text, size_t len);

#endif
