/* The doctor, for the verbs it can be called by (`doctor`, `channels doctor`). */
#ifndef MALGIL_VERBS_DOCTOR_H
#define MALGIL_VERBS_DOCTOR_H

#include "gateway/verbs/verbs.h"

int doctor_run(struct verb_args *args, bool json);

#endif
