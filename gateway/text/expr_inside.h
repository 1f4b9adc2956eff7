/* The parsed form, shared by the parser, the evaluator and the compiler to SQL. */
#ifndef MALGIL_TEXT_EXPR_INSIDE_H
#define MALGIL_TEXT_EXPR_INSIDE_H

#include "gateway/text/expr.h"

enum operand_kind {
	OPERAND_FIELD,
	OPERAND_VARIABLE,
	OPERAND_AGGREGATE,
	OPERAND_NUMBER,
	OPERAND_WORD,
	OPERAND_AGO, /* `ms` before now */
	OPERAND_DAY, /* `text` is "2026-11-21", "" for today */
};

struct operand {
	enum operand_kind kind;
	enum expr_aggregate aggregate;
	const char *text; /* in the pool */
	double number;
	int64_t ms; /* of `ago`, of `within` (0: without) */
};

enum node_kind {
	NODE_OR,
	NODE_AND,
	NODE_NOT,
	NODE_TRUTH,
	NODE_COMPARE,
	NODE_IN,
	NODE_HAS
};
enum compare { CMP_EQ, CMP_NE, CMP_LT, CMP_LE, CMP_GT, CMP_GE };

struct node {
	enum node_kind kind;
	enum compare compare;
	unsigned left, right; /* nodes, or operands for the last four kinds */
	unsigned count;       /* NODE_IN: operands from `right` on */
};

struct expr {
	char *source;
	char *pool; /* the texts of the operands */
	size_t pool_len;
	struct node *nodes;
	struct operand *operands;
	unsigned node_count, operand_count, root;
};

/* A right side that names a stretch of time: [*ret_from, *ret_to), *ret_to = *ret_from +
 * 1 for a moment. */
bool expr_stretch(const struct operand *o, int64_t now, const char *zone,
	int64_t *ret_from, int64_t *ret_to);
/* Since when an aggregate counts. */
int64_t expr_since(const struct operand *o, int64_t now);

#endif
