/* A modem family as data: what the driver does differently for it, and nothing else.
 *
 * firmware-notes/FAMILY/profile.cfg is read over compiled-in defaults that equal
 * firmware-notes/generic/profile.cfg, so that a missing directory is survivable. The
 * fields and the reasons for them are described in firmware-notes/README.md. */
#ifndef MALGIL_AT_PROFILE_H
#define MALGIL_AT_PROFILE_H

#include "drivers/at/codes.h"
#include "gateway/base/conf.h"

struct profile {
	char name[32];
	int64_t format;
	/* match: comma-separated prefixes, compared without case; "" matches nothing */
	char *manufacturer, *model;
	/* set-up; lists are comma-separated unless said otherwise */
	char *init;       /* commands after identification, separated by ";;", each TRY */
	char *cnmi;       /* candidates "2,1,0,1,0;1,1,0,1,0", in order of preference */
	char *storage;    /* memories to receive into, in order of preference */
	char *poll;       /* memories the sweep lists besides the one in use */
	char *boot_ready; /* lines that say: the modem has (re)started */
	char *reset;      /* recovery command of the reset rung, "" none */
	char *ladder;     /* remedies in order: init, reopen, reset, usb */
	char *cnma;       /* how a report is acknowledged: "AT+CNMA", "" cannot be */
	char *pin_tries;  /* command that tells how many PIN tries are left, "" none */
	char *vendor_cms; /* none, siemens, nokia */
	bool cpin_no_ok, more_messages;
	bool ussd_packed; /* takes and gives USSD strings as packed 7-bit hex */
	int64_t prompt_delay, chunk, chunk_gap, ctrlz_delay, command_gap; /* ms, bytes */
	int64_t prompt_timeout, submit_timeout, sweep, boot;              /* ms */
	enum code_vendor vendor;
};

/* The compiled-in generic profile. */
void profile_init(struct profile *p);
void profile_free(struct profile *p);

/* Finds the family for what the modem says of itself below `notes_dir`, or the one named
 * `wanted` ("" any), and reads it into a fresh `ret_profile`. With no match it is
 * generic. -ENOENT when the directory, or the family asked for by name, is not there,
 * -EINVAL when a profile cannot be read; then `ret_profile` is the compiled-in one and
 * `err` says why. */
int profile_find(const char *notes_dir, const char *wanted, const char *manufacturer,
	const char *model, struct profile *ret_profile, struct strbuf *err) MUST_USE;

/* Walks a separated list: copies the next item into `item` without outer blanks; false at
 * the end. `*list` is moved on. */
bool profile_next(const char **list, const char *separator, char *ret_item, size_t size);

#endif
