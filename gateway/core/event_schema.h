/* events.cfg: which events the shop may tell, what each says, and how much is taken.
 *
 *	events = { order = { paid = { id = "text, required"; total = "number, value"; };
 *}; };
 *
 * declares "order.paid". A field has a type (text, number, whole, time, day, phone, flag,
 * link, list) and may be `required`, or the event's `value`, which sum, avg, min and max
 * are of. A field that is not declared is kept as it comes and the answer says so; an
 * event that is not declared is refused with the nearest name. Without a file every event
 * is taken and nothing is demanded of it. Pure but for reading the file. */
#ifndef MALGIL_CORE_EVENT_SCHEMA_H
#define MALGIL_CORE_EVENT_SCHEMA_H

#include "gateway/base/conf.h"
#include "gateway/net/json.h"

#define EVENT_NAME        64   /* bytes of a name, at most */
#define EVENT_FIELDS      40   /* of one event */
#define EVENT_FIELD_BYTES 1000 /* bytes of a field */

struct event_schema;

/* `path` NULL: no file. 0, -EINVAL or -errno with file, line and sentence. */
int event_schema_load(
	const char *path, struct event_schema **ret, struct strbuf *err) MUST_USE;
void event_schema_free(struct event_schema *schema);

/* How far ahead of our clock an event may claim to be; how many of one name one person
 * may have within an hour; how long journeys may lag behind before no more are taken. */
struct event_limits {
	int64_t ahead, contact, behind;
};
const struct event_limits *event_schema_limits(const struct event_schema *schema);

/* What is declared, in turn: the names of events, or with `event` the fields of that one.
 * Nothing without a file. */
void event_schema_names(const struct event_schema *schema, const char *event,
	void (*each)(void *ctx, const char *name), void *ctx);

/* An event as it was understood. */
struct event_facts {
	json_t *data; /* texts only, in normal form; json_decref() */
	bool has_value;
	double value;
	struct strbuf warning; /* a sentence about fields nobody declared, or empty */
};
/* Reads the fields of an event. `country` reads phone numbers, `zone` times without an
 * offset. 0; -ENOENT with a sentence when no such event is declared; -EINVAL with a
 * sentence that begins with the field, whose name is in `ret_field`. */
int event_schema_read(const struct event_schema *schema, const char *name,
	const json_t *data, const char *country, const char *zone,
	struct event_facts *ret, char ret_field[EVENT_NAME], struct strbuf *err) MUST_USE;
void event_facts_done(struct event_facts *facts);
/* "order.paid": small letters, digits, _ and at least one dot. */
bool event_name_good(const char *name);

#endif
