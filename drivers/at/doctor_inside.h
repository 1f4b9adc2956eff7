/* Shared by the files of doctor.h, and by nobody else:
 *
 *   doctor.c          what is asked of a modem, and what the answers mean
 *   doctor_port.c     opening a port, saying and hearing something there
 *   doctor_machine.c  what else is on the machine: ports, ModemManager */
#ifndef MALGIL_AT_DOCTOR_INSIDE_H
#define MALGIL_AT_DOCTOR_INSIDE_H

#include "drivers/at/doctor.h"
#include "drivers/at/lines.h"
#include "drivers/at/modem.h"

#define ANSWER_WAIT (2 * SECOND)
#define CHOICE_WAIT (3 * SECOND / 2)

struct patient {
	const struct exam *exam;
	const char *channel; /* NULL: a port nobody configured */
	struct at_config config;
	int fd;
	struct lock lock;
	struct lines lines;
	unsigned troubles;
	char answer[8][200]; /* the lines of the last answer */
	size_t answers;
	struct final final;
	char final_text[200];
};

/* Says what was found, in English by `fmt` and in Korean. */
void doctor_say(struct patient *p, enum exam_level level, const char *ko, const char *fmt,
	...) PRINTF_LIKE(4, 5);

/* False with nothing said when `quiet`, but for what a person can mend. */
bool doctor_open(struct patient *p, const char *device, bool quiet);
void doctor_close(struct patient *p);
/* Something at the port answers AT. */
bool doctor_wake(struct patient *p);
/* True when a final result came within `wait` ms, whichever. */
bool doctor_ask(struct patient *p, const char *command, int64_t wait);
bool doctor_ok(struct patient *p, const char *command);
const char *doctor_first(const struct patient *p); /* line of the answer, or "" */

void doctor_machine(struct patient *p);

#endif
