#include "gateway/verbs/verbs.h"

#include <stdio.h>

static int
run(struct verb_args *args)
{
	(void)args;
	puts("malgil " MALGIL_VERSION);
	return EXIT_DONE;
}

const struct verb verb_version = {
	.name = "version",
	.summary = "print the version",
	.usage = "version",
	.example = "  malgil version",
	.run = run,
};
