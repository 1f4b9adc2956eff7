-- Which step of which script said a text, and what was said of a contact in conditions.

-- One row for each text a conversation asked for.
CREATE TABLE said (
	message ID PRIMARY KEY,            -- the text itself
	contact INT NOT NULL REFERENCES contacts(id),
	run     INT NOT NULL,
	script  TEXT NOT NULL,             -- the one whose step it is, and its version
	hash    TEXT NOT NULL,
	step    TEXT NOT NULL,
	visit   INT NOT NULL,
	variant TEXT NOT NULL DEFAULT '',  -- of `variants`: which
	basis   TEXT NOT NULL DEFAULT '',  -- "request": the customer asked to be told
	at      INT NOT NULL
) STRICT;
CREATE INDEX said_step ON said(script, step, variant, message);
CREATE INDEX said_run ON said(run, message);

-- count(order.paid within 90d) asks for one contact's events by name.
CREATE INDEX events_of_contact ON events(contact, name, at) WHERE contact IS NOT NULL;
