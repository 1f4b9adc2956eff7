-- Those in a journey that has not begun: they settle, or wait until the person has time.
CREATE INDEX entries_pending ON entries(id) WHERE live = 1 AND run = 0;
CREATE INDEX entries_pending_script ON entries(script, id) WHERE live = 1 AND run = 0;
