#include "gateway/api/twiml.h"

#include <errno.h>
#include <expat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH    16
#define TEXT_MAX (16 * 1024)

enum place { PLACE_OUTSIDE, PLACE_RESPONSE, PLACE_MESSAGE, PLACE_BODY, PLACE_REDIRECT };

struct reading {
	XML_Parser parser;
	struct twiml *t;
	struct strbuf *err;
	struct strbuf redirect;
	enum place places[DEPTH];
	int depth, skip; /* skip: levels inside of what is ignored */
	bool has_body;   /* of this message: its own text does not count then */
	bool failed;
};

static void
refuse(struct reading *r, const char *why)
{
	if (!r->failed)
		strbuf_set(r->err, "line %lu of the TwiML: %s",
			XML_GetCurrentLineNumber(r->parser), why);
	r->failed = true;
	XML_StopParser(r->parser, XML_FALSE);
}

static void
take_attributes(struct twiml_message *m, const char **attributes)
{
	for (; *attributes; attributes += 2) {
		const char *name = attributes[0], *value = attributes[1];
		if (!strcmp(name, "to"))
			snprintf(m->to, sizeof(m->to), "%s", value);
		else if (!strcmp(name, "from"))
			snprintf(m->from, sizeof(m->from), "%s", value);
		else if (!strcmp(name, "statusCallback"))
			snprintf(m->callback, sizeof(m->callback), "%s", value);
	}
}

static enum place
enter(struct reading *r, enum place at, const char *name, const char **attributes)
{
	struct twiml *t = r->t;
	if (at == PLACE_RESPONSE && (!strcmp(name, "Message") || !strcmp(name, "Sms"))) {
		if (t->count == TWIML_MESSAGES) {
			refuse(r, "more than 10 messages");
			return PLACE_OUTSIDE;
		}
		take_attributes(&t->messages[t->count++], attributes);
		r->has_body = false;
		return PLACE_MESSAGE;
	}
	if (at == PLACE_RESPONSE && !strcmp(name, "Redirect"))
		return PLACE_REDIRECT;
	if (at == PLACE_MESSAGE && !strcmp(name, "Body")) {
		if (!r->has_body)
			strbuf_reset(&t->messages[t->count - 1].text);
		r->has_body = true;
		return PLACE_BODY;
	}
	if (at == PLACE_MESSAGE && !strcmp(name, "Media"))
		t->media = true;
	return PLACE_OUTSIDE;
}

static void XMLCALL
on_start(void *arg, const char *name, const char **attributes)
{
	struct reading *r = arg;
	enum place at = r->depth ? r->places[r->depth - 1] : PLACE_OUTSIDE;
	if (r->skip) {
		if (++r->skip + r->depth > DEPTH)
			refuse(r, "it is nested too deep");
		return;
	}
	enum place to = PLACE_RESPONSE;
	if (r->depth)
		to = enter(r, at, name, attributes);
	else if (strcmp(name, "Response") != 0)
		refuse(r, "the document is not a <Response>");
	if (to == PLACE_OUTSIDE)
		r->skip = 1;
	else
		r->places[r->depth++] = to; /* at most three deep */
}

static void XMLCALL
on_end(void *arg, const char *name)
{
	struct reading *r = arg;
	(void)name;
	if (r->skip)
		r->skip--;
	else
		r->depth--;
}

static void XMLCALL
on_text(void *arg, const char *text, int len)
{
	struct reading *r = arg;
	enum place at = r->depth ? r->places[r->depth - 1] : PLACE_OUTSIDE;
	if (r->skip)
		return;
	if (at == PLACE_BODY || (at == PLACE_MESSAGE && !r->has_body))
		strbuf_add(&r->t->messages[r->t->count - 1].text, text, (size_t)len);
	else if (at == PLACE_REDIRECT)
		strbuf_add(&r->redirect, text, (size_t)len);
}

static void XMLCALL
on_doctype(void *arg, const char *name, const char *system, const char *public_id,
	int internal)
{
	(void)name, (void)system, (void)public_id, (void)internal;
	refuse(arg, "a DOCTYPE is not taken");
}

static void
trim(struct strbuf *text)
{
	size_t n = strspn(text->s, " \t\r\n");
	strbuf_consume(text, n);
	while (text->len && strchr(" \t\r\n", text->s[text->len - 1]))
		text->s[--text->len] = '\0';
}

static int
finish(struct reading *r)
{
	struct twiml *t = r->t;
	trim(&r->redirect);
	if (r->redirect.full || r->redirect.len >= sizeof(t->redirect)) {
		strbuf_set(r->err, "the address of <Redirect> is too long");
		return -EINVAL;
	}
	snprintf(t->redirect, sizeof(t->redirect), "%s", r->redirect.s);
	for (size_t i = 0; i < t->count; i++) {
		trim(&t->messages[i].text);
		if (t->messages[i].text.full) {
			strbuf_set(r->err, "the text of <Message> is too long");
			return -EINVAL;
		}
	}
	return 0;
}

int
twiml_read(const char *xml, size_t len, struct twiml *ret, struct strbuf *err)
{
	struct reading r = {.t = ret, .err = err};
	int result = -EINVAL;
	*ret = (struct twiml){.count = 0};
	for (size_t i = 0; i < TWIML_MESSAGES; i++)
		strbuf_init(&ret->messages[i].text, TEXT_MAX);
	strbuf_init(&r.redirect, 2048);
	r.parser = XML_ParserCreate(NULL);
	if (!r.parser)
		abort();
	XML_SetUserData(r.parser, &r);
	XML_SetElementHandler(r.parser, on_start, on_end);
	XML_SetCharacterDataHandler(r.parser, on_text);
	XML_SetStartDoctypeDeclHandler(r.parser, on_doctype);
	if (XML_Parse(r.parser, xml, (int)len, 1) == XML_STATUS_OK && !r.failed)
		result = finish(&r);
	else if (!r.failed)
		strbuf_set(err, "line %lu of the TwiML: %s",
			XML_GetCurrentLineNumber(r.parser),
			XML_ErrorString(XML_GetErrorCode(r.parser)));
	XML_ParserFree(r.parser);
	strbuf_done(&r.redirect);
	return result;
}

void
twiml_done(struct twiml *t)
{
	for (size_t i = 0; i < TWIML_MESSAGES; i++)
		strbuf_done(&t->messages[i].text);
}
