/* Matching a path against the table; the table itself is routes.c. */
#include "gateway/api/routes.h"

#include <stdio.h>
#include <string.h>

#include "gateway/base/suggest.h"

/* True when `path` has the form of `pattern`; "{...}" stands for one segment, not empty.
 */
static bool
path_fits(const char *pattern, const char *path, char ret_param[ROUTE_PARAM_MAX])
{
	ret_param[0] = '\0';
	while (*pattern && *path) {
		if (*pattern == '{') {
			size_t n = strcspn(path, "/");
			if (!n || n >= ROUTE_PARAM_MAX)
				return false;
			memcpy(ret_param, path, n);
			ret_param[n] = '\0';
			path += n;
			pattern += strcspn(pattern, "}") + 1;
		} else if (*pattern++ != *path++) {
			return false;
		}
	}
	return !*pattern && !*path;
}

static void
allow(struct strbuf *list, const char *method)
{
	if (list->len)
		strbuf_puts(list, ", ");
	strbuf_puts(list, method);
	if (!strcmp(method, "GET"))
		strbuf_puts(list, ", HEAD");
}

enum route_found
route_match(const struct route *table, const char *method, const char *path,
	const struct route **ret_route, char ret_param[ROUTE_PARAM_MAX],
	struct strbuf *ret_allow)
{
	if (!strcmp(method, "HEAD"))
		method = "GET";
	for (const struct route *r = table; r->method; r++) {
		if (!path_fits(r->pattern, path, ret_param))
			continue;
		if (!strcmp(r->method, method)) {
			*ret_route = r;
			return ROUTE_FOUND;
		}
		allow(ret_allow, r->method);
	}
	return ret_allow->len ? ROUTE_NO_METHOD : ROUTE_NO_PATH;
}

bool
route_knows_query(const char *list, const char *name, char ret_near[64])
{
	char words[8][32];
	size_t n = 0;
	for (const char *p = list ? list : ""; *p && n < ARRAY_LEN(words);) {
		size_t len = strcspn(p, " ");
		snprintf(words[n++], sizeof(words[0]), "%.*s", (int)len, p);
		p += len + strspn(p + len, " ");
	}
	struct suggest near;
	suggest_init(&near, name);
	for (size_t i = 0; i < n; i++) {
		if (!strcmp(words[i], name))
			return true;
		suggest_offer(&near, words[i]);
	}
	snprintf(ret_near, 64, "%s", near.best ? near.best : "");
	return false;
}
