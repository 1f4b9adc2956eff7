/* The checks of the vectors in tests/golden/pdu/public.json, one for each op, and what
 * they are made of. A vector names the public test it came from; `expected` is what that
 * source asserts, `derived` what an independent decoder that agrees with it reads
 * besides.
 *
 * A check that fails says why; the caller adds the vector's id and goes on. */
#ifndef MALGIL_TESTS_VECTORS_H
#define MALGIL_TESTS_VECTORS_H

#include <jansson.h>

#include "gateway/sms/pdu.h"

#define VECTOR_TEXT (1 << 20) /* octets of a text at most */

#define VECTOR_CHECK(condition, ...)                                                     \
	do {                                                                             \
		if (!(condition)) {                                                      \
			print_error("  " __VA_ARGS__);                                   \
			print_error("\n");                                               \
			return false;                                                    \
		}                                                                        \
	} while (0)

/* Members; NULL and 0 where there is none. */
const char *vector_text(const json_t *o, const char *name);
int64_t vector_int(const json_t *o, const char *name);
const json_t *vector_input(const json_t *v);
const json_t *vector_expected(const json_t *v);
bool vector_must_reject(const json_t *v);

/* Hex to octets; how many. */
size_t vector_octets(const char *hex, uint8_t *ret, size_t max);
/* Prints what differs; a member that is not wanted does not. */
bool vector_same(const char *name, json_t *want, json_t *got);
enum pdu_direction vector_direction(const json_t *v);

struct vector_reading {
	struct sms_address smsc;
	uint8_t tpdu[256];
	int len;
	struct pdu pdu;
	char why[256];
};
/* False with the reason in it. */
bool vector_read(
	const char *hex, bool has_smsc, enum pdu_direction way, struct vector_reading *r);

/* ---- the checks ---- */

bool vector_check_decode(const json_t *v);
bool vector_check_encode(const json_t *v);
bool vector_check_reject(const json_t *v);
bool vector_check_reassemble(const json_t *v);
bool vector_check_ucs2_join(const json_t *v);

bool vector_check_segment_count(const json_t *v);
bool vector_check_segment(const json_t *v);
bool vector_check_gsm7_unpack(const json_t *v);
bool vector_check_septets_decode(const json_t *v);
bool vector_check_septets_unpack(const json_t *v);
bool vector_check_gsm7_pack(const json_t *v);

bool vector_check_address(const json_t *v);
bool vector_check_udh(const json_t *v);
bool vector_check_udh_concat(const json_t *v);
bool vector_check_udh_block(const json_t *v);
bool vector_check_vp(const json_t *v);
bool vector_check_vp_relative(const json_t *v);
bool vector_check_timestamp(const json_t *v);
bool vector_check_dcs(const json_t *v);
bool vector_check_tp_status(const json_t *v);
bool vector_check_dlr_match(const json_t *v);

#endif
