-- Who was asked for their consent by a script: reports count them.

CREATE INDEX said_asked ON said(at, contact) WHERE basis = 'asked';
