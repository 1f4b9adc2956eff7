/* Any octets as what an application answers: read within bounds, or refused with a
 * sentence; what comes out is text without zeros. */
#include <stdlib.h>
#include <string.h>

#include "gateway/api/twiml.h"
#include "gateway/net/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool condition)
{
	if (!condition)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct twiml t;
	struct strbuf err = STRBUF_SENTENCE;
	int r = twiml_read((const char *)data, size, &t, &err);
	must(!r || err.len);
	must(t.count <= TWIML_MESSAGES);
	for (size_t i = 0; i < t.count; i++) {
		must(strlen(t.messages[i].text.s) == t.messages[i].text.len);
		must(json_utf8(t.messages[i].text.s));
	}
	twiml_done(&t);
	strbuf_done(&err);
	return 0;
}
