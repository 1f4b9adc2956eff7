-- The first stores were made with other indexes than 001 makes now; here they meet.

DROP INDEX IF EXISTS messages_head;
DROP INDEX IF EXISTS messages_waiting;
DROP INDEX IF EXISTS messages_flying;
DROP INDEX IF EXISTS messages_held;
DROP INDEX IF EXISTS messages_expiry;
DROP INDEX IF EXISTS attempts_ref;
CREATE INDEX messages_waiting ON messages(contact, state, ready, priority, id)
	WHERE state = 'queued' OR state = 'sending';
CREATE INDEX messages_held ON messages(state, due) WHERE state = 'held';
CREATE INDEX messages_expiry ON messages(state, expires)
	WHERE state = 'queued' OR state = 'held' OR state = 'in_doubt' OR state = 'accepted';
CREATE INDEX attempts_ref ON attempts(sim, ref, id)
	WHERE state = 'sent' AND report IN ('', 'pending', 'forwarded');
DROP INDEX IF EXISTS reports_nobody;
CREATE INDEX reports_nobody ON reports(id) WHERE attempt IS NULL;
