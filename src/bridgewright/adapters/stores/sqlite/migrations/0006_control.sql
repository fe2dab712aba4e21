-- Order among unfinished work. `parked`: 0 may be claimed, or is leased; 1 waits behind an older item of
-- its key, or behind a dead letter that blocks it; 2 has just come and has no place in its key yet.
ALTER TABLE bw_work ADD COLUMN event_type TEXT NOT NULL DEFAULT '';
ALTER TABLE bw_work ADD COLUMN order_key TEXT;
ALTER TABLE bw_work ADD COLUMN blocks INTEGER NOT NULL DEFAULT 1;
ALTER TABLE bw_work ADD COLUMN resource TEXT;
ALTER TABLE bw_work ADD COLUMN high INTEGER NOT NULL DEFAULT 0;
ALTER TABLE bw_work ADD COLUMN parked INTEGER NOT NULL DEFAULT 0 CHECK (parked IN (0, 1, 2));
UPDATE bw_work SET event_type = (SELECT i.event_type FROM bw_item i WHERE i.id = item_id);

-- A claim walks over what may be claimed, and over nothing else.
DROP INDEX bw_work_due;
CREATE INDEX bw_work_due ON bw_work (source, high, due_at, item_id, event_type) WHERE parked = 0;
CREATE INDEX bw_work_key ON bw_work (source, order_key, item_id) WHERE order_key IS NOT NULL;
-- Of one key one item runs at a time, whatever the code above this line does.
CREATE UNIQUE INDEX bw_work_active ON bw_work (source, order_key)
    WHERE order_key IS NOT NULL AND parked = 0;
CREATE INDEX bw_work_new ON bw_work (source, order_key) WHERE parked = 2;

-- The rank of items that have one, for as long as the item is kept: a dead letter comes back to it.
CREATE TABLE bw_rank (
    item_id INTEGER PRIMARY KEY,
    order_key TEXT,
    blocks INTEGER NOT NULL,
    resource TEXT,
    high INTEGER NOT NULL
) STRICT;

-- Dead letters that block their key. One that was put back is no longer in bw_dead, and does not count.
CREATE TABLE bw_stop (
    source TEXT NOT NULL,
    order_key TEXT NOT NULL,
    item_id INTEGER NOT NULL,
    PRIMARY KEY (source, order_key, item_id)
) STRICT, WITHOUT ROWID;

-- When the newest event of a resource that was handled had happened.
CREATE TABLE bw_latest (
    source TEXT NOT NULL,
    resource TEXT NOT NULL,
    occurred_at INTEGER NOT NULL,
    settled_at INTEGER NOT NULL,
    PRIMARY KEY (source, resource)
) STRICT, WITHOUT ROWID;
CREATE INDEX bw_latest_age ON bw_latest (settled_at);

ALTER TABLE bw_outcome ADD COLUMN cancelled INTEGER NOT NULL DEFAULT 0;
ALTER TABLE bw_outcome ADD COLUMN note TEXT NOT NULL DEFAULT '';

-- How much was cancelled, by source, since the store was made.
CREATE TABLE bw_cancelled (source TEXT PRIMARY KEY, n INTEGER NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE bw_pause (
    source TEXT NOT NULL,
    pattern TEXT NOT NULL,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (source, pattern)
) STRICT, WITHOUT ROWID;

-- How far a round over many rows has come.
CREATE TABLE bw_round (name TEXT PRIMARY KEY, reached INTEGER NOT NULL) STRICT, WITHOUT ROWID;

-- What an act that names no plan (its plan_id is 0) was about.
ALTER TABLE bw_audit ADD COLUMN subject TEXT NOT NULL DEFAULT '';
CREATE INDEX bw_audit_items ON bw_audit (first_item_id) WHERE plan_id = 0;
