-- name: join_place
-- Which store this connection's search_path leads to, if any: the mark of its first table. The parameters of
-- these statements are written as :name, for whatever driver the user's connection is of.
SELECT obj_description(to_regclass('bw_migration'), 'pg_class')

-- name: join_ready
-- Whether our tables are there, as this release knows them.
SELECT 1 WHERE to_regclass('bw_sending') IS NOT NULL

-- name: join_lock
-- Of transactions that join with one key, one goes on.
SELECT pg_advisory_xact_lock(hashtextextended(CAST(:source AS text) || ' ' || CAST(:key AS text), 0))

-- name: join_find
-- The item that holds a key already.
SELECT d.item_id, i.event_type, i.body FROM bw_dedupe d LEFT JOIN bw_item i ON i.id = d.item_id
WHERE d.source = :source AND d.dedupe_key = :key

-- name: join_key
-- The unique key decides: whoever else is about to take it is waited for. Its item's number; no row if it is
-- taken, and a serialization failure where this transaction's snapshot cannot see by whom.
INSERT INTO bw_dedupe (source, dedupe_key, item_id, expires_at)
VALUES (:source, :key, nextval('bw_item_id'), :expires_at)
ON CONFLICT DO NOTHING RETURNING item_id

-- name: join_item
-- The intent, once.
INSERT INTO bw_item
    (id, source, event_type, event_id, dedupe_key, occurred_at, received_at, coverage, headers, body, origin, kind)
VALUES (:item_id, :source, :event_type, NULL, :key, NULL, :at, 0, :headers, :body, :origin, :kind)

-- name: join_work
-- It waits from the moment that the transaction ends well, and workers are told then: since when it is due,
-- for they look no further back than need be (floors.py).
WITH added AS (
    INSERT INTO bw_work (item_id, source, state, due_at, fence, attempts, lost, received_at, event_type)
    VALUES (:item_id, :source, 'waiting', CAST(:due_at AS bigint), 0, 0, 0, CAST(:at AS bigint), :event_type)
)
SELECT pg_notify('bridgewright_due', CAST(CAST(:due_at AS bigint) AS text) || ' ' || CAST(:source AS text))

-- name: join_tally
-- It is counted as any item is.
INSERT INTO bw_tally (source, what, name, n) VALUES (:source, :what, '', 1)
