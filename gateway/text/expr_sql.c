/* The same language as a SQL condition. A comparison is wrapped in CASE WHEN, which turns
 * SQL's third truth value into false, as a missing field demands. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/text/expr_inside.h"

struct compiler {
	const struct expr *expr;
	const struct expr_schema *schema;
	int64_t now;
	const char *zone;
	unsigned first;
	struct strbuf *sql;
	struct expr_params *params;
	struct strbuf *err;
};

/* One operand's readings as SQL. Empty: it never has this reading. */
struct readings {
	struct strbuf text, number, time, set, has;
};

static void
readings_done(struct readings *r)
{
	strbuf_done(&r->text);
	strbuf_done(&r->number);
	strbuf_done(&r->time);
	strbuf_done(&r->set);
	strbuf_done(&r->has);
}

static void
bind(struct compiler *c, struct value value, const char *type, struct strbuf *out)
{
	if (c->params->count < EXPR_PARAMS)
		c->params->values[c->params->count] = value;
	strbuf_printf(out, "CAST($%zu AS %s)", c->first + c->params->count++, type);
}

static void
bind_number(struct compiler *c, double number, struct strbuf *out)
{
	bind(c, value_number(number), "DOUBLE PRECISION", out);
}

static void
bind_time(struct compiler *c, int64_t wall, struct strbuf *out)
{
	bind(c, value_time(wall), "BIGINT", out);
}

static void
bind_text(struct compiler *c, const char *text, struct strbuf *out)
{
	bind(c, value_text(text), "TEXT", out);
}

static int
read_aggregate(struct compiler *c, const struct operand *o, struct readings *ret)
{
	static const char *const selects[] = {[EXPR_COUNT] = "COUNT(*)",
		[EXPR_SUM] = "COALESCE(SUM(ev.value), 0)",
		[EXPR_AVG] = "AVG(ev.value)",
		[EXPR_MIN] = "MIN(ev.value)",
		[EXPR_MAX] = "MAX(ev.value)",
		[EXPR_LAST] = "MAX(ev.at)",
		[EXPR_FIRST] = "MIN(ev.at)"};
	struct strbuf *out = o->aggregate >= EXPR_LAST ? &ret->time : &ret->number;
	if (!c->schema->events) {
		strbuf_set(c->err, "events cannot be counted here");
		return -EINVAL;
	}
	strbuf_printf(out,
		"(SELECT %s FROM (%s) AS ev WHERE ev.kind = ", selects[o->aggregate],
		c->schema->events);
	bind_text(c, o->text, out);
	if (o->ms) {
		strbuf_puts(out, " AND ev.at >= ");
		bind_time(c, expr_since(o, c->now), out);
	}
	strbuf_putc(out, ')');
	return 0;
}

static int
read_operand(struct compiler *c, const struct operand *o, struct readings *ret)
{
	struct expr_column column = {0};
	strbuf_init(&ret->text, 1 << 14);
	strbuf_init(&ret->number, 1 << 14);
	strbuf_init(&ret->time, 1 << 14);
	strbuf_init(&ret->set, 1 << 14);
	strbuf_init(&ret->has, 1 << 14);
	if (o->kind == OPERAND_AGGREGATE)
		return read_aggregate(c, o, ret);
	if (o->kind == OPERAND_VARIABLE) {
		strbuf_set(c->err,
			"'%s' would be a run's variable, which a segment does not know; "
			"a field has a "
			"dot: contact.%s",
			o->text, o->text);
		return -EINVAL;
	}
	if (!c->schema->column(c->schema->ctx, o->text, &column)) {
		strbuf_set(c->err, "there is no field '%s' to select people by", o->text);
		return -EINVAL;
	}
	strbuf_puts(&ret->text, column.text ? column.text : "");
	strbuf_puts(&ret->number, column.number ? column.number : "");
	strbuf_puts(&ret->time, column.time ? column.time : "");
	strbuf_puts(&ret->set, column.set ? column.set : "");
	strbuf_puts(&ret->has, column.has ? column.has : "");
	return 0;
}

static const char *const signs[] = {[CMP_EQ] = "=",
	[CMP_NE] = "<>",
	[CMP_LT] = "<",
	[CMP_LE] = "<=",
	[CMP_GT] = ">",
	[CMP_GE] = ">="};

static void
never(struct compiler *c)
{
	strbuf_puts(c->sql, "(1 = 0)");
}

static void
open_case(struct compiler *c, const struct strbuf *reading)
{
	strbuf_printf(c->sql, "(CASE WHEN (%s) ", reading->s);
}

static void
close_case(struct compiler *c)
{
	strbuf_puts(c->sql, " THEN 1 ELSE 0 END = 1)");
}

/* A stretch [from, to) against a moment; see compare_stretch(). */
static void
compare_time(struct compiler *c, const struct strbuf *time, const struct operand *right,
	enum compare compare)
{
	int64_t from, to;
	if (!time->len || !expr_stretch(right, c->now, c->zone, &from, &to)) {
		never(c);
		return;
	}
	open_case(c, time);
	bool first = compare != CMP_LE && compare != CMP_GT;
	if (compare == CMP_LT || compare == CMP_NE)
		strbuf_puts(c->sql, "< ");
	else
		strbuf_puts(c->sql, compare == CMP_LE ? "< " : ">= ");
	bind_time(c, first ? from : to, c->sql);
	if (compare == CMP_EQ || compare == CMP_NE) {
		strbuf_printf(c->sql,
			compare == CMP_EQ ? " AND (%s) < " : " OR (%s) >= ", time->s);
		bind_time(c, to, c->sql);
	}
	close_case(c);
}

static void
compare_literal(struct compiler *c, const struct readings *left,
	const struct operand *right, enum compare compare)
{
	if (right->kind == OPERAND_AGO || right->kind == OPERAND_DAY) {
		compare_time(c, &left->time, right, compare);
		return;
	}
	bool number = right->kind == OPERAND_NUMBER;
	const struct strbuf *reading = number ? &left->number : &left->text;
	if (!reading->len) {
		never(c);
		return;
	}
	open_case(c, reading);
	strbuf_printf(c->sql, "%s ", signs[compare]);
	if (number)
		bind_number(c, right->number, c->sql);
	else
		bind_text(c, right->text, c->sql);
	close_case(c);
}

static void
both(struct compiler *c, const struct strbuf *a, const struct strbuf *b,
	enum compare compare)
{
	if (a->len && b->len)
		strbuf_printf(c->sql,
			" WHEN (%s) IS NOT NULL AND (%s) IS NOT NULL THEN CASE WHEN (%s) "
			"%s (%s) "
			"THEN 1 ELSE 0 END",
			a->s, b->s, a->s, signs[compare], b->s);
}

static int
compare_fields(struct compiler *c, const struct readings *left,
	const struct operand *right, enum compare compare)
{
	struct readings r;
	int result = read_operand(c, right, &r);
	if (!result) {
		strbuf_puts(c->sql, "(CASE WHEN 1 = 0 THEN 0");
		if (compare == CMP_EQ || compare == CMP_NE)
			both(c, &left->text, &r.text, compare);
		both(c, &left->number, &r.number, compare);
		both(c, &left->time, &r.time, compare);
		strbuf_puts(c->sql, " ELSE 0 END = 1)");
	}
	readings_done(&r);
	return result;
}

static int
compare_with(struct compiler *c, const struct readings *left, const struct operand *right,
	enum compare compare)
{
	if (right->kind == OPERAND_FIELD || right->kind == OPERAND_VARIABLE ||
		right->kind == OPERAND_AGGREGATE)
		return compare_fields(c, left, right, compare);
	compare_literal(c, left, right, compare);
	return 0;
}

/* value_is_true(), reading by reading: a text decides where there is one. */
static void
truth(struct compiler *c, const struct readings *r)
{
	strbuf_puts(c->sql, "(CASE WHEN 1 = 0 THEN 0");
	if (r->set.len)
		strbuf_printf(c->sql, " WHEN EXISTS (%s) THEN 1", r->set.s);
	if (r->text.len)
		strbuf_printf(c->sql,
			" WHEN (%s) IS NOT NULL THEN CASE WHEN (%s) IN ('', '0', 'no', "
			"'false') "
			"THEN 0 ELSE 1 END",
			r->text.s, r->text.s);
	if (r->number.len)
		strbuf_printf(c->sql, " WHEN (%s) <> 0 THEN 1", r->number.s);
	if (r->time.len)
		strbuf_printf(c->sql, " WHEN (%s) IS NOT NULL THEN 1", r->time.s);
	strbuf_puts(c->sql, " ELSE 0 END = 1)");
}

static int
leaf(struct compiler *c, const struct node *n, const struct readings *left)
{
	const struct operand *right = &c->expr->operands[n->right];
	if (n->kind == NODE_COMPARE)
		return compare_with(c, left, right, n->compare);
	if (n->kind == NODE_TRUTH) {
		truth(c, left);
		return 0;
	}
	if (n->kind == NODE_HAS && !left->set.len) {
		never(c);
		return 0;
	}
	strbuf_putc(c->sql, '(');
	if (n->kind == NODE_HAS && left->has.len) {
		strbuf_puts(c->sql, left->has.s);
		bind_text(c, right->text, c->sql);
		strbuf_putc(c->sql, ')');
	} else if (n->kind == NODE_HAS) {
		bind_text(c, right->text, c->sql);
		strbuf_printf(c->sql, " IN (%s)", left->set.s);
	}
	for (unsigned i = 0; n->kind == NODE_IN && i < n->count; i++) {
		strbuf_puts(c->sql, i ? " OR " : "");
		compare_literal(c, left, &right[i], CMP_EQ);
	}
	strbuf_putc(c->sql, ')');
	return 0;
}

/* ---- what must all hold ---- */

#define TOGETHER 64 /* conditions put in order; more stay as they stand */

static unsigned
operand_cost(struct compiler *c, const struct operand *o)
{
	struct expr_column column = {0};
	if (o->kind == OPERAND_AGGREGATE)
		return 3;
	if (o->kind == OPERAND_FIELD &&
		c->schema->column(c->schema->ctx, o->text, &column))
		return column.cost;
	return 0;
}

static unsigned
node_cost(struct compiler *c, unsigned index)
{
	const struct node *n = &c->expr->nodes[index];
	const struct operand *operands = c->expr->operands;
	unsigned cost = 0,
		 count = n->kind == NODE_IN ? n->count : n->kind == NODE_COMPARE;
	if (n->kind == NODE_OR || n->kind == NODE_AND)
		return MAX(node_cost(c, n->left), node_cost(c, n->right));
	if (n->kind == NODE_NOT)
		return node_cost(c, n->left);
	cost = operand_cost(c, &operands[n->left]);
	for (unsigned i = 0; i < count; i++)
		cost = MAX(cost, operand_cost(c, &operands[n->right + i]));
	return cost;
}

/* The conditions of a chain of `and`s, in their order; false: too many. */
static bool
gather(const struct expr *e, unsigned index, unsigned list[TOGETHER], size_t *count)
{
	const struct node *n = &e->nodes[index];
	if (n->kind == NODE_AND)
		return gather(e, n->left, list, count) &&
		       gather(e, n->right, list, count);
	if (*count == TOGETHER)
		return false;
	list[(*count)++] = index;
	return true;
}

static int compile(struct compiler *c, unsigned index);

/* The engine asks in the order it is given: first what costs nothing to ask. */
static int
compile_together(struct compiler *c, const unsigned list[TOGETHER], size_t count)
{
	unsigned costs[TOGETHER];
	const char *with = "(";
	int r = 0;
	for (size_t i = 0; i < count; i++)
		costs[i] = node_cost(c, list[i]);
	for (unsigned cost = 0; cost <= 3; cost++)
		for (size_t i = 0; i < count && !r; i++) {
			if (costs[i] != cost)
				continue;
			strbuf_puts(c->sql, with);
			with = " AND ";
			r = compile(c, list[i]);
		}
	strbuf_putc(c->sql, ')');
	return r;
}

static int
compile(struct compiler *c, unsigned index)
{
	const struct node *n = &c->expr->nodes[index];
	unsigned list[TOGETHER];
	size_t count = 0;
	int r;
	if (n->kind == NODE_AND && gather(c->expr, index, list, &count))
		return compile_together(c, list, count);
	if (n->kind == NODE_NOT) {
		strbuf_puts(c->sql, "(NOT ");
		r = compile(c, n->left);
		strbuf_putc(c->sql, ')');
		return r;
	}
	if (n->kind == NODE_AND || n->kind == NODE_OR) {
		strbuf_putc(c->sql, '(');
		r = compile(c, n->left);
		strbuf_puts(c->sql, n->kind == NODE_AND ? " AND " : " OR ");
		if (!r)
			r = compile(c, n->right);
		strbuf_putc(c->sql, ')');
		return r;
	}
	struct readings left;
	r = read_operand(c, &c->expr->operands[n->left], &left);
	if (!r)
		r = leaf(c, n, &left);
	readings_done(&left);
	return r;
}

int
expr_sql(const struct expr *expr, const struct expr_schema *schema, int64_t now,
	const char *zone, unsigned first, struct strbuf *sql, struct expr_params *params,
	struct strbuf *err)
{
	struct compiler c = {.expr = expr,
		.schema = schema,
		.now = now,
		.zone = zone,
		.first = first,
		.sql = sql,
		.params = params,
		.err = err};
	params->count = 0;
	int r = compile(&c, expr->root);
	if (r < 0)
		return r;
	if (params->count > EXPR_PARAMS || sql->full) {
		strbuf_set(err, "the condition is too long to select people by");
		return -EINVAL;
	}
	return 0;
}
