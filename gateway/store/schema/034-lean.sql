-- No statement asks for the events of one text: they are read in the order of their ids, or by
-- contact and name. A campaign writes one for each text, and an index is a third of that price.
DROP INDEX IF EXISTS events_message;

-- Who left lately is counted every hour: few rows, also in the week a million agreed.
CREATE INDEX consent_left ON consent(at, contact) WHERE action = 'revoke';
