-- name: list_items
-- Items with where they stand; the conditions are put together by selection.py.
SELECT i.id, i.source, i.event_type, i.event_id, i.received_at,
       CASE WHEN w.item_id IS NOT NULL THEN w.state WHEN d.item_id IS NOT NULL THEN 'dead'
            WHEN o.cancelled = 1 THEN 'cancelled' ELSE 'done' END AS state,
       coalesce(w.attempts, d.attempts, o.attempts, 0) AS attempts,
       d.cause, d.kind, d.place, d.text, w.due_at, coalesce(d.buried_at, o.settled_at) AS settled_at,
       i.origin, d.problem, i.replays, i.kind, coalesce(o.result, ''),
       coalesce(o.note, CASE WHEN w.parked <> 0 THEN 'parked' END, '')
FROM bw_item i
LEFT JOIN bw_work w ON w.item_id = i.id
LEFT JOIN bw_dead d ON d.item_id = i.id
LEFT JOIN bw_outcome o ON o.item_id = i.id
WHERE {conditions}
ORDER BY i.id DESC LIMIT :limit

-- name: list_attempts
-- The failed attempts of one item, in order.
SELECT number, ended_at, outcome, kind, place, text, call FROM bw_attempt WHERE item_id = :item_id ORDER BY id

-- name: list_rejections
-- The newest rejections.
SELECT id, source, rejected_at, reason, detail, body_bytes, mistake, wrong, matched, step
FROM bw_rejection WHERE :source IS NULL OR source = :source ORDER BY id DESC LIMIT :limit

-- name: list_tally
-- Counts per source since the store was made.
SELECT source, what, n FROM bw_tally UNION ALL SELECT source, 'cancelled', n FROM bw_cancelled

-- name: count_work
-- Unfinished items per source and state, and the oldest waiting.
SELECT w.source, w.state, count(*), min(i.received_at) FROM bw_work w JOIN bw_item i ON i.id = w.item_id
GROUP BY w.source, w.state

-- name: count_dead
-- Dead letters per source and cause.
SELECT source, cause, count(*) FROM bw_dead GROUP BY source, cause

-- name: list_workers
-- Workers as they last reported themselves.
SELECT id, host, pid, sources, started_at, seen_at, stopped, patterns FROM bw_worker ORDER BY started_at
