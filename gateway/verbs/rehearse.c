#include "gateway/verbs/rehearse.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int
read_policy(struct rehearsal *r, const char *script_path, struct strbuf *err)
{
	char path[1024];
	const char *slash = strrchr(script_path, '/');
	snprintf(path, sizeof(path), "%.*spolicy.cfg",
		slash ? (int)(slash + 1 - script_path) : 0, script_path);
	if (r->config->policy_path)
		return 0;
	r->made_up = access(path, R_OK) != 0;
	if (r->made_up) {
		policy_make_up(r->config->policy);
		return 0;
	}
	policy_free(r->config->policy);
	r->config->policy = NULL;
	return policy_load(path, &r->config->policy, err);
}

int
rehearsal_open(const char *config_path, const char *script_path, struct rehearsal *ret,
	struct strbuf *err)
{
	static const struct config_shop nobody = {
		.name = "Shop", .country = "KR", .zone = "Asia/Seoul"};
	*ret = (struct rehearsal){0};
	int r = config_path && access(config_path, R_OK) == 0
			? config_load(config_path, &ret->config, err)
			: config_plain(&nobody, &ret->config, err);
	if (r < 0)
		return r;
	r = read_policy(ret, script_path, err);
	if (r < 0) {
		config_free(ret->config);
		return r;
	}
	rules_init(&ret->rules, ret->config);
	return 0;
}

void
rehearsal_close(struct rehearsal *r)
{
	rules_done(&r->rules);
	config_free(r->config);
}
