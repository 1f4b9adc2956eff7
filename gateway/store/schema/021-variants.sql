-- Which of a script's texts does better, decided once; and conversations as lists.

-- One row for each set of texts that a step has ever drawn between. `print` is of their names,
-- their words and what they are judged by: another wording is another test, another line of the
-- script is not.
CREATE TABLE variant_tests (
	script  TEXT NOT NULL,
	step    TEXT NOT NULL,
	print   TEXT NOT NULL,
	judge   TEXT NOT NULL,             -- goal | click | reply
	state   TEXT NOT NULL,             -- open | decided | over | left: not in use
	winner  TEXT NOT NULL DEFAULT '',  -- decided: for conversations begun after `decided`
	since   INT NOT NULL,              -- those begun before do not count
	decided INT NOT NULL DEFAULT 0,    -- when it was decided, or was over
	looks   INT NOT NULL DEFAULT 0,    -- times the figures were judged
	next    INT NOT NULL DEFAULT 0,    -- not again before so many have done it
	counted INT NOT NULL DEFAULT 0,    -- when they were counted last
	verdict TEXT NOT NULL DEFAULT '',  -- of that count, in words
	figures TEXT NOT NULL DEFAULT '',  -- of that count: a line "name people did" for each text
	best    TEXT NOT NULL DEFAULT '',  -- the two that were compared
	second  TEXT NOT NULL DEFAULT '',
	p       REAL,                      -- NULL: not enough to tell
	bar     REAL,                      -- what p had to be below, at that look
	low     REAL,                      -- the difference in parts of one, 95 of 100
	high    REAL,
	PRIMARY KEY (script, step, print)
) STRICT;
CREATE INDEX variant_tests_open ON variant_tests(script, step, print) WHERE state = 'open';

CREATE INDEX runs_script ON runs(script, id);
CREATE INDEX runs_state ON runs(state, id) WHERE state <> 'ended';
