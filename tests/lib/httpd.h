/* A shop's web service with every fault in the book, on loopback, in a thread of its own.
 * What it does is chosen by the first part of the path: /json/... answers 200 with the
 * body it was given, /hang accepts and says nothing, /trickle never comes to an end,
 * /reset closes at once, /cut promises more than it sends, /junk is HTML, /mega a
 * megabyte of JSON, /deep is nested 5000 levels, /redirect sends to /json, /status/NNN
 * answers so, /later/NNN/WHEN too, with WHEN as its Retry-After. */
#ifndef MALGIL_TESTS_HTTPD_H
#define MALGIL_TESTS_HTTPD_H

#include <stdbool.h>
#include <stddef.h>

struct httpd;

struct httpd *httpd_start(void);
void httpd_stop(struct httpd *h);
int httpd_port(const struct httpd *h);
/* The body of /json from now on. Copied. */
void httpd_say(struct httpd *h, const char *json);
/* The status of /json from now on (200), and the type of its body. */
void httpd_turn(struct httpd *h, int status, const char *type);
/* The n-th request since the start, from 0, as it came; false when it is not there (any
 * more: the newest 256 are kept). */
bool httpd_nth(struct httpd *h, size_t n, char *ret, size_t size);
/* How many requests came, and the last one's head and body as they came (64 KiB). */
size_t httpd_count(struct httpd *h);
void httpd_last(struct httpd *h, char *ret, size_t size);

#endif
