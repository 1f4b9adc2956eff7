-- Orders as the shop's own system knows them: a copy, so that a customer who asks where a
-- parcel is gets an answer without any other system.

CREATE TABLE orders (
	id         ID PRIMARY KEY,
	number     TEXT NOT NULL,
	source     TEXT NOT NULL DEFAULT '',  -- whose number it is: "shop", "smartstore" ...
	phone      TEXT NOT NULL DEFAULT '',  -- of the customer, E.164; '' unknown
	name       TEXT NOT NULL DEFAULT '',  -- of who receives it
	state      TEXT NOT NULL DEFAULT '',  -- text/orderstate.h; '' never said
	state_word TEXT NOT NULL DEFAULT '',  -- the same in the shop's own word
	carrier    TEXT NOT NULL DEFAULT '',
	track      TEXT NOT NULL DEFAULT '',  -- the parcel's number, or a link
	eta        TEXT NOT NULL DEFAULT '',  -- a day, "2026-11-24"
	currency   TEXT NOT NULL DEFAULT '',  -- ISO 4217
	total      INT,                       -- in its smallest unit; null unknown
	placed     INT NOT NULL DEFAULT 0,    -- when it was ordered; 0 unknown
	created    INT NOT NULL,
	updated    INT NOT NULL               -- when something in it last changed
) STRICT;
CREATE UNIQUE INDEX orders_number ON orders(number, source);
CREATE INDEX orders_phone ON orders(phone, placed, id);
CREATE INDEX orders_state ON orders(state, id);

CREATE TABLE order_items (
	order_id INT NOT NULL REFERENCES orders(id),
	seq      INT NOT NULL,                -- 0, 1 ... as the shop lists them
	item     TEXT NOT NULL,
	variant  TEXT NOT NULL DEFAULT '',    -- size, colour
	sku      TEXT NOT NULL DEFAULT '',
	quantity INT NOT NULL DEFAULT 1,
	amount   INT,                         -- of the line, in the order's smallest unit
	PRIMARY KEY (order_id, seq)
) STRICT;
