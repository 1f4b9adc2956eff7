#include "gateway/text/class.h"

#include <errno.h>
#include <string.h>

static const char *const names[CLASS_COUNT] = {
	[CLASS_NOTICE] = "notice",
	[CLASS_REPLY] = "reply",
	[CLASS_SERVICE] = "service",
	[CLASS_MARKETING] = "marketing",
};

const char *
message_class_name(enum message_class cls)
{
	return names[cls];
}

int
message_class_parse(const char *name, enum message_class *ret_class)
{
	for (size_t i = 0; i < CLASS_COUNT; i++) {
		if (!strcmp(name, names[i])) {
			*ret_class = (enum message_class)i;
			return 0;
		}
	}
	return -EINVAL;
}
