-- Audiences by name, campaigns, and whom each campaign has come to.

CREATE TABLE audiences (
	id      ID PRIMARY KEY,              -- of a list: its number in `audience`
	name    TEXT NOT NULL UNIQUE,
	rule    TEXT NOT NULL DEFAULT '',    -- an expression; '' : a list, kept by hand
	note    TEXT NOT NULL DEFAULT '',
	updated INT NOT NULL
) STRICT;

CREATE TABLE campaigns (
	id       ID PRIMARY KEY,
	name     TEXT NOT NULL UNIQUE,
	spec     TEXT NOT NULL,              -- as it was given, a JSON object
	state    TEXT NOT NULL,              -- draft | running | paused | canceled | done
	why      TEXT NOT NULL DEFAULT '',   -- paused, canceled: by whom, or what is missing
	agent    TEXT NOT NULL DEFAULT '',   -- who started it
	created  INT NOT NULL,
	updated  INT NOT NULL,
	started  INT NOT NULL DEFAULT 0,
	ended    INT NOT NULL DEFAULT 0,
	pass     INT NOT NULL DEFAULT 0,     -- which of its rounds: stages, a test, a reminder
	pass_at  INT NOT NULL DEFAULT 0,     -- that round begins then
	cursor   INT NOT NULL DEFAULT 0,     -- the last contact it came to in this round
	planned  INT NOT NULL DEFAULT 0,     -- how many it meant at the start
	winner   TEXT NOT NULL DEFAULT '',   -- the variant the rest gets
	sweep    TEXT,                       -- clearing up after a pause: the last key; null nothing
	budget   REAL NOT NULL DEFAULT 0,    -- its own pace: people it may still come to now
	budget_at INT NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX campaigns_state ON campaigns(state, id);

-- Each person a campaign came to, once: who got which text, who is a control, who was left out.
CREATE TABLE campaign_members (
	campaign INT NOT NULL REFERENCES campaigns(id),
	contact  INT NOT NULL REFERENCES contacts(id),
	at       INT NOT NULL,
	variant  TEXT NOT NULL DEFAULT '',
	what     TEXT NOT NULL,              -- sent | holdout | skipped
	why      TEXT NOT NULL DEFAULT '',
	PRIMARY KEY (campaign, contact)
) STRICT;
CREATE INDEX campaign_members_contact ON campaign_members(contact);

-- What of a campaign has not left yet, by its key "cCAMPAIGN:CONTACT". Said so that no
-- index of states is taken for it: the statements say it in the same words.
CREATE INDEX messages_campaign ON messages(key)
	WHERE origin = 'campaign' AND NOT (state <> 'queued' AND state <> 'held');
