-- Manners: audiences decided together, people who asked to be forgotten, what a country wants
-- told or thrown away after a time, pauses, prepaid money.

-- Whom a campaign means: filled by whoever sends, emptied when it is done.
CREATE TABLE audience (
	audience INT NOT NULL,
	contact  INT NOT NULL REFERENCES contacts(id),
	text     TEXT,                     -- their own; null: the text all share
	PRIMARY KEY (audience, contact)
) STRICT;

-- One row for each person who was forgotten: the proof, with nothing of theirs in it. Only
-- with such a row do the ledgers below give anything up, and it is never taken back.
CREATE TABLE erasures (
	contact  ID PRIMARY KEY,           -- whose; the row of contacts stays, without a number
	at       INT NOT NULL,
	operator TEXT NOT NULL DEFAULT '', -- who did it
	why      TEXT NOT NULL DEFAULT '',
	kept     INT NOT NULL DEFAULT 0,   -- their consents are kept until then, 0 nothing is
	state    TEXT NOT NULL,            -- working | done
	cursor   INT NOT NULL DEFAULT 0,   -- how far the walk through the events came
	done_at  INT NOT NULL DEFAULT 0,
	messages INT NOT NULL DEFAULT 0    -- how many texts were emptied
) STRICT;
CREATE INDEX erasures_working ON erasures(contact) WHERE state = 'working';
CREATE INDEX erasures_kept ON erasures(kept) WHERE kept > 0;
CREATE TRIGGER erasures_no_delete BEFORE DELETE ON erasures
BEGIN SELECT RAISE(ABORT, 'that somebody was forgotten is not forgotten'); END;

-- Numbers nobody may write to again unless they ask for it: a keyed hash, the key is not in
-- the store.
CREATE TABLE suppressions (
	hash  TEXT PRIMARY KEY,
	scope TEXT NOT NULL,               -- marketing | all
	at    INT NOT NULL
) STRICT;
ALTER TABLE contacts ADD COLUMN suppressed INT NOT NULL DEFAULT 0; -- forgotten then; came back

DROP TRIGGER consent_no_delete;
CREATE TRIGGER consent_no_delete BEFORE DELETE ON consent
WHEN NOT EXISTS (SELECT 1 FROM erasures WHERE contact = OLD.contact)
BEGIN SELECT RAISE(ABORT, 'the consent ledger is append-only'); END;
CREATE INDEX consent_address ON consent(address);

DROP TRIGGER ticket_log_no_update;
CREATE TRIGGER ticket_log_no_update BEFORE UPDATE ON ticket_log
WHEN NEW.detail <> '' OR NEW.id <> OLD.id OR NEW.ticket <> OLD.ticket OR NEW.at <> OLD.at
	OR NEW.what <> OLD.what OR NEW.agent <> OLD.agent
	OR coalesce(NEW.message, 0) <> coalesce(OLD.message, 0)
	OR NOT EXISTS (SELECT 1 FROM tickets t JOIN erasures e ON e.contact = t.contact
		WHERE t.id = OLD.ticket)
BEGIN SELECT RAISE(ABORT, 'the history of a ticket is append-only'); END;

-- What an erasure has to find.
CREATE INDEX arrivals_message ON arrivals(message) WHERE message IS NOT NULL;
CREATE INDEX reports_arrival ON reports(arrival);
CREATE INDEX joins_sender ON joins(sender);
CREATE INDEX contacts_tagged ON tags(name, contact);
CREATE INDEX contacts_heard ON contacts(last_in) WHERE last_in > 0;
CREATE INDEX contacts_dead ON contacts(dead_since) WHERE dead_since > 0;
CREATE INDEX consent_at ON consent(at);

-- Permanent refusals by the network in a row, of one number.
ALTER TABLE contacts ADD COLUMN refused INT NOT NULL DEFAULT 0;
-- Alive again after having been dead for long: consents from before that count no more.
ALTER TABLE contacts ADD COLUMN revived INT NOT NULL DEFAULT 0;

-- What the law wants told: one row for each notice, so that none is sent twice.
CREATE TABLE notices (
	consent INT NOT NULL,              -- the row of the ledger it tells about
	kind    TEXT NOT NULL,             -- result | reconfirm
	at      INT NOT NULL,
	message INT NOT NULL DEFAULT 0,    -- the text; 0: none was needed, see why
	why     TEXT NOT NULL DEFAULT '',
	PRIMARY KEY (consent, kind)
) STRICT;

-- A full cap ends this one instead of delaying it ("skip").
ALTER TABLE messages ADD COLUMN skip INT NOT NULL DEFAULT 0;

-- Stopped by a person: everything, a class, or a channel.
CREATE TABLE pauses (
	what  TEXT PRIMARY KEY,            -- all | class:marketing | channel:NAME
	at    INT NOT NULL,
	until INT NOT NULL DEFAULT 0,      -- 0: until somebody resumes
	agent TEXT NOT NULL DEFAULT '',
	why   TEXT NOT NULL DEFAULT ''
) STRICT;

-- What was paid in advance, and what a count says is left: thousandths of the currency.
CREATE TABLE topups (
	id      ID PRIMARY KEY,
	channel INT NOT NULL REFERENCES channels(id),
	at      INT NOT NULL,
	amount  INT NOT NULL,
	spent   INT NOT NULL,              -- by its SIM until then
	agent   TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX topups_channel ON topups(channel, at);
CREATE TRIGGER topups_no_update BEFORE UPDATE ON topups
BEGIN SELECT RAISE(ABORT, 'what was paid is not rewritten'); END;
CREATE TRIGGER topups_no_delete BEFORE DELETE ON topups
BEGIN SELECT RAISE(ABORT, 'what was paid is not rewritten'); END;
