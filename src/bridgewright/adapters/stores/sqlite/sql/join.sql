-- name: join_place
-- Which file this connection's main database is.
SELECT file FROM pragma_database_list WHERE name = 'main'

-- name: join_ready
-- Whether our tables are there, as this release knows them.
SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'bw_sending'

-- name: join_lock
-- Nobody else writes from here on: what is read next stays true until the transaction ends.
UPDATE bw_tally SET n = n WHERE source = '' AND what = 'accepted'

-- name: join_find
-- The item that holds a key already.
SELECT d.item_id, i.event_type, i.body FROM bw_dedupe d LEFT JOIN bw_item i ON i.id = d.item_id
WHERE d.source = :source AND d.dedupe_key = :key

-- name: join_key
-- The number of the key's item: the next one, as nobody else writes.
INSERT INTO bw_dedupe (source, dedupe_key, item_id, expires_at)
VALUES (:source, :key, (SELECT coalesce(max(seq), 0) + 1 FROM sqlite_sequence WHERE name = 'bw_item'), :expires_at)
RETURNING item_id

-- name: join_item
-- The intent, once.
INSERT INTO bw_item
    (id, source, event_type, event_id, dedupe_key, occurred_at, received_at, coverage, headers, body, origin,
     kind)
VALUES (:item_id, :source, :event_type, NULL, :key, NULL, :at, 0, :headers, :body, :origin, :kind)

-- name: join_work
-- It waits from the moment that the transaction ends well.
INSERT INTO bw_work (item_id, source, state, due_at, fence, attempts, lost, event_type)
VALUES (:item_id, :source, 'waiting', :due_at, 0, 0, 0, :event_type)

-- name: join_tally
-- It is counted as any item is.
INSERT INTO bw_tally (source, what, n) VALUES (:source, :what, 1)
ON CONFLICT (source, what) DO UPDATE SET n = n + excluded.n
