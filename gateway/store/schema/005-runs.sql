-- Conversations in progress, their clocks, the scripts they follow, and what they learned.

-- Every version of a script that was ever loaded: a run goes on in its own where it is pinned,
-- a record of consent cites what was shown, and a file that is refused leaves the one before.
CREATE TABLE scripts (
	id     TEXT NOT NULL,              -- the file's name without .cfg
	hash   TEXT NOT NULL,              -- of its bytes
	text   TEXT NOT NULL,
	loaded INT NOT NULL,               -- last
	PRIMARY KEY (id, hash)
) STRICT;
CREATE INDEX scripts_loaded ON scripts(id, loaded);

CREATE TABLE runs (
	id       ID PRIMARY KEY,
	contact  INT NOT NULL REFERENCES contacts(id),
	script   TEXT NOT NULL,            -- the outermost one, and its version
	hash     TEXT NOT NULL,
	step     TEXT NOT NULL,            -- where it is, in the innermost one
	state    TEXT NOT NULL,            -- reply | pause | lookup | ticket | sending | ended
	outcome  TEXT NOT NULL DEFAULT '', -- ended: how
	data     TEXT NOT NULL,            -- all the engine knows of it; '' once it has ended
	said     INT NOT NULL DEFAULT 0,   -- texts it has asked for: makes their keys
	heard    INT NOT NULL DEFAULT 0,   -- the customer's last text to it
	advanced INT NOT NULL DEFAULT 0,   -- when an answer last fitted
	awaits   INT NOT NULL DEFAULT 0,   -- sending: the message whose fate it waits for
	told     TEXT NOT NULL DEFAULT '', -- what became of that, until the run has heard it
	started  INT NOT NULL,
	updated  INT NOT NULL
) STRICT;
CREATE INDEX runs_contact ON runs(contact, state, updated);
CREATE INDEX runs_live ON runs(id) WHERE state <> 'ended';
CREATE INDEX runs_version ON runs(script, hash) WHERE state <> 'ended';
CREATE INDEX runs_awaits ON runs(awaits) WHERE awaits > 0;
CREATE INDEX runs_told ON runs(id) WHERE told <> '';

-- Never cancelled: one whose visit is over changes nothing when it is due.
CREATE TABLE timers (
	id     ID PRIMARY KEY,
	run    INT NOT NULL REFERENCES runs(id),
	visit  INT NOT NULL,
	kind   INT NOT NULL,               -- enum timer_kind
	due    INT NOT NULL,
	starts INT NOT NULL DEFAULT 0      -- times the program began with it overdue
) STRICT;
CREATE INDEX timers_due ON timers(due, id);
CREATE INDEX timers_run ON timers(run);

-- What is known of a person beyond the number, in the three readings of text/value.h.
CREATE TABLE attributes (
	contact INT NOT NULL REFERENCES contacts(id),
	name    TEXT NOT NULL,
	text    TEXT,
	number  REAL,
	moment  INT,
	updated INT NOT NULL,
	PRIMARY KEY (contact, name)
) STRICT;
CREATE TABLE tags (
	contact INT NOT NULL REFERENCES contacts(id),
	name    TEXT NOT NULL,
	at      INT NOT NULL,
	PRIMARY KEY (contact, name)
) STRICT;
