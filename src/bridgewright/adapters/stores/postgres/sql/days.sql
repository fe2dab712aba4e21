-- name: attached_days
-- The partitions that there are.
SELECT c.relname FROM pg_inherits i
JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = ANY (SELECT to_regclass(name)::oid FROM unnest(%s::text[]) AS name)

-- name: ended_on
-- What ended of the items of a day (from, to), by source: the last of it, and how much.
SELECT source, max(settled_at), count(*) FROM bw_outcome WHERE received_at >= %s AND received_at < %s GROUP BY source

-- name: look_round
-- How far a round has come, for somebody who does not turn it.
SELECT reached FROM bw_round WHERE name = %s

-- name: held_days
-- Which of these days (from, to) still hold something that is waiting, leased or dead.
SELECT k.first_at FROM unnest(%s::bigint[], %s::bigint[]) AS k (first_at, end_at)
WHERE EXISTS (SELECT 1 FROM bw_dead d WHERE d.received_at >= k.first_at AND d.received_at < k.end_at)
   OR EXISTS (SELECT 1 FROM bw_work w WHERE w.received_at >= k.first_at AND w.received_at < k.end_at)
