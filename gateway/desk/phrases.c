#include "gateway/desk/phrases.h"

#include <string.h>

static const char *const texts[P_COUNT][2] = {
#define X(name, en, ko) [P_##name] = {en, ko},
	PHRASES(X)
#undef X
};

const char *
phrase(enum language language, enum phrase p)
{
	return texts[p][language];
}

enum language
language_of(const char *all, const char *messages, const char *lang)
{
	const char *first = all && *all ? all : messages && *messages ? messages : lang;
	return first && !strncmp(first, "ko", 2) ? LANGUAGE_KO : LANGUAGE_EN;
}
