-- name: list_items
-- Items with where they stand; the conditions are put together by selection.py.
SELECT i.id, i.source, i.event_type, i.event_id, i.received_at,
       CASE WHEN w.item_id IS NOT NULL THEN w.state WHEN d.item_id IS NOT NULL THEN 'dead' ELSE 'done' END AS state,
       coalesce(w.attempts, d.attempts, o.attempts, 0) AS attempts,
       d.cause, d.kind, d.place, d.text, w.due_at, coalesce(d.buried_at, o.settled_at) AS settled_at,
       i.origin, ''
FROM bw_item i
LEFT JOIN bw_work w ON w.item_id = i.id
LEFT JOIN bw_dead d ON d.item_id = i.id
LEFT JOIN bw_outcome o ON o.item_id = i.id AND o.received_at = i.received_at
WHERE {conditions}
ORDER BY i.id DESC LIMIT %(limit)s

-- name: get_item
-- The payload of one item.
SELECT id, source, event_type, event_id, dedupe_key, occurred_at, received_at, coverage, headers, body, origin
FROM bw_item WHERE id = %(item_id)s

-- name: list_attempts
-- The failed attempts of one item, in order.
SELECT number, ended_at, outcome, kind, place, text FROM bw_attempt WHERE item_id = %(item_id)s ORDER BY id

-- name: list_audit
-- What people did to one item.
SELECT a.at, a.actor, a.action, a.reason, a.plan_id
FROM bw_plan_item p JOIN bw_audit a ON a.plan_id = p.plan_id
WHERE p.item_id = %(item_id)s
  AND (a.first_item_id IS NULL OR %(item_id)s BETWEEN a.first_item_id AND a.last_item_id)
ORDER BY a.id

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
SELECT id, host, pid, sources, started_at, seen_at, stopped FROM bw_worker ORDER BY started_at

-- name: add_plan
-- A frozen plan.
INSERT INTO bw_plan (state, reason, actor, created_at, total, put_back, skipped, by_cause, reached_item_id)
VALUES ('frozen', %s, %s, %s, 0, 0, 0, '{}', 0) RETURNING id

-- name: add_plan_items
-- The dead letters that the plan names; the conditions are put together by selection.py.
INSERT INTO bw_plan_item (plan_id, item_id, fence)
SELECT %(plan_id)s, d.item_id, d.fence FROM bw_dead d
JOIN bw_item i ON i.id = d.item_id AND i.received_at = d.received_at
WHERE {conditions} ORDER BY d.item_id LIMIT %(limit)s

-- name: count_plan
-- What a plan names, by cause.
SELECT d.cause, count(*) FROM bw_plan_item p JOIN bw_dead d ON d.item_id = p.item_id
WHERE p.plan_id = %s GROUP BY d.cause

-- name: set_plan_total
-- How much a plan names.
UPDATE bw_plan SET total = %s, by_cause = %s WHERE id = %s

-- name: get_plan
-- One plan.
SELECT id, state, reason, actor, created_at, total, put_back, skipped, by_cause, reached_item_id
FROM bw_plan WHERE id = %(plan_id)s

-- name: hold_plan
-- One plan, locked until this transaction ends: it is advanced by one worker at a time.
SELECT id, state, reason, actor, created_at, total, put_back, skipped, by_cause, reached_item_id
FROM bw_plan WHERE id = %s FOR UPDATE

-- name: list_plans
-- Plans, newest first.
SELECT id, state, reason, actor, created_at, total, put_back, skipped, by_cause, reached_item_id
FROM bw_plan WHERE %(open_only)s = 0 OR state = 'approved' ORDER BY id DESC LIMIT %(limit)s

-- name: set_plan_state
-- Approve or finish a plan.
UPDATE bw_plan SET state = %s WHERE id = %s

-- name: next_plan_items
-- The next batch of a plan, each with its fence and source if it is still dead of what the plan saw.
SELECT p.item_id, d.fence, d.source, d.received_at FROM bw_plan_item p
LEFT JOIN bw_dead d ON d.item_id = p.item_id AND d.fence = p.fence
WHERE p.plan_id = %s AND p.item_id > %s ORDER BY p.item_id LIMIT %s

-- name: revive
-- Dead letters go back to work; which of them were still there.
WITH gone AS (
    DELETE FROM bw_dead d USING unnest(%s::bigint[], %s::int[]) AS k (item_id, fence)
    WHERE d.item_id = k.item_id AND d.fence = k.fence RETURNING d.item_id, d.source, d.received_at, d.fence
)
INSERT INTO bw_work (item_id, source, state, due_at, fence, attempts, lost, received_at)
SELECT item_id, source, %s, %s, fence, 0, 0, received_at FROM gone

-- name: count_plan_turn
-- What a batch did, and how far the plan has come.
UPDATE bw_plan SET put_back = put_back + %s, skipped = skipped + %s, reached_item_id = %s WHERE id = %s

-- name: add_audit
-- What a person did.
INSERT INTO bw_audit (at, actor, action, reason, plan_id, first_item_id, last_item_id, items)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)

-- name: oldest_transaction
-- Whoever has had a transaction open for longest, or holds a snapshot: it keeps vacuum from its work.
SELECT pid, application_name, state, extract(epoch FROM clock_timestamp() - xact_start)
FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
  AND backend_type = 'client backend'
ORDER BY xact_start LIMIT 1
