-- The first day and the bad ones: whole lists of people taken in and taken back, holidays the
-- shop adds, what was said while it was away, SIMs that were changed.

-- One for each file that was imported.
CREATE TABLE imports (
	id        ID PRIMARY KEY,          -- rows of contacts and consent from `id` to `last_id`
	at        INT NOT NULL,            -- what it wrote bears this moment
	name      TEXT NOT NULL,           -- of the file
	agent     TEXT NOT NULL DEFAULT '',
	state     TEXT NOT NULL,           -- open | done | undoing | undone
	columns   TEXT NOT NULL,           -- what a row has, '\n' between
	last_id   INT NOT NULL DEFAULT 0,
	created   INT NOT NULL DEFAULT 0,
	changed   INT NOT NULL DEFAULT 0,
	unchanged INT NOT NULL DEFAULT 0,
	refused   INT NOT NULL DEFAULT 0,
	granted   INT NOT NULL DEFAULT 0,
	stopped   INT NOT NULL DEFAULT 0,  -- the file said no: stopped here too
	kept_out  INT NOT NULL DEFAULT 0,  -- the file said yes, they themselves had said no
	phase     INT NOT NULL DEFAULT 0,  -- undoing: how far
	cursor    INT NOT NULL DEFAULT 0,
	removed   INT NOT NULL DEFAULT 0,
	restored  INT NOT NULL DEFAULT 0,
	left_as   INT NOT NULL DEFAULT 0,  -- people who stay: they wrote, were written to, or agreed
	done_at   INT NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX imports_undoing ON imports(id) WHERE state = 'undoing';

-- Which import made this contact, this row of the ledger; 0 none. They are found by their ids.
ALTER TABLE contacts ADD COLUMN import INT NOT NULL DEFAULT 0;
ALTER TABLE consent ADD COLUMN import INT NOT NULL DEFAULT 0;

-- What an import found at people who were there before. name '': the person was touched;
-- '#tag': that tag was not there.
CREATE TABLE import_values (
	import  INT NOT NULL,
	contact INT NOT NULL,
	name    TEXT NOT NULL,
	had     INT NOT NULL,              -- 0: there was none
	text    TEXT,
	number  REAL,
	moment  INT,
	updated INT NOT NULL DEFAULT 0,
	PRIMARY KEY (import, contact, name)
) STRICT;
CREATE INDEX import_values_contact ON import_values(contact);

-- Days the shop stays shut beside those of its configuration ("2026-12-24", "12-24",
-- "2026-12-24..2026-12-26").
CREATE TABLE holidays (
	day   TEXT PRIMARY KEY,
	name  TEXT NOT NULL DEFAULT '',
	agent TEXT NOT NULL DEFAULT '',
	at    INT NOT NULL
) STRICT;

-- Vacations. One is in force from `since` to `until`.
CREATE TABLE absences (
	id    ID PRIMARY KEY,
	since INT NOT NULL,
	until INT NOT NULL,
	says  TEXT NOT NULL DEFAULT '',    -- '': the usual sentence
	agent TEXT NOT NULL DEFAULT '',
	ended INT NOT NULL DEFAULT 0       -- by a person, or because it was over
) STRICT;
CREATE INDEX absences_running ON absences(until) WHERE ended = 0;
CREATE TABLE absence_told (
	absence INT NOT NULL,
	contact INT NOT NULL REFERENCES contacts(id),
	at      INT NOT NULL,
	PRIMARY KEY (contact, absence)
) STRICT;

-- What the owner should hear and nobody could carry yet.
CREATE TABLE owner_alerts (
	id      ID PRIMARY KEY,
	at      INT NOT NULL,
	text    TEXT NOT NULL,
	about   TEXT NOT NULL DEFAULT '',  -- the channel that failed: never told by it
	state   TEXT NOT NULL,             -- waiting | told | dropped
	message INT NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX owner_alerts_waiting ON owner_alerts(id) WHERE state = 'waiting';
CREATE INDEX owner_alerts_message ON owner_alerts(message) WHERE message > 0;
