/* What names mean for somebody in a journey whose run is not asked, or not there yet: the
 * fields that brought them in, what has just happened, and what is known of them. */
#ifndef MALGIL_DIALOGS_JOURNEY_EYES_H
#define MALGIL_DIALOGS_JOURNEY_EYES_H

#include "gateway/net/json.h"
#include "dialogs/script.h"
#include "dialogs/shell_inside.h"
#include "dialogs/step.h"

struct eyes {
	struct world world;
	struct step_env env;
	const json_t *data;      /* full names */
	const json_t *happening; /* names of fields */
	const char *event;       /* its name */
};
void eyes_open(struct eyes *e, struct dialogs *d, uint64_t contact, const json_t *data);
void eyes_close(struct eyes *e);
/* `ctx` is a struct eyes. */
void eyes_see(void *ctx, const char *name, struct value *ret);
/* NULL holds. */
bool eyes_hold(struct eyes *e, const struct expr *cond);
/* The exit of this name's event that fits, among those that hold the journey or those
 * that end it; NULL none. */
const struct script_exit *eyes_exit(const struct script *s, struct eyes *e, bool pausing);

#endif
