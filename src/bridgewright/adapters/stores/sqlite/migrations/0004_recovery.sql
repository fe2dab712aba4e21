-- Which dead letters failed alike; those from before fingerprints are grouped by their kind alone.
ALTER TABLE bw_dead ADD COLUMN problem TEXT NOT NULL DEFAULT '';
-- In which order letters were buried: what a plan that is frozen in steps may still name.
ALTER TABLE bw_dead ADD COLUMN number INTEGER NOT NULL DEFAULT 0;
UPDATE bw_dead SET problem = 'p0:' || kind;
CREATE INDEX bw_dead_problem ON bw_dead (problem, source, cause, buried_at);

CREATE TABLE bw_problem (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    seen INTEGER NOT NULL,
    first_seen_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO bw_problem
SELECT problem, kind, count(*), min(buried_at), max(buried_at) FROM bw_dead GROUP BY problem, kind;

-- How many letters were ever buried.
CREATE TABLE bw_burials (one INTEGER PRIMARY KEY CHECK (one = 1), n INTEGER NOT NULL) STRICT;
INSERT INTO bw_burials VALUES (1, 0);

-- The outgoing call whose failure ended an attempt, as JSON; never its payload.
ALTER TABLE bw_attempt ADD COLUMN call TEXT;

-- Which item this one is a replay of.
ALTER TABLE bw_item ADD COLUMN replays INTEGER;
CREATE INDEX bw_item_replays ON bw_item (replays) WHERE replays IS NOT NULL;

-- Replays are counted like deliveries are. A CHECK cannot be altered: the table is made anew.
CREATE TABLE bw_tally_new (
    source TEXT NOT NULL,
    what TEXT NOT NULL CHECK (what IN ('accepted', 'duplicate', 'rejected', 'done', 'replayed')),
    n INTEGER NOT NULL,
    PRIMARY KEY (source, what)
) STRICT, WITHOUT ROWID;
INSERT INTO bw_tally_new SELECT source, what, n FROM bw_tally;
DROP TABLE bw_tally;
ALTER TABLE bw_tally_new RENAME TO bw_tally;

-- The handlers of each worker: pairs of source and pattern.
ALTER TABLE bw_worker ADD COLUMN patterns TEXT NOT NULL DEFAULT '[]';

-- Plans of either verb, with all that it takes to carry them on.
CREATE TABLE bw_plan_new (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    verb TEXT NOT NULL CHECK (verb IN ('redrive', 'replay')),
    state TEXT NOT NULL
        CHECK (state IN ('freezing', 'frozen', 'running', 'paused', 'finished', 'aborted')),
    reason TEXT NOT NULL,
    actor TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    -- What it names, and how far freezing has come.
    selection TEXT NOT NULL,
    patterns TEXT NOT NULL,
    most INTEGER,
    as_of INTEGER NOT NULL,
    frozen_item_id INTEGER NOT NULL,
    total INTEGER NOT NULL,
    content_hash TEXT NOT NULL,
    by_cause TEXT NOT NULL,
    by_prospect TEXT NOT NULL,
    -- How it is run, and how far that has come.
    canary INTEGER,
    pace_per_s REAL,
    stop_after INTEGER,
    put_back INTEGER NOT NULL,
    skipped INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    forgiven INTEGER NOT NULL,
    reached_item_id INTEGER NOT NULL,
    attempt_mark INTEGER NOT NULL,
    next_due_at INTEGER NOT NULL,
    why TEXT NOT NULL
) STRICT;
INSERT INTO bw_plan_new
SELECT id, 'redrive', replace(state, 'approved', 'running'), reason, actor, created_at,
       '{}', '[]', NULL, 0, 0, total, '', by_cause, json_object('will_run', total),
       NULL, NULL, NULL, put_back, skipped, 0, 0, reached_item_id, 0, 0, ''
FROM bw_plan;
DROP TABLE bw_plan;
ALTER TABLE bw_plan_new RENAME TO bw_plan;

ALTER TABLE bw_plan_item ADD COLUMN prospect TEXT NOT NULL DEFAULT 'will_run';
ALTER TABLE bw_plan_item ADD COLUMN fate TEXT NOT NULL DEFAULT 'pending';
ALTER TABLE bw_plan_item ADD COLUMN runs_as INTEGER;
UPDATE bw_plan_item SET fate = 'put_back', runs_as = item_id
WHERE item_id <= (SELECT reached_item_id FROM bw_plan WHERE id = plan_id);
CREATE INDEX bw_plan_item_watched ON bw_plan_item (plan_id, item_id) WHERE fate = 'watched';
CREATE INDEX bw_plan_item_runs ON bw_plan_item (runs_as) WHERE runs_as <> item_id;

-- The audit is append-only, whoever writes.
ALTER TABLE bw_audit ADD COLUMN skipped INTEGER NOT NULL DEFAULT 0;
CREATE INDEX bw_audit_plan ON bw_audit (plan_id);
CREATE TRIGGER bw_audit_keeps_rows BEFORE DELETE ON bw_audit
BEGIN SELECT raise(ABORT, 'bw_audit is append-only'); END;
CREATE TRIGGER bw_audit_keeps_words BEFORE UPDATE ON bw_audit
BEGIN SELECT raise(ABORT, 'bw_audit is append-only'); END;
-- INSERT OR REPLACE would delete without the first of them being asked.
CREATE TRIGGER bw_audit_keeps_numbers BEFORE INSERT ON bw_audit
WHEN EXISTS (SELECT 1 FROM bw_audit WHERE id = NEW.id)
BEGIN SELECT raise(ABORT, 'bw_audit is append-only'); END;
