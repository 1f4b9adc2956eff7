-- Telling others: a cursor in the event log for each who listens, and what became of each call.
-- A delivery names the event and the message it tells of; their texts are not stored again.

CREATE TABLE hooks (
	id        ID PRIMARY KEY,
	name      TEXT NOT NULL UNIQUE,        -- as configured; "@callbacks": what requests asked for
	url       TEXT NOT NULL,               -- a new one wakes a hook that was told to stop
	cursor    INT NOT NULL,                -- the last event looked at
	replay_at INT NOT NULL DEFAULT 0,      -- once more: the last one looked at, and how far
	replay_to INT NOT NULL DEFAULT 0,
	disabled  INT NOT NULL DEFAULT 0,
	why       TEXT NOT NULL DEFAULT '',    -- disabled: who said so; else what failed last
	good_at   INT NOT NULL DEFAULT 0,
	bad_at    INT NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE deliveries (
	id      ID PRIMARY KEY,
	hook    INT NOT NULL REFERENCES hooks(id),
	kind    TEXT NOT NULL,                 -- event | test | twilio.status | twilio.inbound | kannel
	event   INT NOT NULL,                  -- 0: a test
	message INT NOT NULL DEFAULT 0,
	subject INT NOT NULL DEFAULT 0,        -- those of one subject go in order
	account TEXT NOT NULL DEFAULT '',
	state   TEXT NOT NULL,                 -- pending | delivered | dead
	tries   INT NOT NULL DEFAULT 0,
	due     INT NOT NULL,
	until   INT NOT NULL,                  -- given up then
	status  INT NOT NULL DEFAULT 0,        -- the last answer's
	took    INT NOT NULL DEFAULT 0,        -- ms
	why     TEXT NOT NULL DEFAULT '',
	done_at INT NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX deliveries_hook ON deliveries(hook, id);
CREATE INDEX deliveries_state ON deliveries(hook, state, id);
CREATE INDEX deliveries_due ON deliveries(hook, due, id) WHERE state = 'pending';
CREATE INDEX deliveries_subject ON deliveries(hook, subject, id) WHERE state = 'pending';
CREATE INDEX deliveries_done ON deliveries(done_at) WHERE done_at > 0;

-- What a request asked to be told of its one message.
CREATE TABLE callbacks (
	message ID PRIMARY KEY,
	kind    TEXT NOT NULL,                 -- twilio | kannel
	account TEXT NOT NULL DEFAULT '',      -- twilio: the account's SID; kannel: the user
	service TEXT NOT NULL DEFAULT '',      -- twilio: the MessagingServiceSid
	url     TEXT NOT NULL DEFAULT '',      -- '': nothing is to be told
	mask    INT NOT NULL DEFAULT 0         -- kannel: which reports
) STRICT;
