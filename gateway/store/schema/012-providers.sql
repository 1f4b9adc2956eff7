-- Providers in the cloud: what they send us as it came, what of it is known already, and what
-- they told of a message before we knew it by their name.

ALTER TABLE attempts ADD COLUMN price TEXT NOT NULL DEFAULT '';   -- as told: "0.0075 USD"
CREATE INDEX attempts_provider ON attempts(channel, provider_id) WHERE provider_id <> '';
CREATE INDEX attempts_unreported ON attempts(channel, id)
	WHERE state = 'sent' AND report IN ('', 'pending') AND provider_id <> '';

-- The router's choice, which may be taken back; a channel that was asked for may not.
ALTER TABLE messages ADD COLUMN routed INT NOT NULL DEFAULT 0;
CREATE INDEX messages_routed ON messages(route, id) WHERE routed = 1 AND state = 'queued';

-- Webhooks, committed before anything looks inside.
CREATE TABLE provider_calls (
	id      ID PRIMARY KEY,
	channel INT NOT NULL REFERENCES channels(id),
	at      INT NOT NULL,
	digest  TEXT NOT NULL,              -- SHA-256 of the bytes
	bytes   BYTES NOT NULL,             -- emptied once they were understood
	starts  INT NOT NULL DEFAULT 0,
	state   TEXT NOT NULL,              -- new | done | unread | quarantined
	error   TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX provider_calls_new ON provider_calls(id) WHERE state = 'new';
CREATE INDEX provider_calls_digest ON provider_calls(channel, digest, at);

-- Ids of texts a provider has told us of: the same one again is the same text.
CREATE TABLE provider_texts (
	channel     INT NOT NULL,
	provider_id TEXT NOT NULL,
	at          INT NOT NULL,
	PRIMARY KEY (channel, provider_id)
) STRICT;

-- Parts of long texts from providers that do not join them.
CREATE TABLE provider_parts (
	channel INT NOT NULL,
	sender  TEXT NOT NULL,
	ref     TEXT NOT NULL,
	total   INT NOT NULL,
	part    INT NOT NULL,
	text    TEXT NOT NULL,
	at      INT NOT NULL,
	PRIMARY KEY (channel, sender, ref, total, part)
) STRICT;
CREATE INDEX provider_parts_at ON provider_parts(at);

-- What became of messages, by the provider's word. Without attempt: nobody here sent that, or
-- its answer to the send has not come yet.
CREATE TABLE provider_reports (
	id          ID PRIMARY KEY,
	channel     INT NOT NULL,
	provider_id TEXT NOT NULL,
	message     INT NOT NULL DEFAULT 0, -- by our own reference, 0 none came back
	state       TEXT NOT NULL,
	why         TEXT NOT NULL DEFAULT '',
	price       TEXT NOT NULL DEFAULT '',
	at          INT NOT NULL,
	attempt     INT
) STRICT;
CREATE INDEX provider_reports_open ON provider_reports(channel, provider_id, id)
	WHERE attempt IS NULL;
CREATE INDEX provider_reports_message ON provider_reports(message, id)
	WHERE attempt IS NULL AND message > 0;
