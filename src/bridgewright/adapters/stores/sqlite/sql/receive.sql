-- name: find_keys
-- Which of these (source, key) pairs are known, and by which item.
SELECT d.source, d.dedupe_key, d.item_id
FROM json_each(?) AS j CROSS JOIN bw_dedupe d
WHERE d.source = json_extract(j.value, '$[0]') AND d.dedupe_key = json_extract(j.value, '$[1]')

-- name: last_item
-- The highest number an item ever had; nobody else can add one while this transaction lasts.
SELECT seq FROM sqlite_sequence WHERE name = 'bw_item'

-- name: add_items
-- Payloads, once; the rows of values are added by commands.py.
INSERT INTO bw_item
    (id, source, event_type, event_id, dedupe_key, occurred_at, received_at, coverage, headers, body, origin,
     kind)
VALUES

-- name: add_keys
-- The unique key decides: a second row of one (source, key) cannot exist.
INSERT INTO bw_dedupe (source, dedupe_key, item_id, expires_at)
SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'),
       json_extract(value, '$[3]')
FROM json_each(?)

-- name: add_new_work
-- New items wait from the moment they were received.
INSERT INTO bw_work
    (item_id, source, state, due_at, fence, attempts, lost, event_type, order_key, blocks, resource, high, parked)
SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), 'waiting', json_extract(value, '$[2]'),
       0, 0, 0, json_extract(value, '$[3]'), json_extract(value, '$[4]'), json_extract(value, '$[5]'),
       json_extract(value, '$[6]'), json_extract(value, '$[7]'),
       CASE WHEN json_extract(value, '$[4]') IS NULL THEN 0 ELSE 2 END
FROM json_each(?)

-- name: add_rejection
-- A delivery that did not verify.
INSERT INTO bw_rejection (source, rejected_at, reason, detail, body_bytes) VALUES (?, ?, ?, ?, ?)

-- name: add_tally
-- Counts of one transaction, added at its end.
INSERT INTO bw_tally (source, what, n) VALUES (?, ?, ?)
ON CONFLICT (source, what) DO UPDATE SET n = n + excluded.n
