/* TP-Status: TS 23.040 9.2.3.15. */
#include "gateway/sms/pdu.h"

static const char *const completed[] = {
	"received by the recipient",
	"forwarded, delivery not confirmed",
	"replaced by the service centre",
};
/* The same six causes while the SC still tries (20..) and after it gave up (60..). */
static const char *const temporary[] = {
	"congestion",
	"recipient busy",
	"no response from the recipient",
	"service rejected",
	"quality of service not available",
	"error in the recipient's phone",
};
static const char *const permanent[] = {
	"remote procedure error",
	"incompatible destination",
	"connection rejected by the recipient",
	"not obtainable",
	"quality of service not available",
	"no interworking available",
	"validity period expired",
	"deleted by the sender",
	"deleted by the service centre's operator",
	"message does not exist",
};

enum report_class
pdu_status_class(uint8_t status)
{
	if (status == 0x00)
		return REPORT_DELIVERED;
	/* 02 and the values an SC defines itself end the attempt but prove no delivery.
	 */
	if (status <= 0x02 || (status >= 0x10 && status < 0x20))
		return REPORT_FORWARDED;
	if (status >= 0x20 && status < 0x40)
		return REPORT_PENDING;
	if (status == 0x46)
		return REPORT_EXPIRED;
	if (status >= 0x40 && status < 0x60)
		return REPORT_FAILED;
	/* Reserved ones are to be read as 63, service rejected. */
	return REPORT_GAVE_UP;
}

static const char *
unnamed(uint8_t status)
{
	if (status >= 0x80)
		return "reserved";
	switch (status >> 5) {
	case 0:
		return status & 0x10 ? "completed, in the centre's own terms"
				     : "reserved";
	case 1: return "still trying, unlisted cause";
	case 2: return "permanent error, unlisted cause";
	}
	return "gave up, unlisted cause";
}

const char *
pdu_status_name(uint8_t status)
{
	unsigned i = status & 0x1F;
	if (status < ARRAY_LEN(completed))
		return completed[status];
	if ((status >> 5 == 1 || status >> 5 == 3) && i < ARRAY_LEN(temporary))
		return temporary[i];
	if (status >> 5 == 2 && i < ARRAY_LEN(permanent))
		return permanent[i];
	return unnamed(status);
}
