-- name: find_due
-- Work whose time has come, the longest overdue of each source and priority first, and of none that another
-- worker is about to take. The floor keeps a claim from walking over what was finished and cannot be cleaned
-- up while somebody holds a snapshot (floors.py); what must stay where it is, is put in by finding.py.
SELECT p.high, w.item_id, w.source, w.received_at, w.event_type, w.resource, w.order_key, w.blocks, w.state, w.due_at,
       w.fence, w.attempts, w.lost
FROM unnest(%(sources)s::text[], %(floors)s::bigint[]) AS s (source, floor)
CROSS JOIN (VALUES (1), (0)) AS p (high)
CROSS JOIN LATERAL (
    SELECT * FROM bw_work
    WHERE source = s.source AND high = p.high AND parked = 0 AND due_at >= s.floor AND due_at <= %(now)s{conditions}
    ORDER BY due_at, item_id LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
) AS w

-- name: next_due
-- When these sources will next have something due.
SELECT min(w.due_at)
FROM unnest(%(sources)s::text[], %(floors)s::bigint[]) AS s (source, floor)
CROSS JOIN (VALUES (1), (0)) AS p (high)
CROSS JOIN LATERAL (
    SELECT due_at FROM bw_work
    WHERE source = s.source AND high = p.high AND parked = 0 AND due_at >= s.floor{conditions}
    ORDER BY due_at LIMIT 1
) AS w

-- name: get_items
-- The payloads of several items.
SELECT i.id, i.source, i.event_type, i.event_id, i.dedupe_key, i.occurred_at, i.received_at, i.coverage,
       i.headers, i.body, i.origin, i.replays, i.kind
FROM unnest(%s::bigint[], %s::bigint[]) AS k (id, received_at)
JOIN bw_item i ON i.id = k.id AND i.received_at = k.received_at

-- name: get_held
-- Several items, locked in the order of their numbers until this transaction ends.
SELECT w.item_id, w.source, w.received_at, w.event_type, w.resource, w.order_key, w.blocks, w.state, w.due_at,
       w.fence, w.attempts, w.lost
FROM bw_work w WHERE w.item_id = ANY(%s::bigint[]) ORDER BY w.item_id FOR UPDATE

-- name: lease_work
-- New leases.
UPDATE bw_work AS w
SET state = 'leased', due_at = k.due_at, fence = k.fence, attempts = k.attempts, lost = k.lost, worker = %s
FROM unnest(%s::bigint[], %s::bigint[], %s::int[], %s::int[], %s::int[])
    AS k (item_id, due_at, fence, attempts, lost)
WHERE w.item_id = k.item_id

-- name: set_work
-- New standings of items that nobody leases.
UPDATE bw_work AS w
SET state = k.state, due_at = k.due_at, fence = k.fence, attempts = k.attempts, lost = k.lost, worker = NULL
FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::int[], %s::int[], %s::int[])
    AS k (item_id, state, due_at, fence, attempts, lost)
WHERE w.item_id = k.item_id

-- name: drop_work
-- Items that are finished, well or badly.
DELETE FROM bw_work WHERE item_id = ANY(%s::bigint[])

-- name: add_outcomes
-- Items that are done.
INSERT INTO bw_outcome (item_id, received_at, source, settled_at, attempts, result, note)
SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::bigint[], %s::int[], %s::text[], %s::text[])

-- name: renew_leases
-- Prolong leases that are still held.
UPDATE bw_work AS w SET due_at = %s
FROM unnest(%s::bigint[], %s::int[]) AS k (item_id, fence)
WHERE w.item_id = k.item_id AND w.fence = k.fence AND w.state = 'leased'
RETURNING w.item_id

-- name: add_dead
-- Dead letters.
INSERT INTO bw_dead
    (item_id, received_at, source, cause, buried_at, fence, attempts, kind, place, text, problem)
SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::int[], %s::int[],
                     %s::text[], %s::text[], %s::text[], %s::text[])

-- name: meet_problems
-- Problems that were met, for the first time or again; sorted, so that no two transactions wait for each
-- other.
INSERT INTO bw_problem AS p (id, title, seen, first_seen_at, last_seen_at)
SELECT * FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[])
ON CONFLICT (id) DO UPDATE SET seen = p.seen + excluded.seen,
    first_seen_at = least(p.first_seen_at, excluded.first_seen_at),
    last_seen_at = greatest(p.last_seen_at, excluded.last_seen_at)

-- name: add_attempts
-- Attempts that did not succeed.
INSERT INTO bw_attempt (item_id, received_at, number, ended_at, outcome, kind, place, text, call)
SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::int[], %s::bigint[], %s::text[], %s::text[], %s::text[],
                     %s::text[], %s::text[])

-- name: enlist_worker
-- A worker is alive, or has ended well.
INSERT INTO bw_worker (id, host, pid, sources, started_at, seen_at, stopped, patterns)
VALUES (%(id)s, %(host)s, %(pid)s, %(sources)s, %(at)s, %(at)s, %(stopped)s, %(patterns)s)
ON CONFLICT (id) DO UPDATE SET sources = excluded.sources, seen_at = excluded.seen_at,
    stopped = excluded.stopped, patterns = excluded.patterns

-- name: sweep_keys
-- Forget dedupe keys past their horizon.
DELETE FROM bw_dedupe WHERE (source, dedupe_key) IN (
    SELECT source, dedupe_key FROM bw_dedupe WHERE expires_at <= %s ORDER BY expires_at LIMIT %s
    FOR UPDATE SKIP LOCKED
)

-- name: sweep_rejections
-- Keep the newest rejections only.
DELETE FROM bw_rejection WHERE id IN (
    SELECT id FROM bw_rejection WHERE id <= (SELECT max(id) FROM bw_rejection) - %s ORDER BY id LIMIT %s
    FOR UPDATE SKIP LOCKED
)

-- name: sweep_sendings
-- Forget what items have sent that went with their days: their numbers are the lowest.
DELETE FROM bw_sending WHERE item_id IN (
    SELECT item_id FROM bw_sending WHERE item_id < (SELECT min(id) FROM bw_item) ORDER BY item_id LIMIT %s
    FOR UPDATE SKIP LOCKED
)

-- name: sweep_workers
-- Forget workers not heard of for long.
DELETE FROM bw_worker WHERE id IN (SELECT id FROM bw_worker WHERE seen_at <= %s LIMIT %s FOR UPDATE SKIP LOCKED)

-- name: add_up
-- Add the rows of the tally up. Who finds it locked leaves it to the one who is at it.
WITH gone AS (
    DELETE FROM bw_tally WHERE ctid IN (SELECT ctid FROM bw_tally FOR UPDATE SKIP LOCKED) RETURNING *
)
INSERT INTO bw_tally (source, what, name, n, last_at)
SELECT source, what, name, sum(n), max(last_at) FROM gone GROUP BY source, what, name
