-- Spreadsheets that are put into a watched folder: which were read, how far, and the rows an
-- order was put together from, since a platform's list has some of them at a time.

CREATE TABLE source_files (
	id       ID PRIMARY KEY,
	source   TEXT NOT NULL,
	hash     TEXT NOT NULL,            -- SHA-256 of its bytes: the same file is read once
	name     TEXT NOT NULL,            -- what it was called then
	bytes    INT NOT NULL,
	at       INT NOT NULL,
	done_at  INT NOT NULL DEFAULT 0,
	state    TEXT NOT NULL,            -- reading | done | partly | failed
	starts   INT NOT NULL DEFAULT 0,   -- reading it was begun this often
	cursor   INT NOT NULL DEFAULT 0,   -- orders that are written
	rows     INT NOT NULL DEFAULT 0,
	orders   INT NOT NULL DEFAULT 0,
	created  INT NOT NULL DEFAULT 0,
	changed  INT NOT NULL DEFAULT 0,
	events   INT NOT NULL DEFAULT 0,
	bad      INT NOT NULL DEFAULT 0,   -- rows that were refused
	why      TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE UNIQUE INDEX source_files_hash ON source_files(source, hash);

-- Orders of a file that were refused while it is read; gone when it is done.
CREATE TABLE source_refused (
	file  INT NOT NULL,
	place INT NOT NULL,                -- the order's, in the file
	why   TEXT NOT NULL,
	PRIMARY KEY (file, place)
) STRICT;

CREATE TABLE source_lines (
	source TEXT NOT NULL,
	line   TEXT NOT NULL,              -- the platform's own number of the row
	number TEXT NOT NULL,              -- of its order
	word   TEXT NOT NULL,              -- its state, in the platform's word
	item   TEXT NOT NULL,              -- as the API takes it, '' none
	PRIMARY KEY (source, line)
) STRICT;
CREATE INDEX source_lines_number ON source_lines(source, number);
