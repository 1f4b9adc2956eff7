-- Who may ask the API for what, what they did, and what they were answered before.

-- The people who work here. Somebody who left stays: tickets and the audit name them.
CREATE TABLE staff (
	id      ID PRIMARY KEY,
	name    TEXT NOT NULL,               -- as tickets show it
	login   TEXT NOT NULL DEFAULT '',    -- of the machine, for the unix socket; '' none
	phone   TEXT NOT NULL DEFAULT '',    -- E.164; '' unknown
	role    TEXT NOT NULL,               -- owner | agent | read
	created INT NOT NULL,
	gone    INT NOT NULL DEFAULT 0       -- when they left
) STRICT;
CREATE UNIQUE INDEX staff_name ON staff(name) WHERE gone = 0;
CREATE UNIQUE INDEX staff_login ON staff(login) WHERE gone = 0 AND login <> '';

-- A token is "mg_HANDLE_SECRET". The secret is random and long, and only its SHA-256 is here.
CREATE TABLE tokens (
	id        ID PRIMARY KEY,
	name      TEXT NOT NULL,             -- what it is for
	handle    TEXT NOT NULL UNIQUE,      -- the part that may be shown
	hash      TEXT NOT NULL,             -- of the secret, hex
	old_hash  TEXT NOT NULL DEFAULT '',  -- of the one before the last rotation
	old_until INT NOT NULL DEFAULT 0,    -- it is good until then
	role      TEXT NOT NULL,             -- owner | agent | app | read
	staff     INT,                       -- whose it is; null: a program's
	created   INT NOT NULL,
	rotated   INT NOT NULL DEFAULT 0,
	expires   INT NOT NULL DEFAULT 0,    -- 0 never
	revoked   INT NOT NULL DEFAULT 0,    -- when
	used      INT NOT NULL DEFAULT 0     -- last, to the hour
) STRICT;
CREATE UNIQUE INDEX tokens_name ON tokens(name) WHERE revoked = 0;
CREATE INDEX tokens_staff ON tokens(staff) WHERE staff IS NOT NULL;

-- Who changed what. Append-only.
CREATE TABLE audit (
	id      ID PRIMARY KEY,
	at      INT NOT NULL,
	who     TEXT NOT NULL,               -- a name: of staff, a token, a login
	via     TEXT NOT NULL DEFAULT '',    -- the socket, or the address they came from
	token   INT,                         -- which one they showed; null none
	action  TEXT NOT NULL,               -- POST /v1/tokens/{id}/revoke
	target  TEXT NOT NULL DEFAULT '',    -- what stood in the path
	status  INT NOT NULL DEFAULT 0,      -- what was answered
	detail  TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX audit_who ON audit(who, id);
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

-- The first answer to a request that came with an Idempotency-Key.
CREATE TABLE idempotency (
	asker       TEXT NOT NULL,           -- whose key it is: keys of others do not meet
	key         TEXT NOT NULL,
	fingerprint TEXT NOT NULL,           -- SHA-256 of method, path, query and body, hex
	at          INT NOT NULL,
	status      INT NOT NULL,
	type        TEXT NOT NULL DEFAULT '',
	answer      BYTES NOT NULL,
	PRIMARY KEY (asker, key)
) STRICT;
CREATE INDEX idempotency_at ON idempotency(at);

CREATE INDEX tickets_agent ON tickets(agent, id) WHERE state = 'open' AND agent <> '';
