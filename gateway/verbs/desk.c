/* malgil desk: the staff terminal. The desk itself is an API client in a room of its own;
 * here it only learns where the gateway is. */
#include "gateway/desk/desk.h"

#include <stdlib.h>
#include <string.h>
#include <stdio.h>

#include "gateway/core/config.h"
#include "gateway/verbs/verbs.h"

static const struct verb_option options[] = {
	{"--url", "URL", "a gateway elsewhere: http://HOST:PORT; otherwise MALGIL_URL"},
	{"--token-file", "FILE", "the token for it; otherwise MALGIL_TOKEN"},
	{"--theme", "NAME", "dark (default), light, mono; NO_COLOR is mono"},
	{"--mouse", NULL, "clicks choose and open; the wheel scrolls"},
	{"--keys", "FILE", "keys of your own; default ~/.config/malgil/desk.cfg"},
	{"--drafts", "DIR",
		"where drafts are kept; default ~/.local/state/malgil/drafts"},
	{NULL, NULL, NULL},
};

#define TOKEN_MAX 512

static int
read_token(const struct verb_args *args, char ret[TOKEN_MAX])
{
	const char *path = verb_value(args, "--token-file"),
		   *named = getenv("MALGIL_TOKEN");
	if (!path) {
		snprintf(ret, TOKEN_MAX, "%s", named ? named : "");
		return 0;
	}
	FILE *f = fopen(path, "re");
	if (!f || !fgets(ret, TOKEN_MAX, f)) {
		if (f)
			fclose(f);
		return verb_refuse(args->verb, "%s cannot be read", path);
	}
	fclose(f);
	ret[strcspn(ret, " \r\n")] = '\0';
	return 0;
}

/* The gateway of this configuration, through its socket. */
static int
find_socket(struct verb_args *args, char ret[108])
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_INIT(64 * 1024);
	struct config *config = NULL;
	if (config_load(args->config_path, &config, &err) < 0 ||
		config_socket_path(config, ret, &err) < 0) {
		config_free(config);
		return verb_refuse(args->verb, "%s", err.s);
	}
	config_free(config);
	return 0;
}

static int
run(struct verb_args *args)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	char socket[108] = "", url[512], token[TOKEN_MAX] = "";
	const char *named = verb_value(args, "--url"),
		   *theme = verb_value(args, "--theme");
	if (!named && getenv("MALGIL_URL") && *getenv("MALGIL_URL"))
		named = getenv("MALGIL_URL");
	struct desk_options o = {.drafts = verb_value(args, "--drafts"),
		.keys = verb_value(args, "--keys"),
		.mouse = verb_flag(args, "--mouse")};
	if (args->word_count)
		return verb_misuse(
			args->verb, "'%s' is one word too many", args->words[0]);
	if (theme_parse(theme ? theme : "", &o.theme) < 0)
		return verb_misuse(args->verb,
			"the themes are dark, light and mono, not '%s'", theme);
	int r = named ? read_token(args, token) : find_socket(args, socket);
	if (r)
		return r;
	snprintf(url, sizeof(url), "%s", named ? named : "");
	while (*url && url[strlen(url) - 1] == '/')
		url[strlen(url) - 1] = '\0';
	o.socket = named ? NULL : socket;
	o.url = url;
	o.token = *token ? token : NULL;
	if (desk_run(&o, &err) < 0)
		return verb_refuse(args->verb, "%s", err.s);
	return EXIT_DONE;
}

const struct verb verb_desk = {
	.name = "desk",
	.summary = "the terminal where staff answer customers",
	.usage = "desk [--theme NAME] [--mouse] | desk --url URL [--token-file FILE]",
	.example = "  malgil desk\n"
		   "  ? shows the keys that do something where you are. r answers, enter "
		   "sends,\n"
		   "  u takes it back for 15 seconds. What you write is kept, whatever "
		   "happens.",
	.options = options,
	.run = run,
};
