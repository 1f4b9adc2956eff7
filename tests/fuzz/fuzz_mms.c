/* What a network may put into an MMS notification. */
#include <assert.h>
#include <string.h>

#include "gateway/sms/mms.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct mms_notification n;
	if (mms_parse(data, len, &n) == 0) {
		assert(memchr(n.from, 0, sizeof(n.from)));
		assert(memchr(n.subject, 0, sizeof(n.subject)));
		assert(n.size >= -1);
	}
	return 0;
}
