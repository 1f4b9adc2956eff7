#include "gateway/verbs/old_number.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/sms/address.h"

#define TAIL 8 /* digits two spellings of one number share at their end */

/* The last digits of a number; "" when there are too few to be told apart. */
static void
tail_of(const char *number, char ret[TAIL + 1])
{
	char digits[32];
	size_t n = 0;
	for (; *number && n < sizeof(digits) - 1; number++)
		if (isdigit((unsigned char)*number))
			digits[n++] = *number;
	digits[n] = '\0';
	snprintf(ret, TAIL + 1, "%s", n >= TAIL ? digits + n - TAIL : "");
}

/* Does a line hold a run of digits, with what people put between them, that ends so? */
static bool
line_has(const char *line, const char *tail)
{
	char run[64];
	size_t n = 0;
	for (;; line++) {
		if (isdigit((unsigned char)*line)) {
			if (n == sizeof(run) - 1)
				n = 0;
			run[n++] = *line;
			continue;
		}
		if (*line && strchr("- .()", *line) && n)
			continue;
		run[n] = '\0';
		if (n >= TAIL && !strcmp(run + n - TAIL, tail))
			return true;
		n = 0;
		if (!*line)
			return false;
	}
}

static unsigned
look_into(const char *path, const char *tail)
{
	unsigned found = 0, number = 0;
	char *line = NULL;
	size_t room = 0;
	FILE *f = path ? fopen(path, "re") : NULL;
	while (f && getline(&line, &room, f) >= 0) {
		number++;
		if (!line_has(line, tail))
			continue;
		found++;
		printf("  %s:%u\n", path, number);
	}
	free(line);
	if (f)
		fclose(f);
	return found;
}

unsigned
old_number_find(const struct config *config, const char *config_path, const char *number)
{
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(8192);
	char tail[TAIL + 1];
	unsigned found = 0;
	tail_of(number, tail);
	if (!*tail)
		return 0;
	found += look_into(config_path, tail);
	found += look_into(config->policy_path, tail);
	found += look_into(config->connectors_path, tail);
	DIR *dir = config->scripts ? opendir(config->scripts) : NULL;
	for (struct dirent *e; dir && (e = readdir(dir));) {
		const char *dot = strrchr(e->d_name, '.');
		if (!dot || strcmp(dot, ".cfg") != 0)
			continue;
		strbuf_set(&path, "%s/%s", config->scripts, e->d_name);
		found += look_into(path.s, tail);
	}
	if (dir)
		closedir(dir);
	return found;
}
