#include "gateway/verbs/rehearse.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/conf.h"

static const char *
text_in(const struct conf_node *group, const char *name)
{
	const struct conf_node *n = group ? conf_get(group, name) : NULL;
	return n ? conf_text(n) : NULL;
}

/* PATH as the file FROM means it: beside it unless absolute. */
static void
beside(const char *from, const char *path, char *ret, size_t size)
{
	const char *slash = strrchr(from, '/');
	int dir = slash && *path != '/' ? (int)(slash + 1 - from) : 0;
	snprintf(ret, size, "%.*s%s", dir, from, path);
}

int
rehearse_rules(const char *config_path, const char *script_path, struct rules *ret,
	struct strbuf *err)
{
	struct conf *conf = NULL;
	char path[1024];
	int r = 0;
	if (conf_open(config_path, &conf, NULL) < 0)
		conf = NULL;
	const struct conf_node *root = conf ? conf_root(conf) : NULL;
	const struct conf_node *shop = root ? conf_get(root, "shop") : NULL;
	const char *name = text_in(shop, "name"), *country = text_in(shop, "country");
	const char *zone = text_in(shop, "tz"), *policy = text_in(root, "policy");
	rules_init(ret, country && strlen(country) == 2 ? country : "KR",
		zone ? zone : "Asia/Seoul", name ? name : "Shop");
	if (policy)
		snprintf(path, sizeof(path), "%s", policy);
	else
		beside(script_path, "policy.cfg", path, sizeof(path));
	if (policy && access(path, R_OK) < 0)
		beside(config_path, policy, path, sizeof(path));
	if (access(path, R_OK) == 0)
		r = rules_read_policy(ret, path, err);
	else
		rules_sample(ret);
	conf_close(conf);
	if (r < 0)
		rules_done(ret);
	return r;
}
