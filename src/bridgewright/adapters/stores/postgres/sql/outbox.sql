-- name: find_sendings
-- What several outbox items have sent.
SELECT item_id, first_at, last_at, open, turn FROM bw_sending
WHERE item_id IN (SELECT value::bigint FROM json_array_elements_text(%(ids)s::json))

-- name: get_standing
-- Where one unfinished item stands, locked until this transaction ends.
SELECT state, due_at, fence, attempts, lost FROM bw_work WHERE item_id = %(item_id)s FOR UPDATE

-- name: mark_sending
-- A call may have happened from now on; a fresh key's lifetime begins, a known key's goes on.
INSERT INTO bw_sending AS s (item_id, first_at, last_at, open, turn, known_until)
VALUES (%(item_id)s, %(at)s, %(at)s, 1, 0, %(known_until)s)
ON CONFLICT (item_id) DO UPDATE
SET last_at = excluded.last_at, open = 1,
    first_at = CASE WHEN %(anew)s = 1 THEN excluded.first_at ELSE s.first_at END,
    known_until = CASE WHEN %(anew)s = 1 THEN excluded.known_until ELSE s.known_until END,
    turn = s.turn + %(anew)s
RETURNING first_at, last_at, open, turn

-- name: close_sendings
-- These calls did not happen, or are known to have happened.
UPDATE bw_sending SET open = 0
WHERE item_id IN (SELECT value::bigint FROM json_array_elements_text(%(ids)s::json)) AND open = 1

-- name: list_lanes
-- Lanes that ever held an item: of the counts, which are few.
SELECT DISTINCT source FROM bw_tally WHERE source LIKE 'outbox/%%' AND what = 'accepted' ORDER BY source
