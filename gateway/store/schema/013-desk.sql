-- What the desk asks for: numbers nobody wants to hear from, and counts without a walk.

ALTER TABLE contacts ADD COLUMN blocked INT NOT NULL DEFAULT 0; -- since then; 0 not
CREATE INDEX tickets_late ON tickets(id) WHERE late = 1 AND shelf = 0;
CREATE INDEX ticket_log_at ON ticket_log(at, what);
CREATE INDEX attributes_called ON attributes(text) WHERE name = 'name';
