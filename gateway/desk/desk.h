/* The desk at work: a terminal, the gateway's API and the model between them.
 *
 * It sees the gateway only through the API, over its unix socket or a URL with a token.
 * When the connection is lost it tries again, at first at once, later every few seconds;
 * what is being written stays. */
#ifndef MALGIL_DESK_DESK_H
#define MALGIL_DESK_DESK_H

#include "gateway/desk/term.h"

struct desk_options {
	const char *socket; /* NULL: over `url` */
	const char *url;    /* "http://127.0.0.1:8025", without the last slash */
	const char *token;  /* NULL none */
	const char *drafts; /* folder; NULL: where the user's state is kept */
	const char *keys;   /* file of keys; NULL: the user's, if there is one */
	enum theme theme;
	bool mouse;
};

/* Until the person leaves. 0, or -errno with a sentence. */
int desk_run(const struct desk_options *options, struct strbuf *err) MUST_USE;

#endif
