/* Spreadsheets that strangers made: any bytes are rows of people, or a sentence. */
#include <stdlib.h>

#include "gateway/verbs/contacts_sheet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct strbuf out AUTO(strbuf_done) = STRBUF_INIT(1 << 22);
	struct people_sheet *s = NULL;
	struct people_wish wish = {.region = "KR",
		.zone = "Asia/Seoul",
		.source = "x",
		.now = INT64_C(1795000000000)};
	if (people_read(data, size, &wish, &s, &err)) {
		if (!err.len)
			abort(); /* a refusal has a sentence */
		return 0;
	}
	for (size_t i = 0; i < s->row_count; i++)
		people_json(s, &s->rows[i], &out);
	people_errors(s, &out);
	people_free(s);
	return 0;
}
