#include "gateway/verbs/bar.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/clock.h"

void
bar_begin(struct bar *bar, const char *what, size_t all)
{
	*bar = (struct bar){.what = what, .all = all, .began = clock_mono(clock_real())};
}

void
bar_clear(void)
{
	if (isatty(STDERR_FILENO))
		fputs("\r\x1b[K", stderr);
}

void
bar_show(struct bar *bar, size_t done)
{
	int64_t now = clock_mono(clock_real());
	if (!isatty(STDERR_FILENO) || (bar->shown && now - bar->shown < 100))
		return;
	bar->shown = now;
	int64_t rate = MAX((int64_t)done * 1000 / MAX(now - bar->began, 1), 1);
	char drawn[] = "....................";
	for (size_t i = 0; i < MIN(done, bar->all) * 20 / MAX(bar->all, 1); i++)
		drawn[i] = '#';
	bar_clear();
	fprintf(stderr, "[%s] %zu of %zu %s, %lld a second, %lld s left", drawn, done,
		bar->all, bar->what, (long long)rate,
		(long long)((int64_t)(bar->all - MIN(done, bar->all)) / rate));
}

int
read_whole(const struct verb *verb, const char *name, struct strbuf *ret)
{
	char chunk[65536];
	ssize_t n = -1;
	int fd = strcmp(name, "-") ? open(name, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
	if (fd < 0)
		return verb_refuse(verb, "%s: %s", name, strerror(errno));
	while (!ret->full && (n = read(fd, chunk, sizeof(chunk))) > 0)
		strbuf_add(ret, chunk, (size_t)n);
	int failed = n < 0 ? errno : 0;
	if (fd != STDIN_FILENO)
		close(fd);
	if (failed)
		return verb_refuse(verb, "%s: %s", name, strerror(failed));
	if (ret->full)
		return verb_refuse(verb, "%s is larger than %zu MiB: cut it in pieces",
			name, ret->max >> 20);
	return 0;
}
