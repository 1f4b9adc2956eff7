-- What a text may offer, and what came of it: links whose clicks are counted, coupons, friends
-- who were sent, points, and which text an order is credited to.

-- One row for each link in each text of each person.
CREATE TABLE links (
	id      ID PRIMARY KEY,
	code    TEXT NOT NULL UNIQUE,
	url     TEXT NOT NULL,             -- the only place it leads to
	contact INT NOT NULL REFERENCES contacts(id),
	message INT NOT NULL DEFAULT 0,    -- 0: its text is not written yet
	run     INT NOT NULL DEFAULT 0,
	script  TEXT NOT NULL DEFAULT '',
	step    TEXT NOT NULL DEFAULT '',
	made    INT NOT NULL,
	expires INT NOT NULL DEFAULT 0,    -- 0 never
	device  TEXT NOT NULL DEFAULT '',  -- of the first person who came by it: a hash
	clicked INT NOT NULL DEFAULT 0     -- when they came first, 0 never
) STRICT;
CREATE INDEX links_unbound ON links(contact, run, step) WHERE message = 0;
CREATE INDEX links_contact ON links(contact);
CREATE INDEX links_message ON links(message) WHERE message > 0;

-- Each time one was followed.
CREATE TABLE clicks (
	id      ID PRIMARY KEY,
	link    INT NOT NULL REFERENCES links(id),
	contact INT NOT NULL,
	message INT NOT NULL,
	at      INT NOT NULL,
	kind    TEXT NOT NULL,             -- person | again | other | machine
	why     TEXT NOT NULL DEFAULT ''   -- machine: how we know
) STRICT;
CREATE INDEX clicks_contact ON clicks(contact, at) WHERE kind = 'person' OR kind = 'again';
CREATE INDEX clicks_link ON clicks(link, id);

CREATE TABLE coupon_pools (
	name    TEXT PRIMARY KEY,
	prefix  TEXT NOT NULL DEFAULT '',  -- codes are made as they are needed, "FRIEND-"
	most    INT NOT NULL DEFAULT 0,    -- how many may be made; 0: none, only what is brought in
	made    INT NOT NULL DEFAULT 0,
	lasts   INT NOT NULL DEFAULT 0,    -- ms from being given, 0 for ever
	until   INT NOT NULL DEFAULT 0,    -- none is given, none is good after that; 0 never
	worth   TEXT NOT NULL DEFAULT '',  -- for people: "3000 won off"
	reward  TEXT NOT NULL DEFAULT '',  -- handed on to friends: what the giver gets
	stands  INT NOT NULL DEFAULT 0,    -- ms after which a friend's order stands; 0: no such pool
	low     INT NOT NULL DEFAULT 0,    -- the owner hears when so few are left
	told    INT NOT NULL DEFAULT 0,    -- 0 | 1 low | 2 none left: what the owner has heard
	created INT NOT NULL
) STRICT;

CREATE TABLE coupons (
	code     TEXT PRIMARY KEY,         -- as printed
	folded   TEXT NOT NULL UNIQUE,     -- as compared: capital letters and digits alone
	pool     TEXT NOT NULL REFERENCES coupon_pools(name),
	line     ID NOT NULL,              -- the order they are given in
	state    TEXT NOT NULL,            -- free | given | redeemed | void
	contact  INT NOT NULL DEFAULT 0,
	run      INT NOT NULL DEFAULT 0,
	script   TEXT NOT NULL DEFAULT '',
	step     TEXT NOT NULL DEFAULT '',
	message  INT NOT NULL DEFAULT 0,
	given    INT NOT NULL DEFAULT 0,
	expires  INT NOT NULL DEFAULT 0,
	redeemed INT NOT NULL DEFAULT 0,
	redeemer INT NOT NULL DEFAULT 0,   -- who came with it, when that was somebody else too
	times    INT NOT NULL DEFAULT 0,   -- handed-on codes are used by several friends
	number   TEXT NOT NULL DEFAULT '', -- of the order
	amount   INT NOT NULL DEFAULT 0    -- thousandths, what the shop says it was worth
) STRICT;
CREATE INDEX coupons_free ON coupons(pool, line) WHERE state = 'free';
CREATE INDEX coupons_state ON coupons(pool, state, line);
CREATE INDEX coupons_line ON coupons(pool, line);
CREATE INDEX coupons_contact ON coupons(contact, pool, run, step) WHERE contact > 0;
CREATE INDEX coupons_redeemer ON coupons(redeemer) WHERE redeemer > 0;
CREATE INDEX coupons_message ON coupons(message) WHERE message > 0;
CREATE INDEX coupons_unbound ON coupons(contact, run, step) WHERE state = 'given' AND message = 0;
CREATE INDEX coupons_stale ON coupons(given) WHERE state = 'given' AND message = 0;

-- A friend who came with somebody's code.
CREATE TABLE referrals (
	id      ID PRIMARY KEY,
	code    TEXT NOT NULL,
	giver   INT NOT NULL REFERENCES contacts(id),
	friend  INT NOT NULL REFERENCES contacts(id),
	state   TEXT NOT NULL,             -- joined | bought | stood | undone
	number  TEXT NOT NULL DEFAULT '',
	source  TEXT NOT NULL DEFAULT '',
	at      INT NOT NULL,
	due     INT NOT NULL DEFAULT 0     -- bought: when the order stands
) STRICT;
CREATE UNIQUE INDEX referrals_friend ON referrals(friend);
CREATE INDEX referrals_giver ON referrals(giver, id);
CREATE INDEX referrals_due ON referrals(due) WHERE due > 0;

-- Points: append-only; the balance is their sum, kept in contact.points for scripts.
CREATE TABLE points (
	id      ID PRIMARY KEY,
	contact INT NOT NULL REFERENCES contacts(id),
	at      INT NOT NULL,
	change  INT NOT NULL,              -- whole points
	why     TEXT NOT NULL,             -- order | undone | referral | staff
	number  TEXT NOT NULL DEFAULT '',
	agent   TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX points_contact ON points(contact, id);
CREATE UNIQUE INDEX points_once ON points(contact, why, number) WHERE number <> '';

-- Which text an order is credited to: the last one they followed a link of, else the last one
-- that reached them. At most one for each order.
CREATE TABLE credits (
	number  TEXT NOT NULL,
	source  TEXT NOT NULL,
	contact INT NOT NULL,
	at      INT NOT NULL,              -- of the order
	kind    TEXT NOT NULL,             -- click | send
	touched INT NOT NULL,              -- when they followed it, or it left
	message INT NOT NULL,
	PRIMARY KEY (number, source)
) STRICT;
CREATE INDEX credits_at ON credits(at);
CREATE INDEX credits_message ON credits(message);

-- What reports walk through.
CREATE INDEX purchases_at ON purchases(at, contact);
CREATE INDEX said_at ON said(at);
CREATE INDEX shop_events_score ON shop_events(name, at) WHERE name >= 'score.' AND name < 'score/';
CREATE INDEX charges_at ON charges(at);
CREATE INDEX tickets_created ON tickets(created);
