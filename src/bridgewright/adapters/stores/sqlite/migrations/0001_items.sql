-- The first schema. Moments are whole microseconds since the epoch, UTC.

-- Every name begins with bw_, so that the store can share a database with the application's tables.

-- Payloads: written once, never updated.
CREATE TABLE bw_item (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL,
    event_type TEXT NOT NULL,
    event_id TEXT,
    dedupe_key TEXT NOT NULL,
    occurred_at INTEGER,
    received_at INTEGER NOT NULL,
    coverage INTEGER NOT NULL,
    headers TEXT NOT NULL,
    body BLOB NOT NULL
) STRICT;

-- Unfinished work, and nothing else: all that a claim touches.
CREATE TABLE bw_work (
    item_id INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'leased')),
    due_at INTEGER NOT NULL,
    fence INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    lost INTEGER NOT NULL,
    worker TEXT
) STRICT;
CREATE INDEX bw_work_due ON bw_work (source, due_at);

-- What ended well.
CREATE TABLE bw_outcome (
    item_id INTEGER PRIMARY KEY,
    settled_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL
) STRICT;

-- Dead letters. The fence is kept: it goes on growing if a person puts the item back.
CREATE TABLE bw_dead (
    item_id INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    cause TEXT NOT NULL,
    buried_at INTEGER NOT NULL,
    fence INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    kind TEXT NOT NULL,
    place TEXT NOT NULL,
    text TEXT NOT NULL
) STRICT;

-- Attempts that did not succeed.
CREATE TABLE bw_attempt (
    id INTEGER PRIMARY KEY,
    item_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    ended_at INTEGER NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('retry', 'dead', 'lost')),
    kind TEXT NOT NULL,
    place TEXT NOT NULL,
    text TEXT NOT NULL
) STRICT;
CREATE INDEX bw_attempt_item ON bw_attempt (item_id);

-- What makes a duplicate one: unique within the horizon of its source.
CREATE TABLE bw_dedupe (
    source TEXT NOT NULL,
    dedupe_key TEXT NOT NULL,
    item_id INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (source, dedupe_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX bw_dedupe_expiry ON bw_dedupe (expires_at);

-- Deliveries that did not verify: the newest few thousand, without their bodies.
CREATE TABLE bw_rejection (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL,
    rejected_at INTEGER NOT NULL,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL,
    body_bytes INTEGER NOT NULL
) STRICT;

-- Counts per source since the store was made.
CREATE TABLE bw_tally (
    source TEXT NOT NULL,
    what TEXT NOT NULL CHECK (what IN ('accepted', 'duplicate', 'rejected', 'done')),
    n INTEGER NOT NULL,
    PRIMARY KEY (source, what)
) STRICT, WITHOUT ROWID;

CREATE TABLE bw_worker (
    id TEXT PRIMARY KEY,
    host TEXT NOT NULL,
    pid INTEGER NOT NULL,
    sources TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    stopped INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Redrive plans: what they name is fixed when they are made.
CREATE TABLE bw_plan (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    state TEXT NOT NULL CHECK (state IN ('frozen', 'approved', 'finished')),
    reason TEXT NOT NULL,
    actor TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    total INTEGER NOT NULL,
    put_back INTEGER NOT NULL,
    skipped INTEGER NOT NULL,
    by_cause TEXT NOT NULL,
    reached_item_id INTEGER NOT NULL
) STRICT;
CREATE TABLE bw_plan_item (
    plan_id INTEGER NOT NULL,
    item_id INTEGER NOT NULL,
    fence INTEGER NOT NULL,
    PRIMARY KEY (plan_id, item_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX bw_plan_item_item ON bw_plan_item (item_id);

-- What people did. Never updated.
CREATE TABLE bw_audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    reason TEXT NOT NULL,
    plan_id INTEGER NOT NULL,
    first_item_id INTEGER,
    last_item_id INTEGER,
    items INTEGER NOT NULL
) STRICT;
