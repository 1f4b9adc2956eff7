-- Policy: the whole proof of a consent, what is known of a person's place, and what has been
-- used up of caps and budgets.

ALTER TABLE consent ADD COLUMN night INT NOT NULL DEFAULT 0;       -- 1: in the pack's night too
ALTER TABLE consent ADD COLUMN expires INT NOT NULL DEFAULT 0;     -- 0: never by itself
ALTER TABLE consent ADD COLUMN hash TEXT NOT NULL DEFAULT '';      -- of the wording shown
ALTER TABLE consent ADD COLUMN source TEXT NOT NULL DEFAULT '';    -- a file, a form, a provider
ALTER TABLE consent ADD COLUMN age TEXT NOT NULL DEFAULT '';       -- the answer about age

ALTER TABLE contacts ADD COLUMN zone TEXT NOT NULL DEFAULT '';     -- told by the person
ALTER TABLE contacts ADD COLUMN region TEXT NOT NULL DEFAULT '';   -- "FL", told by the person
ALTER TABLE contacts ADD COLUMN optout_due INT NOT NULL DEFAULT 0; -- looks like an opt-out: one by then
ALTER TABLE contacts ADD COLUMN optout_text INT NOT NULL DEFAULT 0;-- the text that looks so
ALTER TABLE messages ADD COLUMN not_before INT NOT NULL DEFAULT 0; -- asked for: not before this

ALTER TABLE contacts ADD COLUMN dead_since INT NOT NULL DEFAULT 0; -- the network knows nobody there
CREATE INDEX contacts_optout ON contacts(optout_due) WHERE optout_due > 0;

-- One row for each text that was handed over, or may have been: what caps count. Written with
-- the attempt, taken back when it is proven that nothing left.
CREATE TABLE charges (
	message  ID PRIMARY KEY,
	contact  INT NOT NULL,
	priority INT NOT NULL,             -- of its class
	channel  INT NOT NULL,
	sim      TEXT NOT NULL,
	at       INT NOT NULL,
	parts    INT NOT NULL,
	cost     INT NOT NULL DEFAULT 0,   -- in thousandths of the shop's currency
	text     INT NOT NULL DEFAULT 0    -- a hash of the text, of marketing alone
) STRICT;
CREATE INDEX charges_contact ON charges(contact, priority, at);
CREATE INDEX charges_sim ON charges(sim, priority, at);

-- The same, summed by the shop's days, so that a budget is a few rows to look at.
CREATE TABLE used (
	sim        TEXT NOT NULL,
	day        INT NOT NULL,           -- since 1970, local
	messages   INT NOT NULL,
	marketing  INT NOT NULL,
	parts      INT NOT NULL,
	recipients INT NOT NULL,           -- not texted before in this month
	cost       INT NOT NULL,
	PRIMARY KEY (sim, day)
) STRICT;

CREATE TABLE recipients (
	sim     TEXT NOT NULL,
	month   INT NOT NULL,              -- years * 12 + months, local
	contact INT NOT NULL,
	n       INT NOT NULL,
	PRIMARY KEY (sim, month, contact)
) STRICT;

-- Token buckets, one for each SIM: what was left, and when.
CREATE TABLE buckets (
	sim    TEXT PRIMARY KEY,
	tokens REAL NOT NULL,
	at     INT NOT NULL
) STRICT;
