-- Attempts whose fate was told by something else than their own answer: few, and looked
-- through when a late answer comes.
CREATE INDEX attempts_evidence ON attempts(channel, id) WHERE evidence <> '';
