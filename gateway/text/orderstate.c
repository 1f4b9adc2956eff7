#include "gateway/text/orderstate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/text/words.h"

/* clang-format off */
static const struct {
	const char *name, *ko, *en;
	bool final;
} states[ORDER_STATES] = {
	[ORDER_UNKNOWN] = {"", "", "", false},
	[ORDER_PLACED] = {"placed", "입금 확인 전", "awaiting payment", false},
	[ORDER_PAID] = {"paid", "결제 완료", "paid", false},
	[ORDER_PREPARING] = {"preparing", "상품 준비 중", "being prepared", false},
	[ORDER_SHIPPED] = {"shipped", "배송 중", "on its way", false},
	[ORDER_ARRIVING] = {"arriving", "배송 출발", "out for delivery", false},
	[ORDER_DELIVERED] = {"delivered", "배송 완료", "delivered", true},
	[ORDER_CANCEL_ASKED] = {"cancel_asked", "취소 처리 중", "cancellation requested", false},
	[ORDER_CANCELED] = {"canceled", "취소 완료", "canceled", true},
	[ORDER_RETURN_ASKED] = {"return_asked", "반품 처리 중", "return requested", false},
	[ORDER_RETURNED] = {"returned", "반품 완료", "returned", true},
	[ORDER_EXCHANGE_ASKED] = {"exchange_asked", "교환 처리 중", "exchange requested", false},
	[ORDER_EXCHANGED] = {"exchanged", "교환 완료", "exchanged", true},
	[ORDER_REFUNDED] = {"refunded", "환불 완료", "refunded", true},
	[ORDER_HELD] = {"held", "확인 중", "on hold", false},
	[ORDER_OTHER] = {"other", "확인 중", "being looked into", false},
};

/* Words as words_normalise() leaves them, with the blanks taken out. Whole words first:
 * "취소" alone is a fact, "취소요청" a wish. */
static const struct {
	const char *word;
	enum order_state state;
} exact[] = {
	{"주문", ORDER_PLACED}, {"주문접수", ORDER_PLACED}, {"주문완료", ORDER_PLACED},
	{"접수", ORDER_PLACED}, {"접수완료", ORDER_PLACED}, {"미결제", ORDER_PLACED},
	{"ordered", ORDER_PLACED}, {"placed", ORDER_PLACED}, {"new", ORDER_PLACED},
	{"pending", ORDER_PLACED}, {"unpaid", ORDER_PLACED}, {"open", ORDER_PLACED},
	{"결제", ORDER_PAID}, {"입금", ORDER_PAID}, {"신규주문", ORDER_PAID},
	{"paid", ORDER_PAID}, {"captured", ORDER_PAID}, {"authorized", ORDER_PAID},
	{"준비", ORDER_PREPARING}, {"포장", ORDER_PREPARING}, {"제작", ORDER_PREPARING},
	{"배송준비", ORDER_PREPARING}, {"발주확인", ORDER_PREPARING}, {"발송대기", ORDER_PREPARING},
	{"배송대기", ORDER_PREPARING}, {"출고대기", ORDER_PREPARING}, {"확인", ORDER_PREPARING},
	{"processing", ORDER_PREPARING}, {"preparing", ORDER_PREPARING},
	{"packed", ORDER_PREPARING}, {"confirmed", ORDER_PREPARING},
	{"unfulfilled", ORDER_PREPARING}, {"accepted", ORDER_PREPARING},
	{"배송", ORDER_SHIPPED}, {"발송", ORDER_SHIPPED}, {"출고", ORDER_SHIPPED},
	{"shipped", ORDER_SHIPPED}, {"fulfilled", ORDER_SHIPPED}, {"dispatched", ORDER_SHIPPED},
	{"sent", ORDER_SHIPPED}, {"intransit", ORDER_SHIPPED}, {"shipping", ORDER_SHIPPED},
	{"arriving", ORDER_ARRIVING}, {"pickupready", ORDER_ARRIVING},
	{"readyforpickup", ORDER_ARRIVING}, {"outfordelivery", ORDER_ARRIVING},
	{"구매확정", ORDER_DELIVERED}, {"수취확인", ORDER_DELIVERED}, {"거래완료", ORDER_DELIVERED},
	{"수령완료", ORDER_DELIVERED}, {"완료", ORDER_DELIVERED}, {"거래종료", ORDER_DELIVERED},
	{"delivered", ORDER_DELIVERED}, {"completed", ORDER_DELIVERED},
	{"complete", ORDER_DELIVERED}, {"closed", ORDER_DELIVERED}, {"received", ORDER_DELIVERED},
	{"취소", ORDER_CANCELED}, {"주문취소", ORDER_CANCELED}, {"결제취소", ORDER_CANCELED},
	{"canceled", ORDER_CANCELED}, {"cancelled", ORDER_CANCELED}, {"voided", ORDER_CANCELED},
	{"미결제취소", ORDER_CANCELED}, {"직권취소", ORDER_CANCELED},
	{"반품", ORDER_RETURN_ASKED}, {"반송", ORDER_RETURN_ASKED}, {"return", ORDER_RETURN_ASKED},
	{"returned", ORDER_RETURNED}, {"교환", ORDER_EXCHANGE_ASKED},
	{"exchange", ORDER_EXCHANGE_ASKED}, {"exchanged", ORDER_EXCHANGED},
	{"환불", ORDER_REFUNDED}, {"refunded", ORDER_REFUNDED}, {"refund", ORDER_RETURN_ASKED},
	{"보류", ORDER_HELD}, {"품절", ORDER_HELD}, {"onhold", ORDER_HELD}, {"hold", ORDER_HELD},
	{"backordered", ORDER_HELD}, {"backorder", ORDER_HELD},
};

/* Then by what the word holds; the first row whose two parts are both in it. What a
 * person asked for comes before what was shipped: "반품배송중" is a return. */
static const struct {
	const char *holds, *also;
	enum order_state state;
} parts[] = {
	{"환불", "완료", ORDER_REFUNDED}, {"refund", "complete", ORDER_REFUNDED},
	{"취소", "철회", ORDER_PREPARING}, {"취소", "거부", ORDER_PREPARING},
	{"취소", "완료", ORDER_CANCELED}, {"취소", "", ORDER_CANCEL_ASKED},
	{"반품", "철회", ORDER_DELIVERED}, {"반품", "거부", ORDER_DELIVERED},
	{"반품", "완료", ORDER_RETURNED}, {"반품", "", ORDER_RETURN_ASKED},
	{"교환", "철회", ORDER_DELIVERED}, {"교환", "거부", ORDER_DELIVERED},
	{"교환", "완료", ORDER_EXCHANGED}, {"교환", "", ORDER_EXCHANGE_ASKED},
	{"환불", "", ORDER_RETURN_ASKED}, {"반송", "", ORDER_RETURN_ASKED},
	{"cancel", "request", ORDER_CANCEL_ASKED}, {"cancel", "pending", ORDER_CANCEL_ASKED},
	{"cancel", "", ORDER_CANCELED}, {"return", "complete", ORDER_RETURNED},
	{"return", "", ORDER_RETURN_ASKED}, {"exchange", "complete", ORDER_EXCHANGED},
	{"exchange", "", ORDER_EXCHANGE_ASKED}, {"refund", "", ORDER_REFUNDED},
	{"지연", "", ORDER_HELD}, {"보류", "", ORDER_HELD}, {"품절", "", ORDER_HELD},
	{"delay", "", ORDER_HELD}, {"hold", "", ORDER_HELD},
	{"배송", "출발", ORDER_ARRIVING}, {"배달", "출발", ORDER_ARRIVING},
	{"배달", "완료", ORDER_DELIVERED}, {"배달", "중", ORDER_ARRIVING},
	{"픽업", "", ORDER_ARRIVING}, {"outfor", "", ORDER_ARRIVING},
	{"배송", "준비", ORDER_PREPARING}, {"배송", "대기", ORDER_PREPARING},
	{"발송", "대기", ORDER_PREPARING}, {"출고", "대기", ORDER_PREPARING},
	{"발송", "준비", ORDER_PREPARING}, {"출고", "준비", ORDER_PREPARING},
	{"배송", "완료", ORDER_DELIVERED}, {"구매", "확정", ORDER_DELIVERED},
	{"deliver", "ed", ORDER_DELIVERED}, {"수령", "", ORDER_DELIVERED},
	{"배송", "", ORDER_SHIPPED}, {"발송", "", ORDER_SHIPPED}, {"출고", "", ORDER_SHIPPED},
	{"집하", "", ORDER_SHIPPED}, {"transit", "", ORDER_SHIPPED}, {"ship", "ped", ORDER_SHIPPED},
	{"준비", "", ORDER_PREPARING}, {"포장", "", ORDER_PREPARING}, {"제작", "", ORDER_PREPARING},
	{"발주", "", ORDER_PREPARING}, {"prepar", "", ORDER_PREPARING},
	{"process", "", ORDER_PREPARING},
	{"입금", "대기", ORDER_PLACED}, {"입금", "전", ORDER_PLACED}, {"입금", "예정", ORDER_PLACED},
	{"결제", "대기", ORDER_PLACED}, {"결제", "전", ORDER_PLACED},
	{"awaiting", "payment", ORDER_PLACED}, {"payment", "pending", ORDER_PLACED},
	{"pending", "payment", ORDER_PLACED},
	{"입금", "", ORDER_PAID}, {"결제", "", ORDER_PAID}, {"payment", "", ORDER_PAID},
	{"주문", "확인", ORDER_PREPARING}, {"신규", "", ORDER_PAID}, {"주문", "", ORDER_PLACED},
};
/* clang-format on */

const char *
order_state_name(enum order_state state)
{
	return states[state].name;
}

int
order_state_named(const char *name, enum order_state *ret)
{
	for (int i = ORDER_PLACED; i < ORDER_STATES; i++) {
		if (strcmp(states[i].name, name) != 0)
			continue;
		*ret = (enum order_state)i;
		return 0;
	}
	return -EINVAL;
}

static enum order_state
read_plain(const char *word)
{
	for (size_t i = 0; i < ARRAY_LEN(exact); i++)
		if (!strcmp(exact[i].word, word))
			return exact[i].state;
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		if (strstr(word, parts[i].holds) && strstr(word, parts[i].also))
			return parts[i].state;
	return ORDER_OTHER;
}

enum order_state
order_state_read(const char *word)
{
	enum order_state state;
	struct strbuf plain AUTO(strbuf_done) = STRBUF_INIT(1024);
	if (!order_state_named(word, &state))
		return state;
	words_normalise(word, &plain);
	size_t n = 0;
	for (size_t i = 0; i < plain.len; i++)
		if (plain.s[i] != ' ')
			plain.s[n++] = plain.s[i];
	if (!n)
		return word[strspn(word, " \t\r\n-")] ? ORDER_OTHER : ORDER_UNKNOWN;
	plain.s[n] = '\0';
	return read_plain(plain.s);
}

const char *
order_state_label(enum order_state state, const char *language)
{
	return !strncmp(language, "ko", 2) ? states[state].ko : states[state].en;
}

bool
order_state_final(enum order_state state)
{
	return states[state].final;
}
