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
LEFT JOIN bw_outcome o ON o.item_id = i.id AND o.received_at = i.received_at
WHERE {conditions}
ORDER BY i.id DESC LIMIT %(limit)s

-- name: get_item
-- The payload of one item.
SELECT id, source, event_type, event_id, dedupe_key, occurred_at, received_at, coverage, headers, body, origin,
       replays, kind
FROM bw_item WHERE id = %(item_id)s

-- name: list_attempts
-- The failed attempts of one item, in order.
SELECT number, ended_at, outcome, kind, place, text, call FROM bw_attempt WHERE item_id = %(item_id)s ORDER BY id

-- name: list_rejections
-- The newest rejections.
SELECT id, source, rejected_at, reason, detail, body_bytes, mistake, wrong, matched, step
FROM bw_rejection WHERE %(source)s::text IS NULL OR source = %(source)s ORDER BY id DESC LIMIT %(limit)s

-- name: list_tally
-- Counts per source since the store was made.
SELECT source, what, sum(n)::bigint FROM bw_tally WHERE what <> 'hit' GROUP BY source, what

-- name: count_work
-- Unfinished items per source and state, and the oldest waiting.
SELECT source, state, count(*), min(received_at) FROM bw_work GROUP BY source, state

-- name: count_dead
-- Dead letters per source and cause.
SELECT source, cause, count(*) FROM bw_dead GROUP BY source, cause

-- name: list_workers
-- Workers as they last reported themselves.
SELECT id, host, pid, sources, started_at, seen_at, stopped, patterns FROM bw_worker ORDER BY started_at

-- name: oldest_transaction
-- Whoever has had a transaction open for longest, or holds a snapshot: it keeps vacuum from its work.
SELECT pid, application_name, state, extract(epoch FROM clock_timestamp() - xact_start)
FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
  AND backend_type = 'client backend'
ORDER BY xact_start LIMIT 1
