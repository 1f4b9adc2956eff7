/* Which title of a spreadsheet's header means what. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/suggest.h"
#include "gateway/text/sheet.h"
#include "gateway/core/orders_columns.h"

/* Titles as words_normalise() leaves them without blanks, the better before the worse: a
 * file that has both the buyer's and the receiver's number means the buyer's. */
/* clang-format off */
static const struct {
	const char *name, *titles;
} columns[SHEET_COLUMNS] = {
	[SHEET_NUMBER] = {"number", "주문번호,주문no,주문id,쇼핑몰주문번호,상품주문번호,주문코드,"
		"ordernumber,orderno,orderid,ordername,order,number,no,id"},
	[SHEET_LINE] = {"line", "상품주문번호,품목별주문번호,주문상품고유번호,lineitemid,orderitemid"},
	[SHEET_SOURCE] = {"source", "쇼핑몰,쇼핑몰명,판매처,판매채널,마켓,판매사이트,source,market,"
		"marketplace,store,saleschannel,channel"},
	[SHEET_PLACED] = {"placed", "주문일시,주문일,주문일자,주문날짜,주문시간,결제일시,결제일,"
		"결제일자,orderdate,ordertime,orderedat,placed,placedat,createdat,paidat,date,날짜"},
	[SHEET_PAID] = {"paid", "결제일시,결제일,결제일자,결제완료일,paidat,paiddate,paymentdate"},
	[SHEET_SHIPPED] = {"shipped", "발송처리일,발송일,발송일시,출고일,배송시작일,shippedat,"
		"shippeddate,fulfilledat"},
	[SHEET_PHONE] = {"phone", "구매자연락처,구매자휴대폰,구매자휴대폰번호,구매자전화번호,"
		"주문자연락처,주문자휴대폰,주문자휴대폰번호,주문자휴대전화,주문자전화번호,휴대폰,"
		"휴대폰번호,휴대전화,휴대전화번호,핸드폰,핸드폰번호,연락처,연락처1,전화번호,전화,"
		"수취인휴대폰,수취인휴대전화,수취인연락처,수취인연락처1,수취인전화번호,수령인연락처,"
		"수령인휴대폰,수령자휴대폰,받는분연락처,받는분휴대폰,받는분전화번호,buyerphone,"
		"customerphone,billingphone,phone,phonenumber,mobile,mobilephone,cellphone,cell,tel,"
		"telephone,contact,shippingphone,receiverphone"},
	[SHEET_NAME] = {"name", "수취인명,수취인,수령인,수령인명,수령자,받는분,받는사람,받는분성함,"
		"구매자명,구매자,주문자명,주문자,이름,성함,고객명,receiver,recipient,shippingname,"
		"customer,customername,buyer,buyername,name"},
	[SHEET_ITEM] = {"item", "상품명,노출상품명,제품명,품명,품목명,품목,상품,제품,item,itemname,"
		"lineitemname,product,productname,title,description"},
	[SHEET_VARIANT] = {"variant", "옵션정보,옵션명,옵션,상품옵션,등록옵션명,규격,variant,"
		"varianttitle,option,options"},
	[SHEET_SKU] = {"sku", "상품코드,판매자상품코드,품번,자체상품코드,옵션코드,상품번호,sku,"
		"lineitemsku,productcode,itemcode"},
	[SHEET_QUANTITY] = {"quantity", "수량,주문수량,구매수량,구매수수량,quantity,qty,"
		"lineitemquantity,count"},
	[SHEET_AMOUNT] = {"amount", "상품별총주문금액,상품금액,상품구매금액,상품가격,금액,판매금액,"
		"amount,lineamount,linetotal,lineitemprice,price"},
	[SHEET_TOTAL] = {"total", "총결제금액,총주문금액,결제금액,실결제금액,주문금액,총금액,합계,"
		"합계금액,결제액,total,ordertotal,grandtotal,totalprice,totalamount,sum"},
	[SHEET_STATE] = {"state", "주문상태,상태,처리상태,진행상태,배송상태,주문처리상태,orderstatus,"
		"status,state,orderstate,deliverystatus,shippingstatus,fulfillmentstatus"},
	[SHEET_CARRIER] = {"carrier", "택배사,택배사명,택배회사,배송사,배송업체,운송사,carrier,courier,"
		"shippingcompany,shippingcarrier"},
	[SHEET_TRACK] = {"track", "송장번호,운송장번호,운송장,송장,택배송장번호,등기번호,track,"
		"trackingnumber,trackingno,tracking,waybill"},
	[SHEET_ETA] = {"eta", "도착예정일,배송예정일,도착일,예정일,eta,expecteddelivery,"
		"estimateddelivery,deliverydate,expected"},
	[SHEET_CURRENCY] = {"currency", "통화,화폐,currency"},
};
/* clang-format on */

const char *
sheet_column_name(enum sheet_column column)
{
	return columns[column].name;
}

static size_t
rank_of(const struct orders_sheet *s, int column, const char *title)
{
	const char *own = s->known ? s->known[column] : NULL;
	size_t rank = own ? sheet_title_rank(title, own) : 0;
	if (rank)
		return rank;
	rank = sheet_title_rank(title, columns[column].titles);
	return rank && own ? rank + 1000 : rank;
}

void
orders_columns_find(struct orders_sheet *s)
{
	struct strbuf title AUTO(strbuf_done) = STRBUF_INIT(1024);
	size_t best[SHEET_COLUMNS] = {0};
	bool fixed[SHEET_COLUMNS];
	for (int c = 0; c < SHEET_COLUMNS; c++)
		fixed[c] = s->at[c] != 0;
	for (size_t i = 0; i < s->title_count; i++) {
		sheet_title(s->titles[i], &title);
		for (int c = 0; c < SHEET_COLUMNS && title.len; c++) {
			size_t rank = fixed[c] ? 0 : rank_of(s, c, title.s);
			if (!rank || (best[c] && best[c] <= rank))
				continue;
			best[c] = rank;
			s->at[c] = i + 1;
		}
	}
}

/* ---- the columns somebody names by hand ---- */

static int
column_named(const char *name, enum sheet_column *ret, struct strbuf *err)
{
	struct suggest near;
	suggest_init(&near, name);
	for (int c = 0; c < SHEET_COLUMNS; c++) {
		suggest_offer(&near, columns[c].name);
		if (strcmp(columns[c].name, name) != 0)
			continue;
		*ret = (enum sheet_column)c;
		return 0;
	}
	strbuf_set(err, "there is no field '%.40s'%s%s%s", name,
		near.best ? "; did you mean '" : "", near.best ? near.best : "",
		near.best ? "'?" : "");
	return -EINVAL;
}

static int
take_pair(struct orders_sheet *s, char *pair, struct strbuf *err)
{
	struct strbuf wanted AUTO(strbuf_done) = STRBUF_INIT(1024);
	struct strbuf title AUTO(strbuf_done) = STRBUF_INIT(1024);
	enum sheet_column column;
	char *equals = strrchr(pair, '=');
	if (!equals) {
		strbuf_set(err, "'%.60s' is not TITLE=FIELD", pair);
		return -EINVAL;
	}
	*equals = '\0';
	const char *field = equals + 1 + strspn(equals + 1, " ");
	if (column_named(field, &column, err))
		return -EINVAL;
	sheet_title(pair, &wanted);
	for (size_t i = 0; i < s->title_count; i++) {
		sheet_title(s->titles[i], &title);
		if (strcmp(title.s, wanted.s) != 0)
			continue;
		s->at[column] = i + 1;
		return 0;
	}
	strbuf_set(err, "the header has no column '%.60s'", pair);
	return -EINVAL;
}

int
orders_columns_map(struct orders_sheet *s, const char *map, struct strbuf *err)
{
	int r = 0;
	while (!r && *map) {
		size_t n = strcspn(map, ",");
		char *pair = xstrndup(map, n);
		for (size_t len = strlen(pair); len && pair[len - 1] == ' ';)
			pair[--len] = '\0';
		r = take_pair(s, pair, err);
		free(pair);
		map += n + (map[n] == ',');
	}
	return r;
}
