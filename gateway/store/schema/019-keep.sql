-- Forgetting people everywhere: what is left of the walk through what names them only by
-- their number, as somebody typed it.
ALTER TABLE erasures ADD COLUMN phone TEXT NOT NULL DEFAULT ''; -- until it is done
ALTER TABLE erasures ADD COLUMN stage INT NOT NULL DEFAULT 0;   -- which table (store/sweep.h)
ALTER TABLE erasures ADD COLUMN swept INT NOT NULL DEFAULT 0;   -- how far in it

-- The audit log gives up the number of who was forgotten, and nothing else.
DROP TRIGGER audit_no_update;
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
WHEN NEW.target <> '' OR NEW.detail <> '' OR NEW.id <> OLD.id OR NEW.at <> OLD.at
	OR NEW.who <> OLD.who OR NEW.via <> OLD.via OR NEW.action <> OLD.action
	OR NEW.status <> OLD.status OR coalesce(NEW.token, 0) <> coalesce(OLD.token, 0)
	OR NOT EXISTS (SELECT 1 FROM erasures WHERE state = 'working')
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

-- Webhooks of the shop's platforms, as they came (core/sources.h).
CREATE TABLE source_calls (
	id     ID PRIMARY KEY,
	source TEXT NOT NULL,
	at     INT NOT NULL,
	key    TEXT NOT NULL,               -- the platform's id of it, or a digest of the bytes
	topic  TEXT NOT NULL DEFAULT '',
	subject TEXT NOT NULL DEFAULT '',   -- the order it is about, once it is understood
	said   INT NOT NULL DEFAULT 0,      -- and when the platform last changed that
	bytes  BYTES NOT NULL,              -- emptied once they were understood
	starts INT NOT NULL DEFAULT 0,
	state  TEXT NOT NULL,               -- new | done | ignored | refused | quarantined
	error  TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE UNIQUE INDEX source_calls_key ON source_calls(source, key);
CREATE INDEX source_calls_subject ON source_calls(source, subject, said) WHERE subject <> '';
CREATE INDEX source_calls_new ON source_calls(id) WHERE state = 'new';
CREATE INDEX source_calls_state ON source_calls(source, state, id);
