/* Text to nodes: a lexer with one token of look-ahead and recursive descent. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/conf.h"
#include "gateway/base/suggest.h"
#include "gateway/text/expr_inside.h"

enum token_kind {
	TOKEN_END,
	TOKEN_NAME,
	TOKEN_NUMBER,
	TOKEN_SPAN, /* 90d */
	TOKEN_DAY,
	TOKEN_QUOTED,
	TOKEN_OPERATOR,
	TOKEN_OPEN,
	TOKEN_CLOSE,
	TOKEN_COMMA,
};

struct token {
	enum token_kind kind;
	size_t at, len;
	double number;
	int64_t ms;
	enum compare compare;
	const char *text; /* names, days and quoted words, in the pool */
};

struct parser {
	const char *text;
	size_t at;
	struct token token;
	struct expr *expr;
	unsigned depth;
	struct strbuf *err;
};

static int
fail(const struct parser *p, size_t at, const char *fmt, ...) PRINTF_LIKE(3, 4);

static int
fail(const struct parser *p, size_t at, const char *fmt, ...)
{
	unsigned column = 1;
	for (size_t i = 0; i < at; i++)
		column += ((unsigned char)p->text[i] & 0xC0) != 0x80;
	strbuf_set(p->err, "character %u: ", column);
	va_list ap;
	va_start(ap, fmt);
	if (p->err)
		strbuf_vprintf(p->err, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

/* ---- tokens ---- */

static bool
name_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       (unsigned char)c >= 0x80;
}

static bool
name_inside(char c)
{
	return name_start(c) || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

static bool
digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Copies into the pool, which is as large as the source twice over. */
static const char *
keep(struct parser *p, const char *s, size_t len)
{
	char *at = p->expr->pool + p->expr->pool_len;
	memcpy(at, s, len);
	at[len] = '\0';
	p->expr->pool_len += len + 1;
	return at;
}

static int
lex_quoted(struct parser *p)
{
	const char *s = p->text + p->at + 1;
	char *out = p->expr->pool + p->expr->pool_len;
	size_t n = 0;
	for (; *s && (*s != '\'' || s[1] == '\''); s++) {
		out[n++] = *s;
		s += *s == '\'';
	}
	if (!*s)
		return fail(p, p->at, "the quote ' opened here is not closed");
	out[n] = '\0';
	p->token.kind = TOKEN_QUOTED;
	p->token.text = out;
	p->expr->pool_len += n + 1;
	p->at = (size_t)(s + 1 - p->text);
	return 0;
}

static bool
looks_like_day(const char *s)
{
	static const char shape[] = "dddd-dd-dd";
	for (size_t i = 0; shape[i]; i++)
		if (shape[i] == 'd' ? !digit(s[i]) : s[i] != shape[i])
			return false;
	return !name_inside(s[10]);
}

static int
lex_number(struct parser *p)
{
	const char *s = p->text + p->at;
	char buffer[32];
	int64_t ms;
	if (looks_like_day(s)) {
		p->token.kind = TOKEN_DAY;
		p->token.text = keep(p, s, 10);
		p->at += 10;
		if (!value_parse_time(p->token.text, "UTC", &ms, NULL))
			return fail(p, p->token.at, "there is no day %s", p->token.text);
		return 0;
	}
	size_t n = *s == '-';
	while (digit(s[n]) || s[n] == '.')
		n++;
	size_t whole = n;
	while (name_inside(s[n]))
		n++;
	if (n >= sizeof(buffer))
		return fail(p, p->at, "this number is too long");
	memcpy(buffer, s, n);
	buffer[n] = '\0';
	p->at += n;
	if (n == whole && value_parse_number(buffer, &p->token.number)) {
		p->token.kind = TOKEN_NUMBER;
		return 0;
	}
	if (n > whole && conf_duration(buffer, &p->token.ms) == 0) {
		p->token.kind = TOKEN_SPAN;
		return 0;
	}
	return fail(p, p->token.at,
		"'%s' is neither a number nor a length of time (90m, 4h, 90d, 3mo); a "
		"word that "
		"begins with a digit stands in single quotes",
		buffer);
}

static int
lex_operator(struct parser *p)
{
	static const struct {
		const char *s;
		enum compare compare;
		const char *advice;
	} rows[] = {{"==", CMP_EQ, "="}, {"<>", CMP_NE, "!="}, {"=<", CMP_LE, "<="},
		{"=>", CMP_GE, ">="}, {"&&", CMP_EQ, "and"}, {"||", CMP_EQ, "or"},
		{"!=", CMP_NE, NULL}, {"<=", CMP_LE, NULL}, {">=", CMP_GE, NULL},
		{"=", CMP_EQ, NULL}, {"<", CMP_LT, NULL}, {">", CMP_GT, NULL},
		{"!", CMP_NE, "not"}, {"\"", CMP_EQ, "a single quote '"}};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		size_t n = strlen(rows[i].s);
		if (strncmp(p->text + p->at, rows[i].s, n) != 0)
			continue;
		if (rows[i].advice)
			return fail(p, p->at, "write %s instead of %s", rows[i].advice,
				rows[i].s);
		p->at += n;
		p->token.kind = TOKEN_OPERATOR;
		p->token.compare = rows[i].compare;
		return 0;
	}
	return fail(p, p->at, "'%c' has no meaning here", p->text[p->at]);
}

static int
next(struct parser *p)
{
	p->at += strspn(p->text + p->at, " \t\r\n");
	char c = p->text[p->at];
	p->token = (struct token){.at = p->at};
	int r = 0;
	if (!c)
		p->token.kind = TOKEN_END;
	else if (c == '\'')
		r = lex_quoted(p);
	else if (digit(c) || (c == '-' && digit(p->text[p->at + 1])))
		r = lex_number(p);
	else if (name_start(c)) {
		size_t n = 1;
		while (name_inside(p->text[p->at + n]))
			n++;
		p->token.kind = TOKEN_NAME;
		p->token.text = keep(p, p->text + p->at, n);
		p->at += n;
	} else if (strchr("(),", c)) {
		p->token.kind = c == '('   ? TOKEN_OPEN
				: c == ')' ? TOKEN_CLOSE
					   : TOKEN_COMMA;
		p->at++;
	} else
		r = lex_operator(p);
	p->token.len = p->at - p->token.at;
	return r;
}

static bool
at_word(const struct parser *p, const char *word)
{
	return p->token.kind == TOKEN_NAME && !strcmp(p->token.text, word);
}

static bool
at_reserved(const struct parser *p)
{
	static const char *const words[] = {
		"and", "or", "not", "in", "has", "ago", "within"};
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (at_word(p, words[i]))
			return true;
	return false;
}

/* ---- nodes ---- */

static unsigned
add_node(struct parser *p, struct node node)
{
	struct expr *e = p->expr;
	if ((e->node_count & (e->node_count - 1)) == 0)
		e->nodes =
			xrealloc(e->nodes, (e->node_count * 2 + 1) * sizeof(*e->nodes));
	e->nodes[e->node_count] = node;
	return e->node_count++;
}

static unsigned
add_operand(struct parser *p, struct operand operand)
{
	struct expr *e = p->expr;
	if ((e->operand_count & (e->operand_count - 1)) == 0)
		e->operands = xrealloc(
			e->operands, (e->operand_count * 2 + 1) * sizeof(*e->operands));
	e->operands[e->operand_count] = operand;
	return e->operand_count++;
}

static const char *const aggregate_names[] = {[EXPR_COUNT] = "count",
	[EXPR_SUM] = "sum",
	[EXPR_AVG] = "avg",
	[EXPR_MIN] = "min",
	[EXPR_MAX] = "max",
	[EXPR_LAST] = "last",
	[EXPR_FIRST] = "first"};

/* The name is consumed, the parenthesis is the token. */
static int
parse_aggregate(struct parser *p, size_t at, const char *name, struct operand *ret)
{
	struct suggest near;
	suggest_init(&near, name);
	size_t i = 0;
	while (i < ARRAY_LEN(aggregate_names) && strcmp(aggregate_names[i], name) != 0)
		suggest_offer(&near, aggregate_names[i++]);
	if (i == ARRAY_LEN(aggregate_names))
		return fail(p, at, "there is no function '%s'%s%s%s", name,
			near.best ? "; did you mean '" : "", near.best ? near.best : "",
			near.best ? "'?" : " (count, sum, avg, min, max, last, first)");
	if (next(p) < 0)
		return -EINVAL;
	if (p->token.kind != TOKEN_NAME || at_reserved(p))
		return fail(p, p->token.at,
			"%s( ) wants the name of an event: %s(order.paid "
			"within 90d)",
			name, name);
	*ret = (struct operand){.kind = OPERAND_AGGREGATE,
		.aggregate = (enum expr_aggregate)i,
		.text = p->token.text};
	if (next(p) < 0)
		return -EINVAL;
	if (at_word(p, "within")) {
		if (next(p) < 0)
			return -EINVAL;
		if (p->token.kind != TOKEN_SPAN || !p->token.ms)
			return fail(p, p->token.at,
				"'within' wants a length of time: within 90d");
		ret->ms = p->token.ms;
		if (next(p) < 0)
			return -EINVAL;
	}
	if (p->token.kind != TOKEN_CLOSE)
		return fail(p, p->token.at, "expected ) or 'within 90d' here");
	return next(p);
}

static int
parse_name(struct parser *p, bool left, struct operand *ret)
{
	struct token t = p->token;
	if (at_reserved(p))
		return fail(p, t.at,
			"'%s' cannot stand here; as a word it goes in single quotes",
			t.text);
	if (next(p) < 0)
		return -EINVAL;
	if (p->token.kind == TOKEN_OPEN)
		return parse_aggregate(p, t.at, t.text, ret);
	size_t len = strlen(t.text);
	if (t.text[len - 1] == '.' || strstr(t.text, ".."))
		return fail(p, t.at, "'%s' is not a name", t.text);
	*ret = (struct operand){.kind = OPERAND_WORD, .text = t.text};
	if (strchr(t.text, '.'))
		ret->kind = OPERAND_FIELD;
	else if (left)
		ret->kind = OPERAND_VARIABLE;
	else if (!strcmp(t.text, "now"))
		ret->kind = OPERAND_AGO;
	else if (!strcmp(t.text, "today"))
		*ret = (struct operand){.kind = OPERAND_DAY, .text = ""};
	return 0;
}

static int
parse_operand(struct parser *p, bool left, struct operand *ret)
{
	struct token t = p->token;
	if (t.kind == TOKEN_NAME)
		return parse_name(p, left, ret);
	if (left && t.kind == TOKEN_END)
		return fail(p, t.at, "a condition is missing at the end");
	if (left)
		return fail(
			p, t.at, "a condition begins with a name: contact.orders >= 2");
	*ret = (struct operand){.text = t.text, .number = t.number, .ms = t.ms};
	switch (t.kind) {
	case TOKEN_NUMBER: ret->kind = OPERAND_NUMBER; break;
	case TOKEN_QUOTED: ret->kind = OPERAND_WORD; break;
	case TOKEN_DAY: ret->kind = OPERAND_DAY; break;
	case TOKEN_SPAN: ret->kind = OPERAND_AGO; break;
	case TOKEN_END:
		return fail(p, t.at, "something to compare with is missing at the end");
	case TOKEN_NAME:
	case TOKEN_OPERATOR:
	case TOKEN_OPEN:
	case TOKEN_CLOSE:
	case TOKEN_COMMA:
		return fail(p, t.at, "something to compare with is missing here");
	}
	if (next(p) < 0)
		return -EINVAL;
	if (t.kind != TOKEN_SPAN)
		return 0;
	if (!at_word(p, "ago"))
		return fail(
			p, p->token.at, "after a length of time comes 'ago': 90d ago");
	return next(p);
}

static bool
literal(const struct operand *o)
{
	return o->kind == OPERAND_NUMBER || o->kind == OPERAND_WORD;
}

static int
parse_in(struct parser *p, unsigned left, unsigned *ret)
{
	struct node node = {.kind = NODE_IN, .left = left};
	if (next(p) < 0)
		return -EINVAL;
	if (p->token.kind != TOKEN_OPEN)
		return fail(p, p->token.at, "'in' wants a list: in (a, b)");
	do {
		struct operand o = {0};
		if (next(p) < 0)
			return -EINVAL;
		size_t at = p->token.at;
		if (parse_operand(p, false, &o) < 0)
			return -EINVAL;
		if (!literal(&o))
			return fail(p, at, "a list holds words and numbers only");
		unsigned index = add_operand(p, o);
		if (!node.count++)
			node.right = index;
	} while (p->token.kind == TOKEN_COMMA);
	if (p->token.kind != TOKEN_CLOSE)
		return fail(p, p->token.at, "expected , or ) in the list");
	*ret = add_node(p, node);
	return next(p);
}

static int
parse_has(struct parser *p, unsigned left, unsigned *ret)
{
	struct operand o = {0};
	if (next(p) < 0)
		return -EINVAL;
	size_t at = p->token.at;
	if (parse_operand(p, false, &o) < 0)
		return -EINVAL;
	if (o.kind != OPERAND_WORD)
		return fail(p, at, "'has' wants a word: contact.tags has vip");
	*ret = add_node(
		p, (struct node){
			   .kind = NODE_HAS, .left = left, .right = add_operand(p, o)});
	return 0;
}

static int
parse_comparison(struct parser *p, unsigned *ret)
{
	struct operand left = {0}, right = {0};
	if (parse_operand(p, true, &left) < 0)
		return -EINVAL;
	unsigned l = add_operand(p, left);
	if (at_word(p, "in"))
		return parse_in(p, l, ret);
	if (at_word(p, "has"))
		return parse_has(p, l, ret);
	if (p->token.kind != TOKEN_OPERATOR) {
		*ret = add_node(p, (struct node){.kind = NODE_TRUTH, .left = l});
		return 0;
	}
	enum compare compare = p->token.compare;
	if (next(p) < 0)
		return -EINVAL;
	size_t at = p->token.at;
	if (parse_operand(p, false, &right) < 0)
		return -EINVAL;
	if (right.kind == OPERAND_WORD && compare != CMP_EQ && compare != CMP_NE)
		return fail(p, at,
			"the word '%s' has no order; < and > compare numbers and dates",
			right.text);
	*ret = add_node(p, (struct node){.kind = NODE_COMPARE,
				   .compare = compare,
				   .left = l,
				   .right = add_operand(p, right)});
	return 0;
}

static int parse_or(struct parser *p, unsigned *ret);

static int
parse_not(struct parser *p, unsigned *ret)
{
	unsigned inner = 0;
	bool negated = at_word(p, "not");
	if (!negated && p->token.kind != TOKEN_OPEN)
		return parse_comparison(p, ret);
	size_t at = p->token.at;
	if (++p->depth > EXPR_DEPTH)
		return fail(p, at, "this is nested too deeply");
	if (next(p) < 0)
		return -EINVAL;
	if ((negated ? parse_not(p, &inner) : parse_or(p, &inner)) < 0)
		return -EINVAL;
	p->depth--;
	*ret = inner;
	if (negated)
		*ret = add_node(p, (struct node){.kind = NODE_NOT, .left = inner});
	else if (p->token.kind != TOKEN_CLOSE)
		return fail(p, at, "the ( opened here is not closed");
	else
		return next(p);
	return 0;
}

static int
parse_chain(struct parser *p, enum node_kind kind, unsigned *ret)
{
	const char *word = kind == NODE_OR ? "or" : "and";
	unsigned left = 0, right = 0;
	if ((kind == NODE_OR ? parse_chain(p, NODE_AND, &left) : parse_not(p, &left)) < 0)
		return -EINVAL;
	while (at_word(p, word)) {
		if (next(p) < 0)
			return -EINVAL;
		if ((kind == NODE_OR ? parse_chain(p, NODE_AND, &right)
				     : parse_not(p, &right)) < 0)
			return -EINVAL;
		left = add_node(
			p, (struct node){.kind = kind, .left = left, .right = right});
	}
	*ret = left;
	return 0;
}

static int
parse_or(struct parser *p, unsigned *ret)
{
	return parse_chain(p, NODE_OR, ret);
}

static int
trailing(struct parser *p)
{
	static const char *const words[] = {"and", "or", "in", "has"};
	struct suggest near;
	if (p->token.kind == TOKEN_CLOSE)
		return fail(p, p->token.at, "this ) closes nothing");
	if (p->token.kind != TOKEN_NAME)
		return fail(p, p->token.at, "expected 'and', 'or' or the end here");
	suggest_init(&near, p->token.text);
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		suggest_offer(&near, words[i]);
	if (near.best && near.distance == 1)
		return fail(p, p->token.at, "'%s' is not an operator; did you mean '%s'?",
			p->token.text, near.best);
	return fail(p, p->token.at,
		"'%s' stands alone; several words go in single quotes, conditions are "
		"joined by "
		"'and' or 'or'",
		p->token.text);
}

int
expr_parse(const char *text, struct expr **ret, struct strbuf *err)
{
	size_t len = strlen(text);
	if (len > EXPR_LONGEST) {
		strbuf_set(err, "the condition is longer than %d bytes", EXPR_LONGEST);
		return -EINVAL;
	}
	struct expr *e = xcalloc(1, sizeof(*e));
	e->source = xstrdup(text);
	e->pool = xmalloc(len * 2 + 2);
	struct parser p = {.text = text, .expr = e, .err = err};
	int r = next(&p);
	if (!r)
		r = parse_or(&p, &e->root);
	if (!r && p.token.kind != TOKEN_END)
		r = trailing(&p);
	if (r < 0) {
		expr_free(e);
		return r;
	}
	*ret = e;
	return 0;
}

void
expr_free(struct expr *e)
{
	if (!e)
		return;
	free(e->source);
	free(e->pool);
	free(e->nodes);
	free(e->operands);
	free(e);
}

const char *
expr_source(const struct expr *e)
{
	return e->source;
}

void
expr_names(const struct expr *e, void (*each)(void *ctx, char what, const char *name),
	void *ctx)
{
	for (unsigned i = 0; i < e->operand_count; i++) {
		const struct operand *o = &e->operands[i];
		if (o->kind == OPERAND_FIELD)
			each(ctx, 'f', o->text);
		else if (o->kind == OPERAND_VARIABLE)
			each(ctx, 'v', o->text);
		else if (o->kind == OPERAND_AGGREGATE)
			each(ctx, 'e', o->text);
	}
}
