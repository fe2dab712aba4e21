-- name: find_due
-- Work of one source and priority whose time has come, the longest overdue first; what must stay where it
-- is, is put in by working.py.
SELECT item_id, state, due_at, fence, attempts, lost, source, event_type, resource, order_key, blocks
FROM bw_work
WHERE source = :source AND high = :high AND parked = 0 AND due_at <= :now{conditions}
ORDER BY due_at, item_id LIMIT :limit

-- name: next_due
-- When a source will next have something due.
SELECT due_at FROM bw_work WHERE source = :source AND high = :high AND parked = 0{conditions}
ORDER BY due_at LIMIT 1

-- name: get_item
-- The payload of one item.
SELECT id, source, event_type, event_id, dedupe_key, occurred_at, received_at, coverage, headers, body, origin,
       replays, kind
FROM bw_item WHERE id = :item_id

-- name: get_items
-- The payloads of several items.
SELECT id, source, event_type, event_id, dedupe_key, occurred_at, received_at, coverage, headers, body, origin,
       replays, kind
FROM bw_item WHERE id IN (SELECT value FROM json_each(?))

-- name: get_held
-- The standings of several items as one JSON text: one row, however many there are.
SELECT json_group_array(json_array(w.item_id, w.state, w.due_at, w.fence, w.attempts, w.lost, w.source,
                                   w.order_key, w.blocks))
FROM json_each(?) AS j CROSS JOIN bw_work w ON w.item_id = j.value

-- name: drop_all_work
-- Several items are finished.
DELETE FROM bw_work WHERE item_id IN (SELECT value FROM json_each(?))

-- name: add_outcomes
-- Several items are done.
INSERT INTO bw_outcome (item_id, settled_at, attempts, result)
SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'),
       json_extract(value, '$[3]')
FROM json_each(?)

-- name: set_work
-- A new standing.
UPDATE bw_work SET state = ?, due_at = ?, fence = ?, attempts = ?, lost = ?, worker = ? WHERE item_id = ?

-- name: renew_lease
-- Prolong a lease that is still held.
UPDATE bw_work SET due_at = ? WHERE item_id = ? AND fence = ? AND state = 'leased'

-- name: drop_work
-- The item is finished, well or badly.
DELETE FROM bw_work WHERE item_id = ?

-- name: add_dead
-- The item is a dead letter.
INSERT INTO bw_dead (item_id, source, cause, buried_at, fence, attempts, kind, place, text, problem, number)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, (SELECT n FROM bw_burials))

-- name: count_burial
-- One more letter is buried.
UPDATE bw_burials SET n = n + 1

-- name: meet_problem
-- A problem was met, for the first time or again.
INSERT INTO bw_problem (id, title, seen, first_seen_at, last_seen_at) VALUES (?1, ?2, 1, ?3, ?3)
ON CONFLICT (id) DO UPDATE SET seen = seen + 1,
    first_seen_at = min(first_seen_at, excluded.first_seen_at),
    last_seen_at = max(last_seen_at, excluded.last_seen_at)

-- name: add_attempt
-- An attempt that did not succeed.
INSERT INTO bw_attempt (item_id, number, ended_at, outcome, kind, place, text, call)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)

-- name: enlist_worker
-- A worker is alive, or has ended well.
INSERT INTO bw_worker (id, host, pid, sources, started_at, seen_at, stopped, patterns)
VALUES (:id, :host, :pid, :sources, :at, :at, :stopped, :patterns)
ON CONFLICT (id) DO UPDATE SET sources = excluded.sources, seen_at = excluded.seen_at,
    stopped = excluded.stopped, patterns = excluded.patterns

-- name: sweep_keys
-- Forget dedupe keys past their horizon.
DELETE FROM bw_dedupe WHERE (source, dedupe_key) IN
    (SELECT source, dedupe_key FROM bw_dedupe WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)

-- name: sweep_rejections
-- Keep the newest rejections only.
DELETE FROM bw_rejection WHERE id IN
    (SELECT id FROM bw_rejection WHERE id <= (SELECT max(id) FROM bw_rejection) - ? ORDER BY id LIMIT ?)

-- name: sweep_workers
-- Forget workers not heard of for long.
DELETE FROM bw_worker WHERE id IN (SELECT id FROM bw_worker WHERE seen_at <= ? LIMIT ?)
