/* Who asks, and may they?
 *
 * On the unix socket the kernel tells: root and the gateway's own user own the place,
 * other logins are who the staff table says they are. On a network a token is wanted,
 * always: "Authorization: Bearer mg_HANDLE_SECRET", or the same as the password of HTTP
 * Basic. The handle finds the row, the secret's hash is compared in constant time. What a
 * browser could be tricked into sending (a foreign Host or Origin) is refused before
 * anything is looked up.
 *
 * Wrong tokens are counted for each address: beyond a few a minute they are answered 429.
 * A right one is never refused for that: a secret has 160 random bits, so what guessing
 * could win is our time and not a token, and nobody can lock others out by it. */
#ifndef MALGIL_API_ACCESS_H
#define MALGIL_API_ACCESS_H

#include "gateway/api/call.h"
#include "gateway/store/access.h"

#define TOKEN_TEXT 64

/* Fills in role, agent, token and via. When it refuses it has answered and returns false.
 * `open`: a route without a role, whose handler sees for itself who that is. */
bool access_check(struct call *call, bool open) MUST_USE;

/* Somebody showed what is wrong: 0, or ms until the next guess of that address is heard.
 */
int64_t access_guessed(struct call *call);
void access_retry_after(struct call *call, int64_t ms);

/* For open routes, whose clients show who they are in their own way. Both fill in role,
 * agent and token, and answer nothing: 0; -EACCES wrong, or not allowed to send; -EAGAIN
 * too often; -EIO the store cannot be asked. `text` is a token, NULL when none was shown,
 * which is enough at the unix socket alone. */
int access_by_token(struct call *call, const char *text) MUST_USE;
/* The same for a secret that is not a token: whose it is, and whether it was right. */
int access_by_secret(struct call *call, const char *name, bool right) MUST_USE;

/* The role of a name, ROLE_NONE when there is none of that name; and back. */
enum role role_parse(const char *name);
const char *role_name(enum role role);

/* Fills in handle and hash of a new secret, and the text that is shown once. */
void token_make(struct token *t, char ret_text[TOKEN_TEXT]);

#endif
