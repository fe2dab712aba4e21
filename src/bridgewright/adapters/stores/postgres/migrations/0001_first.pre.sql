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
    kind TEXT NOT NULL CHECK (kind IN ('inbox', 'outbox')),
    replays BIGINT,
    PRIMARY KEY (id, received_at)
) PARTITION BY RANGE (received_at);

-- Unfinished work, and nothing else: all that a claim touches. Every item passes through it in three
-- writes, so it is vacuumed by the thousand rows and not by a share of its size, which is nothing.
-- `parked`: 0 may be claimed, or is leased; 1 waits behind an older item of its key, or behind a dead letter
-- that blocks it; 2 was put in by this transaction and has no place in its key yet.
CREATE TABLE bw_work (
    item_id BIGINT PRIMARY KEY,
    source TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'leased')),
    due_at BIGINT NOT NULL,
    fence INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    lost INTEGER NOT NULL,
    worker TEXT,
    received_at BIGINT NOT NULL,
    event_type TEXT NOT NULL,
    order_key TEXT,
    blocks INTEGER NOT NULL DEFAULT 1,
    resource TEXT,
    high INTEGER NOT NULL DEFAULT 0,
    parked INTEGER NOT NULL DEFAULT 0 CHECK (parked IN (0, 1, 2))
) WITH (
    fillfactor = 70,
    autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_insert_threshold = -1,
    autovacuum_vacuum_cost_delay = 0
);
-- A claim walks over what may be claimed, and over nothing else.
CREATE INDEX bw_work_due ON bw_work (source, high, due_at, item_id) WHERE parked = 0;
CREATE INDEX bw_work_key ON bw_work (source, order_key, item_id) WHERE order_key IS NOT NULL;
-- Of one key one item runs at a time, whatever the code above this line does.
CREATE UNIQUE INDEX bw_work_active ON bw_work (source, order_key)
    WHERE order_key IS NOT NULL AND parked = 0;
CREATE INDEX bw_work_new ON bw_work (source, order_key) WHERE parked = 2;

-- The rank of items that have one, beside their payload's day: a dead letter comes back to it.
CREATE TABLE bw_rank (
    item_id BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    order_key TEXT,
    blocks INTEGER NOT NULL,
    resource TEXT,
    high INTEGER NOT NULL,
    PRIMARY KEY (item_id, received_at)
) PARTITION BY RANGE (received_at);

-- Dead letters that block their key. One that was put back is no longer in bw_dead, and does not count.
CREATE TABLE bw_stop (
    source TEXT NOT NULL,
    order_key TEXT NOT NULL,
    item_id BIGINT NOT NULL,
    PRIMARY KEY (source, order_key, item_id)
);

-- When the newest event of a resource that was handled had happened.
CREATE TABLE bw_latest (
    source TEXT NOT NULL,
    resource TEXT NOT NULL,
    occurred_at BIGINT NOT NULL,
    settled_at BIGINT NOT NULL,
    PRIMARY KEY (source, resource)
);
CREATE INDEX bw_latest_age ON bw_latest (settled_at);

-- What is paused, by whom and why.
CREATE TABLE bw_pause (
    source TEXT NOT NULL,
    pattern TEXT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (source, pattern)
);

-- How far a round over many rows has come.
CREATE TABLE bw_round (name TEXT PRIMARY KEY, reached BIGINT NOT NULL);

-- What ended well, or was cancelled, beside its payload's day.
CREATE TABLE bw_outcome (
    item_id BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    source TEXT NOT NULL,
    settled_at BIGINT NOT NULL,
    attempts INTEGER NOT NULL,
    -- What is kept of the answer to a call: the provider's id.
    result TEXT NOT NULL DEFAULT '',
    cancelled INTEGER NOT NULL DEFAULT 0,
    -- What is to be said of how it ended.
    note TEXT NOT NULL DEFAULT '',
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
    call TEXT,
    PRIMARY KEY (item_id, id, received_at)
) PARTITION BY RANGE (received_at);

-- Dead letters. The fence is kept: it goes on growing if a person puts the item back. The number says in
-- which order letters were buried: what a plan that is frozen in steps may still name.
CREATE SEQUENCE bw_burial;
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
    text TEXT NOT NULL,
    problem TEXT NOT NULL,
    number BIGINT NOT NULL DEFAULT nextval('bw_burial')
);
CREATE INDEX bw_dead_received ON bw_dead (received_at);
CREATE INDEX bw_dead_problem ON bw_dead (problem, source, cause, buried_at);

-- What dead letters failed of alike.
CREATE TABLE bw_problem (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    seen BIGINT NOT NULL,
    first_seen_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL
);

-- What makes a duplicate one: unique within the horizon of its source.
CREATE TABLE bw_dedupe (
    source TEXT NOT NULL,
    dedupe_key TEXT NOT NULL,
    item_id BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (source, dedupe_key)
);
CREATE INDEX bw_dedupe_expiry ON bw_dedupe (expires_at);

-- Calls that were begun: since when the provider may know the key, until when it does, and whether one of them may have
-- happened without anybody knowing. It outlives the work, for a dead letter that is put back.
CREATE TABLE bw_sending (
    item_id BIGINT PRIMARY KEY,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    open INTEGER NOT NULL,
    turn INTEGER NOT NULL,
    known_until BIGINT
);

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
    what TEXT NOT NULL
        CHECK (what IN ('accepted', 'duplicate', 'rejected', 'done', 'replayed', 'cancelled', 'hit')),
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
    stopped INTEGER NOT NULL,
    patterns TEXT NOT NULL
);

-- Plans of either verb, with all that it takes to carry them on; what one names is fixed when it is frozen.
CREATE TABLE bw_plan (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    verb TEXT NOT NULL CHECK (verb IN ('redrive', 'replay')),
    state TEXT NOT NULL
        CHECK (state IN ('freezing', 'frozen', 'running', 'paused', 'finished', 'aborted')),
    reason TEXT NOT NULL,
    actor TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    -- What it names, and how far freezing has come.
    selection TEXT NOT NULL,
    patterns TEXT NOT NULL,
    most BIGINT,
    as_of BIGINT NOT NULL,
    frozen_item_id BIGINT NOT NULL,
    total BIGINT NOT NULL,
    content_hash TEXT NOT NULL,
    by_cause TEXT NOT NULL,
    by_prospect TEXT NOT NULL,
    -- How it is run, and how far that has come.
    canary BIGINT,
    pace_per_s DOUBLE PRECISION,
    stop_after BIGINT,
    put_back BIGINT NOT NULL,
    skipped BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    forgiven BIGINT NOT NULL,
    reached_item_id BIGINT NOT NULL,
    attempt_mark BIGINT NOT NULL,
    next_due_at BIGINT NOT NULL,
    why TEXT NOT NULL
);
CREATE TABLE bw_plan_item (
    plan_id BIGINT NOT NULL,
    item_id BIGINT NOT NULL,
    fence INTEGER NOT NULL,
    prospect TEXT NOT NULL DEFAULT 'will_run',
    fate TEXT NOT NULL DEFAULT 'pending',
    runs_as BIGINT,
    PRIMARY KEY (plan_id, item_id)
);
CREATE INDEX bw_plan_item_item ON bw_plan_item (item_id);
CREATE INDEX bw_plan_item_watched ON bw_plan_item (plan_id, item_id) WHERE fate = 'watched';
CREATE INDEX bw_plan_item_prospect ON bw_plan_item (plan_id, prospect, item_id) WHERE prospect <> 'will_run';
CREATE INDEX bw_plan_item_runs ON bw_plan_item (runs_as) WHERE runs_as <> item_id;

-- What people did. Append-only, whoever writes.
CREATE TABLE bw_audit (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    reason TEXT NOT NULL,
    plan_id BIGINT NOT NULL,
    first_item_id BIGINT,
    last_item_id BIGINT,
    items BIGINT NOT NULL,
    skipped BIGINT NOT NULL DEFAULT 0,
    -- What an act that names no plan (its plan_id is 0) was about.
    subject TEXT NOT NULL DEFAULT ''
);
CREATE INDEX bw_audit_plan ON bw_audit (plan_id);
CREATE INDEX bw_audit_items ON bw_audit (first_item_id) WHERE plan_id = 0;
CREATE FUNCTION bw_audit_keeps() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'bw_audit is append-only'; END $$;
CREATE TRIGGER bw_audit_keeps_rows BEFORE UPDATE OR DELETE ON bw_audit
    FOR EACH ROW EXECUTE FUNCTION bw_audit_keeps();
CREATE TRIGGER bw_audit_keeps_all BEFORE TRUNCATE ON bw_audit
    FOR EACH STATEMENT EXECUTE FUNCTION bw_audit_keeps();

-- What tells this store from any other, whichever way a connection leads to it.
DO $$ BEGIN
    EXECUTE format('COMMENT ON TABLE bw_migration IS %L', 'Bridgewright store ' || gen_random_uuid());
END $$;
