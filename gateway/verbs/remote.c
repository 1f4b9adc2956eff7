#include "gateway/verbs/remote.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/suggest.h"
#include "gateway/verbs/print.h"

#define ANSWER_MAX (512u << 20)

int
remote_open(struct remote *r, const struct verb_args *args)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	char path[108];
	*r = (struct remote){.verb = args->verb, .config_path = args->config_path};
	if (config_load(args->config_path, &r->config, &err) < 0 ||
		config_socket_path(r->config, path, &err) < 0)
		return verb_refuse(args->verb, "%s", err.s);
	r->client = client_new(path);
	return 0;
}

void
remote_close(struct remote *r)
{
	client_free(r->client);
	if (r->config)
		config_free(r->config);
}

const char *
remote_sentence(const json_t *answer)
{
	const char *detail = json_string_value(json_object_get(answer, "detail"));
	return detail && *detail ? detail : "the gateway refused and did not say why";
}

int
remote_ask(struct remote *r, const struct client_request *request, json_t **ret_answer)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct strbuf body AUTO(strbuf_done) = STRBUF_INIT(ANSWER_MAX);
	*ret_answer = NULL;
	int status = client_call(r->client, request, &body, &err);
	if (status == -ECONNREFUSED)
		return -verb_refuse(r->verb, "%s; start it with: malgil -c %s serve",
			err.s, r->config_path);
	if (status < 0)
		return -verb_refuse(r->verb, "%s", err.s);
	*ret_answer = json_loadb(body.s, body.len, JSON_DECODE_ANY, NULL);
	if (!*ret_answer)
		return -verb_refuse(
			r->verb, "the gateway's answer is not JSON (HTTP %d)", status);
	return status;
}

static json_t *
only_success(struct remote *r, const struct client_request *request)
{
	json_t *answer;
	int status = remote_ask(r, request, &answer);
	if (status >= 200 && status < 300)
		return answer;
	if (status > 0)
		verb_refuse(r->verb, "%s", remote_sentence(answer));
	json_decref(answer);
	return NULL;
}

json_t *
remote_get(struct remote *r, const char *path)
{
	return only_success(r, &(struct client_request){.method = "GET", .path = path});
}

int
remote_show(struct remote *r, const struct verb_args *args, const char *path,
	const char *member, void (*for_people)(const json_t *answer, const char *zone))
{
	json_t *answer = remote_get(r, path);
	if (!answer)
		return EXIT_REFUSED;
	if (verb_flag(args, "--json"))
		print_json(member ? json_object_get(answer, member) : answer);
	else
		for_people(answer, r->config->zone);
	json_decref(answer);
	return EXIT_DONE;
}

json_t *
remote_post(struct remote *r, const char *path, json_t *body_taken)
{
	char *text = body_taken ? json_dumps(body_taken, JSON_COMPACT) : NULL;
	struct client_request request = {.method = "POST",
		.path = path,
		.body = text,
		.len = text ? strlen(text) : 0,
		.patience = 200 * SECOND};
	json_t *answer = only_success(r, &request);
	json_decref(body_taken);
	free(text);
	return answer;
}

void
remote_path(struct strbuf *out, const char *head, const char *word, const char *tail)
{
	strbuf_puts(out, head);
	client_escape(out, word);
	strbuf_puts(out, tail);
}

void
remote_query(struct strbuf *path, const char *name, const char *value)
{
	if (!value)
		return;
	strbuf_printf(path, "%c%s=", strchr(path->s, '?') ? '&' : '?', name);
	client_escape(path, value);
}

static int
unknown_word(const struct verb_args *args, const struct remote_action *actions)
{
	struct suggest near;
	suggest_init(&near, args->words[0]);
	for (; actions->word; actions++)
		suggest_offer(&near, actions->word);
	if (near.best)
		return verb_misuse(args->verb,
			"'%s' is not something it does; did you mean '%s'?",
			args->words[0], near.best);
	return verb_misuse(args->verb, "'%s' is not something it does", args->words[0]);
}

int
remote_run(struct verb_args *args, const struct remote_action *actions)
{
	struct remote r;
	if (!args->word_count)
		args->words[args->word_count++] = actions->word;
	const struct remote_action *a = actions;
	while (a->word && strcmp(a->word, args->words[0]) != 0)
		a++;
	if (!a->word)
		return unknown_word(args, actions);
	if (args->word_count < a->min || args->word_count > a->max)
		return verb_misuse(args->verb, "%s wants %s", a->word, a->needs);
	int code = remote_open(&r, args);
	if (!code)
		code = a->run(&r, args);
	remote_close(&r);
	return code;
}
