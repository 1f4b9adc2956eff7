/* Named places where a test may end the process.
 *
 * FAULT("journal.before_pdu") is nothing but a predictable branch in ordinary runs. With
 * MALGIL_FAULT=NAME[:N] in the environment the Nth passage (default the first) of that
 * place ends the process with SIGKILL, as a power cut or the kernel's OOM killer would.
 * With MALGIL_FAULT_TRACE=FILE the 1st, 2nd, 4th, 8th... passage of a place is appended
 * to FILE as "NAME COUNT", so that a harness can enumerate places and passages by running
 * the program instead of keeping a list. Any thread may pass. */
#ifndef MALGIL_BASE_FAULT_H
#define MALGIL_BASE_FAULT_H

#include "gateway/base/def.h"

extern bool fault_armed;
void fault_init(void); /* reads the environment; called once by main */
void fault_pass(const char *name);

#define FAULT(name)                                                                      \
	do {                                                                             \
		if (__builtin_expect(fault_armed, 0))                                    \
			fault_pass(name);                                                \
	} while (0)

#endif
