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
parse(const PhoneNumberUtil &util, const char *text, const char *region, PhoneNumber *number)
{
	const char *home = *region ? region : "ZZ";

	return util.Parse(text, home, number) == PhoneNumberUtil::NO_PARSING_ERROR;
}

enum phone_kind
phone_parse(const char *text, const char *region, char *ret, size_t size)
{
	const PhoneNumberUtil &util = *PhoneNumberUtil::GetInstance();
	PhoneNumber number;
	std::string e164;

	/* Possible, not valid: numbering plans move faster than tables in a distribution. */
	if (!parse(util, text, region, &number) || !util.IsPossibleNumber(number))
		return PHONE_NONE;
	if (!util.CanBeInternationallyDialled(number))
		return PHONE_LOCAL;
	util.Format(number, PhoneNumberUtil::E164, &e164);
	return copy_out(e164, ret, size) ? PHONE_OPEN : PHONE_NONE;
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
	util.Format(number, home ? PhoneNumberUtil::NATIONAL : PhoneNumberUtil::INTERNATIONAL,
		&text);
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
