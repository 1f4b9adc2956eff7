#include "gateway/desk/commands.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/conf.h"
#include "gateway/base/suggest.h"

#define SAY(d, p) phrase((d)->language, P_##p)
#define KEYS_MAX  64

/* A question of their own, no key and no name to type. */
const struct command command_send_anyway = {
	.name = "send anyway", .run = go_send_anyway, .one_key = true};
const struct command command_field = {.name = "field", .run = canned_field};

/* clang-format off */
const struct command commands[] = {
	{"down", "j", "down", IN_ALL, {"down", "아래로"}, go_down},
	{"up", "k", "up", IN_ALL, {"up", "위로"}, go_up},
	{"pgdn", "pgdn", "ctrl-f", IN_ALL, {"a page down", "한 화면 아래로"}, go_page_down},
	{"pgup", "pgup", "ctrl-b", IN_ALL, {"a page up", "한 화면 위로"}, go_page_up},
	{"first", "g", "home", IN_ALL, {"to the first", "처음으로"}, go_first},
	{"last", "G", "end", IN_ALL, {"to the last", "끝으로"}, go_last},
	{"enter", "enter", "right", IN(VIEW_INBOX) | IN(VIEW_QUEUE),
		{"open it; of a message: why it waits", "열기, 문자는 대기 이유"}, go_open},
	{"back", "esc", "left", IN_ALL, {"back", "뒤로"}, go_back},
	{"next", "N", NULL, IN_TICKETS, {"the next ticket", "다음 문의"}, go_next},
	{"claim", "c", NULL, IN_TICKETS, {"take it, if nobody has", "내가 담당"},
		work_claim, NULL, true},
	{"assign", "A", NULL, IN_TICKETS, {"give it to somebody", "담당자 지정"},
		work_assign, name_agent, true},
	{"reply", "r", NULL, IN_TICKETS, {"answer the customer", "답장 쓰기"}, go_reply},
	{"note", "n", NULL, IN_TICKETS, {"a note the customer does not see", "내부 메모"},
		go_note},
	{"canned", ";", NULL, IN_TICKETS, {"a canned reply, by a few letters of its name",
		"상용구 넣기"}, canned_run, canned_name},
	{"snooze", "s", NULL, IN_TICKETS, {"out of sight until later", "미루기"},
		work_snooze, name_sleep, true},
	{"close", "e", NULL, IN_TICKETS, {"done", "종료"}, work_close, NULL, true},
	{"close-next", "E", NULL, IN_TICKETS, {"done, and the next", "종료하고 다음 문의"},
		work_close_next, NULL, true},
	{"quiet", "x", NULL, IN_TICKETS, {"close without a word: spam, wrong number; may block",
		"조용히 종료: 스팸, 잘못 온 문자, 차단"}, work_quiet, NULL, false, true},
	{"undo", "u", NULL, IN_ALL, {"take back what was just sent or closed",
		"방금 보낸 것, 종료한 것 취소"}, go_undo},
	{"bot", "b", NULL, IN_TICKETS, {"back to the bot", "봇에게 돌려주기"}, work_to_bot,
		NULL, true},
	{"tag", "t", NULL, IN_TICKETS, {"tag the customer", "고객 태그"}, work_tag, NULL,
		true},
	{"customer", "o", NULL, IN(VIEW_THREAD), {"show or hide the customer and the orders",
		"고객, 주문 보기/숨기기"}, go_customer},
	{"urgent", "!", NULL, IN_TICKETS, {"urgent, or not any more", "긴급 표시/해제"},
		work_urgent, NULL, true},
	{"priority", NULL, NULL, IN_TICKETS, {"low, normal, high, urgent", "우선순위"},
		work_priority, name_priority, true},
	{"move", NULL, NULL, IN_TICKETS, {"into another queue", "다른 대기열로"},
		work_queue, name_queue, true},
	{"number", "M", NULL, IN_TICKETS, {"the customer has a new number",
		"고객 번호 변경/병합"}, work_number},
	{"reopen", NULL, NULL, IN_TICKETS, {"open a closed one again", "다시 열기"},
		work_reopen, NULL, true},
	{"unblock", NULL, NULL, IN_TICKETS, {"hear this number again", "차단 풀기"},
		work_unblock},
	{"message", "m", NULL, IN_ALL, {"a new message to any number", "새 문자 보내기"},
		go_message},
	{"open", NULL, NULL, IN_ALL, {"open a ticket for a number", "번호로 문의 열기"},
		work_open_for},
	{"mark", "space", NULL, IN(VIEW_INBOX), {"mark; what you do next is done to all marked",
		"선택, 다음 명령을 한꺼번에"}, go_mark},
	{"mark-all", "*", NULL, IN(VIEW_INBOX), {"mark all that are shown, or none",
		"모두 선택/해제"}, go_mark_all},
	{"again", ".", NULL, IN_TICKETS, {"the last command once more", "마지막 명령 반복"},
		go_again},
	{"filter", "/", NULL, IN_TICKETS, {"search: name, number, order, text",
		"검색: 이름, 번호, 주문, 내용"}, go_filter},
	{"mine", "i", NULL, IN(VIEW_INBOX), {"only mine, or all", "내 문의만/전체"}, go_mine,
		name_agent},
	{"shelf", "tab", NULL, IN(VIEW_INBOX), {"open, waiting, answered, snoozed, closed, all",
		"열림, 대기, 답변함, 미룸, 종료, 전체"}, go_shelf, name_shelf},
	{"state", "tab", NULL, IN(VIEW_QUEUE), {"held, queued, in doubt, failed ...",
		"대기 상태 바꾸기"}, go_state, name_state},
	{"all", NULL, NULL, IN_ALL, {"show everything that is open", "모두 보기"}, go_all},
	{"cancel", "d", NULL, IN(VIEW_QUEUE), {"take back a message that has not left",
		"아직 안 나간 문자 취소"}, go_cancel},
	{"inbox", "1", NULL, IN_ALL, {"the inbox", "받은 문의"}, go_inbox},
	{"queue", "2", NULL, IN_ALL, {"messages that wait, and why", "발송 대기와 이유"},
		go_queue},
	{"channels", "3", NULL, IN_ALL, {"the ways out", "채널"}, go_channels},
	{"campaigns", "4", NULL, IN_ALL, {"campaigns", "캠페인"}, go_campaigns},
	{"report", "5", NULL, IN_ALL, {"the last days in figures", "보고서"}, go_report},
	{"command", ":", NULL, IN_ALL, {"a command by its name; tab completes",
		"이름으로 명령, tab으로 완성"}, go_command},
	{"help", "?", NULL, IN_ALL, {"the keys that do something here", "지금 쓸 수 있는 키"},
		go_help},
	{"redraw", "ctrl-l", NULL, IN_ALL, {"draw the screen again", "화면 다시 그리기"},
		go_redraw},
	{"quit", "q", "ctrl-q", IN_ALL, {"leave; drafts stay", "나가기, 초안은 남음"}, go_quit},
	{NULL},
};
/* clang-format on */

/* ---- keys ---- */

static struct {
	char key[16];
	bool set;
} bound[KEYS_MAX];

static size_t
index_of(const struct command *c)
{
	return (size_t)(c - commands);
}

const char *
command_key(const struct command *c)
{
	if (bound[index_of(c)].set)
		return bound[index_of(c)].key;
	return c->key ? c->key : "";
}

/* A key somebody bound does what they said, and no longer what it was built for. */
const struct command *
command_for_key(const struct desk *d, const char *key)
{
	const struct command *built_in = NULL;
	for (const struct command *c = commands; c->name; c++) {
		if (!(c->where & IN(d->view)))
			continue;
		if (bound[index_of(c)].set && !strcmp(bound[index_of(c)].key, key))
			return c;
		bool is = (!bound[index_of(c)].set && c->key && !strcmp(c->key, key)) ||
			  (c->key2 && !strcmp(c->key2, key));
		if (is && !built_in)
			built_in = c;
	}
	return built_in;
}

const struct command *
command_find(const char *name)
{
	for (const struct command *c = commands; c->name; c++)
		if (!strcmp(c->name, name))
			return c;
	return NULL;
}

int
command_bind(const char *name, const char *key, struct strbuf *err)
{
	const struct command *c = command_find(name);
	struct suggest near;
	if (c && strlen(key) < sizeof(bound[0].key)) {
		bound[index_of(c)].set = true;
		snprintf(bound[index_of(c)].key, sizeof(bound[0].key), "%s", key);
		return 0;
	}
	if (c) {
		strbuf_set(err, "'%s' is not a key", key);
		return -ENOSPC;
	}
	suggest_init(&near, name);
	for (c = commands; c->name; c++)
		suggest_offer(&near, c->name);
	strbuf_set(err, "there is no command '%s'%s%s%s", name,
		near.best ? "; did you mean '" : "", near.best ? near.best : "",
		near.best ? "'?" : "");
	return -ENOENT;
}

int
command_read_keys(const char *path, struct strbuf *err)
{
	struct strbuf why AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct conf *conf;
	int r = conf_open(path, &conf, err);
	if (r)
		return r;
	const struct conf_node *keys = conf_get(conf_root(conf), "keys");
	for (size_t i = 0; keys && i < conf_count(keys) && !r; i++) {
		const struct conf_node *node = conf_at(keys, i);
		const char *key = conf_text(node);
		if (!key)
			r = conf_fail(
				node, err, "a key is a text such as \"c\" or \"ctrl-x\"");
		else if (command_bind(conf_name(node), key, &why) < 0)
			r = conf_fail(node, err, "%s", why.s);
	}
	conf_close(conf);
	return r;
}

void
command_run(struct desk *d, const char *name, const char *words)
{
	const struct command *c = command_find(name);
	struct suggest near;
	if (c) {
		if (!(c->where & IN(d->view)))
			desk_say(d, NOTICE_BAD, SAY(d, NOT_HERE), name);
		else
			c->run(d, words);
		return;
	}
	suggest_init(&near, name);
	for (c = commands; c->name; c++)
		suggest_offer(&near, c->name);
	if (near.best)
		desk_say(d, NOTICE_BAD, SAY(d, DID_YOU_MEAN), name, near.best);
	else
		desk_say(d, NOTICE_BAD, SAY(d, NO_COMMAND), name);
}

static void
click(struct desk *d, const struct key *key)
{
	size_t i = d->top;
	if (d->view != VIEW_INBOX || key->row < 1)
		return;
	for (int row = 1; i < d->ticket_count; i++) {
		if (!ticket_shown(d, &d->tickets[i]))
			continue;
		if (row++ != key->row)
			continue;
		bool again_there = !strcmp(d->selected, d->tickets[i].id);
		snprintf(d->selected, sizeof(d->selected), "%s", d->tickets[i].id);
		if (again_there)
			desk_open(d, d->selected);
		return;
	}
}

void
desk_key(struct desk *d, const struct key *key)
{
	if (d->question.command) {
		question_key(d, key);
		return;
	}
	if (d->compose.kind != WRITE_NONE) {
		compose_key(d, key);
		return;
	}
	if (!strcmp(key->name, "click")) {
		click(d, key);
		return;
	}
	const struct command *c = command_for_key(d, key->name);
	if (!c && !strcmp(key->name, "paste"))
		desk_say(d, NOTICE_BAD, "%s", SAY(d, PASTE_IN_LIST));
	else if (!c)
		desk_say(d, NOTICE_BAD, SAY(d, NOT_HERE), key->name);
	if (!c)
		return;
	if (c->repeats) {
		d->last = c;
		*d->last_words = '\0';
	}
	c->run(d, NULL);
}
