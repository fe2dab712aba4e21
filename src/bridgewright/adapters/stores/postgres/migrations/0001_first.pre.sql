-- The first schema. Moments are whole microseconds since the epoch, UTC, as in every store.

-- Every name begins with bw_, so that the store can share a database with the application's tables.

CREATE SEQUENCE bw_item_id;

-- Payloads: written once, never updated, and dropped by the day they were received on. The partitions
-- are made as days come (partitions.py).
CREATE TABLE bw_item (
    id BIGINT NOT NULL,
    source TEXT NOT NULL,
    event_type TEXT NOT NULL,
    event_id TEXT,
    dedupe_key TEXT NOT NULL,
    occurred_at BIGINT,
    received_at BIGINT NOT NULL,
    coverage INTEGER NOT NULL,
    headers TEXT NOT NULL,
    body BYTEA NOT NULL,
    origin TEXT NOT NULL CHECK (origin IN ('delivered', 'reconciled')),
    PRIMARY KEY (id, received_at)
) PARTITION BY RANGE (received_at);

-- Unfinished work, and nothing else: all that a claim touches. Every item passes through it in three
-- writes, so it is vacuumed by the thousand rows and not by a share of its size, which is nothing.
CREATE TABLE bw_work (
    item_id BIGINT PRIMARY KEY,
    source TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'leased')),
    due_at BIGINT NOT NULL,
    fence INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    lost INTEGER NOT NULL,
    worker TEXT,
    received_at BIGINT NOT NULL
) WITH (
    fillfactor = 70,
    autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_insert_threshold = -1,
    autovacuum_vacuum_cost_delay = 0
);
CREATE INDEX bw_work_due ON bw_work (source, due_at, item_id);

-- What ended well, beside its payload's day.
CREATE TABLE bw_outcome (
    item_id BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    settled_at BIGINT NOT NULL,
    attempts INTEGER NOT NULL,
    PRIMARY KEY (item_id, received_at)
) PARTITION BY RANGE (received_at);

-- Attempts that did not succeed, beside their payload's day.
CREATE SEQUENCE bw_attempt_id;
CREATE TABLE bw_attempt (
    id BIGINT NOT NULL DEFAULT nextval('bw_attempt_id'),
    item_id BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    number INTEGER NOT NULL,
    ended_at BIGINT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('retry', 'dead', 'lost')),
    kind TEXT NOT NULL,
    place TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (item_id, id, received_at)
) PARTITION BY RANGE (received_at);

-- Dead letters. The fence is kept: it goes on growing if a person puts the item back.
CREATE TABLE bw_dead (
    item_id BIGINT PRIMARY KEY,
    received_at BIGINT NOT NULL,
    source TEXT NOT NULL,
    cause TEXT NOT NULL,
    buried_at BIGINT NOT NULL,
    fence INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    kind TEXT NOT NULL,
    place TEXT NOT NULL,
    text TEXT NOT NULL
);
CREATE INDEX bw_dead_received ON bw_dead (received_at);

-- What makes a duplicate one: unique within the horizon of its source.
CREATE TABLE bw_dedupe (
    source TEXT NOT NULL,
    dedupe_key TEXT NOT NULL,
    item_id BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (source, dedupe_key)
);
CREATE INDEX bw_dedupe_expiry ON bw_dedupe (expires_at);

-- Deliveries that did not verify: the newest few thousand, without their bodies; and what explains one.
CREATE TABLE bw_rejection (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source TEXT NOT NULL,
    rejected_at BIGINT NOT NULL,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL,
    body_bytes BIGINT NOT NULL,
    mistake TEXT,
    wrong TEXT,
    matched TEXT,
    step TEXT
);

-- Counts per source since the store was made. Added to, never updated in place: one row that every
-- transaction updates would make them wait for each other, and rot while somebody holds a snapshot.
-- The sweep adds rows up (what is `hit` counts a key by its name).
CREATE TABLE bw_tally (
    source TEXT NOT NULL,
    what TEXT NOT NULL CHECK (what IN ('accepted', 'duplicate', 'rejected', 'done', 'hit')),
    name TEXT NOT NULL DEFAULT '',
    n BIGINT NOT NULL,
    last_at BIGINT
);

CREATE TABLE bw_source (
    source TEXT PRIMARY KEY,
    seen_at BIGINT NOT NULL,
    silent_at BIGINT,
    silent_from BIGINT
);

-- Keys by their references, since when they are known; what they verified is in bw_tally.
CREATE TABLE bw_key (
    source TEXT NOT NULL,
    name TEXT NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (source, name)
);

CREATE TABLE bw_worker (
    id TEXT PRIMARY KEY,
    host TEXT NOT NULL,
    pid BIGINT NOT NULL,
    sources TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    stopped INTEGER NOT NULL
);

-- Redrive plans: what they name is fixed when they are made.
CREATE TABLE bw_plan (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('frozen', 'approved', 'finished')),
    reason TEXT NOT NULL,
    actor TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    total BIGINT NOT NULL,
    put_back BIGINT NOT NULL,
    skipped BIGINT NOT NULL,
    by_cause TEXT NOT NULL,
    reached_item_id BIGINT NOT NULL
);
CREATE TABLE bw_plan_item (
    plan_id BIGINT NOT NULL,
    item_id BIGINT NOT NULL,
    fence INTEGER NOT NULL,
    PRIMARY KEY (plan_id, item_id)
);
CREATE INDEX bw_plan_item_item ON bw_plan_item (item_id);

-- What people did. Never updated.
CREATE TABLE bw_audit (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    reason TEXT NOT NULL,
    plan_id BIGINT NOT NULL,
    first_item_id BIGINT,
    last_item_id BIGINT,
    items BIGINT NOT NULL
);
