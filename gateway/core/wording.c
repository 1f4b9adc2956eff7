#include "gateway/core/wording.h"

#include <string.h>
#include <unicode/ucnv.h>
#include <unicode/utf8.h>

#include "gateway/sms/segment.h"
#include "gateway/text/words.h"

size_t
wording_packs(
	const struct core *core, const char *phone, const struct pack *ret[WORDING_PACKS])
{
	struct place place;
	places_find(core->config->packs->places, phone, &place);
	return wording_packs_of(core, &place, ret);
}

size_t
wording_packs_of(const struct core *core, const struct place *place,
	const struct pack *ret[WORDING_PACKS])
{
	const struct packs *packs = core->config->packs;
	const struct pack *theirs = packs_country(packs, place->country);
	const struct pack *home = packs_country(packs, core->config->country);
	size_t n = 0;
	ret[n++] = theirs ? theirs : packs_default(packs);
	if (home && home != ret[0])
		ret[n++] = home;
	return n;
}

static const struct pack_class *
rules_of(const struct pack *pack)
{
	return &pack->rules[0].classes[CLASS_MARKETING];
}

static struct policy_words
words_of(const struct core *core)
{
	return (struct policy_words){.policy = core->config->policy,
		.shop = core->config->shop_name,
		.zone = core->config->zone,
		.now = core_now(core)};
}

/* The marks of all packs that stand in front, in any order: two countries may each want
 * theirs. Returns where the text itself begins; `ret_has` whether `mark` is there. */
static const char *
after_marks(const struct pack *const *packs, size_t count, const char *text,
	const char *mark, bool *ret_has)
{
	*ret_has = false;
	for (size_t i = 0; i < count; i++) {
		const char *prefix = rules_of(packs[i])->prefix;
		size_t whole = prefix ? strlen(prefix) : 0, n = whole;
		while (n && prefix[n - 1] == ' ')
			n--; /* written by hand the blank may be missing */
		if (!n || strncmp(text, prefix, n) != 0)
			continue;
		*ret_has |= mark && !strcmp(mark, prefix);
		text += n + (n < whole ? strspn(text + n, " ") : 0);
		i = (size_t)-1; /* the other's may follow */
	}
	return text;
}

static bool
name_in_first_line(const struct core *core, const char *text)
{
	const char *found = strstr(text, core->config->shop_name);
	return found && found < text + strcspn(text, "\n");
}

/* The sender's name may stand anywhere where no mark asks for its place beside it. */
static bool
names_sender(const struct core *core, const struct pack_class *c, const char *text)
{
	return c->prefix ? name_in_first_line(core, text)
			 : strstr(text, core->config->shop_name) != NULL;
}

static bool
has_way_out(const struct pack_class *c, const char *text)
{
	struct strbuf plain AUTO(strbuf_done) = STRBUF_INIT(64 * 1024);
	words_normalise(text, &plain);
	return words_contain(plain.s, c->suffix_marks);
}

/* The end of the text: where `suffix` wants a number to call, it must be there too. */
static bool
has_suffix(const struct core *core, const struct pack_class *c, const char *text)
{
	const char *number = core->config->policy->optout_080;
	if (!has_way_out(c, text))
		return false;
	if (!strstr(c->suffix, "{policy.optout_080}"))
		return true;
	/* digits alone are compared: people write the number in many ways */
	char wanted[32] = "", tail[32] = "";
	size_t n = 0, len = strlen(text);
	for (const char *p = number ? number : ""; *p && n < 31; p++)
		if (*p >= '0' && *p <= '9')
			wanted[n++] = *p;
	for (size_t i = len, k = n; i-- > 0 && k > 0;)
		if (text[i] >= '0' && text[i] <= '9')
			tail[--k] = text[i];
	return n && !memcmp(wanted, tail, n);
}

static void
wrap(const struct core *core, const struct pack *const *packs, size_t count,
	const struct pack_class *c, struct strbuf *text)
{
	struct policy_words words = words_of(core);
	struct strbuf out = STRBUF_INIT(text->max);
	bool marked;
	const char *body = after_marks(packs, count, text->s, c->prefix, &marked);
	/* the recipient's country comes first, and so does its mark */
	strbuf_add(&out, text->s, (size_t)(body - text->s));
	if (c->prefix && !marked)
		strbuf_puts(&out, c->prefix);
	if (c->sender && !names_sender(core, c, text->s)) {
		strbuf_puts(&out, core->config->shop_name);
		strbuf_puts(&out, c->prefix ? "\n" : ": ");
		body += strspn(body, " \n");
	} else if (c->prefix && !marked && out.s[out.len - 1] != ' ') {
		strbuf_putc(&out, ' ');
	}
	strbuf_puts(&out, body);
	if (c->suffix && !has_suffix(core, c, text->s)) {
		struct strbuf suffix = STRBUF_SENTENCE;
		if (!policy_expand(&words, c->suffix, &suffix))
			strbuf_printf(&out, "\n%s", suffix.s);
		strbuf_done(&suffix);
	}
	strbuf_reset(text);
	strbuf_add(text, out.s, out.len);
	strbuf_done(&out);
}

void
wording_wrap(const struct core *core, const struct pack *const *packs, size_t count,
	const char *text, struct strbuf *out)
{
	strbuf_reset(out);
	strbuf_puts(out, text);
	for (size_t i = 0; i < count; i++)
		wrap(core, packs, count, rules_of(packs[i]), out);
}

bool
wording_forbidden(const struct pack *pack, const char *text, char ret[64])
{
	for (const char *p = pack->forbids ? pack->forbids : ""; *p;) {
		p += strspn(p, ", ");
		size_t n = strcspn(p, ","), len = MIN(n, 63);
		while (len && p[len - 1] == ' ')
			len--;
		memcpy(ret, p, len);
		ret[len] = '\0';
		if (len && strcasestr(text, ret))
			return true;
		p += n;
	}
	return false;
}

static bool
lacks(const struct core *core, const struct pack *const *packs, size_t count,
	const struct pack *pack, const char *text, struct strbuf *err)
{
	const struct pack_class *c = rules_of(pack);
	bool marked;
	char word[64];
	after_marks(packs, count, text, c->prefix, &marked);
	if (wording_forbidden(pack, text, word))
		strbuf_set(err, "the pack of %s forbids the wording '%s'", pack->country,
			word);
	else if (c->suffix && strstr(c->suffix, "{policy.optout_080}") &&
		 !core->config->policy->optout_080)
		strbuf_set(err,
			"the pack of %s wants a free number to refuse: set "
			"policy.optout_080",
			pack->country);
	else if (c->prefix && !marked)
		strbuf_set(err, "the pack of %s wants it to begin with %s", pack->country,
			c->prefix);
	else if (c->sender && !names_sender(core, c, text))
		strbuf_set(err, "the pack of %s wants the sender's name in it",
			pack->country);
	else if (c->suffix && !has_suffix(core, c, text))
		strbuf_set(err, "the pack of %s wants a way out at its end: %s",
			pack->country, c->suffix);
	else
		return false;
	return true;
}

bool
wording_lacks(const struct core *core, const struct pack *const *packs, size_t count,
	const char *text, struct strbuf *err)
{
	for (size_t i = 0; i < count; i++)
		if (lacks(core, packs, count, packs[i], text, err))
			return true;
	return false;
}

bool
wording_changes_alphabet(const char *bare, const char *wrapped)
{
	static struct segment_plan plan; /* 255 segments are much for a stack */
	static const struct segment_options options = {.alphabet = SEGMENT_AUTO};
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	return segment_plan(bare, strlen(bare), &options, &plan, &err) == 0 &&
	       plan.alphabet == SMS_GSM7 &&
	       segment_plan(wrapped, strlen(wrapped), &options, &plan, &err) == 0 &&
	       plan.alphabet == SMS_UCS2;
}

bool
wording_asks(const struct pack *const *packs, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (rules_of(packs[i])->prefix || rules_of(packs[i])->suffix ||
			rules_of(packs[i])->sender)
			return true;
	return false;
}

/* ICU's windows-949 is what Korean providers mean by EUC-KR: 2 bytes for what is not
 * ASCII. */
size_t
wording_euckr_bytes(const char *text, size_t *ret_at)
{
	UErrorCode status = U_ZERO_ERROR;
	UConverter *conv = ucnv_open("windows-949", &status);
	size_t bytes = 0, at = 0, len = strlen(text);
	if (U_FAILURE(status))
		return 0;
	ucnv_setFromUCallBack(conv, UCNV_FROM_U_CALLBACK_STOP, NULL, NULL, NULL, &status);
	while (at < len) {
		UChar32 c;
		UChar wide[2];
		char out[8];
		int32_t n = 0;
		size_t before = at;
		U8_NEXT((const uint8_t *)text, at, len, c);
		U16_APPEND_UNSAFE(wide, n, c < 0 ? 0xFFFF : c);
		status = U_ZERO_ERROR;
		int32_t got = ucnv_fromUChars(conv, out, sizeof(out), wide, n, &status);
		if (U_FAILURE(status)) {
			*ret_at = before;
			bytes = 0;
			break;
		}
		bytes += (size_t)got;
	}
	ucnv_close(conv);
	return bytes;
}
