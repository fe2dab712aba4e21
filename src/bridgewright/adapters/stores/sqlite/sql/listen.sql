-- name: last_number
-- The highest number an item ever had.
SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'bw_item'

-- name: under_way
-- Nobody: numbers are given out and committed by the one transaction that may write.
SELECT NULL WHERE FALSE

-- name: find_before
-- The newest item that was received before an instant.
SELECT id FROM bw_item WHERE received_at < :at ORDER BY id DESC LIMIT 1

-- name: read_in
-- The next items that came in at a source, oldest first.
SELECT id FROM bw_item
WHERE source = :source AND kind = 'inbox' AND id > :after AND id <= :upto ORDER BY id LIMIT :limit
