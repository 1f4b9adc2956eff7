-- The number a person knows us by: the channel of the newest text to them, in one seek.

CREATE INDEX charges_newest ON charges(contact, at, channel);
