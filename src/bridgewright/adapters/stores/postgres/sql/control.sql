-- name: lock_keys
-- Of those who rank a key, one goes on; the keys come sorted, so that no two transactions wait for each other.
SELECT pg_advisory_xact_lock(hashtextextended(k.source || ' ' || k.order_key, 1))
FROM unnest(%s::text[], %s::text[]) AS k (source, order_key)

-- name: new_keys
-- The keys of items that this transaction has put in.
SELECT DISTINCT source, order_key FROM bw_work WHERE parked = 2

-- name: park_new
-- They wait, until their key is ranked.
UPDATE bw_work SET parked = 1 WHERE parked = 2

-- name: get_queues
-- For each key: its oldest unfinished item, the active one, whether that is leased, and the oldest dead
-- letter that blocks it. Whoever holds the active one is about to lease it, or to end it and then to rank
-- its key, or has looked at it and leaves it for the next claim: it is not ours to move.
SELECT k.source, k.order_key,
       (SELECT w.item_id FROM bw_work w WHERE w.source = k.source AND w.order_key = k.order_key
        ORDER BY w.item_id LIMIT 1),
       a.item_id, a.item_id IS NOT NULL AND (free.item_id IS NULL OR free.state = 'leased'),
       (SELECT min(s.item_id) FROM bw_stop s JOIN bw_dead d ON d.item_id = s.item_id
        WHERE s.source = k.source AND s.order_key = k.order_key)
FROM unnest(%s::text[], %s::text[]) AS k (source, order_key)
LEFT JOIN bw_work a ON a.source = k.source AND a.order_key = k.order_key AND a.parked = 0
LEFT JOIN LATERAL (
    SELECT w.item_id, w.state FROM bw_work w
    WHERE w.source = k.source AND w.order_key = k.order_key AND w.parked = 0
    FOR UPDATE SKIP LOCKED
) AS free ON TRUE

-- name: park
-- Items wait behind others of their keys.
UPDATE bw_work SET parked = 1 WHERE item_id = ANY(%s::bigint[])

-- name: start
-- Items may be claimed, and are due no earlier than now: a claim looks no further back than need be (floors.py).
UPDATE bw_work SET parked = 0, due_at = greatest(due_at, %s) WHERE item_id = ANY(%s::bigint[])

-- name: add_stops
-- Dead letters block their keys.
INSERT INTO bw_stop (source, order_key, item_id)
SELECT * FROM unnest(%s::text[], %s::text[], %s::bigint[]) ON CONFLICT DO NOTHING

-- name: find_lifted
-- Those that are no longer dead, as it seems.
SELECT s.source, s.order_key, s.item_id FROM bw_stop s
WHERE NOT EXISTS (SELECT 1 FROM bw_dead d WHERE d.item_id = s.item_id)
ORDER BY s.source, s.order_key LIMIT %s

-- name: drop_lifted
-- Forget those of them that are not, now that their keys are held: whoever buries one ranks its key.
DELETE FROM bw_stop s USING unnest(%s::text[], %s::text[], %s::bigint[]) AS k (source, order_key, item_id)
WHERE s.source = k.source AND s.order_key = k.order_key AND s.item_id = k.item_id
  AND NOT EXISTS (SELECT 1 FROM bw_dead d WHERE d.item_id = s.item_id)

-- name: find_stale
-- Which of these (number, source, resource, when it happened) are older than what was handled.
SELECT (j.value ->> 0)::bigint
FROM json_array_elements(%s::json) AS j
JOIN bw_latest l ON l.source = j.value ->> 1 AND l.resource = j.value ->> 2 AND l.occurred_at > (j.value ->> 3)::bigint

-- name: add_latest
-- Events of resources were handled; sorted, so that no two transactions wait for each other.
INSERT INTO bw_latest AS l (source, resource, occurred_at, settled_at)
SELECT * FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::bigint[])
ON CONFLICT (source, resource) DO UPDATE
SET occurred_at = greatest(l.occurred_at, excluded.occurred_at),
    settled_at = greatest(l.settled_at, excluded.settled_at)

-- name: sweep_latest
-- Forget resources that nothing was heard of for long.
DELETE FROM bw_latest WHERE (source, resource) IN (
    SELECT source, resource FROM bw_latest WHERE settled_at <= %s ORDER BY settled_at LIMIT %s
    FOR UPDATE SKIP LOCKED
)

-- name: heed_pauses
-- No claim comes after a pause: whoever pauses waits for claims under way, and they for whoever pauses.
SELECT pg_advisory_xact_lock_shared(%s)

-- name: hold_pauses
-- Whoever pauses or resumes does so alone.
SELECT pg_advisory_xact_lock(%s)

-- name: list_pauses
-- What is paused, the oldest pause first.
SELECT source, pattern, at, actor, reason FROM bw_pause ORDER BY at, source, pattern

-- name: get_pause
-- One pause.
SELECT source, pattern, at, actor, reason FROM bw_pause WHERE source = %s AND pattern = %s

-- name: add_pause
-- A source, some of its types, or everything is paused.
INSERT INTO bw_pause (source, pattern, at, actor, reason) VALUES (%s, %s, %s, %s, %s)

-- name: drop_pause
-- It is resumed.
DELETE FROM bw_pause WHERE source = %s AND pattern = %s

-- name: add_act
-- What a person did, without a plan.
INSERT INTO bw_audit (at, actor, action, reason, plan_id, first_item_id, last_item_id, items, subject)
VALUES (%s, %s, %s, %s, 0, %s, %s, %s, %s)

-- name: find_item
-- Where one item stands.
SELECT i.source, i.received_at, w.state, w.fence, w.attempts, d.attempts, o.cancelled,
       coalesce(w.order_key, r.order_key)
FROM bw_item i
LEFT JOIN bw_work w ON w.item_id = i.id
LEFT JOIN bw_dead d ON d.item_id = i.id
LEFT JOIN bw_outcome o ON o.item_id = i.id AND o.received_at = i.received_at
LEFT JOIN bw_rank r ON r.item_id = i.id AND r.received_at = i.received_at
WHERE i.id = %s

-- name: cancel_work
-- An item that waits is handled no more, if nothing has become of it since it was looked at.
DELETE FROM bw_work WHERE item_id = %s AND fence = %s AND state = 'waiting'

-- name: drop_dead
-- The dead letter is one no more.
DELETE FROM bw_dead WHERE item_id = %s

-- name: add_cancelled
-- A person decided that the item is not handled.
INSERT INTO bw_outcome (item_id, received_at, source, settled_at, attempts, cancelled)
VALUES (%s, %s, %s, %s, %s, 1)

-- name: begin_round
-- There is a row to lock.
INSERT INTO bw_round (name, reached) VALUES (%s, 0) ON CONFLICT DO NOTHING

-- name: get_round
-- How far a round has come; who turns it does so alone.
SELECT reached FROM bw_round WHERE name = %s FOR UPDATE

-- name: set_round
-- It has come on.
UPDATE bw_round SET reached = %s WHERE name = %s

-- name: next_outcomes
-- The next finished items, with their source, when they ended, and when they came.
SELECT item_id, source, settled_at, received_at FROM bw_outcome WHERE item_id > %s ORDER BY item_id LIMIT %s

-- name: forget_items
-- Items are gone, with their payload.
DELETE FROM bw_item i USING unnest(%s::bigint[], %s::bigint[]) AS k (item_id, received_at)
WHERE i.id = k.item_id AND i.received_at = k.received_at

-- name: forget_outcomes
-- And how they ended.
DELETE FROM bw_outcome o USING unnest(%s::bigint[], %s::bigint[]) AS k (item_id, received_at)
WHERE o.item_id = k.item_id AND o.received_at = k.received_at

-- name: forget_attempts
-- And what failed before.
DELETE FROM bw_attempt a USING unnest(%s::bigint[], %s::bigint[]) AS k (item_id, received_at)
WHERE a.item_id = k.item_id AND a.received_at = k.received_at

-- name: forget_ranks
-- And their place.
DELETE FROM bw_rank r USING unnest(%s::bigint[], %s::bigint[]) AS k (item_id, received_at)
WHERE r.item_id = k.item_id AND r.received_at = k.received_at

-- name: forget_sendings
-- And what they have sent.
DELETE FROM bw_sending WHERE item_id = ANY(%s::bigint[])

-- name: erasable
-- Which of these are there, finished or dead, and not erased yet; and of which source.
SELECT i.id, i.source FROM bw_item i
WHERE i.id = ANY(%s::bigint[]) AND NOT starts_with(i.headers, %s)
  AND NOT EXISTS (SELECT 1 FROM bw_work w WHERE w.item_id = i.id)
ORDER BY i.id

-- name: erase_items
-- Their payload is replaced.
UPDATE bw_item SET body = %s, headers = %s WHERE id = ANY(%s::bigint[])

-- name: erase_resources
-- And the name of what they told of.
UPDATE bw_rank SET resource = NULL WHERE item_id = ANY(%s::bigint[])

-- name: erase_attempt_texts
-- And what their handlers said of them.
UPDATE bw_attempt SET text = '' WHERE item_id = ANY(%s::bigint[])

-- name: erase_dead_texts
-- As above, of dead letters.
UPDATE bw_dead SET text = '' WHERE item_id = ANY(%s::bigint[])

-- name: read_on
-- The next items of a source, oldest first.
SELECT id FROM bw_item WHERE source = %(source)s AND id > %(after)s ORDER BY id LIMIT %(limit)s
