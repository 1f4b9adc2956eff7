/* The steps of a modem's set-up, for the files that hold them; init.c has their order. */
#ifndef MALGIL_AT_INIT_H
#define MALGIL_AT_INIT_H

#include "drivers/at/modem.h"

enum init_next {
	INIT_NEXT,   /* go on */
	INIT_AGAIN,  /* the same step, with its next alternative */
	INIT_LATER,  /* the same step in a second */
	INIT_SLOWLY, /* the same step in five */
	INIT_WAIT,   /* somebody else goes on */
	INIT_FAILED, /* as if the modem had said ERROR */
};

/* A `make` writes the command and returns true, or false when there is nothing (more) to
 * do in its step. A `done` is called for every final result. */

/* init.c */
bool init_ok(const struct chat_reply *reply);
/* The first line of an answer that ended in OK, else "". */
const char *init_line(const struct chat_reply *reply);
void init_go_on(struct driver *d, enum init_next next);
bool init_asks_sim(const struct driver *d); /* AT+CPIN? is the current step */

/* init_who.c: identity and profile */
bool init_seek_make(struct driver *d, char *ret_text, size_t size);
enum init_next init_seek(struct driver *d, const struct chat_reply *reply);
enum init_next init_check_who(struct driver *d);
enum init_next init_manufacturer(struct driver *d, const struct chat_reply *reply);
enum init_next init_model(struct driver *d, const struct chat_reply *reply);
enum init_next init_revision(struct driver *d, const struct chat_reply *reply);
enum init_next init_profile(struct driver *d);
bool init_vendor(struct driver *d, char *ret_text, size_t size);
enum init_next init_each(struct driver *d, const struct chat_reply *reply);
enum init_next init_imei(struct driver *d, const struct chat_reply *reply);
enum init_next init_imsi(struct driver *d, const struct chat_reply *reply);
bool init_iccid_make(struct driver *d, char *ret_text, size_t size);
enum init_next init_iccid(struct driver *d, const struct chat_reply *reply);
enum init_next init_last_mr(struct driver *d, const struct chat_reply *reply);
enum init_next init_identify(struct driver *d);
enum init_next init_number(struct driver *d, const struct chat_reply *reply);

/* init_pin.c: the SIM's lock */
bool init_pin_timer(struct driver *d);
enum init_next init_sim(struct driver *d, const struct chat_reply *reply);
enum init_next init_pin(struct driver *d);
bool init_tries_make(struct driver *d, char *ret_text, size_t size);
enum init_next init_tries(struct driver *d, const struct chat_reply *reply);
enum init_next init_pin_send(struct driver *d);
bool init_opened_make(struct driver *d, char *ret_text, size_t size);
enum init_next init_opened(struct driver *d, const struct chat_reply *reply);

/* init_store.c: service centre, memories, announcements */
enum init_next init_csca(struct driver *d, const struct chat_reply *reply);
bool init_csca_make(struct driver *d, char *ret_text, size_t size);
enum init_next init_mems(struct driver *d, const struct chat_reply *reply);
bool init_mem_make(struct driver *d, char *ret_text, size_t size);
enum init_next init_mem(struct driver *d, const struct chat_reply *reply);
bool init_mem_ask_make(struct driver *d, char *ret_text, size_t size);
enum init_next init_mem_ask(struct driver *d, const struct chat_reply *reply);
bool init_csms_make(struct driver *d, char *ret_text, size_t size);
bool init_nack_make(struct driver *d, char *ret_text, size_t size);
enum init_next init_csms(struct driver *d, const struct chat_reply *reply);
enum init_next init_cnmi_sets(struct driver *d, const struct chat_reply *reply);
bool init_cnmi_make(struct driver *d, char *ret_text, size_t size);
enum init_next init_cnmi(struct driver *d, const struct chat_reply *reply);

#endif
