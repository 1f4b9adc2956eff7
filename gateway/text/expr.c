/* Evaluation in memory. Every rule here has its twin in expr_sql.c. */
#include <string.h>

#include "gateway/base/iso.h"
#include "gateway/text/expr_inside.h"
#include "gateway/text/zone.h"

int64_t
expr_since(const struct operand *o, int64_t now)
{
	return o->ms ? now - o->ms : INT64_MIN;
}

static int64_t
day_of(int64_t wall, const char *zone)
{
	int64_t local = wall + zone_offset(zone, wall);
	return local - (local % DAY + DAY) % DAY;
}

bool
expr_stretch(const struct operand *o, int64_t now, const char *zone, int64_t *ret_from,
	int64_t *ret_to)
{
	if (o->kind == OPERAND_AGO) {
		*ret_from = now - o->ms;
		*ret_to = *ret_from + 1;
		return true;
	}
	if (o->kind != OPERAND_DAY)
		return false;
	int64_t local;
	if (!*o->text)
		local = day_of(now, zone);
	else if (!value_parse_time(o->text, "UTC", &local, NULL))
		return false;
	*ret_from = zone_from_local(zone, local);
	*ret_to = zone_from_local(zone, local + DAY);
	return true;
}

static void
fetch(const struct operand *o, const struct expr_env *env, struct value *ret)
{
	*ret = (struct value){.kind = VALUE_MISSING};
	if (o->kind != OPERAND_AGGREGATE) {
		env->get(env->ctx, o->text, ret);
		return;
	}
	if (env->aggregate)
		env->aggregate(
			env->ctx, o->aggregate, o->text, expr_since(o, env->now), ret);
	if (ret->kind == VALUE_MISSING && o->aggregate <= EXPR_SUM)
		*ret = value_number(0);
}

static bool
compare_sign(int sign, enum compare compare)
{
	switch (compare) {
	case CMP_EQ: return sign == 0;
	case CMP_NE: return sign != 0;
	case CMP_LT: return sign < 0;
	case CMP_LE: return sign <= 0;
	case CMP_GT: return sign > 0;
	case CMP_GE: return sign >= 0;
	}
	return false;
}

static bool
compare_number(double a, double b, enum compare compare)
{
	return compare_sign((a > b) - (a < b), compare);
}

static bool
compare_stretch(int64_t t, int64_t from, int64_t to, enum compare compare)
{
	return compare_sign(t < from ? -1 : t >= to, compare);
}

/* A lent text may be overwritten by the next look-up, so the first is kept aside. */
static bool
compare_fields(const struct value *left, const struct operand *right,
	enum compare compare, const struct expr_env *env)
{
	struct strbuf kept = STRBUF_INIT(1 << 16);
	struct value a = *left, b;
	if (a.text) {
		strbuf_puts(&kept, a.text);
		a.text = kept.s;
	}
	fetch(right, env, &b);
	const char *s = value_as_text(&a), *t = value_as_text(&b);
	double m, n;
	int64_t x, y;
	bool equality = compare == CMP_EQ || compare == CMP_NE, result = false;
	if (equality && s && t)
		result = compare_sign(strcmp(s, t) != 0, compare);
	else if (value_as_number(&a, &m) && value_as_number(&b, &n))
		result = compare_number(m, n, compare);
	else if (value_as_time(&a, env->zone, &x) && value_as_time(&b, env->zone, &y))
		result = compare_sign((x > y) - (x < y), compare);
	strbuf_done(&kept);
	return result;
}

static bool
compare_with(const struct value *left, const struct operand *right, enum compare compare,
	const struct expr_env *env)
{
	double number;
	int64_t t, from, to;
	switch (right->kind) {
	case OPERAND_NUMBER:
		return value_as_number(left, &number) &&
		       compare_number(number, right->number, compare);
	case OPERAND_WORD: {
		const char *s = value_as_text(left);
		return s && compare_sign(strcmp(s, right->text) != 0, compare);
	}
	case OPERAND_AGO:
	case OPERAND_DAY:
		return expr_stretch(right, env->now, env->zone, &from, &to) &&
		       value_as_time(left, env->zone, &t) &&
		       compare_stretch(t, from, to, compare);
	case OPERAND_FIELD:
	case OPERAND_VARIABLE:
	case OPERAND_AGGREGATE: return compare_fields(left, right, compare, env);
	}
	return false;
}

static bool
eval(const struct expr *e, unsigned index, const struct expr_env *env)
{
	const struct node *n = &e->nodes[index];
	struct value left;
	switch (n->kind) {
	case NODE_OR: return eval(e, n->left, env) || eval(e, n->right, env);
	case NODE_AND: return eval(e, n->left, env) && eval(e, n->right, env);
	case NODE_NOT: return !eval(e, n->left, env);
	case NODE_TRUTH:
	case NODE_COMPARE:
	case NODE_IN:
	case NODE_HAS: break;
	}
	fetch(&e->operands[n->left], env, &left);
	if (n->kind == NODE_TRUTH)
		return value_is_true(&left);
	if (n->kind == NODE_HAS)
		return value_list_has(&left, e->operands[n->right].text);
	if (n->kind == NODE_COMPARE)
		return compare_with(&left, &e->operands[n->right], n->compare, env);
	for (unsigned i = 0; i < n->count; i++)
		if (compare_with(&left, &e->operands[n->right + i], CMP_EQ, env))
			return true;
	return false;
}

bool
expr_eval(const struct expr *expr, const struct expr_env *env)
{
	return eval(expr, expr->root, env);
}

/* A comparison of one known field with what stands there in words. */
static bool
is_decided(const struct expr *e, const struct node *n, bool (*of)(const char *name))
{
	const struct operand *left = &e->operands[n->left], *right;
	unsigned count = n->kind == NODE_IN ? n->count : n->kind == NODE_COMPARE;
	if (left->kind != OPERAND_FIELD || !of(left->text))
		return false;
	for (unsigned i = 0; i < count; i++) {
		right = &e->operands[n->right + i];
		if (right->kind == OPERAND_FIELD || right->kind == OPERAND_VARIABLE ||
			right->kind == OPERAND_AGGREGATE)
			return false;
	}
	return true;
}

static bool
fails(const struct expr *e, unsigned index, bool (*of)(const char *name),
	const struct expr_env *env)
{
	const struct node *n = &e->nodes[index];
	switch (n->kind) {
	case NODE_OR: return fails(e, n->left, of, env) && fails(e, n->right, of, env);
	case NODE_AND: return fails(e, n->left, of, env) || fails(e, n->right, of, env);
	case NODE_NOT: return false;
	case NODE_TRUTH:
	case NODE_COMPARE:
	case NODE_IN:
	case NODE_HAS: break;
	}
	return is_decided(e, n, of) && !eval(e, index, env);
}

bool
expr_fails(
	const struct expr *expr, bool (*of)(const char *name), const struct expr_env *env)
{
	return fails(expr, expr->root, of, env);
}
