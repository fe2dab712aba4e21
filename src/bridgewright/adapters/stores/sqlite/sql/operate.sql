-- name: list_items
-- Items with where they stand; the conditions are put together by selection.py.
SELECT i.id, i.source, i.event_type, i.event_id, i.received_at,
       CASE WHEN w.item_id IS NOT NULL THEN w.state WHEN d.item_id IS NOT NULL THEN 'dead'
            WHEN o.cancelled = 1 THEN 'cancelled' ELSE 'done' END AS state,
       coalesce(w.attempts, d.attempts, o.attempts, 0) AS attempts,
       d.cause, d.kind, d.place, d.text, w.due_at, coalesce(d.buried_at, o.settled_at) AS settled_at,
       i.origin,
       coalesce(o.note, CASE WHEN w.parked <> 0 THEN 'parked' END, '')
FROM bw_item i
LEFT JOIN bw_work w ON w.item_id = i.id
LEFT JOIN bw_dead d ON d.item_id = i.id
LEFT JOIN bw_outcome o ON o.item_id = i.id
WHERE {conditions}
ORDER BY i.id DESC LIMIT :limit

-- name: list_attempts
-- The failed attempts of one item, in order.
SELECT number, ended_at, outcome, kind, place, text FROM bw_attempt WHERE item_id = :item_id ORDER BY id

-- name: list_audit
-- What people did to one item.
SELECT a.at, a.actor, a.action, a.reason, a.plan_id
FROM bw_plan_item p JOIN bw_audit a ON a.plan_id = p.plan_id
WHERE p.item_id = :item_id AND (a.first_item_id IS NULL OR :item_id BETWEEN a.first_item_id AND a.last_item_id)
UNION ALL
SELECT at, actor, action, reason, NULL FROM bw_audit WHERE plan_id = 0 AND first_item_id = :item_id
ORDER BY 1

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
SELECT id, host, pid, sources, started_at, seen_at, stopped FROM bw_worker ORDER BY started_at

-- name: add_plan
-- A frozen plan.
INSERT INTO bw_plan (state, reason, actor, created_at, total, put_back, skipped, by_cause, reached_item_id)
VALUES ('frozen', ?, ?, ?, 0, 0, 0, '{}', 0)

-- name: add_plan_items
-- The dead letters that the plan names; the conditions are put together by selection.py.
INSERT INTO bw_plan_item (plan_id, item_id, fence)
SELECT :plan_id, d.item_id, d.fence FROM bw_dead d JOIN bw_item i ON i.id = d.item_id
WHERE {conditions} ORDER BY d.item_id LIMIT :limit

-- name: count_plan
-- What a plan names, by cause.
SELECT d.cause, count(*) FROM bw_plan_item p JOIN bw_dead d ON d.item_id = p.item_id
WHERE p.plan_id = ? GROUP BY d.cause

-- name: set_plan_total
-- How much a plan names.
UPDATE bw_plan SET total = ?, by_cause = ? WHERE id = ?

-- name: get_plan
-- One plan.
SELECT id, state, reason, actor, created_at, total, put_back, skipped, by_cause, reached_item_id
FROM bw_plan WHERE id = :plan_id

-- name: list_plans
-- Plans, newest first.
SELECT id, state, reason, actor, created_at, total, put_back, skipped, by_cause, reached_item_id
FROM bw_plan WHERE :open_only = 0 OR state = 'approved' ORDER BY id DESC LIMIT :limit

-- name: set_plan_state
-- Approve or finish a plan.
UPDATE bw_plan SET state = ? WHERE id = ?

-- name: next_plan_items
-- The next batch of a plan, each with its fence and source if it is still dead of what the plan saw.
SELECT p.item_id, d.fence, d.source FROM bw_plan_item p
LEFT JOIN bw_dead d ON d.item_id = p.item_id AND d.fence = p.fence
WHERE p.plan_id = ? AND p.item_id > ? ORDER BY p.item_id LIMIT ?

-- name: drop_dead
-- The dead letter goes back to work.
DELETE FROM bw_dead WHERE item_id = ?

-- name: count_plan_turn
-- What a batch did, and how far the plan has come.
UPDATE bw_plan SET put_back = put_back + ?, skipped = skipped + ?, reached_item_id = ? WHERE id = ?

-- name: add_audit
-- What a person did.
INSERT INTO bw_audit (at, actor, action, reason, plan_id, first_item_id, last_item_id, items)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
