-- name: find_key
-- The item that already holds this key, if any.
SELECT item_id FROM bw_dedupe WHERE source = :source AND dedupe_key = :key

-- name: add_item
-- The payload, once.
INSERT INTO bw_item (source, event_type, event_id, dedupe_key, occurred_at, received_at, coverage, headers, body)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: add_key
-- The unique key decides: a second row of one (source, key) cannot exist.
INSERT INTO bw_dedupe (source, dedupe_key, item_id, expires_at) VALUES (?, ?, ?, ?)

-- name: add_work
-- The item waits from now on.
INSERT INTO bw_work (item_id, source, state, due_at, fence, attempts, lost) VALUES (?, ?, ?, ?, ?, 0, 0)

-- name: add_rejection
-- A delivery that did not verify.
INSERT INTO bw_rejection (source, rejected_at, reason, detail, body_bytes) VALUES (?, ?, ?, ?, ?)

-- name: add_tally
-- Counts of one transaction, added at its end.
INSERT INTO bw_tally (source, what, n) VALUES (?, ?, ?)
ON CONFLICT (source, what) DO UPDATE SET n = n + excluded.n
