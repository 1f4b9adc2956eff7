/* Somebody rings. Nobody ever answers here, so every call is a missed one; it is told
 * once, with its number as soon as +CLIP gives it (27.007 7.6). */
#include "drivers/at/modem.h"

#include <stdio.h>
#include <string.h>

#include "drivers/at/field.h"

#define CALL_CLIP                                                                        \
	(6 * SECOND) /* RING comes every 5 s, +CLIP after the first or second            \
		      */
#define CALL_PAUSE (15 * SECOND) /* without RING: it is over */

static void
calls_over(void *arg)
{
	struct driver *d = arg;
	if (!d->call.told) {
		d->call.told = true;
		channel_called(d->env.channel, "");
		loop_timer_in(&d->call.timer, CALL_PAUSE);
		return;
	}
	d->call.going = d->call.told = false;
}

void
calls_init(struct driver *d)
{
	loop_timer_init(&d->call.timer, d->env.loop, calls_over, d);
}

void
calls_stop(struct driver *d)
{
	loop_timer_stop(&d->call.timer);
}

void
calls_ring(struct driver *d, const char *line)
{
	(void)line;
	loop_timer_in(&d->call.timer, d->call.told ? CALL_PAUSE : CALL_CLIP);
	d->call.going = true;
}

/* `+CLIP: "01012345678",129,,,"",0`; an empty number with validity 1 is withheld. */
void
calls_number(struct driver *d, const char *line)
{
	const char *p = parse_after(line, "+CLIP");
	struct field number = {"", 0, false}, type = {"", 0, false};
	char text[40], full[48];
	if (!p || !field_next(&p, &number))
		return;
	field_next(&p, &type);
	field_text(&number, text, sizeof(text));
	snprintf(full, sizeof(full), "%s%s",
		field_int(&type) == 145 && *text && *text != '+' ? "+" : "", text);
	if (!d->call.told) {
		d->call.told = true;
		channel_called(d->env.channel, full);
	}
	d->call.going = true;
	loop_timer_in(&d->call.timer, CALL_PAUSE);
}
