-- name: add_ranks
-- The ranks of new items, of those that have one.
INSERT INTO bw_rank (item_id, order_key, blocks, resource, high)
SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'),
       json_extract(value, '$[3]'), json_extract(value, '$[4]')
FROM json_each(?)

-- name: new_keys
-- The keys of items that have just come.
SELECT DISTINCT source, order_key FROM bw_work WHERE parked = 2

-- name: park_new
-- They wait, until their key is ranked.
UPDATE bw_work SET parked = 1 WHERE parked = 2

-- name: get_queues
-- For each key: its oldest unfinished item, the active one, whether that is leased, and the oldest dead
-- letter that blocks it.
SELECT k.source, k.order_key,
       (SELECT w.item_id FROM bw_work w WHERE w.source = k.source AND w.order_key = k.order_key
        ORDER BY w.item_id LIMIT 1),
       a.item_id, coalesce(a.state = 'leased', 0),
       (SELECT min(s.item_id) FROM bw_stop s JOIN bw_dead d ON d.item_id = s.item_id
        WHERE s.source = k.source AND s.order_key = k.order_key)
FROM (SELECT json_extract(value, '$[0]') AS source, json_extract(value, '$[1]') AS order_key FROM json_each(?)) AS k
LEFT JOIN bw_work a ON a.source = k.source AND a.order_key = k.order_key AND a.parked = 0

-- name: set_parked
-- Items are parked, or made active.
UPDATE bw_work SET parked = ? WHERE item_id IN (SELECT value FROM json_each(?))

-- name: add_stop
-- A dead letter blocks its key.
INSERT INTO bw_stop (source, order_key, item_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING

-- name: sweep_stops
-- Forget those that are no longer dead.
DELETE FROM bw_stop WHERE (source, order_key, item_id) IN
    (SELECT s.source, s.order_key, s.item_id FROM bw_stop s
     WHERE NOT EXISTS (SELECT 1 FROM bw_dead d WHERE d.item_id = s.item_id) LIMIT ?)

-- name: find_stale
-- Which of these (number, source, resource, when it happened) are older than what was handled.
SELECT json_extract(j.value, '$[0]')
FROM json_each(?) AS j CROSS JOIN bw_latest l
WHERE l.source = json_extract(j.value, '$[1]') AND l.resource = json_extract(j.value, '$[2]')
  AND l.occurred_at > json_extract(j.value, '$[3]')

-- name: add_latest
-- An event of a resource was handled.
INSERT INTO bw_latest (source, resource, occurred_at, settled_at) VALUES (?, ?, ?, ?)
ON CONFLICT (source, resource) DO UPDATE
SET occurred_at = max(occurred_at, excluded.occurred_at), settled_at = max(settled_at, excluded.settled_at)

-- name: sweep_latest
-- Forget resources that nothing was heard of for long.
DELETE FROM bw_latest WHERE (source, resource) IN
    (SELECT source, resource FROM bw_latest WHERE settled_at <= ? ORDER BY settled_at LIMIT ?)

-- name: set_note
-- What is to be said of how an item ended.
UPDATE bw_outcome SET note = ? WHERE item_id = ?

-- name: list_pauses
-- What is paused, the oldest pause first.
SELECT source, pattern, at, actor, reason FROM bw_pause ORDER BY at, source, pattern

-- name: get_pause
-- One pause.
SELECT source, pattern, at, actor, reason FROM bw_pause WHERE source = ? AND pattern = ?

-- name: add_pause
-- A source, some of its types, or everything is paused.
INSERT INTO bw_pause (source, pattern, at, actor, reason) VALUES (?, ?, ?, ?, ?)

-- name: drop_pause
-- It is resumed.
DELETE FROM bw_pause WHERE source = ? AND pattern = ?

-- name: add_act
-- What a person did, without a plan.
INSERT INTO bw_audit (at, actor, action, reason, plan_id, first_item_id, last_item_id, items, subject)
VALUES (?, ?, ?, ?, 0, ?, ?, ?, ?)

-- name: find_item
-- Where one item stands.
SELECT i.source, w.state, w.attempts, d.attempts, o.cancelled, coalesce(w.order_key, r.order_key)
FROM bw_item i
LEFT JOIN bw_work w ON w.item_id = i.id
LEFT JOIN bw_dead d ON d.item_id = i.id
LEFT JOIN bw_outcome o ON o.item_id = i.id
LEFT JOIN bw_rank r ON r.item_id = i.id
WHERE i.id = ?

-- name: add_cancelled
-- A person decided that the item is not handled.
INSERT INTO bw_outcome (item_id, settled_at, attempts, cancelled, note) VALUES (?, ?, ?, 1, ?)

-- name: count_cancelled
-- One more of its source.
INSERT INTO bw_cancelled (source, n) VALUES (?, 1) ON CONFLICT (source) DO UPDATE SET n = n + 1

-- name: get_round
-- How far a round has come.
SELECT reached FROM bw_round WHERE name = ?

-- name: set_round
-- It has come on.
INSERT INTO bw_round (name, reached) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET reached = excluded.reached

-- name: next_outcomes
-- The next finished items, with their source and when they ended.
SELECT o.item_id, i.source, o.settled_at FROM bw_outcome o LEFT JOIN bw_item i ON i.id = o.item_id
WHERE o.item_id > ? ORDER BY o.item_id LIMIT ?

-- name: forget_items
-- Items are gone, with their payload.
DELETE FROM bw_item WHERE id IN (SELECT value FROM json_each(?))

-- name: forget_outcomes
-- And how they ended.
DELETE FROM bw_outcome WHERE item_id IN (SELECT value FROM json_each(?))

-- name: forget_attempts
-- And what failed before.
DELETE FROM bw_attempt WHERE item_id IN (SELECT value FROM json_each(?))

-- name: forget_ranks
-- And their place.
DELETE FROM bw_rank WHERE item_id IN (SELECT value FROM json_each(?))

-- name: forget_sendings
-- And what they have sent.
DELETE FROM bw_sending WHERE item_id IN (SELECT value FROM json_each(?))

-- name: erasable
-- Which of these are there, finished or dead, and not erased yet; and of which source.
SELECT i.id, i.source FROM bw_item i
WHERE i.id IN (SELECT value FROM json_each(?)) AND i.headers NOT LIKE ?
  AND NOT EXISTS (SELECT 1 FROM bw_work w WHERE w.item_id = i.id)
ORDER BY i.id

-- name: erase_items
-- Their payload is replaced.
UPDATE bw_item SET body = ?, headers = ? WHERE id IN (SELECT value FROM json_each(?))

-- name: erase_resources
-- And the name of what they told of.
UPDATE bw_rank SET resource = NULL WHERE item_id IN (SELECT value FROM json_each(?))

-- name: erase_attempt_texts
-- And what their handlers said of them.
UPDATE bw_attempt SET text = '' WHERE item_id IN (SELECT value FROM json_each(?))

-- name: erase_dead_texts
-- As above, of dead letters.
UPDATE bw_dead SET text = '' WHERE item_id IN (SELECT value FROM json_each(?))

-- name: read_on
-- The next items of a source, oldest first.
SELECT id FROM bw_item WHERE source = :source AND id > :after ORDER BY id LIMIT :limit

-- name: drop_dead
-- The dead letter is one no more.
DELETE FROM bw_dead WHERE item_id = ?
