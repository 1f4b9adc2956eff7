-- The foundation: who we talk to, what was said, what was tried, what became of it.
-- ID, INT, REAL, TEXT and BYTES are expanded by the backend. Times are ms since 1970 UTC.

CREATE TABLE meta (
	key   TEXT PRIMARY KEY,
	value TEXT NOT NULL
) STRICT;

-- One row per configured channel, kept when it leaves the configuration: its history stays.
CREATE TABLE channels (
	id         ID PRIMARY KEY,
	name       TEXT NOT NULL UNIQUE,
	imei       TEXT NOT NULL DEFAULT '',
	iccid      TEXT NOT NULL DEFAULT '',
	imsi       TEXT NOT NULL DEFAULT '',
	first_seen INT NOT NULL DEFAULT 0,   -- first registration ever
	adopted    INT NOT NULL DEFAULT 0,   -- 0: texts found on the SIM are not deleted yet
	last_mr    INT NOT NULL DEFAULT -1,  -- last TP-MR a +CMGS confirmed
	counting   INT NOT NULL DEFAULT 0,   -- results in a row whose TP-MR was the last plus one
	sent       INT NOT NULL DEFAULT 0,
	failed     INT NOT NULL DEFAULT 0,
	doubts     INT NOT NULL DEFAULT 0
) STRICT;

-- What a driver must not forget (which PIN was tried on which SIM).
CREATE TABLE channel_notes (
	channel INT NOT NULL REFERENCES channels(id),
	key     TEXT NOT NULL,
	value   TEXT NOT NULL,
	PRIMARY KEY (channel, key)
) STRICT;

CREATE TABLE contacts (
	id           ID PRIMARY KEY,
	phone        TEXT NOT NULL UNIQUE,    -- E.164, short code, or an alphanumeric sender
	created      INT NOT NULL,
	last_in      INT NOT NULL DEFAULT 0,
	last_out     INT NOT NULL DEFAULT 0,
	last_channel INT NOT NULL DEFAULT 0,  -- the one the contact last texted
	concat_ref   INT NOT NULL DEFAULT 0,  -- last concatenation reference used towards it
	stopped      TEXT NOT NULL DEFAULT '',-- '' | marketing | all; derived from consent
	stopped_at   INT NOT NULL DEFAULT 0
) STRICT;

-- Append-only; the current state is derived from it. Triggers below refuse anything else.
CREATE TABLE consent (
	id       ID PRIMARY KEY,
	contact  INT NOT NULL REFERENCES contacts(id),
	address  TEXT NOT NULL,
	at       INT NOT NULL,
	action   TEXT NOT NULL,               -- grant | revoke | unblock
	scope    TEXT NOT NULL,               -- marketing | all
	list     TEXT NOT NULL DEFAULT '',
	method   TEXT NOT NULL,               -- keyword | staff | import | provider | api
	words    TEXT NOT NULL DEFAULT '',    -- what the person wrote
	wording  TEXT NOT NULL DEFAULT '',    -- what we had said
	message  INT,                         -- the inbound text that is the proof
	operator TEXT NOT NULL DEFAULT '',
	basis    TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX consent_contact ON consent(contact, id);
CREATE TRIGGER consent_no_update BEFORE UPDATE ON consent
BEGIN SELECT RAISE(ABORT, 'the consent ledger is append-only'); END;
CREATE TRIGGER consent_no_delete BEFORE DELETE ON consent
BEGIN SELECT RAISE(ABORT, 'the consent ledger is append-only'); END;

-- Every text, both ways.
CREATE TABLE messages (
	id          ID PRIMARY KEY,
	contact     INT NOT NULL REFERENCES contacts(id),
	outbound    INT NOT NULL,
	state       TEXT NOT NULL,
	reason      TEXT NOT NULL DEFAULT '', -- why held, suppressed, failed, in doubt; stale
	class       TEXT NOT NULL DEFAULT '', -- notice | reply | service | marketing
	priority    INT NOT NULL DEFAULT 0,   -- by class, 0 leaves first
	text        TEXT NOT NULL,
	origin      TEXT NOT NULL DEFAULT '', -- api | consent | ...; inbound: sms
	reply_to    INT,                      -- the inbound message this answers
	route       INT NOT NULL DEFAULT 0,   -- channel asked for or pinned to, 0 any
	channel     INT NOT NULL DEFAULT 0,   -- channel it went or came by
	sim         TEXT NOT NULL DEFAULT '', -- SIM it is pinned to once a part may have left
	ready       INT NOT NULL DEFAULT 0,   -- 1: may leave now, first of its contact
	due         INT NOT NULL DEFAULT 0,   -- held: wake then
	expires     INT NOT NULL DEFAULT 0,
	key         TEXT UNIQUE,              -- the client's idempotency key
	fingerprint INT NOT NULL DEFAULT 0,   -- of the request, to tell a repeat from a clash
	encoding    TEXT NOT NULL DEFAULT '', -- gsm7 | ucs2 | 8bit
	parts       INT NOT NULL DEFAULT 1,
	parts_done  INT NOT NULL DEFAULT 0,   -- parts the network took
	splits      TEXT NOT NULL DEFAULT '', -- first byte of each part: the plan stays as accepted
	shifts      INT NOT NULL DEFAULT 0,   -- national tables: single * 16 + locking
	ref         INT NOT NULL DEFAULT 0,   -- concatenation reference
	msg_class   INT NOT NULL DEFAULT -1,  -- TP-DCS message class, 0 is flash
	report      INT NOT NULL DEFAULT 1,   -- ask for status reports
	tries       INT NOT NULL DEFAULT 0,   -- failed tries that were the message's own
	starts      INT NOT NULL DEFAULT 0,   -- times composing it began: at 3 it is set aside
	on_doubt    TEXT NOT NULL DEFAULT '', -- hold | close | resend
	sent_at     INT NOT NULL DEFAULT 0,   -- inbound: the network's time stamp
	updated     INT NOT NULL
) STRICT;
CREATE INDEX messages_contact ON messages(contact, id);
CREATE INDEX messages_state ON messages(state, id);
CREATE INDEX messages_ready ON messages(route, priority, id) WHERE ready = 1;
CREATE INDEX messages_head ON messages(contact) WHERE ready = 1;
CREATE INDEX messages_waiting ON messages(contact, priority, id) WHERE state = 'queued';
CREATE INDEX messages_flying ON messages(contact) WHERE state = 'sending';
CREATE INDEX messages_retry ON messages(contact, id) WHERE state = 'held' AND tries > 0;
CREATE INDEX messages_held ON messages(due) WHERE state = 'held';
CREATE INDEX messages_expiry ON messages(expires)
	WHERE state IN ('accepted', 'held', 'queued', 'in_doubt');

-- The journal. A row is durable before the first byte that could send leaves.
CREATE TABLE attempts (
	id          ID PRIMARY KEY,
	message     INT NOT NULL REFERENCES messages(id),
	part        INT NOT NULL,
	channel     INT NOT NULL REFERENCES channels(id),
	sim         TEXT NOT NULL,
	tail        TEXT NOT NULL,            -- last digits of the destination
	planned_ref INT NOT NULL DEFAULT -1,  -- TP-MR expected, on a channel seen counting
	ref         INT NOT NULL DEFAULT -1,  -- TP-MR the network gave
	provider_id TEXT NOT NULL DEFAULT '',
	at          INT NOT NULL,
	state       TEXT NOT NULL,            -- open | sent | later | rejected | unknown | never_left
	done_at     INT NOT NULL DEFAULT 0,
	code        INT NOT NULL DEFAULT -1,
	why         TEXT NOT NULL DEFAULT '',
	evidence    TEXT NOT NULL DEFAULT '', -- what settled a doubt
	report      TEXT NOT NULL DEFAULT '', -- class of the last status report
	report_at   INT NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX attempts_message ON attempts(message, part, id);
CREATE INDEX attempts_unsettled ON attempts(channel, id) WHERE state IN ('open', 'unknown');
CREATE INDEX attempts_ref ON attempts(sim, ref, id) WHERE ref >= 0;

-- What drivers received, as it came: committed before anything looks inside.
CREATE TABLE arrivals (
	id        ID PRIMARY KEY,
	channel   INT NOT NULL REFERENCES channels(id),
	sim       TEXT NOT NULL,
	kind      TEXT NOT NULL,              -- tpdu | junk
	bytes     BYTES NOT NULL,
	hash      INT NOT NULL,
	smsc      TEXT NOT NULL DEFAULT '',
	at        INT NOT NULL,
	starts    INT NOT NULL DEFAULT 0,
	state     TEXT NOT NULL,              -- new | done | part | quarantined | undecodable
	message   INT,                        -- the message it became (part of)
	error     TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX arrivals_new ON arrivals(id) WHERE state = 'new';
CREATE INDEX arrivals_hash ON arrivals(sim, hash);
CREATE INDEX arrivals_state ON arrivals(state, id);

-- Long texts being put together; `have` of `total` parts so far.
CREATE TABLE joins (
	id      ID PRIMARY KEY,
	sim     TEXT NOT NULL,
	sender  TEXT NOT NULL,
	ref     INT NOT NULL,
	bits    INT NOT NULL,
	total   INT NOT NULL,
	have    INT NOT NULL DEFAULT 0,
	first   INT NOT NULL,
	state   TEXT NOT NULL,                -- open | joined | closed
	message INT                           -- the partial or the whole
) STRICT;
CREATE INDEX joins_key ON joins(sim, sender, ref, bits, total, id);
CREATE INDEX joins_open ON joins(first) WHERE state = 'open';
CREATE TABLE join_parts (
	join_id INT NOT NULL REFERENCES joins(id),
	seq     INT NOT NULL,
	arrival INT NOT NULL REFERENCES arrivals(id),
	hash    INT NOT NULL,
	PRIMARY KEY (join_id, seq)
) STRICT;

CREATE TABLE reports (
	id        ID PRIMARY KEY,
	arrival   INT NOT NULL REFERENCES arrivals(id),
	channel   INT NOT NULL,
	sim       TEXT NOT NULL,
	mr        INT NOT NULL,
	recipient TEXT NOT NULL,
	status    INT NOT NULL,
	submitted INT NOT NULL DEFAULT 0,     -- TP-SCTS
	at        INT NOT NULL,
	attempt   INT                         -- null: nobody here sent that, or not known yet
) STRICT;
CREATE INDEX reports_unmatched ON reports(sim, mr) WHERE attempt IS NULL;
CREATE INDEX reports_attempt ON reports(attempt);

CREATE TABLE tickets (
	id      ID PRIMARY KEY,
	contact INT NOT NULL REFERENCES contacts(id),
	state   TEXT NOT NULL,                -- open | closed
	topic   TEXT NOT NULL,
	message INT NOT NULL,                 -- the text that opened it
	note    TEXT NOT NULL DEFAULT '',
	created INT NOT NULL,
	updated INT NOT NULL
) STRICT;
CREATE INDEX tickets_contact ON tickets(contact, state);
CREATE INDEX tickets_state ON tickets(state, updated);

-- Everything that happened, in order: what webhooks and streams are a view of.
CREATE TABLE events (
	id      ID PRIMARY KEY,
	at      INT NOT NULL,
	name    TEXT NOT NULL,
	message INT,
	contact INT,
	channel INT,
	detail  TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX events_message ON events(message) WHERE message IS NOT NULL;
