#include "gateway/verbs/verbs.h"

#include <stdio.h>

static int
run(struct verb_args *args)
{
	if (verb_no_words(args))
		return EXIT_USAGE;
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
