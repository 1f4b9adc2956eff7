/* Looking at messages as Twilio's clients do: one, and lists with pages. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/api/facade.h"
#include "gateway/api/twilio_inside.h"
#include "gateway/base/iso.h"
#include "gateway/core/channel_inside.h"
#include "gateway/net/client.h"
#include "gateway/sms/address.h"
#include "gateway/store/lists.h"

#define SIZE_USUAL 50
#define SIZE_MAX_  1000
#define LOOK_MAX   20000 /* rows looked at for one page */
#define BODY_MAX   (64u << 20)

/* ---- one ---- */

bool
twilio_one(struct request *rq, const struct config_account *account, uint64_t id,
	struct strbuf *ret)
{
	struct core *core = rq->core;
	struct jsonw w = {ret};
	struct message m;
	struct callback c = {.service = ""};
	if (!message_load(core->db, id, &m))
		return false;
	callback_load(core->db, id, &c);
	const struct channel *ch = channel_by_id(core, m.channel ? m.channel : m.route);
	struct twilio_view view = {.account = account,
		.from = twilio_number(account, ch ? ch->row.name : NULL),
		.service = c.service,
		.now = core_now(core)};
	twilio_message_write(&w, &m, &view);
	message_done(&m);
	return true;
}

/* ---- what is asked of a list ---- */

struct listing {
	struct config_account
		account;       /* a copy: the configuration may change meanwhile */
	char to[64], from[64]; /* as asked for */
	char dates[3][40];     /* DateSent, DateSent<, DateSent> as asked for */
	/* What that means. */
	char phone[32];
	const char *channel; /* one of the account's; NULL any */
	int direction;
	int64_t since, until; /* wall, 0 no bound */
	bool nothing;         /* what is asked for cannot be */
	int size, page;
	uint64_t before;
	/* what was found */
	struct channel_names names;
	int count, looked;
	uint64_t last;
	int64_t now;
	struct strbuf body;
	struct jsonw w;
};

static const char *const date_names[] = {"DateSent", "DateSent<", "DateSent>"};

static char *
copy_or_null(const char *text)
{
	return text ? xstrdup(text) : NULL;
}

static void
copy_account(const struct config_account *from, struct config_account *to)
{
	to->sid = copy_or_null(from->sid);
	to->number_count = from->number_count;
	for (size_t i = 0; i < from->number_count; i++) {
		to->numbers[i].channel = xstrdup(from->numbers[i].channel);
		to->numbers[i].phone = xstrdup(from->numbers[i].phone);
	}
}

static void
free_listing(void *arg)
{
	struct listing *l = arg;
	free(l->account.sid);
	for (size_t i = 0; i < l->account.number_count; i++) {
		free(l->account.numbers[i].channel);
		free(l->account.numbers[i].phone);
	}
	strbuf_done(&l->body);
	free(l);
}

/* A number of ours means texts by that channel, anybody else's that contact; on which
 * side it stands says in which direction. */
static void
read_party(struct request *rq, struct listing *l, const char *number, int ours_is)
{
	char phone[32];
	if (!*number)
		return;
	const char *channel = NULL;
	for (size_t i = 0; i < l->account.number_count; i++)
		if (!strcmp(l->account.numbers[i].phone, number) ||
			!strcmp(l->account.numbers[i].channel, number))
			channel = l->account.numbers[i].channel;
	int direction = channel ? ours_is : -ours_is;
	if (channel)
		l->channel = channel;
	else if (!sms_number_e164(number, rq->core->config->country, phone, NULL))
		memcpy(l->phone, phone, sizeof(phone));
	else
		l->nothing = true;
	l->nothing |= l->direction && l->direction != direction;
	l->direction = direction;
}

/* "2026-11-21" is all of that day in UTC; a time is that moment. */
static bool
read_date(struct listing *l, size_t which)
{
	char text[48];
	int64_t at;
	bool day = strlen(l->dates[which]) == 10;
	if (!*l->dates[which])
		return true;
	snprintf(text, sizeof(text), "%s%s", l->dates[which], day ? "T00:00:00Z" : "");
	if (iso_parse(text, &at, NULL) < 0)
		return false;
	int64_t after = at + (day ? DAY : 1);
	if (which != 2)
		l->until = l->until ? MIN(l->until, after) : after;
	if (which != 1)
		l->since = MAX(l->since, at);
	return true;
}

static bool
read_page(struct listing *l, const struct form *f)
{
	const char *size = form_get(f, "PageSize"), *page = form_get(f, "Page");
	const char *token = form_get(f, "PageToken");
	char *end = NULL;
	long n = size ? strtol(size, &end, 10) : SIZE_USUAL;
	if (n < 1 || (end && *end))
		return false;
	l->size = (int)MIN(n, SIZE_MAX_);
	l->page = page ? atoi(page) : 0;
	if (!token || !*token)
		return true;
	return !strncmp(token, "PASM", 4) && !ids_parse(token + 4, &l->before);
}

static bool
read_wishes(struct request *rq, struct listing *l, const struct form *f)
{
	const char *to = form_get(f, "To"), *from = form_get(f, "From");
	snprintf(l->to, sizeof(l->to), "%s", to ? to : "");
	snprintf(l->from, sizeof(l->from), "%s", from ? from : "");
	read_party(rq, l, l->to, -1);
	read_party(rq, l, l->from, 1);
	for (size_t i = 0; i < 3; i++) {
		const char *date = form_get(f, date_names[i]);
		snprintf(l->dates[i], sizeof(l->dates[i]), "%s", date ? date : "");
		if (!read_date(l, i)) {
			twilio_refuse(rq, 400, 20001,
				"DateSent is a date such as 2026-11-21, or a time in ISO "
				"8601");
			return false;
		}
	}
	if (read_page(l, f))
		return true;
	twilio_refuse(rq, 400, 20001,
		"PageSize is a number from 1 to 1000; PageToken is what next_page_uri "
		"said");
	return false;
}

/* ---- in the reader thread ---- */

static bool
look(void *arg, const struct message *m)
{
	struct listing *l = arg;
	struct twilio_view view = {.account = &l->account, .service = "", .now = l->now};
	const char *name =
		channel_names_find(&l->names, m->channel ? m->channel : m->route);
	l->looked++;
	l->before = m->id;
	if (l->since && m->created < l->since) {
		l->looked = LOOK_MAX; /* all the others are older still */
		return false;
	}
	if (l->channel && (!name || strcmp(name, l->channel) != 0))
		return l->looked < LOOK_MAX;
	view.from = twilio_number(&l->account, name);
	twilio_message_write(&l->w, m, &view);
	l->last = m->id;
	return ++l->count < l->size;
}

static void
write_uri(struct listing *l, const char *name, int page, uint64_t token)
{
	struct strbuf uri AUTO(strbuf_done) = STRBUF_INIT(4096);
	strbuf_printf(&uri, "/2010-04-01/Accounts/%s/Messages.json?", l->account.sid);
	const char *const names[] = {
		"To", "From", date_names[0], date_names[1], date_names[2]};
	const char *const values[] = {
		l->to, l->from, l->dates[0], l->dates[1], l->dates[2]};
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (!*values[i])
			continue;
		client_escape(&uri, names[i]);
		strbuf_putc(&uri, '=');
		client_escape(&uri, values[i]);
		strbuf_putc(&uri, '&');
	}
	strbuf_printf(&uri, "PageSize=%d&Page=%d", l->size, page);
	if (token)
		strbuf_printf(&uri, "&PageToken=PASM%" PRIu64, token);
	jsonw_text(&l->w, name, uri.s);
}

static void
read_list(struct db *db, void *arg)
{
	struct listing *l = arg;
	uint64_t asked = l->before;
	int found = -1;
	channel_names_load(db, &l->names);
	if (l->until && !l->before)
		l->before = (uint64_t)l->until << 20;
	jsonw_open(&l->w, NULL, '{');
	jsonw_open(&l->w, "messages", '[');
	while (!l->nothing && l->count < l->size && l->looked < LOOK_MAX &&
		found != l->looked) {
		struct message_filter filter = {NULL, *l->phone ? l->phone : NULL,
			l->direction, l->before, l->size};
		found = l->looked;
		messages_list(db, &filter, look, l);
	}
	jsonw_close(&l->w, ']');
	jsonw_int(&l->w, "page", l->page);
	jsonw_int(&l->w, "page_size", l->size);
	jsonw_int(&l->w, "start", l->page * l->size);
	jsonw_int(&l->w, "end", l->page * l->size + MAX(l->count - 1, 0));
	write_uri(l, "uri", l->page, asked);
	write_uri(l, "first_page_uri", 0, 0);
	jsonw_null(&l->w, "previous_page_uri");
	if (l->count == l->size)
		write_uri(l, "next_page_uri", l->page + 1, l->last);
	else
		jsonw_null(&l->w, "next_page_uri");
	jsonw_close(&l->w, '}');
}

static void
answer_list(struct request *rq, void *arg)
{
	struct listing *l = arg;
	request_reply(rq, 200, &l->body);
}

void
twilio_list(struct request *rq, const struct config_account *account)
{
	static const struct request_read how = {read_list, answer_list, free_listing};
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	const char *query = facade_query(rq);
	struct listing *l = xcalloc(1, sizeof(*l));
	struct form f;
	strbuf_init(&l->body, BODY_MAX);
	l->w.out = &l->body;
	l->now = core_now(rq->core);
	copy_account(account, &l->account);
	bool good = !form_read(query, strlen(query), &f, &err);
	if (!good)
		twilio_refuse(rq, 400, 20001, err.s);
	else if ((good = read_wishes(rq, l, &f)))
		request_read(rq, &how, l);
	if (!good)
		free_listing(l);
	form_done(&f);
}
