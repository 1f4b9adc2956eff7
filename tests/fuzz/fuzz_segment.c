/* Any octets as a text: what the planner takes comes back whole from its segments. The
 * first four octets of the input are the options. */
#include <stdlib.h>
#include <string.h>

#include "gateway/sms/join.h"
#include "gateway/sms/segment.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool condition)
{
	if (!condition)
		abort();
}

static void
submit(const char *text, const struct segment_plan *plan, size_t index, struct pdu *ret)
{
	struct submit_options options = {
		.to = "+821012345678", .msg_class = -1, .ref = 0x1234, .validity = 86400};
	struct strbuf out = STRBUF_INIT(256);

	must(segment_submit(text, plan, index, &options, &out, NULL) == 0);
	must(pdu_decode((const uint8_t *)out.s, out.len, PDU_FROM_PHONE, ret, NULL) == 0);
	must(ret->warning_count == 0 && ret->alphabet == plan->alphabet);
	must(ret->text_len == plan->segments[index].to - plan->segments[index].from);
	must(memcmp(ret->text, text + plan->segments[index].from, ret->text_len) == 0);
	strbuf_done(&out);
}

static void
back_again(const char *text, size_t len, const struct segment_plan *plan)
{
	struct pdu *pdus = xcalloc(plan->count, sizeof *pdus);
	const struct pdu *parts[SEGMENT_MAX];
	struct strbuf out = STRBUF_INIT(1 << 20);
	size_t at = 0;

	for (size_t i = 0; i < plan->count; i++) {
		must(plan->segments[i].from == at);
		at = plan->segments[i].to;
		submit(text, plan, i, &pdus[i]);
		parts[i] = &pdus[i];
	}
	must(at == len);
	join_text(parts, plan->count, &out);
	must(out.len == len && memcmp(out.s, text, len) == 0);
	strbuf_done(&out);
	free(pdus);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct segment_options options = {0};
	struct strbuf err = STRBUF_SENTENCE;
	struct segment_plan plan;
	char *text;

	if (size < 4)
		return 0;
	options.alphabet = data[0] % 3;
	options.ref16 = data[1] & 1;
	options.national = (uint32_t)(data[2] | data[3] << 8);
	text = malloc(size);
	memcpy(text, data + 4, size - 4);
	if (segment_plan(text, size - 4, &options, &plan, &err) == 0)
		back_again(text, size - 4, &plan);
	else
		must(err.len > 0);
	strbuf_done(&err);
	free(text);
	return 0;
}
