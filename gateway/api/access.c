#include "gateway/api/access.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/base/log.h"
#include "gateway/net/secret.h"

#define HANDLE_DIGITS 12
#define SECRET_DIGITS 40
#define USED_EVERY    HOUR /* a token's last use is kept to the hour: few writes */

static const char *const names[] = {
	[ROLE_READ] = "read",
	[ROLE_APP] = "app",
	[ROLE_AGENT] = "agent",
	[ROLE_OWNER] = "owner",
};

enum role
role_parse(const char *name)
{
	for (size_t i = ROLE_READ; i <= ROLE_OWNER; i++)
		if (!strcmp(names[i], name))
			return (enum role)i;
	return ROLE_NONE;
}

const char *
role_name(enum role role)
{
	return role == ROLE_NONE ? "none" : names[role];
}

/* ---- tokens as text ---- */

void
token_make(struct token *t, char ret_text[TOKEN_TEXT])
{
	char secret[SECRET_DIGITS + 1];
	if (!*t->handle)
		secret_random(t->handle, HANDLE_DIGITS);
	secret_random(secret, SECRET_DIGITS);
	secret_sha256(secret, SECRET_DIGITS, t->hash);
	snprintf(ret_text, TOKEN_TEXT, "mg_%s_%s", t->handle, secret);
}

/* The two parts of a token; false for what cannot be one. */
static bool
split(const char *text, char ret_handle[TOKEN_HANDLE], const char **ret_secret)
{
	static const char digits[] = "0123456789abcdef";
	if (strncmp(text, "mg_", 3) != 0 || strspn(text + 3, digits) != HANDLE_DIGITS ||
		text[3 + HANDLE_DIGITS] != '_')
		return false;
	*ret_secret = text + 4 + HANDLE_DIGITS;
	snprintf(ret_handle, TOKEN_HANDLE, "%.*s", HANDLE_DIGITS, text + 3);
	return strspn(*ret_secret, digits) == SECRET_DIGITS &&
	       !(*ret_secret)[SECRET_DIGITS];
}

/* Why it is not good, for the log and nobody else; NULL when it is. */
static const char *
trouble_with(struct db *db, const char *text, int64_t now, struct token *ret)
{
	char handle[TOKEN_HANDLE], hash[SECRET_SHA256];
	const char *secret;
	if (!split(text, handle, &secret))
		return "not a token";
	if (!token_by_handle(db, handle, ret))
		return "no such token";
	secret_sha256(secret, SECRET_DIGITS, hash);
	bool now_good = secret_same(hash, ret->hash);
	bool was_good = secret_same(hash, ret->old_hash) && now < ret->old_until;
	if (!now_good && !was_good)
		return "wrong secret";
	if (ret->revoked || ret->owner_gone)
		return "revoked";
	if (ret->expires && now >= ret->expires)
		return "expired";
	return NULL;
}

/* ---- where from ---- */

static const struct sockaddr *
peer_of(struct call *call)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		call->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	return info ? info->client_addr : NULL;
}

/* An address as a number for counting: of IPv6 the network, which is one customer. */
static uint64_t
peer_number(const struct sockaddr *peer)
{
	uint64_t n = 1;
	if (peer && peer->sa_family == AF_INET)
		n = ntohl(((const struct sockaddr_in *)peer)->sin_addr.s_addr);
	else if (peer && peer->sa_family == AF_INET6)
		memcpy(&n, &((const struct sockaddr_in6 *)peer)->sin6_addr, sizeof(n));
	return n ? n : 1;
}

static void
write_peer(struct call *call)
{
	const struct sockaddr *peer = call->api->local ? NULL : peer_of(call);
	const void *address = NULL;
	if (peer && peer->sa_family == AF_INET)
		address = &((const struct sockaddr_in *)peer)->sin_addr;
	else if (peer && peer->sa_family == AF_INET6)
		address = &((const struct sockaddr_in6 *)peer)->sin6_addr;
	if (!address ||
		!inet_ntop(peer->sa_family, address, call->rq.via, sizeof(call->rq.via)))
		snprintf(call->rq.via, sizeof(call->rq.via), "%s",
			call->api->local ? "socket" : "network");
}

/* ---- the unix socket ---- */

/* Looked up once for each user who asks in turn; one without a name is a number. */
static const char *
login_name(struct api *api, uid_t uid)
{
	struct passwd pw, *found = NULL;
	char buffer[4096];
	if (api->login.known && api->login.uid == uid)
		return api->login.name;
	if (getpwuid_r(uid, &pw, buffer, sizeof(buffer), &found) == 0 && found)
		snprintf(api->login.name, sizeof(api->login.name), "%s", pw.pw_name);
	else
		snprintf(api->login.name, sizeof(api->login.name), "%u", (unsigned)uid);
	api->login.uid = uid;
	api->login.known = true;
	return api->login.name;
}

static void
recognise_login(struct call *call)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		call->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct request *rq = &call->rq;
	struct ucred peer;
	struct staff staff;
	socklen_t len = sizeof(peer);
	if (!info ||
		getsockopt(info->connect_fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0)
		return;
	const char *login = login_name(call->api, peer.uid);
	snprintf(rq->agent, sizeof(rq->agent), "%s", login);
	if (peer.uid == 0 || peer.uid == geteuid())
		rq->role = ROLE_OWNER;
	if (!staff_by_login(rq->core->db, login, &staff))
		return;
	snprintf(rq->agent, sizeof(rq->agent), "%s", staff.name);
	rq->role = MAX(rq->role, role_parse(staff.role));
}

/* ---- the network ---- */

/* The name in "name:port" or "[v6]:port". */
static void
host_name(const char *host, char ret[256])
{
	size_t n = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");
	snprintf(ret, 256, "%.*s", (int)MIN(n, (size_t)255), host);
}

/* An address cannot be a name somebody else made point here. */
static bool
is_address(const char *name)
{
	unsigned char room[16];
	char inner[256];
	snprintf(inner, sizeof(inner), "%s", *name == '[' ? name + 1 : name);
	inner[strcspn(inner, "]")] = '\0';
	return inet_pton(*name == '[' ? AF_INET6 : AF_INET, inner, room) == 1;
}

static bool
is_listed(const char *list, const char *name)
{
	size_t len = strlen(name);
	for (const char *p = list ? list : ""; *p;) {
		size_t n = strcspn(p, ", ");
		if (n == len && !strncasecmp(p, name, n))
			return true;
		p += n + strspn(p + n, ", ");
	}
	return false;
}

static const char *
behind_scheme(const char *url)
{
	const char *colon = url ? strstr(url, "://") : NULL;
	return colon ? colon + 3 : "";
}

static bool
is_our_host(const struct config *config, const char *host)
{
	char name[256], public_name[256];
	host_name(host, name);
	host_name(behind_scheme(config->api_public), public_name);
	public_name[strcspn(public_name, "/")] = '\0';
	return !strcasecmp(name, "localhost") || is_address(name) ||
	       is_listed(config->api_hosts, name) ||
	       (*name && !strcasecmp(name, public_name));
}

/* A page of our own public address may ask; that there is none yet changes nothing. */
static bool
is_our_origin(const struct config *config, const char *origin)
{
	size_t n = config->api_public ? strlen(config->api_public) : 0;
	while (n && config->api_public[n - 1] == '/')
		n--;
	return n && strlen(origin) == n && !strncasecmp(origin, config->api_public, n);
}

static bool
check_place(struct call *call)
{
	const struct config *config = call->rq.core->config;
	const char *host = call_header(call, "Host");
	const char *origin = call_header(call, "Origin");
	if (!is_our_host(config, host))
		request_problem(&call->rq, 403,
			"'%.100s' is not a name of this gateway; api.public and "
			"api.hosts in the configuration say which are",
			host);
	else if (*origin && !is_our_origin(config, origin))
		request_problem(&call->rq, 403,
			"pages of %.100s may not ask this gateway", origin);
	return !call->response;
}

/* The token of the request's head, to free(); NULL when there is none. */
static char *
token_shown(struct call *call)
{
	const char *said = call_header(call, "Authorization");
	char *password = NULL;
	if (!strncasecmp(said, "Bearer ", 7))
		return xstrdup(said + 7 + strspn(said + 7, " "));
	if (strncasecmp(said, "Basic ", 6) != 0)
		return *said ? xstrdup("") : NULL;
	char *user = MHD_basic_auth_get_username_password(call->connection, &password);
	free(user);
	return password ? password : xstrdup("");
}

static void
challenge(struct call *call)
{
	MHD_add_response_header(
		call->response, "WWW-Authenticate", "Bearer realm=\"malgil\"");
}

void
access_retry_after(struct call *call, int64_t ms)
{
	char seconds[24];
	snprintf(seconds, sizeof(seconds), "%lld", (long long)((ms + 999) / 1000));
	MHD_del_response_header(call->response, "Retry-After", "2");
	MHD_add_response_header(call->response, "Retry-After", seconds);
}

int64_t
access_guessed(struct call *call)
{
	struct api *api = call->api;
	return throttle_take(
		&api->guesses, peer_number(peer_of(call)), clock_mono(api->core->clock));
}

static void
refuse_token(struct call *call, const char *why)
{
	int64_t wait = access_guessed(call);
	if (wait) {
		request_problem(&call->rq, 429,
			"too many wrong tokens came from your address; wait a little");
		access_retry_after(call, wait);
		return;
	}
	log_event(LOG_WARN, "api.token_refused", LOG_TEXT("from", call->rq.via),
		LOG_TEXT("why", why));
	request_problem(&call->rq, 401,
		"this token is not good (any more); malgil token create makes one");
	challenge(call);
}

static void
take_identity(struct request *rq, const struct token *t)
{
	rq->role = role_parse(t->role);
	rq->token = t->id;
	if (t->staff)
		rq->role = MIN(rq->role, role_parse(t->owner_role));
	snprintf(rq->agent, sizeof(rq->agent), "%s", t->staff ? t->owner : t->name);
}

static void
note_use(struct core *core, const struct token *t)
{
	int64_t now = core_now(core);
	if (now - t->used >= USED_EVERY && !core->store_sick && !core->low_disk)
		token_used(core->db, t->id, now);
}

static bool
check_token(struct call *call, const char *text)
{
	struct core *core = call->rq.core;
	struct api *api = call->api;
	struct token t;
	const char *why = trouble_with(core->db, text, core_now(core), &t);
	if (db_poisoned(core->db)) {
		request_problem(&call->rq, 503,
			"the store cannot be asked whose token this is; try again");
		return false;
	}
	if (why) {
		refuse_token(call, why);
		return false;
	}
	take_identity(&call->rq, &t);
	int64_t wait = throttle_take(&api->rates, t.id, clock_mono(core->clock));
	if (wait) {
		request_problem(&call->rq, 429,
			"this token asks more often than %d times a second",
			(int)api->rates.rate);
		access_retry_after(call, wait);
		return false;
	}
	note_use(core, &t);
	return true;
}

/* ---- open routes ---- */

static int
wrong(struct call *call, const char *why)
{
	struct api *api = call->api;
	uint64_t peer = peer_number(peer_of(call));
	if (throttle_take(&api->guesses, peer, clock_mono(api->core->clock)))
		return -EAGAIN;
	log_event(LOG_WARN, "api.token_refused", LOG_TEXT("from", call->rq.via),
		LOG_TEXT("why", why));
	return -EACCES;
}

static int
not_too_often(struct call *call, uint64_t whose)
{
	struct api *api = call->api;
	return throttle_take(&api->rates, whose, clock_mono(api->core->clock)) ? -EAGAIN
									       : 0;
}

int
access_by_token(struct call *call, const char *text)
{
	struct core *core = call->rq.core;
	struct token t;
	if (!text && call->api->local) {
		recognise_login(call);
		return call->rq.role >= ROLE_APP ? 0 : -EACCES;
	}
	if (!text)
		return -EACCES;
	const char *why = trouble_with(core->db, text, core_now(core), &t);
	if (db_poisoned(core->db))
		return -EIO;
	if (why)
		return wrong(call, why);
	take_identity(&call->rq, &t);
	if (call->rq.role < ROLE_APP)
		return -EACCES;
	note_use(core, &t);
	return not_too_often(call, t.id);
}

int
access_by_secret(struct call *call, const char *name, bool right)
{
	uint64_t whose = 14695981039346656037u; /* FNV-1a: a place of its own to count */
	if (!right)
		return wrong(call, "wrong secret");
	for (const char *p = name; *p; p++)
		whose = (whose ^ (unsigned char)*p) * 1099511628211u;
	call->rq.role = ROLE_APP;
	snprintf(call->rq.agent, sizeof(call->rq.agent), "%s", name);
	return not_too_often(call, whose);
}

/* ---- both ---- */

static bool
check_role(struct call *call)
{
	const struct request *rq = &call->rq;
	if (rq->role >= rq->route->role)
		return true;
	if (rq->token)
		request_problem(&call->rq, 403,
			"this needs the role %s; the token's is %s",
			role_name(rq->route->role), role_name(rq->role));
	else if (rq->role > ROLE_NONE)
		request_problem(&call->rq, 403, "this needs the role %s; yours is %s",
			role_name(rq->route->role), role_name(rq->role));
	else
		request_problem(&call->rq, 403,
			"only root, the user the gateway runs as and the staff it knows "
			"may do this (malgil staff)");
	return false;
}

bool
access_check(struct call *call, bool open)
{
	struct api *api = call->api;
	write_peer(call);
	if (open)
		return true;
	if (!api->local && !check_place(call))
		return false;
	char *text = token_shown(call);
	bool good = text && check_token(call, text);
	if (!text && api->local) {
		recognise_login(call);
		good = true;
	} else if (!text) {
		request_problem(&call->rq, 401,
			"a token is needed: Authorization: Bearer mg_...; malgil token "
			"create makes one");
		challenge(call);
	}
	free(text);
	return good && check_role(call);
}
