/* A client of the API for tests on the rig: raw requests over a socket, with the loop
 * turned by hand until there is an answer. */
#ifndef MALGIL_TESTS_ASKER_H
#define MALGIL_TESTS_ASKER_H

#include "gateway/api/server.h"
#include "gateway/net/json.h"

struct asker {
	struct loop *loop;
	char path[108]; /* of a unix socket, or */
	int port;       /* on 127.0.0.1, when not 0 */
	/* Let go on while nothing happens, for what needs time; NULL: it stands still. */
	struct clock_sim *clock;
};

struct answer {
	struct strbuf raw;
	int status;       /* 0: the connection ended without one */
	const char *body; /* in raw */
	size_t len;
};
void answer_done(struct answer *a);
/* A header's value, copied; "" when it is not there. Static until the next call. */
const char *answer_header(const struct answer *a, const char *name);
json_t *answer_json(const struct answer *a);

int asker_dial(const struct asker *who);
/* Writes all of it, turning the loop meanwhile. */
void asker_write(const struct asker *who, int fd, const char *text, size_t len);
/* One whole answer; ten seconds at most. What follows it stays in the socket or in
 * `raw`. */
void asker_await(const struct asker *who, int fd, struct answer *ret);
/* Reads what there is until `word` was in it. */
void asker_until(const struct asker *who, int fd, const char *word, struct strbuf *ret);

/* METHOD TARGET with more head lines ("A: b\r\n") and a body (NULL: none). */
void asker_ask(const struct asker *who, const char *method, const char *target,
	const char *head, const char *body, struct answer *ret);
int asker_status(const struct asker *who, const char *method, const char *target,
	const char *head, const char *body);

#endif
