-- Tickets grow up: one open thread for each contact, its clocks, who has it, and what was done.

ALTER TABLE tickets ADD COLUMN queue TEXT NOT NULL DEFAULT '';
ALTER TABLE tickets ADD COLUMN priority INT NOT NULL DEFAULT 1;   -- 0 low, 1 normal, 2 high, 3 urgent
ALTER TABLE tickets ADD COLUMN mute INT NOT NULL DEFAULT 0;       -- 1: the bot and promotions are silent
ALTER TABLE tickets ADD COLUMN run INT NOT NULL DEFAULT 0;        -- who waits for the close, 0 nobody
ALTER TABLE tickets ADD COLUMN agent TEXT NOT NULL DEFAULT '';    -- who has it, '' nobody
ALTER TABLE tickets ADD COLUMN claimed INT NOT NULL DEFAULT 0;
ALTER TABLE tickets ADD COLUMN waiting INT NOT NULL DEFAULT 0;    -- first text nobody answered yet, 0 none
ALTER TABLE tickets ADD COLUMN due INT NOT NULL DEFAULT 0;        -- when it should be answered, 0 no promise
ALTER TABLE tickets ADD COLUMN late INT NOT NULL DEFAULT 0;       -- 1: that has passed and was announced
ALTER TABLE tickets ADD COLUMN first_due INT NOT NULL DEFAULT 0;
ALTER TABLE tickets ADD COLUMN answered INT NOT NULL DEFAULT 0;   -- first answer, 0 none
ALTER TABLE tickets ADD COLUMN staff_texts INT NOT NULL DEFAULT 0;
ALTER TABLE tickets ADD COLUMN snooze INT NOT NULL DEFAULT 0;     -- asleep until then, 0 awake
ALTER TABLE tickets ADD COLUMN woken INT NOT NULL DEFAULT 0;      -- slept long enough; wants a look
ALTER TABLE tickets ADD COLUMN remind INT NOT NULL DEFAULT 0;     -- ms of opening time between reminders
ALTER TABLE tickets ADD COLUMN remind_max INT NOT NULL DEFAULT 0;
ALTER TABLE tickets ADD COLUMN reminded INT NOT NULL DEFAULT 0;
ALTER TABLE tickets ADD COLUMN remind_at INT NOT NULL DEFAULT 0;
ALTER TABLE tickets ADD COLUMN closed INT NOT NULL DEFAULT 0;
ALTER TABLE tickets ADD COLUMN outcome TEXT NOT NULL DEFAULT '';
ALTER TABLE tickets ADD COLUMN quiet INT NOT NULL DEFAULT 0;      -- closed without a word: spam, wrong number
ALTER TABLE tickets ADD COLUMN reopened INT NOT NULL DEFAULT 0;   -- times
ALTER TABLE tickets ADD COLUMN wake INT NOT NULL DEFAULT 0;       -- when its next clock rings, 0 never
ALTER TABLE tickets ADD COLUMN shelf INT NOT NULL DEFAULT 0;      -- 0 wants an answer, 1 answered, 2 asleep, 3 closed
ALTER TABLE tickets ADD COLUMN place INT NOT NULL DEFAULT 0;      -- on the shelf, lowest first

UPDATE tickets SET waiting = created, place = 200000000000000 + created WHERE state = 'open';
UPDATE tickets SET shelf = 3, closed = updated, place = -updated WHERE state = 'closed';

DROP INDEX IF EXISTS tickets_contact;
DROP INDEX IF EXISTS tickets_state;
DROP INDEX IF EXISTS tickets_updated; -- the first stores have none
CREATE UNIQUE INDEX tickets_open ON tickets(contact) WHERE state = 'open';
CREATE INDEX tickets_contact ON tickets(contact, id);
CREATE INDEX tickets_shelf ON tickets(shelf, place, id);
CREATE INDEX tickets_wake ON tickets(wake) WHERE wake > 0;

-- What was done with a ticket, by whom. Append-only, like the consent ledger.
CREATE TABLE ticket_log (
	id      ID PRIMARY KEY,
	ticket  INT NOT NULL REFERENCES tickets(id),
	at      INT NOT NULL,
	what    TEXT NOT NULL,               -- opened | claimed | note | replied | closed ...
	agent   TEXT NOT NULL DEFAULT '',    -- '' the gateway itself
	detail  TEXT NOT NULL DEFAULT '',
	message INT REFERENCES messages(id)
) STRICT;
CREATE INDEX ticket_log_ticket ON ticket_log(ticket, id);
CREATE INDEX ticket_log_message ON ticket_log(message) WHERE message IS NOT NULL;
CREATE TRIGGER ticket_log_no_update BEFORE UPDATE ON ticket_log
BEGIN SELECT RAISE(ABORT, 'the history of a ticket is append-only'); END;
CREATE TRIGGER ticket_log_no_delete BEFORE DELETE ON ticket_log
BEGIN SELECT RAISE(ABORT, 'the history of a ticket is append-only'); END;

ALTER TABLE events ADD COLUMN ticket INT;
