/* Somebody who listens to a shop's webhooks: a real core and store on the bench, and a
 * receiver with every fault there is, which answers over real sockets. */
#ifndef MALGIL_TESTS_LISTENER_H
#define MALGIL_TESTS_LISTENER_H

#include "tests/lib/httpd.h"
#include "tests/lib/rig.h"

#define LISTENER_SECRET  "0123456789abcdef" /* of the webhook, and in $MALGIL_T */
#define LISTENER_ACCOUNT "AC0123456789abcdef0123456789abcdef"

extern struct rig listener;
extern struct httpd *listener_httpd;

/* `path` of the one webhook; `more` settings, with %d for the receiver's port. */
void listener_begin_with(const char *path, const char *more);
void listener_begin(const char *path);
void listener_end(void);

void listener_happen(const char *name, const char *detail);

/* The world goes on in real time, the clock with it, until the question is answered. */
void listener_until(bool (*done)(int64_t what), int64_t what);
/* Questions for it: requests that came, deliveries in the store that are done or dead. */
bool listener_heard(int64_t n);
bool listener_delivered(int64_t n);
bool listener_dead(int64_t n);

/* How many are in that state. */
int64_t listener_deliveries(const char *state);
/* The n-th request as it came; static until the next call. */
const char *listener_nth(size_t n);

#endif
