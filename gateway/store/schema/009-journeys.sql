-- What the shop tells us that happened, what follows from it for each person, and journeys.

-- The shop's own ids of its customers.
CREATE TABLE contact_ids (
	external TEXT PRIMARY KEY,
	contact  INT NOT NULL REFERENCES contacts(id),
	at       INT NOT NULL
) STRICT;
CREATE INDEX contact_ids_contact ON contact_ids(contact);

-- Things that happened to a person, with what was said of them: told by the shop, emitted by a
-- script, or out of the log. `events` stays the log of all; this is what is counted and what
-- starts journeys.
CREATE TABLE shop_events (
	id          ID PRIMARY KEY,
	contact     INT NOT NULL REFERENCES contacts(id),
	name        TEXT NOT NULL,            -- "order.paid"
	at          INT NOT NULL,             -- when it happened
	value       REAL,                     -- what sum, avg, min, max are of
	told        TEXT NOT NULL DEFAULT '', -- the shop's own id of it, '' none
	source      TEXT NOT NULL DEFAULT '', -- shop | script | log
	fingerprint INT NOT NULL DEFAULT 0,   -- to tell a repeat from a clash
	data        TEXT NOT NULL DEFAULT '', -- its fields, a JSON object
	state       INT NOT NULL DEFAULT 0,   -- 0 journeys have not heard of it, 1 they have, 2 set aside
	starts      INT NOT NULL DEFAULT 0    -- times the program began with it unheard
) STRICT;
CREATE UNIQUE INDEX shop_events_told ON shop_events(told, name) WHERE told <> '';
CREATE INDEX shop_events_named ON shop_events(contact, name, at, value);
CREATE INDEX shop_events_contact ON shop_events(contact, id);
CREATE INDEX shop_events_new ON shop_events(id) WHERE state = 0;

-- One row for each order that counts or has counted, from imported orders and from events.
CREATE TABLE purchases (
	number     TEXT NOT NULL,
	source     TEXT NOT NULL,
	phone      TEXT NOT NULL,             -- E.164
	contact    INT NOT NULL DEFAULT 0,    -- 0: nobody we know yet
	at         INT NOT NULL,
	amount     INT NOT NULL DEFAULT 0,    -- thousandths of the shop's currency
	counts     INT NOT NULL DEFAULT 1,    -- 0: canceled, returned, refunded, not paid
	said       INT NOT NULL DEFAULT 0,    -- when its newest fact happened
	goods      INT NOT NULL DEFAULT 0,    -- and the newest that says when, what and how much
	categories TEXT NOT NULL DEFAULT '',  -- sorted, a line each
	PRIMARY KEY (number, source)
) STRICT;
CREATE INDEX purchases_contact ON purchases(contact, counts, at);
CREATE INDEX purchases_nobody ON purchases(phone) WHERE contact = 0;

CREATE TABLE contact_stats (
	contact     ID PRIMARY KEY REFERENCES contacts(id),
	orders      INT NOT NULL DEFAULT 0,
	spent       INT NOT NULL DEFAULT 0,   -- thousandths of the shop's currency
	first_order INT NOT NULL DEFAULT 0,
	last_order  INT NOT NULL DEFAULT 0,
	gap         INT NOT NULL DEFAULT 0,   -- median ms between two orders; 0 fewer than two
	happened    INT NOT NULL DEFAULT 0,   -- shop events
	last_event  INT NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX contact_stats_last ON contact_stats(last_order);

CREATE TABLE contact_categories (
	contact  INT NOT NULL REFERENCES contacts(id),
	category TEXT NOT NULL,
	n        INT NOT NULL,                -- orders with it
	PRIMARY KEY (contact, category)
) STRICT;

CREATE TABLE products (
	sku        TEXT PRIMARY KEY,
	name       TEXT NOT NULL,
	category   TEXT NOT NULL DEFAULT '',
	kind       TEXT NOT NULL DEFAULT '',  -- soft | hard: when a review may be asked for
	url        TEXT NOT NULL DEFAULT '',
	howto      TEXT NOT NULL DEFAULT '',  -- one sentence on how to use it
	price      INT,                       -- thousandths of the shop's currency
	lasts      REAL,                      -- days one unit lasts
	upgrade_of TEXT NOT NULL DEFAULT '',  -- sku this is the better one of
	pack_of    TEXT NOT NULL DEFAULT '',  -- sku this is the bigger pack of
	goes_with  TEXT NOT NULL DEFAULT '',  -- sku it is bought together with
	updated    INT NOT NULL
) STRICT;
CREATE INDEX products_upgrade ON products(upgrade_of, sku) WHERE upgrade_of <> '';
CREATE INDEX products_pack ON products(pack_of, sku) WHERE pack_of <> '';

-- Somebody in a journey, or kept out of it with the reason.
CREATE TABLE entries (
	id        ID PRIMARY KEY,
	contact   INT NOT NULL REFERENCES contacts(id),
	script    TEXT NOT NULL,
	hash      TEXT NOT NULL,
	key       TEXT NOT NULL DEFAULT '',
	state     TEXT NOT NULL,              -- settling | waiting | running | paused | ended | skipped | holdout
	live      INT NOT NULL DEFAULT 1,
	outcome   TEXT NOT NULL DEFAULT '',   -- ended, skipped: how, why
	event     INT NOT NULL DEFAULT 0,     -- the one that brought it in
	origin    INT NOT NULL,               -- when that happened: lateness counts from here
	data      TEXT NOT NULL DEFAULT '',   -- its fields, full names, a JSON object
	due       INT NOT NULL DEFAULT 0,     -- live: when its clock rings, 0 never
	starts    INT NOT NULL DEFAULT 0,     -- times the program began with that overdue
	run       INT NOT NULL DEFAULT 0,
	paused    TEXT NOT NULL DEFAULT '',   -- the exit that holds it while people talk
	repeats   INT NOT NULL DEFAULT 0,     -- triggers that found it in already
	variant   TEXT NOT NULL DEFAULT '',   -- the last one shown, "step.a"
	said      INT NOT NULL DEFAULT 0,     -- when it last asked for a text to be sent
	started   INT NOT NULL DEFAULT 0,
	ended     INT NOT NULL DEFAULT 0,
	goal      INT NOT NULL DEFAULT 0,     -- when that was reached, 0 not
	goal_event INT NOT NULL DEFAULT 0,
	goal_value REAL,
	credit    TEXT NOT NULL DEFAULT ''    -- what it is credited to: click | send | ''
) STRICT;
CREATE UNIQUE INDEX entries_live ON entries(contact, script, key) WHERE live = 1;
CREATE INDEX entries_script ON entries(script, contact, origin);
CREATE INDEX entries_contact ON entries(contact, id) WHERE live = 1;
CREATE INDEX entries_due ON entries(due, id) WHERE due > 0;
CREATE INDEX entries_run ON entries(run) WHERE run > 0;

-- How far the hourly look through all people has come, for journeys of dates and segments.
CREATE TABLE scans (
	script TEXT PRIMARY KEY,
	since  INT NOT NULL,                  -- what was due until then has been started
	until  INT NOT NULL,                  -- what this look covers; = since: none under way
	cursor INT NOT NULL DEFAULT 0         -- the last contact looked at
) STRICT;
CREATE TABLE scan_members (
	script  TEXT NOT NULL,
	contact INT NOT NULL,
	PRIMARY KEY (script, contact)
) STRICT;
CREATE INDEX attributes_name ON attributes(name, contact);

ALTER TABLE runs ADD COLUMN entry INT NOT NULL DEFAULT 0; -- of a journey, 0: a dialog
CREATE INDEX runs_entry ON runs(entry) WHERE entry > 0;
