/* What the files of the loader share: load.c knows the file, load_steps.c the groups of a
 * step, load_values.c the values in them. Nobody else includes this. */
#ifndef MALGIL_DIALOGS_LOAD_H
#define MALGIL_DIALOGS_LOAD_H

#include "dialogs/script.h"
#include "gateway/base/conf.h"

struct rule;
/* A group that is being read, and the one around it, as far as they have keys. */
struct load_group {
	const struct conf_node *node;
	const struct rule *rules;
	const struct load_group *around;
};
struct loader {
	struct script *s;
	struct strbuf *err;
	const struct load_group *in;
};

/* One key of a group. A table ends with an empty name. */
struct rule {
	const char *name;
	int (*read)(struct loader *l, const struct conf_node *n, void *slot);
	size_t offset;
};

#define AT(type, member) offsetof(struct type, member)
/* Generates the reader of a group with a `line`, whose presence is thereby known. */
#define GROUP_READER(fn, type, ...)                                                      \
	static const struct rule type##_rules[] = {__VA_ARGS__, {0}};                    \
	static int fn(struct loader *l, const struct conf_node *n, void *slot)           \
	{                                                                                \
		struct type *g = slot;                                                   \
		g->line = conf_line(n);                                                  \
		return load_read_group(l, n, type##_rules, g);                           \
	}

/* load_steps.c: the group `steps`, into the script itself. */
int load_steps(struct loader *l, const struct conf_node *n, void *slot);

/* Each reads a node into the slot of its type: 0, or -EINVAL with the sentence. */
int load_read_group(struct loader *l, const struct conf_node *group,
	const struct rule *rules, void *dest);
int load_want(struct loader *l, const struct conf_node *n, const char *what);
int load_make_template(struct loader *l, const struct conf_node *n, const char *text,
	const struct template **ret);
/* Bytes up to the next comma that stands outside braces, or to the end. */
size_t load_until_comma(const char *text);
int load_str(struct loader *l, const struct conf_node *n, void *slot);
/* Of a variable, as conditions can say it: letters, digits, '_', '-' and dots. */
int load_name(struct loader *l, const struct conf_node *n, void *slot);
int load_one_of(
	struct loader *l, const struct conf_node *n, const char *list, const char **slot);
int load_int(struct loader *l, const struct conf_node *n, void *slot);
int load_fuzzy(struct loader *l, const struct conf_node *n, void *slot);
int load_percent(struct loader *l, const struct conf_node *n, void *slot);
int load_bool(struct loader *l, const struct conf_node *n, void *slot);
int load_span(struct loader *l, const struct conf_node *n, void *slot);
int load_template(struct loader *l, const struct conf_node *n, void *slot);
int load_expr(struct loader *l, const struct conf_node *n, void *slot);
int load_words(struct loader *l, const struct conf_node *n, void *slot);
int load_text(struct loader *l, const struct conf_node *n, void *slot);
int load_target(struct loader *l, const struct conf_node *n, void *slot);
int load_class(struct loader *l, const struct conf_node *n, void *slot);
int load_match(struct loader *l, const struct conf_node *n, void *slot);
int load_accept(struct loader *l, const struct conf_node *n, void *slot);
int load_values(struct loader *l, const struct conf_node *n, void *slot);
int load_add(struct loader *l, const struct conf_node *n, void *slot);

#endif
