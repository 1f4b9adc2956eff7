#include "gateway/sms/phone.h"

#include <phonenumbers/phonenumberutil.h>

#include <cstring>
#include <string>

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

static bool
copy_out(const std::string &s, char *ret, size_t size)
{
	if (s.size() >= size)
		return false;
	memcpy(ret, s.c_str(), s.size() + 1);
	return true;
}

static bool
parse(const PhoneNumberUtil &util, const char *text, const char *region,
	PhoneNumber *number)
{
	const char *home = *region ? region : "ZZ";
	return util.Parse(text, home, number) == PhoneNumberUtil::NO_PARSING_ERROR;
}

/* Numbers of a whole country that are dialled without its trunk prefix (Korea's
 * 1544-1234): the tables say they can be called from abroad, the networks do not. */
static bool
is_nationwide(const PhoneNumberUtil &util, const PhoneNumber &number,
	const std::string &national)
{
	PhoneNumberUtil::PhoneNumberType type = util.GetNumberType(number);
	std::string region, trunk;
	if (type != PhoneNumberUtil::UAN && type != PhoneNumberUtil::SHARED_COST)
		return false;
	util.GetRegionCodeForNumber(number, &region);
	util.GetNddPrefixForRegion(region, true, &trunk);
	return !trunk.empty() && national.compare(0, trunk.size(), trunk) != 0;
}

static bool
is_service(const PhoneNumberUtil &util, const PhoneNumber &number, const char *home,
	std::string *digits)
{
	std::string region;
	util.GetRegionCodeForNumber(number, &region);
	if (region != home)
		return false;
	util.Format(number, PhoneNumberUtil::NATIONAL, digits);
	util.NormalizeDigitsOnly(digits);
	return !util.CanBeInternationallyDialled(number) ||
	       is_nationwide(util, number, *digits);
}

enum phone_kind
phone_parse(const char *text, const char *region, char *ret, size_t size)
{
	const PhoneNumberUtil &util = *PhoneNumberUtil::GetInstance();
	PhoneNumber number;
	std::string out;
	/* Possible, not valid: numbering plans move faster than anybody's tables. But
	 * what is possible only within a town has lost its area code, and a trunk
	 * prefix that is left over is that of a number cut short ("010-12345"). */
	if (!parse(util, text, region, &number) ||
		util.IsPossibleNumberWithReason(number) !=
			PhoneNumberUtil::IS_POSSIBLE ||
		(number.italian_leading_zero() && !util.IsValidNumber(number)))
		return PHONE_NONE;
	if (is_service(util, number, region, &out))
		return copy_out(out, ret, size) ? PHONE_LOCAL : PHONE_NONE;
	util.Format(number, PhoneNumberUtil::E164, &out);
	return copy_out(out, ret, size) ? PHONE_OPEN : PHONE_NONE;
}

bool
phone_format(const char *e164, const char *region, char *ret, size_t size)
{
	const PhoneNumberUtil &util = *PhoneNumberUtil::GetInstance();
	PhoneNumber number;
	std::string text;
	bool home;
	if (!parse(util, e164, "", &number))
		return false;
	home = number.country_code() == util.GetCountryCodeForRegion(region);
	util.Format(number,
		home ? PhoneNumberUtil::NATIONAL : PhoneNumberUtil::INTERNATIONAL, &text);
	return copy_out(text, ret, size);
}

bool
phone_region(const char *e164, char *ret, size_t size)
{
	const PhoneNumberUtil &util = *PhoneNumberUtil::GetInstance();
	PhoneNumber number;
	std::string region;
	if (!parse(util, e164, "", &number))
		return false;
	util.GetRegionCodeForNumber(number, &region);
	/* A number too new for the tables still shows its country's main region. */
	if (region == "ZZ")
		util.GetRegionCodeForCountryCode(number.country_code(), &region);
	return region != "ZZ" && region != "001" && copy_out(region, ret, size);
}

bool
phone_example(const char *region, char *ret, size_t size)
{
	const PhoneNumberUtil &util = *PhoneNumberUtil::GetInstance();
	PhoneNumber number;
	std::string text;
	if (!util.GetExampleNumberForType(region, PhoneNumberUtil::MOBILE, &number))
		return false;
	util.Format(number, PhoneNumberUtil::E164, &text);
	return copy_out(text, ret, size);
}
