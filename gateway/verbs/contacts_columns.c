/* Which title of a spreadsheet's header means what, in Korean and English. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/text/sheet.h"
#include "gateway/text/words.h"
#include "gateway/verbs/contacts_sheet.h"

/* Titles as sheet_title() leaves them, the better before the worse: a file that has a
 * mobile and another number means the mobile. */
/* clang-format off */
static const struct {
	const char *name, *titles;
} roles[PEOPLE_KNOWN] = {
	[PEOPLE_PHONE] = {"phone", "휴대폰,휴대폰번호,휴대전화,휴대전화번호,핸드폰,핸드폰번호,휴대폰 연락처,"
		"모바일,고객휴대폰,회원휴대폰,mobile,mobilephone,mobilenumber,cellphone,cell,"
		"연락처,연락처1,전화번호,전화,고객연락처,회원연락처,구매자연락처,주문자연락처,수취인연락처,"
		"phone,phonenumber,telephone,tel,number,contact"},
	[PEOPLE_CONSENT] = {"consent", "SMS수신동의,sms수신동의여부,SMS 수신 여부,sms수신,문자수신동의,"
		"문자수신동의여부,문자수신여부,문자수신,광고수신동의,광고성정보수신동의,광고성정보수신,"
		"마케팅수신동의,마케팅동의,마케팅활용동의,수신동의,수신동의여부,수신여부,동의,동의여부,"
		"smsconsent,smsoptin,acceptssmsmarketing,acceptsmarketing,marketingconsent,consent,"
		"optin,subscribed,subscription"},
	[PEOPLE_DATE] = {"date", "SMS수신동의일,수신동의일시,수신동의일,수신동의일자,동의일,동의일자,동의일시,"
		"동의날짜,sms수신동의일시,마케팅동의일,consentdate,dateofconsent,consentat,consentedat,"
		"optindate,optedinat,subscribedat,subscribedon"},
	[PEOPLE_SOURCE] = {"source", "동의경로,동의출처,수신동의경로,수집경로,동의방법,출처,consentsource,"
		"sourceofconsent,optinsource,source"},
	[PEOPLE_NIGHT] = {"night", "야간수신동의,야간광고수신동의,야간문자수신동의,야간동의,nightconsent,night"},
	[PEOPLE_TAGS] = {"tags", "태그,고객태그,그룹,고객그룹,tags,tag,groups,group,labels"},
};
static const struct {
	const char *name, *titles;
} fields[] = {
	{"name", "이름,고객명,회원명,성명,성함,고객이름,회원이름,구매자명,주문자명,수취인명,name,fullname,"
		"customername,customer"},
	{"birthday", "생일,생년월일,생일월일,birthday,birthdate,dateofbirth,dob"},
	{"email", "이메일,이메일주소,메일,전자우편,email,emailaddress,mail"},
	{"grade", "등급,회원등급,고객등급,grade,tier,level,membership"},
	{"memo", "메모,비고,관리자메모,특이사항,memo,note,notes,remarks,comment"},
	{"gender", "성별,gender,sex"},
	{"joined", "가입일,회원가입일,가입일자,가입일시,등록일,joined,joindate,signupdate,registeredat"},
	{"points", "적립금,포인트,마일리지,points,mileage"},
};
/* clang-format on */

const char *
people_column_name(enum people_column column)
{
	return roles[column].name;
}

const char *
people_meaning(const struct people_sheet *s, size_t title)
{
	for (int c = 0; c < PEOPLE_KNOWN; c++)
		if (s->at[c] == title + 1)
			return roles[c].name;
	for (size_t i = 0; i < s->field_count; i++)
		if (s->fields[i].at == title + 1)
			return s->fields[i].name;
	return NULL;
}

enum people_says
people_said(const char *cell)
{
	static const char yes[] =
		"y,yes,true,1,o,ok,예,네,응,동의,동의함,수신,수신함,수신동의,허용,승인,"
		"가능,agree,agreed,optin,optedin,subscribed,t,on";
	static const char refused[] =
		"수신거부,거부,수신거부함,차단,해지,optout,optedout,"
		"unsubscribed,unsubscribe,stop,denied,refused";
	static const char no[] = "n,no,false,0,x,아니오,아니요,미동의,동의안함,비동의,"
				 "미수신,수신안함,불가,"
				 "f,off,none";
	struct strbuf word AUTO(strbuf_done) = STRBUF_INIT(256);
	/* a circle and a cross are what people draw */
	if (!strcmp(cell, "○") || !strcmp(cell, "◯") || !strcmp(cell, "✓"))
		return SAYS_YES;
	if (!strcmp(cell, "×") || !strcmp(cell, "✗"))
		return SAYS_NO;
	sheet_title(cell, &word);
	if (!word.len)
		return SAYS_NOTHING;
	if (sheet_title_rank(word.s, yes))
		return SAYS_YES;
	if (sheet_title_rank(word.s, refused))
		return SAYS_REFUSED;
	return sheet_title_rank(word.s, no) ? SAYS_NO : SAYS_NOTHING;
}

/* ---- by hand ---- */

static bool
may_be_field(const char *name)
{
	static const char *const taken[] = {"id", "lang", "created", "zone", "region"};
	size_t n = strlen(name);
	for (size_t i = 0; i < ARRAY_LEN(taken); i++)
		if (!strcmp(name, taken[i]))
			return false;
	return n && n < 65 && *name >= 'a' && *name <= 'z' &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == n;
}

static int
place(struct people_sheet *s, const char *name, size_t title, struct strbuf *err)
{
	for (int c = 0; c < PEOPLE_KNOWN; c++)
		if (!strcmp(roles[c].name, name)) {
			s->at[c] = title + 1;
			return 0;
		}
	if (!may_be_field(name)) {
		strbuf_set(err,
			"'%.60s' cannot be the name of a field: small letters, digits "
			"and _ are, a letter first",
			name);
		return -EINVAL;
	}
	if (s->field_count == PEOPLE_COLUMNS - PEOPLE_KNOWN) {
		strbuf_set(err, "there are too many columns to import");
		return -EINVAL;
	}
	s->fields[s->field_count].at = title + 1;
	snprintf(s->fields[s->field_count++].name, sizeof(s->fields[0].name), "%s", name);
	return 0;
}

static int
map_one(struct people_sheet *s, char *pair, struct strbuf *err)
{
	struct strbuf wanted AUTO(strbuf_done) = STRBUF_INIT(1024);
	struct strbuf title AUTO(strbuf_done) = STRBUF_INIT(1024);
	char *equals = strrchr(pair, '=');
	if (!equals) {
		strbuf_set(err, "--map: '%.60s' is not TITLE=FIELD", pair);
		return -EINVAL;
	}
	*equals = '\0';
	sheet_title(pair, &wanted);
	for (size_t i = 0; i < s->title_count; i++) {
		sheet_title(s->titles[i], &title);
		if (!strcmp(title.s, wanted.s))
			return place(s, equals + 1 + strspn(equals + 1, " "), i, err);
	}
	strbuf_set(err, "--map: the header has no column '%.60s'", pair);
	return -EINVAL;
}

static int
map_all(struct people_sheet *s, const char *map, struct strbuf *err)
{
	int r = 0;
	while (!r && *map) {
		size_t n = strcspn(map, ",");
		char *pair = xstrndup(map, n);
		for (size_t len = n; len && pair[len - 1] == ' ';)
			pair[--len] = '\0';
		r = map_one(s, pair, err);
		free(pair);
		map += n + (map[n] == ',');
	}
	return r;
}

/* ---- by their titles ---- */

/* The best column for a list of titles that nothing has taken yet; 0 none. */
static size_t
find(const struct people_sheet *s, const char *titles)
{
	struct strbuf title AUTO(strbuf_done) = STRBUF_INIT(1024);
	size_t best = 0, at = 0;
	for (size_t i = 0; i < s->title_count; i++) {
		sheet_title(s->titles[i], &title);
		size_t rank = title.len ? sheet_title_rank(title.s, titles) : 0;
		if (!rank || (best && best <= rank) || people_meaning(s, i))
			continue;
		best = rank;
		at = i + 1;
	}
	return at;
}

static bool
has_field(const struct people_sheet *s, const char *name)
{
	for (size_t i = 0; i < s->field_count; i++)
		if (!strcmp(s->fields[i].name, name))
			return true;
	return false;
}

int
people_columns(struct people_sheet *s, const char *map, struct strbuf *err)
{
	if (map && map_all(s, map, err) < 0)
		return -EINVAL;
	for (int c = 0; c < PEOPLE_KNOWN; c++)
		if (!s->at[c])
			s->at[c] = find(s, roles[c].titles);
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		size_t at = has_field(s, fields[i].name) ? 0 : find(s, fields[i].titles);
		if (at && place(s, fields[i].name, at - 1, err) < 0)
			return -EINVAL;
	}
	return 0;
}
