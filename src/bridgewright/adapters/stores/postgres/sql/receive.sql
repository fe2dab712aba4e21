-- name: next_ids
-- Numbers for new items: fetched before the items are written, so that they rise as deliveries came.
SELECT nextval('bw_item_id') FROM generate_series(1, %s)

-- name: add_keys
-- The unique key decides, between processes too; the rows come sorted, so that no two transactions wait
-- for each other. A second row of one (source, key) waits for the first one's end, and is not written.
INSERT INTO bw_dedupe (source, dedupe_key, item_id, expires_at)
SELECT * FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::bigint[])
ON CONFLICT DO NOTHING RETURNING item_id

-- name: find_keys
-- Which of these (source, key) pairs are known, and by which item.
SELECT d.source, d.dedupe_key, d.item_id
FROM unnest(%s::text[], %s::text[]) AS k (source, dedupe_key)
JOIN bw_dedupe d ON d.source = k.source AND d.dedupe_key = k.dedupe_key

-- name: add_items
-- Payloads, once.
INSERT INTO bw_item
    (id, source, event_type, event_id, dedupe_key, occurred_at, received_at, coverage, headers, body, origin,
     kind)
SELECT * FROM unnest(%b::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::bigint[],
                     %s::int[], %s::text[], %b::bytea[], %s::text[], %s::text[])

-- name: add_new_work
-- New items wait, from the moment they were received if for no later one; those of a key until it is ranked.
INSERT INTO bw_work (item_id, source, received_at, due_at, event_type, order_key, blocks, resource, high, state,
                     fence, attempts, lost, parked)
SELECT *, 'waiting', 0, 0, 0, CASE WHEN order_key IS NULL THEN 0 ELSE 1 END
FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::int[], %s::text[],
            %s::int[])
    AS k (item_id, source, received_at, due_at, event_type, order_key, blocks, resource, high)

-- name: add_ranks
-- The ranks of new items, of those that have one.
INSERT INTO bw_rank (item_id, received_at, order_key, blocks, resource, high)
SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::int[], %s::text[], %s::int[])

-- name: add_rejection
-- A delivery that did not verify.
INSERT INTO bw_rejection (source, rejected_at, reason, detail, body_bytes) VALUES (%s, %s, %s, %s, %s)
RETURNING id

-- name: add_tally
-- Counts of one transaction, added at its end.
INSERT INTO bw_tally (source, what, name, n, last_at)
SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::bigint[], %s::bigint[])

-- name: see_keys
-- Keys that verified something are known from then on.
INSERT INTO bw_key (source, name, seen_at)
SELECT * FROM unnest(%s::text[], %s::text[], %s::bigint[]) ON CONFLICT DO NOTHING
