/* Any octets as a TPDU, both ways, and what could be read written again. The first octet
 * of the input chooses the way. */
#include <stdlib.h>
#include <string.h>

#include "gateway/sms/join.h"
#include "gateway/sms/pdu.h"
#include "gateway/sms/userdata.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool condition)
{
	if (!condition)
		abort();
}

/* A PDU read without a warning is written back; what is written reads the same again. */
static void
write_again(const struct pdu *pdu, enum pdu_direction way)
{
	struct strbuf out = STRBUF_INIT(512);
	struct pdu again;

	if (pdu_encode(pdu, &out, NULL) == 0) {
		must(pdu_decode((const uint8_t *)out.s, out.len, way, &again, NULL) == 0);
		must(again.type == pdu->type && again.ud_len == pdu->ud_len);
		must(memcmp(again.ud, pdu->ud, pdu->ud_len) == 0);
		must(strcmp(again.address.text, pdu->address.text) == 0);
		must(again.text_len == pdu->text_len);
		must(memcmp(again.text, pdu->text, pdu->text_len) == 0);
	}
	strbuf_done(&out);
}

static void
join_it(const struct pdu *pdu)
{
	const struct pdu *parts[] = {pdu, NULL, pdu};
	struct strbuf out = STRBUF_INIT(8192);
	struct join join;

	join_text(parts, 3, &out);
	must(!out.full);
	if (pdu->concat.total) {
		join_open(&join, pdu);
		must(join_add(&join, pdu) == JOIN_DUPLICATE);
	}
	strbuf_done(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum pdu_direction way = PDU_TO_PHONE;
	struct strbuf err = STRBUF_SENTENCE;
	uint8_t *tpdu;
	struct pdu pdu;

	if (size < 1)
		return 0;
	if (data[0] & 1)
		way = PDU_FROM_PHONE;
	/* A copy of its own, so that one octet too far is seen. */
	tpdu = malloc(size);
	memcpy(tpdu, data + 1, size - 1);
	if (pdu_decode(tpdu, size - 1, way, &pdu, &err) == 0) {
		must(pdu.ud_len <= UD_MAX_OCTETS && pdu.payload_at <= pdu.ud_len);
		must(pdu.text_len < sizeof pdu.text && pdu.text[pdu.text_len] == '\0');
		must(pdu.element_count <= PDU_MAX_ELEMENTS);
		if (pdu.warning_count == 0)
			write_again(&pdu, way);
		join_it(&pdu);
	} else {
		must(err.len > 0);
	}
	strbuf_done(&err);
	free(tpdu);
	return 0;
}
