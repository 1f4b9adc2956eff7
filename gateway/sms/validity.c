#include "gateway/sms/validity.h"

#include <errno.h>
#include <string.h>

#include "gateway/sms/timestamp.h"

/* The relative grid, 9.2.3.12.1: up to octet `last`, (octet - base) * step seconds. */
static const struct {
	int last, base;
	int64_t step, offset;
} grid[] = {
	{143, -1, 5 * 60, 0},
	{167, 143, 30 * 60, 12 * 3600},
	{196, 166, 86400, 0},
	{255, 192, 7 * 86400, 0},
};

int64_t
pdu_validity_seconds(uint8_t octet)
{
	size_t i = 0;
	while (octet > grid[i].last)
		i++;
	return grid[i].offset + (octet - grid[i].base) * grid[i].step;
}

uint8_t
pdu_validity_octet(int64_t seconds)
{
	int low = 0, high = 255;
	while (low < high) {
		int mid = (low + high + 1) / 2;
		if (pdu_validity_seconds((uint8_t)mid) <= seconds)
			low = mid;
		else
			high = mid - 1;
	}
	return (uint8_t)low;
}

size_t
sms_validity_size(enum vp_format format)
{
	switch (format) {
	case VP_NONE: return 0;
	case VP_RELATIVE: return 1;
	case VP_ENHANCED:
	case VP_ABSOLUTE: return 7;
	}
	return 0;
}

/* The first functionality octet that ends the chain of extension bits (9.2.3.12.3). */
static size_t
enhanced_value_at(const struct sms_validity *vp)
{
	size_t at = 0;
	while (at < 6 && vp->octets[at] & 0x80)
		at++;
	return at + 1;
}

static int
semi_octets(uint8_t octet)
{
	return 10 * (octet & 0x0F) + (octet >> 4);
}

/* Fills in the length an enhanced period means; returns the octets that carry it. */
static size_t
enhanced_decode(struct sms_validity *vp)
{
	size_t at = enhanced_value_at(vp);
	const uint8_t *p = vp->octets + at;
	vp->seconds = -1;
	switch (vp->octets[0] & 7) {
	case 0: vp->seconds = 0; return at;
	case 1:
		if (at < 7)
			vp->seconds = pdu_validity_seconds(p[0]);
		return at + 1;
	case 2:
		if (at < 7)
			vp->seconds = p[0];
		return at + 1;
	case 3:
		if (at + 2 < 7)
			vp->seconds = semi_octets(p[0]) * 3600 + semi_octets(p[1]) * 60 +
				      semi_octets(p[2]);
		return at + 3;
	}
	return 7;
}

static int
absolute_decode(struct sms_validity *vp, struct strbuf *err)
{
	struct sms_time time;
	sms_time_decode(vp->octets, &time);
	if (!time.valid) {
		strbuf_set(err, "The absolute validity period is not a date");
		return -EINVAL;
	}
	sms_time_iso(&time, vp->iso);
	return 0;
}

int
sms_validity_decode(enum vp_format format, const uint8_t *p, size_t len,
	struct sms_validity *ret_vp, const char **ret_oddity, struct strbuf *err)
{
	struct sms_validity vp = {.format = format, .seconds = -1};
	size_t size = sms_validity_size(format);
	if (len < size) {
		strbuf_set(err, "The PDU ends inside the validity period");
		return -EINVAL;
	}
	if (size)
		memcpy(vp.octets, p, size);
	switch (format) {
	case VP_NONE: break;
	case VP_RELATIVE: vp.seconds = pdu_validity_seconds(p[0]); break;
	case VP_ENHANCED:
		for (size_t i = enhanced_decode(&vp); i < size; i++)
			if (vp.octets[i])
				*ret_oddity = "the validity period's padding is not zero";
		break;
	case VP_ABSOLUTE:
		if (absolute_decode(&vp, err) < 0)
			return -EINVAL;
		break;
	}
	*ret_vp = vp;
	return (int)size;
}

const char *
sms_validity_kind(const struct sms_validity *vp)
{
	static const char *const kinds[] = {"none", "relative", "seconds", "time"};
	unsigned kind = vp->octets[0] & 7;
	return kind < ARRAY_LEN(kinds) ? kinds[kind] : "reserved";
}

bool
sms_validity_single_shot(const struct sms_validity *vp)
{
	return vp->octets[0] & 0x40;
}

void
sms_validity_relative(int64_t seconds, struct sms_validity *ret_vp)
{
	*ret_vp = (struct sms_validity){.format = VP_RELATIVE};
	ret_vp->octets[0] = pdu_validity_octet(seconds);
	ret_vp->seconds = pdu_validity_seconds(ret_vp->octets[0]);
}
