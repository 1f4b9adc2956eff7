#include "drivers/at/codes.h"

#include <string.h>
#include <strings.h>

#define SHORT_REST (15 * SECOND)
#define LONG_REST  (5 * MINUTE)

/* clang-format off */
static const struct code cms_codes[] = {
	/* RP cause, 24.011 table 8.4 */
	{1,   CODE_PERMANENT, 0, "the number is not assigned"},
	{8,   CODE_OPERATOR,  LONG_REST, "the operator bars this SIM from sending"},
	{10,  CODE_PERMANENT, 0, "the network bars messages to this number"},
	{17,  CODE_TEMPORARY, SHORT_REST, "network failure"},
	{21,  CODE_TWICE,     0, "the network rejected the message"},
	{22,  CODE_TEMPORARY, SHORT_REST, "the network is congested or its memory full"},
	{27,  CODE_TEMPORARY, 0, "the destination is out of service"},
	{28,  CODE_PERMANENT, 0, "the network does not know this subscriber"},
	{29,  CODE_OPERATOR,  LONG_REST, "the network rejected the facility for this SIM"},
	{30,  CODE_PERMANENT, 0, "the network does not know the number"},
	{38,  CODE_TEMPORARY, SHORT_REST, "the network is out of order (often: no credit, or a wrong SMSC)"},
	{41,  CODE_TEMPORARY, 0, "temporary failure in the network"},
	{42,  CODE_TEMPORARY, SHORT_REST, "the network is congested"},
	{47,  CODE_TEMPORARY, SHORT_REST, "the network has no resources left"},
	{50,  CODE_OPERATOR,  LONG_REST, "this SIM is not subscribed to sending messages"},
	{69,  CODE_OPERATOR,  LONG_REST, "the network does not implement this (usually a wrong SMSC)"},
	{81,  CODE_PERMANENT, 0, "the network found the message reference invalid"},
	{95,  CODE_PERMANENT, 0, "the network found the message malformed"},
	{96,  CODE_PERMANENT, 0, "the network missed a mandatory element"},
	{97,  CODE_PERMANENT, 0, "the network does not know this message type"},
	{98,  CODE_PERMANENT, 0, "the network did not expect this message now"},
	{99,  CODE_PERMANENT, 0, "the network does not know an element of the message"},
	{111, CODE_TWICE,     0, "protocol error in the network"},
	{127, CODE_TEMPORARY, 0, "interworking failed in the network"},
	/* TP failure cause, 23.040 9.2.3.22 */
	{129, CODE_PERMANENT, 0, "message type 0 is not supported"},
	{130, CODE_PERMANENT, 0, "the message cannot be replaced"},
	{143, CODE_PERMANENT, 0, "the protocol identifier was refused"},
	{144, CODE_PERMANENT, 0, "the alphabet is not supported"},
	{145, CODE_PERMANENT, 0, "the message class is not supported"},
	{159, CODE_PERMANENT, 0, "the data coding was refused"},
	{160, CODE_PERMANENT, 0, "the command cannot be done"},
	{161, CODE_PERMANENT, 0, "the command is not supported"},
	{175, CODE_PERMANENT, 0, "the command was refused"},
	{176, CODE_PERMANENT, 0, "the message format is not supported"},
	{192, CODE_TEMPORARY, SHORT_REST, "the service centre is busy"},
	{193, CODE_OPERATOR,  LONG_REST, "this SIM has no subscription at the service centre"},
	{194, CODE_TEMPORARY, SHORT_REST, "the service centre has failed"},
	{195, CODE_PERMANENT, 0, "the service centre found the address invalid"},
	{196, CODE_PERMANENT, 0, "the service centre bars this destination"},
	{197, CODE_ACCEPTED,  0, "the service centre has this message already"},
	{198, CODE_PERMANENT, 0, "the validity period format is not supported"},
	{199, CODE_PERMANENT, 0, "the validity period is not supported"},
	{208, CODE_OPERATOR,  LONG_REST, "the SIM's message storage is full"},
	{209, CODE_OPERATOR,  LONG_REST, "the SIM has no message storage"},
	{210, CODE_TEMPORARY, 0, "error in the modem"},
	{211, CODE_TEMPORARY, SHORT_REST, "memory exceeded"},
	{212, CODE_TEMPORARY, SHORT_REST, "the SIM's toolkit is busy"},
	{213, CODE_TEMPORARY, 0, "data download error"},
	{255, CODE_TEMPORARY, 0, "the service centre gave no cause"},
	/* the modem's own, 27.005 3.2.5 */
	{300, CODE_MODEM,     SHORT_REST, "the modem failed"},
	{301, CODE_OPERATOR,  LONG_REST, "the modem has its message service reserved"},
	{302, CODE_TEMPORARY, SHORT_REST, "the modem does not allow this now"},
	{303, CODE_OPERATOR,  LONG_REST, "the modem does not support this"},
	{304, CODE_TWICE,     0, "the modem found the PDU invalid"},
	{305, CODE_MODEM,     0, "the modem had lost its PDU mode"},
	{310, CODE_OPERATOR,  LONG_REST, "no SIM in the modem"},
	{311, CODE_OPERATOR,  LONG_REST, "the SIM wants its PIN"},
	{312, CODE_OPERATOR,  LONG_REST, "the SIM lock wants its PIN"},
	{313, CODE_OPERATOR,  LONG_REST, "the SIM failed"},
	{314, CODE_TEMPORARY, 2 * SECOND, "the SIM is busy"},
	{315, CODE_OPERATOR,  LONG_REST, "the SIM is not the right one for this modem"},
	{316, CODE_OPERATOR,  LONG_REST, "the SIM is blocked and wants its PUK"},
	{317, CODE_OPERATOR,  LONG_REST, "the SIM wants its PIN2"},
	{318, CODE_OPERATOR,  LONG_REST, "the SIM wants its PUK2"},
	{320, CODE_TEMPORARY, SHORT_REST, "the modem's memory failed"},
	{321, CODE_TEMPORARY, 0, "the modem found the index invalid"},
	{322, CODE_TEMPORARY, SHORT_REST, "the modem's message storage is full"},
	{330, CODE_OPERATOR,  LONG_REST, "the SIM has no service centre number: set `smsc` in the channel"},
	{331, CODE_TEMPORARY, 5 * SECOND, "no network service"},
	{332, CODE_UNKNOWN,   0, "the network did not answer in time; the message may have gone out"},
	{340, CODE_TEMPORARY, 0, "the modem expected no acknowledgement"},
	{500, CODE_UNKNOWN,   0, "the modem gives no cause; the message may have gone out"},
};

/* Siemens and Cinterion: AT command sets of TC35, MC55, MC75. */
static const struct code siemens_codes[] = {
	{512, CODE_TEMPORARY, SHORT_REST, "the modem could not reach the network (weak signal)"},
	{513, CODE_UNKNOWN,   0, "the network's answer was lost; the message may have gone out"},
	{514, CODE_TEMPORARY, SHORT_REST, "the network is congested"},
	{515, CODE_TEMPORARY, 5 * SECOND, "the modem is still starting"},
};

/* Nokia and those who follow it. */
static const struct code nokia_codes[] = {
	{512, CODE_TEMPORARY, 0, "aborted in the modem"},
	{513, CODE_TEMPORARY, 0, "the modem cannot store the message"},
	{514, CODE_PERMANENT, 0, "the modem found a parameter invalid"},
	{515, CODE_PERMANENT, 0, "the modem found a parameter invalid"},
	{516, CODE_PERMANENT, 0, "the modem found the length invalid"},
	{517, CODE_PERMANENT, 0, "the modem found a parameter invalid"},
	{520, CODE_UNKNOWN,   0, "a timer ran out in the modem; the message may have gone out"},
	{521, CODE_UNKNOWN,   0, "a timer ran out in the modem; the message may have gone out"},
	{522, CODE_TEMPORARY, SHORT_REST, "the modem does not allow this now"},
	{532, CODE_TEMPORARY, SHORT_REST, "the SIM is not ready"},
	{535, CODE_TEMPORARY, 2 * SECOND, "the modem is busy"},
	{549, CODE_PERMANENT, 0, "the modem found a parameter invalid"},
	{550, CODE_PERMANENT, 0, "the modem found a parameter invalid"},
	{553, CODE_PERMANENT, 0, "the modem found a parameter invalid"},
	{554, CODE_PERMANENT, 0, "the modem found a parameter invalid"},
};

/* 27.007 9.2 */
static const struct code cme_codes[] = {
	{0,   CODE_MODEM,     SHORT_REST, "the phone in the modem failed"},
	{1,   CODE_MODEM,     SHORT_REST, "no connection to the phone in the modem"},
	{2,   CODE_MODEM,     SHORT_REST, "the phone in the modem is reserved"},
	{3,   CODE_TEMPORARY, SHORT_REST, "the modem does not allow this now"},
	{4,   CODE_OPERATOR,  LONG_REST, "the modem does not support this"},
	{5,   CODE_OPERATOR,  LONG_REST, "the SIM lock wants its PIN"},
	{10,  CODE_OPERATOR,  LONG_REST, "no SIM in the modem"},
	{11,  CODE_OPERATOR,  LONG_REST, "the SIM wants its PIN"},
	{12,  CODE_OPERATOR,  LONG_REST, "the SIM is blocked and wants its PUK"},
	{13,  CODE_OPERATOR,  LONG_REST, "the SIM failed"},
	{14,  CODE_TEMPORARY, 2 * SECOND, "the SIM is busy"},
	{15,  CODE_OPERATOR,  LONG_REST, "the SIM is not the right one for this modem"},
	{16,  CODE_OPERATOR,  LONG_REST, "the password is wrong"},
	{17,  CODE_OPERATOR,  LONG_REST, "the SIM wants its PIN2"},
	{18,  CODE_OPERATOR,  LONG_REST, "the SIM wants its PUK2"},
	{20,  CODE_TEMPORARY, SHORT_REST, "the modem's memory is full"},
	{21,  CODE_TEMPORARY, 0, "the modem found the index invalid"},
	{22,  CODE_TEMPORARY, 0, "the modem did not find it"},
	{23,  CODE_TEMPORARY, SHORT_REST, "the modem's memory failed"},
	{24,  CODE_PERMANENT, 0, "the modem found a text too long"},
	{25,  CODE_PERMANENT, 0, "the modem found a character invalid"},
	{26,  CODE_PERMANENT, 0, "the modem found the number too long"},
	{27,  CODE_PERMANENT, 0, "the modem found the number invalid"},
	{30,  CODE_TEMPORARY, SHORT_REST, "no network service"},
	{31,  CODE_UNKNOWN,   0, "the network did not answer in time; the message may have gone out"},
	{32,  CODE_OPERATOR,  LONG_REST, "the network allows emergency calls only"},
	{40,  CODE_OPERATOR,  LONG_REST, "the modem is locked to another network"},
	{41,  CODE_OPERATOR,  LONG_REST, "the modem is locked to another network and blocked"},
	{50,  CODE_OPERATOR,  LONG_REST, "the modem refuses the command's parameters"},
	{100, CODE_UNKNOWN,   0, "the modem gives no cause; the message may have gone out"},
	{515, CODE_TEMPORARY, 2 * SECOND, "the modem is busy"},
};
/* clang-format on */

static const struct code cms_other = {-1, CODE_UNKNOWN, 0,
	"the modem refused with a code nobody documents; the message may have gone out"};
static const struct code cms_application = {
	-1, CODE_PERMANENT, 0, "the service centre refused for a reason of its own"};
static const struct code cms_telematic = {-1, CODE_PERMANENT, 0,
	"the service centre does not support this kind of message"};
static const struct code cms_vendor = {-1, CODE_UNKNOWN, 0,
	"the modem refused with a code of its maker's; the message may have gone out"};
static const struct code cme_lock = {
	-1, CODE_OPERATOR, LONG_REST, "the modem or its SIM is locked"};
static const struct code plain_error = {-1, CODE_UNKNOWN, 0,
	"the modem refused without a cause; the message may have gone out"};
static const struct code hung_up = {-1, CODE_UNKNOWN, 0,
	"the modem answered as if to a call; the message may have gone out"};

static const struct code *
codes_search(const struct code *table, size_t count, int code)
{
	for (size_t i = 0; i < count; i++)
		if (table[i].code == code)
			return &table[i];
	return NULL;
}

static const struct code *
codes_vendor(int code, enum code_vendor vendor)
{
	const struct code *found = NULL;
	switch (vendor) {
	case VENDOR_CMS_NONE: break;
	case VENDOR_CMS_SIEMENS:
		found = codes_search(siemens_codes, ARRAY_LEN(siemens_codes), code);
		break;
	case VENDOR_CMS_NOKIA:
		found = codes_search(nokia_codes, ARRAY_LEN(nokia_codes), code);
		break;
	}
	return found ? found : &cms_vendor;
}

const struct code *
codes_cms(int code, enum code_vendor vendor)
{
	const struct code *found = codes_search(cms_codes, ARRAY_LEN(cms_codes), code);
	if (found)
		return found;
	if (code >= 512)
		return codes_vendor(code, vendor);
	if (code == 128)
		return &cms_telematic;
	if (code >= 224 && code <= 254)
		return &cms_application;
	return &cms_other;
}

const struct code *
codes_cme(int code)
{
	const struct code *found = codes_search(cme_codes, ARRAY_LEN(cme_codes), code);
	if (found)
		return found;
	return code > 40 && code < 50 ? &cme_lock : &plain_error;
}

/* ---- errors that came as text ---- */

struct code_text {
	const char *text;
	int code;
};

static const struct code_text cms_texts[] = {
	{"ME failure", 300},
	{"SMS service of ME reserved", 301},
	{"SMS ME reserved", 301},
	{"Operation not allowed", 302},
	{"Operation not supported", 303},
	{"Invalid PDU mode parameter", 304},
	{"Invalid PDU mode", 304},
	{"Invalid text mode parameter", 305},
	{"Invalid text mode", 305},
	{"SIM not inserted", 310},
	{"(U)SIM not inserted", 310},
	{"SIM PIN required", 311},
	{"SIM PIN necessary", 311},
	{"PH-SIM PIN required", 312},
	{"SIM failure", 313},
	{"SIM busy", 314},
	{"SIM wrong", 315},
	{"SIM PUK required", 316},
	{"SIM PIN2 required", 317},
	{"SIM PUK2 required", 318},
	{"Memory failure", 320},
	{"Invalid memory index", 321},
	{"Invalid index", 321},
	{"Memory full", 322},
	{"SMSC address unknown", 330},
	{"SMSC address not known", 330},
	{"No network service", 331},
	{"No network", 331},
	{"Network timeout", 332},
	{"No +CNMA acknowledgement expected", 340},
	{"Unknown error", 500},
	{"Unknown", 500},
};

static const struct code_text cme_texts[] = {
	{"Phone failure", 0},
	{"No connection to phone", 1},
	{"Phone-adaptor link reserved", 2},
	{"Operation not allowed", 3},
	{"Operation not supported", 4},
	{"PH-SIM PIN required", 5},
	{"SIM not inserted", 10},
	{"SIM PIN required", 11},
	{"SIM PIN necessary", 11},
	{"SIM PUK required", 12},
	{"SIM failure", 13},
	{"SIM busy", 14},
	{"SIM wrong", 15},
	{"Incorrect password", 16},
	{"SIM PIN2 required", 17},
	{"SIM PUK2 required", 18},
	{"Memory full", 20},
	{"Invalid index", 21},
	{"Not found", 22},
	{"Memory failure", 23},
	{"Text string too long", 24},
	{"Invalid characters in text string", 25},
	{"Dial string too long", 26},
	{"Invalid characters in dial string", 27},
	{"No network service", 30},
	{"Network timeout", 31},
	{"Network not allowed - emergency calls only", 32},
	{"Emergency calls only", 32},
	{"Unknown", 100},
	{"Unknown error", 100},
};

static int
codes_number(const struct code_text *texts, size_t count, const char *text)
{
	for (size_t i = 0; i < count; i++)
		if (strcasecmp(texts[i].text, text) == 0)
			return texts[i].code;
	return -1;
}

int
codes_cms_number(const char *text)
{
	return codes_number(cms_texts, ARRAY_LEN(cms_texts), text);
}

int
codes_cme_number(const char *text)
{
	return codes_number(cme_texts, ARRAY_LEN(cme_texts), text);
}

const struct code *
codes_find(const struct final *final, enum code_vendor vendor)
{
	int code = final->code;
	switch (final->kind) {
	case FINAL_CMS:
		code = code >= 0 ? code : codes_cms_number(final->text);
		return code >= 0 ? codes_cms(code, vendor) : &plain_error;
	case FINAL_CME:
		code = code >= 0 ? code : codes_cme_number(final->text);
		return code >= 0 ? codes_cme(code) : &plain_error;
	case FINAL_HANGUP: return &hung_up;
	case FINAL_OK:
	case FINAL_ERROR: break;
	}
	return &plain_error;
}
