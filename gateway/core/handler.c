#include "gateway/core/handler.h"

enum handler_asks
handlers_ask(struct core *core, const struct inbound *in)
{
	enum handler_asks most = HANDLER_ASKS_NOTHING;
	for (size_t i = 0; handlers[i].name; i++)
		if (handlers[i].asks)
			most = MAX(most, handlers[i].asks(core, in));
	return most;
}

bool
handlers_came_back(struct core *core, const struct inbound *in)
{
	for (size_t i = 0; handlers[i].name; i++)
		if (handlers[i].came_back && handlers[i].came_back(core, in))
			return true;
	return false;
}
