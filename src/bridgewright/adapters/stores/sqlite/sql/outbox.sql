-- name: find_sendings
-- What several outbox items have sent.
SELECT item_id, first_at, last_at, open, turn FROM bw_sending
WHERE item_id IN (SELECT value FROM json_each(:ids))

-- name: get_standing
-- Where one unfinished item stands.
SELECT state, due_at, fence, attempts, lost FROM bw_work WHERE item_id = :item_id

-- name: mark_sending
-- A call may have happened from now on; a fresh key's lifetime begins, a known key's goes on.
INSERT INTO bw_sending (item_id, first_at, last_at, open, turn, known_until)
VALUES (:item_id, :at, :at, 1, 0, :known_until)
ON CONFLICT (item_id) DO UPDATE
SET last_at = excluded.last_at, open = 1,
    first_at = CASE WHEN :anew THEN excluded.first_at ELSE first_at END,
    known_until = CASE WHEN :anew THEN excluded.known_until ELSE known_until END,
    turn = turn + :anew
RETURNING first_at, last_at, open, turn

-- name: close_sendings
-- These calls did not happen, or are known to have happened.
UPDATE bw_sending SET open = 0 WHERE item_id IN (SELECT value FROM json_each(:ids)) AND open

-- name: list_lanes
-- Lanes that ever held an item: of the counts, which are few.
SELECT source FROM bw_tally WHERE source GLOB 'outbox/*' AND what = 'accepted' ORDER BY source
