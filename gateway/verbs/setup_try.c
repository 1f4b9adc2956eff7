/* The end of `malgil setup`: the gateway runs, for a moment where it did not before; the
 * staff are entered, and the owner gets the first text. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gateway/base/clock.h"
#include "gateway/verbs/print.h"
#include "gateway/verbs/remote.h"
#include "gateway/verbs/backup_key.h"
#include "gateway/verbs/setup.h"

#define LOOK       200 /* ms between two questions what became of the text */
#define READY_WAIT (20 * SECOND)
#define SENT_WAIT  (45 * SECOND)

bool
setup_is_running(const struct config *config)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct strbuf body AUTO(strbuf_done) = STRBUF_INIT(1 << 20);
	char path[108];
	if (config_socket_path(config, path, &err) < 0)
		return false;
	struct client *client = client_new(path);
	int status = client_call(client,
		&(struct client_request){
			.method = "GET", .path = "/v1/channels", .patience = 5 * SECOND},
		&body, &err);
	client_free(client);
	return status > 0;
}

/* Starts `malgil serve` and waits until it says that it is ready. Its pid, or -1. */
static pid_t
start(const struct setup *s)
{
	int out[2];
	char line[256] = "";
	if (pipe(out) < 0)
		return -1;
	pid_t pid = fork();
	if (pid == 0) {
		dup2(out[1], STDOUT_FILENO);
		close(out[0]);
		close(out[1]);
		if (!freopen("/dev/null", "w", stderr))
			_exit(1);
		execl("/proc/self/exe", "malgil", "-c", s->path, "serve", (char *)NULL);
		_exit(1);
	}
	close(out[1]);
	struct pollfd fd = {out[0], POLLIN, 0};
	bool ready = pid > 0 && poll(&fd, 1, (int)READY_WAIT) == 1 &&
		     read(out[0], line, sizeof(line) - 1) > 0 &&
		     strstr(line, "gateway.ready");
	close(out[0]);
	if (ready)
		return pid;
	if (pid > 0) {
		kill(pid, SIGTERM);
		waitpid(pid, NULL, 0);
	}
	return -1;
}

static void
add_staff(const struct setup *s, struct remote *r)
{
	const char *p = s->answers[SETUP_STAFF];
	while (*p) {
		size_t n = strcspn(p, ",");
		char name[64];
		const char *from = p + strspn(p, " ");
		snprintf(name, sizeof(name), "%.*s", (int)(p + n - MIN(from, p + n)),
			from);
		for (size_t len = strlen(name); len && name[len - 1] == ' ';)
			name[--len] = '\0';
		json_t *answer = NULL;
		char *body = json_dumps(json_pack("{s:s}", "name", name), JSON_COMPACT);
		int status = *name ? remote_ask(r,
					     &(struct client_request){.method = "POST",
						     .path = "/v1/staff",
						     .body = body,
						     .len = strlen(body)},
					     &answer)
				   : 0;
		if (status == 201)
			printf("%s: %s\n", setup_say(s, "staff", "직원"), name);
		else if (status > 0 && status != 409)
			printf("%s: %s\n", name, remote_sentence(answer));
		json_decref(answer);
		free(body);
		p += n + (p[n] == ',');
	}
}

static bool
is_over(const char *state)
{
	static const char *const over[] = {
		"sent", "delivered", "undelivered", "failed", "suppressed", "expired"};
	for (size_t i = 0; state && i < ARRAY_LEN(over); i++)
		if (!strcmp(state, over[i]))
			return true;
	return false;
}

/* The state it came to, as the gateway tells it; the message for json_decref(). */
static json_t *
wait_sent(struct remote *r, const char *id)
{
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(256);
	int64_t end = clock_mono(clock_real()) + SENT_WAIT;
	remote_path(&path, "/v1/messages/", id, "");
	json_t *m = remote_get(r, path.s);
	while (m && !is_over(print_member(m, "state")) &&
		clock_mono(clock_real()) < end) {
		json_decref(m);
		poll(NULL, 0, LOOK);
		m = remote_get(r, path.s);
	}
	return m;
}

static int
first_text(const struct setup *s, struct remote *r)
{
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(512);
	strbuf_printf(&text,
		setup_say(s, "[%s] malgil works: this is its first text.",
			"[%s] 말길이 준비되었습니다. 첫 문자입니다."),
		s->answers[SETUP_SHOP]);
	json_t *answer = remote_post(r, "/v1/messages",
		json_pack("{s:s, s:s, s:s}", "to", s->answers[SETUP_OWNER], "text",
			text.s, "class", "service"));
	if (!answer)
		return EXIT_REFUSED;
	printf("%s %s ...\n", setup_say(s, "A first text goes to", "첫 문자를 보냅니다:"),
		s->answers[SETUP_OWNER]);
	json_t *m = wait_sent(r, print_member(answer, "id"));
	const char *state = m ? print_member(m, "state") : NULL;
	bool good = state && (!strcmp(state, "sent") || !strcmp(state, "delivered"));
	if (good)
		puts(setup_say(s, "It has left. Look at your phone.",
			"보냈습니다. 휴대폰을 확인하세요."));
	else
		printf("%s: %s\n  malgil doctor; malgil explain %s\n",
			setup_say(s, "It has not left yet", "아직 나가지 않았습니다"),
			state ? state : "?", print_member(answer, "id"));
	json_decref(m);
	json_decref(answer);
	return good ? EXIT_DONE : EXIT_REFUSED;
}

static void
say_next(const struct setup *s, bool was_running)
{
	const char *c = s->path;
	if (was_running)
		puts(setup_say(s,
			"The gateway runs with the old configuration: send it SIGHUP (or "
			"restart it).",
			"게이트웨이가 이전 설정으로 실행 중입니다. 다시 시작하세요."));
	printf("%s\n  malgil -c %s serve\n  malgil -c %s contacts import FILE.xlsx\n"
	       "  malgil -c %s desk\n  malgil -c %s backup key    # %s\n",
		setup_say(s, "What comes next:", "다음 할 일:"), c, c, c, c,
		setup_say(s, "to be written down: a restore asks for it",
			"종이에 적어 두세요: 복원할 때 필요합니다"));
}

int
setup_try(struct setup *s)
{
	struct remote r;
	struct verb_args args = {.verb = s->args->verb, .config_path = s->path};
	int code = remote_open(&r, &args);
	bool was_running = !code && setup_is_running(r.config);
	bool wanted = *s->answers[SETUP_OWNER] || *s->answers[SETUP_STAFF];
	pid_t own = !code && !was_running && wanted ? start(s) : -1;
	if (!code && wanted && !was_running && own < 0)
		code = verb_refuse(s->args->verb, "%s",
			setup_say(s, "the gateway does not start; malgil serve says why",
				"게이트웨이가 시작되지 않습니다. malgil serve 로 이유를 "
				"확인하세요"));
	if (!code && (own > 0 || was_running)) {
		add_staff(s, &r);
		if (*s->answers[SETUP_OWNER] && !verb_flag(s->args, "--no-text"))
			code = first_text(s, &r);
	}
	if (own > 0) {
		kill(own, SIGTERM);
		waitpid(own, NULL, 0);
	}
	if (!code && s->asks && isatty(STDOUT_FILENO))
		(void)!backup_key(&args, r.config, NULL);
	say_next(s, was_running);
	remote_close(&r);
	return code;
}
