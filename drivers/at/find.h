/* Which port is it this time: a device named by what it is, not by where it was plugged
 *in.
 *
 *	serial:imei=490154203237518         the modem
 *	serial:iccid=8982300000000000001    the SIM
 *	serial:usb=12d1:1506[:SERIAL]       the USB device (lsusb shows the numbers)
 *	tty:imei=...@/DIR                   the same among the terminals in a folder
 *
 * The machine's USB serial ports are listed by libserialport; `@/DIR` lists the character
 * devices in a folder instead, each with an optional NAME.usb beside it that holds
 * "vid:pid:serial" (port servers, pseudo-terminals: libserialport sees neither). Knows
 * nothing of modems: whoever opens a candidate asks it who it is. */
#ifndef MALGIL_AT_FIND_H
#define MALGIL_AT_FIND_H

#include "gateway/base/strbuf.h"

enum find_by { FIND_PATH, FIND_IMEI, FIND_ICCID, FIND_USB };

struct find {
	enum find_by by; /* FIND_PATH: the device is named by its path, nothing to find */
	char what[40];   /* digits of the IMEI or ICCID; "vid:pid" in lower case */
	char serial[64]; /* FIND_USB: "" any */
	char dir[200];   /* "" the machine's own ports */
};

enum { FIND_MAX = 64 };

struct find_port {
	char device[256]; /* "serial:PATH" or "tty:PATH" */
	char usb[16];     /* "vid:pid", "" not USB */
	char serial[64];
	char product[64];
};

/* True when `device` names a device by what it is; then 0 in *ret_r and the find, or
 * -EINVAL with a sentence. */
bool
find_parse(const char *device, struct find *ret_find, int *ret_r, struct strbuf *err);
/* The ports there are now that may be it, in a stable order; at most FIND_MAX. */
size_t find_list(const struct find *f, struct find_port ret[FIND_MAX]);
/* The IMEI or ICCID a modem tells is the one asked for: check digits and software
 * versions at the end are told by some and not by others. */
bool find_same_imei(const char *a, const char *b);
bool find_same_iccid(const char *a, const char *b);
/* "IMEI 4901...": for sentences. */
void find_name(const struct find *f, struct strbuf *out);

#endif
