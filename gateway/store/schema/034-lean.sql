-- No statement asks for the events of one text: they are read in the order of their ids, or by
-- contact and name. A campaign writes one for each text, and an index is a third of that price.
DROP INDEX IF EXISTS events_message;
