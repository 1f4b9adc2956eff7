#include "gateway/verbs/channels_test.h"

#include <stdio.h>
#include <string.h>

#include "gateway/base/suggest.h"
#include "gateway/core/config.h"
#include "gateway/sms/address.h"
#include "gateway/store/messages.h"

static const struct config_channel *
find(const struct config *c, const char *name, struct suggest *near)
{
	suggest_init(near, name);
	for (size_t i = 0; i < c->channel_count; i++) {
		if (!strcmp(c->channels[i].name, name))
			return &c->channels[i];
		suggest_offer(near, c->channels[i].name);
	}
	return NULL;
}

static int
show(const struct verb_args *args, const struct config *config)
{
	struct strbuf out AUTO(strbuf_done) = STRBUF_INIT(1024 * 1024);
	struct strbuf err AUTO(strbuf_done) = STRBUF_INIT(8192);
	struct suggest near;
	enum message_class cls = CLASS_SERVICE;
	const char *to = verb_value(args, "--to"), *text = verb_value(args, "--text");
	const char *class = verb_value(args, "--class");
	char e164[32];
	const struct config_channel *ch = find(config, args->words[1], &near);
	if (!ch)
		return verb_refuse(args->verb, "there is no channel '%s'%s%s%s",
			args->words[1], near.best ? "; did you mean '" : "",
			near.best ? near.best : "", near.best ? "'?" : "");
	if (!ch->ops->preview)
		return verb_refuse(args->verb,
			"%s is no account at a provider: malgil channels status and "
			"malgil doctor "
			"look at modems",
			ch->name);
	if (sms_number_e164(to ? to : "+12015550123", config->country, e164, &err) < 0 ||
		(class && message_class_parse(class, &cls) < 0))
		return verb_refuse(args->verb, "%s",
			err.len ? err.s
				: "--class is notice, reply, service or marketing");
	struct driver_env env = {.config = ch->node, .public_url = config->api_public};
	struct outgoing o = {.to = e164,
		.text = text ? text : "Test",
		.part = 1,
		.parts = 1,
		.message = 1,
		.category = message_class_name(cls)};
	if (ch->ops->preview(&env, &o, &out, &err) < 0)
		return verb_refuse(args->verb, "%s", err.s);
	fputs(out.s, stdout);
	return EXIT_DONE;
}

int
channels_test(const struct verb_args *args)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_INIT(64 * 1024);
	struct config *config;
	if (args->word_count != 2 || strcmp(args->words[0], "test") != 0)
		return verb_refuse(args->verb, "test --dry-run wants a channel's name");
	if (config_load(args->config_path, &config, &err) < 0)
		return verb_refuse(args->verb, "%s", err.s);
	int code = show(args, config);
	config_free(config);
	return code;
}
