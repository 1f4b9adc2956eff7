/* What the desk says to those who work at it, in their language. Pure. */
#ifndef MALGIL_DESK_PHRASES_H
#define MALGIL_DESK_PHRASES_H

enum language { LANGUAGE_EN, LANGUAGE_KO };

/* By the locale's name ("ko_KR.UTF-8"): LC_ALL, LC_MESSAGES and LANG in that order. */
enum language language_of(const char *all, const char *messages, const char *lang);

#define PHRASES(X)                                                                                                \
	X(INBOX, "inbox", "받은 문의")                                                                            \
	X(QUEUE, "queue", "발송 대기")                                                                            \
	X(CHANNELS, "channels", "채널")                                                                           \
	X(CAMPAIGNS, "campaigns", "캠페인")                                                                       \
	X(REPORT, "report", "보고서")                                                                             \
	X(HELP, "keys", "도움말")                                                                                 \
	X(WAITING, "waiting %lld", "대기 %lld")                                                                   \
	X(LATE, "late %lld", "지연 %lld")                                                                         \
	X(OPEN_NOW, "open", "영업 중")                                                                            \
	X(CLOSED_NOW, "closed", "영업 종료")                                                                      \
	X(UNTIL, "until", "~")                                                                                    \
	X(UNTIL_AFTER, "", "까지")                                                                                \
	X(LIVE, "live", "연결됨")                                                                                 \
	X(CONNECTING, "connecting", "연결 중")                                                                    \
	X(OFFLINE, "offline", "연결 끊김")                                                                        \
	X(REFUSED, "refused", "인증 거부")                                                                        \
	X(NOTHING_WAITS, "Nobody is waiting.", "기다리는 문의가 없습니다.")                                       \
	X(NO_MATCH, "Nothing matches '%s'; esc shows all.",                                                       \
		"'%s'에 맞는 문의가 없습니다. esc를 누르면 모두 보입니다.")                                       \
	X(LOADING, "Asking the gateway ...", "불러오는 중 ...")                                                   \
	X(NOBODY, "nobody", "담당 없음")                                                                          \
	X(BOT_SILENT, "bot silent", "봇 멈춤")                                                                    \
	X(BOT_LIVE, "bot live", "봇 응답 중")                                                                     \
	X(PROMO_YES, "promotions: agreed", "광고: 동의")                                                          \
	X(PROMO_NO, "promotions: no consent", "광고: 미동의")                                                     \
	X(PROMO_STOPPED, "promotions: STOPPED", "광고: 수신거부")                                                 \
	X(ALL_STOPPED, "ALL TEXTS STOPPED", "전체 수신거부")                                                      \
	X(BLOCKED, "BLOCKED", "차단됨")                                                                           \
	X(VIEWING, "%s is looking", "%s 보는 중")                                                                 \
	X(TYPING, "%s is typing", "%s 입력 중")                                                                   \
	X(CUSTOMER, "customer", "고객")                                                                           \
	X(NOTE, "note", "메모")                                                                                   \
	X(OLDER, "older: k or page up", "이전 내용: k 또는 page up")                                              \
	X(PANE_NAME, "name", "이름")                                                                              \
	X(PANE_TAGS, "tags", "태그")                                                                              \
	X(PANE_SCRIPT, "script", "진행 중 대화")                                                                  \
	X(PANE_ORDERS, "orders", "주문")                                                                          \
	X(PANE_NEXT, "next text", "다음 예약 문자")                                                               \
	X(PANE_SENT, "promotions", "최근 광고")                                                                   \
	X(PANE_CONSENT, "consent", "수신 동의")                                                                   \
	X(PANE_CLOCK, "their time", "현지 시각")                                                                  \
	X(NONE, "none", "없음")                                                                                   \
	X(REPLY_TO, "reply to %s", "%s님께 답장")                                                                 \
	X(NOTE_ON, "note, the customer does not see it", "메모 (고객에게 보이지 않음)")                           \
	X(NEW_TO, "new %s message to %s", "새 %s 문자 → %s")                                                      \
	X(SEGMENTS, "%d part(s), %s", "%d건, %s")                                                                 \
	X(COST, ", costs %s", ", 비용 %s")                                                                        \
	X(COUNTING, "counting ...", "계산 중 ...")                                                                \
	X(NOT_COUNTED, "not counted: no connection", "계산 안 됨: 연결 없음")                                     \
	X(LEAVES_NOW, "leaves at once", "바로 발송")                                                              \
	X(WAITS_FOR, "waits until %s: %s", "%s까지 대기: %s")                                                     \
	X(WILL_NOT_GO, "WILL NOT GO OUT: %s", "발송 불가: %s")                                                    \
	X(WRITE_KEYS, "enter sends  ^J new line  ^T canned  esc keeps the draft",                                 \
		"enter 발송  ^J 줄바꿈  ^T 상용구  esc 초안 보관")                                                \
	X(NOTE_KEYS, "enter keeps the note  ^J new line  esc keeps the draft",                                    \
		"enter 메모 저장  ^J 줄바꿈  esc 초안 보관")                                                      \
	X(NEW_KEYS, "enter sends  ^J new line  ^K class  ^T canned  esc keeps",                                   \
		"enter 발송  ^J 줄바꿈  ^K 종류  ^T 상용구  esc 초안 보관")                                       \
	X(SENDING, "sending ...", "보내는 중 ...")                                                                \
	X(SENT, "accepted; u takes it back for %d s", "접수됨. %d초 동안 u로 취소")                               \
	X(SENT_HELD, "accepted, waits: %s", "접수됨, 대기: %s")                                                   \
	X(SENT_NOT, "kept, but it will not go out: %s", "저장됐지만 발송되지 않음: %s")                           \
	X(NOTED, "note kept", "메모를 저장했습니다")                                                              \
	X(EMPTY, "there is nothing to send", "보낼 내용이 없습니다")                                              \
	X(OFFLINE_KEPT, "not sent: no connection; the draft is kept",                                             \
		"연결이 없어 보내지 않았습니다. 초안은 보관됩니다")                                               \
	X(UNSURE,                                                                                                 \
		"the connection broke while sending; enter sends again, it goes out "                             \
		"once",                                                                                           \
		"보내는 중 연결이 끊겼습니다. enter로 다시 보내도 한 번만 발송됩니다")                            \
	X(REFUSED_KEPT, "not sent: %s; the draft is kept",                                                        \
		"보내지 못했습니다: %s. 초안은 보관됩니다")                                                       \
	X(NEWER, "a newer text has arrived while you wrote; send anyway? y/n",                                    \
		"쓰는 동안 새 문자가 왔습니다. 그래도 보낼까요? y/n")                                             \
	X(NEWER_MARK, "A NEWER TEXT ARRIVED", "새 문자 도착")                                                     \
	X(DRAFT_KEPT, "the draft is kept", "초안을 보관했습니다")                                                 \
	X(DRAFT, "draft", "초안")                                                                                 \
	X(PASTE_LARGE,                                                                                            \
		"the paste of %zu KB is longer than any text may be: nothing was "                                \
		"taken, "                                                                                         \
		"the draft is as it was",                                                                         \
		"붙여넣은 %zu KB는 문자로 보낼 수 없는 길이라 받지 않았습니다. 초안은 " \
		"그대로입니다")                                                                                   \
	X(PASTE_IN_LIST, "pasted text goes into a reply: r first",                                                \
		"붙여넣기는 답장을 쓸 때(r) 쓸 수 있습니다")                                                      \
	X(UNDONE, "taken back; here is the draft", "취소했습니다. 초안을 돌려드립니다")                           \
	X(NO_UNDO, "there is nothing to take back any more", "취소할 것이 없습니다")                              \
	X(NO_TICKET, "choose a ticket first", "문의를 먼저 고르세요")                                             \
	X(NO_COMMAND, "there is no command '%s'", "'%s' 명령은 없습니다")                                         \
	X(DID_YOU_MEAN, "there is no command '%s'; did you mean '%s'?",                                           \
		"'%s' 명령은 없습니다. '%s'인가요?")                                                              \
	X(NOT_HERE, "'%s' does nothing here; ? shows what does",                                                  \
		"'%s'은(는) 여기서 쓰지 않습니다. ?를 누르면 쓸 수 있는 키가 보입니다")                           \
	X(DONE_CLAIM, "claimed", "담당했습니다")                                                                  \
	X(DONE_ASSIGN, "given to %s", "%s에게 넘겼습니다")                                                        \
	X(DONE_RELEASE, "released", "담당을 풀었습니다")                                                          \
	X(DONE_SNOOZE, "asleep until: %s", "미룸: %s")                                                            \
	X(DONE_CLOSE, "closed; u opens it again", "종료했습니다. u로 되돌립니다")                                 \
	X(DONE_BOT, "back to the bot", "봇에게 돌려주었습니다")                                                   \
	X(DONE_URGENT, "priority: %s", "우선순위: %s")                                                            \
	X(DONE_QUEUE, "moved to queue %s", "%s 대기열로 옮겼습니다")                                              \
	X(DONE_TAG, "tags changed", "태그를 바꿨습니다")                                                          \
	X(DONE_BLOCK, "closed and blocked", "종료하고 차단했습니다")                                              \
	X(DONE_UNBLOCK, "not blocked any more", "차단을 풀었습니다")                                              \
	X(DONE_MOVE, "moved to %s; consent stays behind",                                                         \
		"%s(으)로 옮겼습니다. 수신 동의는 옮기지 않습니다")                                               \
	X(DONE_REOPEN, "open again", "다시 열었습니다")                                                           \
	X(DONE_CANCEL, "canceled", "취소했습니다")                                                                \
	X(DONE_OPEN, "ticket opened", "문의를 열었습니다")                                                        \
	X(FAILED, "%s", "%s")                                                                                     \
	X(NO_ANSWER, "nothing was done: %s", "처리하지 못했습니다: %s")                                           \
	X(ASK_ASSIGN, "give to (empty: nobody): ", "담당자 (비우면 없음): ")                                      \
	X(ASK_SNOOZE, "sleep (3h, tomorrow, opening, reply, 2030-01-31 09:00): ",                                 \
		"미루기 (3h, tomorrow, opening, reply, 2030-01-31 09:00): ")                                      \
	X(ASK_TAG, "tag (-name removes): ", "태그 (-이름은 삭제): ")                                              \
	X(ASK_QUEUE, "queue: ", "대기열: ")                                                                       \
	X(ASK_PRIORITY, "priority (low, normal, high, urgent): ",                                                 \
		"우선순위 (low, normal, high, urgent): ")                                                         \
	X(ASK_CANNED, "canned reply: ", "상용구: ")                                                               \
	X(ASK_FIELD, "%s: ", "%s: ")                                                                              \
	X(ASK_FILTER, "/", "/")                                                                                   \
	X(ASK_COMMAND, ":", ":")                                                                                  \
	X(ASK_NUMBER, "to (number): ", "받는 번호: ")                                                             \
	X(ASK_MOVE, "the customer's new number (consent does not move): ",                                        \
		"새 번호 (수신 동의는 옮기지 않음): ")                                                            \
	X(ASK_QUIET, "close quietly: s spam, w wrong number, b spam and block, esc: ",                            \
		"조용히 종료: s 스팸, w 잘못 온 문자, b 스팸+차단, esc: ")                                        \
	X(ASK_OUTCOME, "outcome: ", "결과: ")                                                                     \
	X(CANNED_NONE, "no canned replies: etc/canned.cfg has none",                                              \
		"상용구가 없습니다 (canned.cfg)")                                                                 \
	X(HINT_INBOX,                                                                                             \
		"enter open  c claim  r reply  s snooze  e close  / search  : command  "                          \
		"? keys",                                                                                         \
		"enter 열기  c 담당  r 답장  s 미루기  e 종료  / 검색  : 명령  ? "                 \
		"도움말")                                                                                         \
	X(HINT_THREAD,                                                                                            \
		"r reply  n note  ; canned  c claim  s snooze  e close  o customer  ? "                           \
		"keys",                                                                                           \
		"r 답장  n 메모  ; 상용구  c 담당  s 미루기  e 종료  o 고객  ? 도움말")                           \
	X(HINT_QUEUE, "tab state  enter why  d cancel  esc back  ? keys",                                         \
		"tab 상태  enter 이유  d 취소  esc 뒤로  ? 도움말")                                               \
	X(HINT_OTHER, "esc back  1-5 views  ? keys", "esc 뒤로  1-5 화면  ? 도움말")                              \
	X(TINY, "larger, please", "창을 키워 주세요")                                                             \
	X(TOKEN_DEAD, "the gateway refuses this login: %s (drafts are kept in %s)",                               \
		"로그인이 거부되었습니다: %s (초안: %s)")                                                         \
	X(LOST, "connection lost: %s; trying again, drafts are kept",                                             \
		"연결이 끊겼습니다: %s. 다시 연결하는 중, 초안은 보관됩니다")                                     \
	X(BACK_AGAIN, "connected again", "다시 연결되었습니다")                                                   \
	X(CAMPAIGNS_NONE, "no campaigns", "캠페인이 없습니다")                                                    \
	X(QUEUE_NONE, "no message is %s", "'%s' 상태의 문자가 없습니다")                                          \
	X(REPORT_TITLE, "the last %zu days", "최근 %zu일")                                                        \
	X(REPORT_IN, "texts in", "받은 문자")                                                                     \
	X(REPORT_OUT, "texts out", "보낸 문자")                                                                   \
	X(REPORT_OPENED, "tickets", "문의")                                                                       \
	X(REPORT_CLOSED, "closed", "종료")                                                                        \
	X(REPORT_LATE, "late", "지연")                                                                            \
	X(REPORT_FIRST, "first answer, median: %s   promised within: %s",                                         \
		"첫 답변 중앙값: %s   약속: %s 이내")                                                             \
	X(REPORT_AGENTS, "answers by whom", "담당자별 답변")                                                      \
	X(MARKED, "%zu marked", "%zu개 선택")                                                                     \
	X(JUST_NOW, "now", "방금")                                                                                \
	X(UNSAVED, "the draft cannot be kept on disk: %s",                                                        \
		"초안을 디스크에 저장할 수 없습니다: %s")

enum phrase {
#define X(name, en, ko) P_##name,
	PHRASES(X)
#undef X
		P_COUNT
};

/* Static. */
const char *phrase(enum language language, enum phrase p);

#endif
