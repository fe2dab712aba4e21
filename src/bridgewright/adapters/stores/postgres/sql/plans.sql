-- name: list_problems
-- What has dead letters now, the largest first. The index holds every column but the sample's.
SELECT d.problem, min(coalesce(p.title, d.problem)), count(*), coalesce(min(p.seen), count(*)),
       min(coalesce(p.first_seen_at, d.buried_at)), max(d.buried_at),
       json_agg(DISTINCT d.source)::text, json_agg(DISTINCT d.cause)::text, max(d.item_id)
FROM bw_dead d LEFT JOIN bw_problem p ON p.id = d.problem
WHERE %(source)s::text IS NULL OR d.source = %(source)s
GROUP BY d.problem ORDER BY count(*) DESC, d.problem LIMIT %(limit)s

-- name: list_audit
-- What was done to one item: by plans that name it, or that made it a replay.
SELECT a.at, a.actor, a.action, a.reason, a.plan_id, a.items, a.skipped
FROM (SELECT plan_id, item_id FROM bw_plan_item WHERE item_id = %(item_id)s
      UNION SELECT plan_id, item_id FROM bw_plan_item WHERE runs_as = %(item_id)s AND runs_as <> item_id) p
JOIN bw_audit a ON a.plan_id = p.plan_id
WHERE a.first_item_id IS NULL OR p.item_id BETWEEN a.first_item_id AND a.last_item_id
UNION ALL
SELECT at, actor, action, reason, NULL, items, skipped FROM bw_audit
WHERE plan_id = 0 AND first_item_id = %(item_id)s
ORDER BY 1

-- name: list_plan_audit
-- What was done by one plan, or by all, newest first.
SELECT at, actor, action, reason, plan_id, items, skipped
FROM bw_audit WHERE %(plan_id)s::bigint IS NULL OR plan_id = %(plan_id)s ORDER BY id DESC LIMIT %(limit)s

-- name: add_plan
-- A plan that names nothing yet.
INSERT INTO bw_plan (verb, state, reason, actor, created_at, selection, patterns, most, as_of,
    frozen_item_id, total, content_hash, by_cause, by_prospect, put_back, skipped, failed, forgiven,
    reached_item_id, attempt_mark, next_due_at, why)
VALUES (%(verb)s, 'freezing', %(reason)s, %(actor)s, %(at)s, %(selection)s, %(patterns)s, %(most)s,
    CASE %(verb)s WHEN 'redrive' THEN (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM bw_burial)
               ELSE (SELECT coalesce(max(item_id), 0) FROM bw_outcome) END,
    0, 0, '', '{}', '{}', 0, 0, 0, 0, 0, 0, 0, '')
RETURNING id

-- name: get_plan
-- One plan.
SELECT id, verb, state, reason, actor, created_at, total, content_hash, by_cause, by_prospect, canary,
       pace_per_s, stop_after, put_back, skipped, failed, why, selection, patterns, most, as_of,
       frozen_item_id, forgiven, reached_item_id, attempt_mark, next_due_at
FROM bw_plan WHERE id = %(plan_id)s

-- name: hold_plan
-- One plan, locked until this transaction ends.
SELECT id, verb, state, reason, actor, created_at, total, content_hash, by_cause, by_prospect, canary,
       pace_per_s, stop_after, put_back, skipped, failed, why, selection, patterns, most, as_of,
       frozen_item_id, forgiven, reached_item_id, attempt_mark, next_due_at
FROM bw_plan WHERE id = %(plan_id)s FOR UPDATE

-- name: list_plans
-- Plans, newest first.
SELECT id, verb, state, reason, actor, created_at, total, content_hash, by_cause, by_prospect, canary,
       pace_per_s, stop_after, put_back, skipped, failed, why, selection, patterns, most, as_of,
       frozen_item_id, forgiven, reached_item_id, attempt_mark, next_due_at
FROM bw_plan WHERE %(open_only)s = 0 OR state IN ('freezing', 'running') ORDER BY id DESC LIMIT %(limit)s

-- name: next_dead_stretch
-- Where the next so many dead letters end; NULL when there are no more.
SELECT max(item_id), count(*)
FROM (SELECT item_id FROM bw_dead WHERE item_id > %(after)s ORDER BY item_id LIMIT %(limit)s) AS ahead

-- name: next_done_stretch
-- Where the next so many done items end; NULL when there are no more.
SELECT max(item_id), count(*)
FROM (SELECT item_id FROM bw_outcome WHERE item_id > %(after)s ORDER BY item_id LIMIT %(limit)s) AS ahead

-- name: name_dead
-- Dead letters of one stretch that match; the conditions are put together by selection.py. One has
-- succeeded since when a later item of the same source and key is done; one that may have been sent, and whose
-- key the provider knows no more, is put back only where a person names it.
INSERT INTO bw_plan_item (plan_id, item_id, fence, prospect)
SELECT %(plan_id)s::bigint, d.item_id, d.fence,
       CASE WHEN EXISTS (SELECT 1 FROM bw_dedupe k JOIN bw_outcome later ON later.item_id = k.item_id AND later.cancelled = 0
                         WHERE k.source = i.source AND k.dedupe_key = i.dedupe_key AND k.item_id > i.id)
            THEN 'already_succeeded'
            WHEN NOT %(by_hand)s AND EXISTS (SELECT 1 FROM bw_sending s
                                             WHERE s.item_id = d.item_id AND s.open = 1 AND s.known_until <= %(at)s)
            THEN 'key_expired' ELSE 'will_run' END
FROM bw_dead d JOIN bw_item i ON i.id = d.item_id AND i.received_at = d.received_at
WHERE d.item_id > %(after)s AND d.item_id <= %(upto)s AND d.number <= %(as_of)s AND {conditions}
ORDER BY d.item_id LIMIT %(limit)s
RETURNING item_id, fence

-- name: name_done
-- Done items of one stretch that match; a done item has no fence.
INSERT INTO bw_plan_item (plan_id, item_id, fence, prospect)
SELECT %(plan_id)s::bigint, o.item_id, 0, 'will_run'
FROM bw_outcome o JOIN bw_item i ON i.id = o.item_id AND i.received_at = o.received_at
WHERE o.item_id > %(after)s AND o.item_id <= %(upto)s AND o.item_id <= %(as_of)s AND o.settled_at <= %(at)s
  AND i.kind = 'inbox' AND o.cancelled = 0
  AND {conditions}
ORDER BY o.item_id LIMIT %(limit)s
RETURNING item_id, fence

-- name: named_types
-- The kinds of events that a stretch of a plan names.
SELECT DISTINCT i.source, i.event_type FROM bw_plan_item p JOIN bw_item i ON i.id = p.item_id
WHERE p.plan_id = %(plan_id)s AND p.item_id > %(after)s AND p.item_id <= %(upto)s AND p.prospect = 'will_run'

-- name: expect
-- What else is expected of items of a stretch, by their kinds (pairs of source and type).
UPDATE bw_plan_item SET prospect = %(prospect)s
WHERE plan_id = %(plan_id)s AND item_id > %(after)s AND item_id <= %(upto)s AND prospect = 'will_run'
  AND EXISTS (SELECT 1 FROM bw_item i JOIN json_array_elements(%(types)s::json) t
              ON t.value ->> 0 = i.source AND t.value ->> 1 = i.event_type
              WHERE i.id = bw_plan_item.item_id)

-- name: count_named
-- What a stretch of a plan names, by cause and prospect.
SELECT d.cause, p.prospect, count(*) FROM bw_plan_item p LEFT JOIN bw_dead d ON d.item_id = p.item_id
WHERE p.plan_id = %(plan_id)s AND p.item_id > %(after)s AND p.item_id <= %(upto)s GROUP BY d.cause, p.prospect

-- name: set_named
-- How much a plan names by now, and how far freezing has come.
UPDATE bw_plan SET frozen_item_id = %(reached)s, total = %(total)s, content_hash = %(content_hash)s,
    by_cause = %(by_cause)s, by_prospect = %(by_prospect)s WHERE id = %(id)s

-- name: set_plan_state
-- A move of a plan, and why.
UPDATE bw_plan SET state = %(state)s, why = %(why)s WHERE id = %(plan_id)s

-- name: set_caution
-- A plan is run: how carefully, and which attempts are older than it.
UPDATE bw_plan SET canary = %(canary)s, pace_per_s = %(pace_per_s)s, stop_after = %(stop_after)s,
    attempt_mark = (SELECT last_value FROM bw_attempt_id) WHERE id = %(plan_id)s

-- name: forgive
-- A plan goes on: what failed before counts no more.
UPDATE bw_plan SET forgiven = failed WHERE id = %(plan_id)s

-- name: see_failed
-- Of those looked at: which have failed an attempt since the plan was run.
UPDATE bw_plan_item SET fate = 'failed' WHERE plan_id = %(plan_id)s AND fate = 'watched'
  AND EXISTS (SELECT 1 FROM bw_attempt a WHERE a.item_id = bw_plan_item.runs_as AND a.id > %(mark)s)

-- name: see_done
-- Of those looked at: which are done.
UPDATE bw_plan_item SET fate = 'done' WHERE plan_id = %(plan_id)s AND fate = 'watched'
  AND EXISTS (SELECT 1 FROM bw_outcome o WHERE o.item_id = bw_plan_item.runs_as)

-- name: count_watched
-- How many of those put back under caution have not settled.
SELECT count(*) FROM bw_plan_item WHERE plan_id = %(plan_id)s AND fate = 'watched'

-- name: add_failed
-- More of those put back have failed.
UPDATE bw_plan SET failed = failed + %(failed)s WHERE id = %(plan_id)s

-- name: next_turn
-- Where the next turn of a plan ends, and how many items it has.
SELECT min(item_id), max(item_id), count(*) FROM
    (SELECT item_id FROM bw_plan_item WHERE plan_id = %(plan_id)s AND item_id > %(after)s ORDER BY item_id LIMIT %(limit)s)
    AS ahead

-- name: next_copies
-- Where the next turn of a replay ends: as next_turn, with a bound on the bytes that are copied (the
-- first item is always taken).
SELECT min(item_id), max(item_id), count(*) FROM
    (SELECT p.item_id, sum(coalesce(length(i.body), 0)) OVER (ORDER BY p.item_id) - coalesce(length(i.body), 0)
            AS copied_before
     FROM (SELECT item_id FROM bw_plan_item WHERE plan_id = %(plan_id)s AND item_id > %(after)s
           ORDER BY item_id LIMIT %(limit)s) p
     LEFT JOIN bw_item i ON i.id = p.item_id) AS ahead
WHERE copied_before < %(bytes)s

-- name: hold_dead
-- The dead letters of a turn, locked until this transaction ends: nobody cancels one that is put back.
SELECT d.item_id FROM bw_plan_item p JOIN bw_dead d ON d.item_id = p.item_id
WHERE p.plan_id = %(plan_id)s AND p.item_id BETWEEN %(first)s AND %(last)s
ORDER BY d.item_id FOR UPDATE OF d

-- name: decide_redrive
-- What becomes of each item at its turn: put back if it was expected to run, is dead of what the plan
-- saw, and has not succeeded by another item.
UPDATE bw_plan_item SET runs_as = item_id, fate = CASE
    WHEN prospect <> 'will_run' THEN 'skipped'
    WHEN NOT EXISTS (SELECT 1 FROM bw_dead d
                     WHERE d.item_id = bw_plan_item.item_id AND d.fence = bw_plan_item.fence) THEN 'gone'
    WHEN EXISTS (SELECT 1 FROM bw_item i
                 JOIN bw_dedupe k ON k.source = i.source AND k.dedupe_key = i.dedupe_key AND k.item_id > i.id
                 JOIN bw_outcome later ON later.item_id = k.item_id AND later.cancelled = 0
                 WHERE i.id = bw_plan_item.item_id) THEN 'already_succeeded'
    WHEN NOT %(by_hand)s AND EXISTS (SELECT 1 FROM bw_sending s WHERE s.item_id = bw_plan_item.item_id AND s.open = 1
                                 AND s.known_until <= %(at)s) THEN 'skipped'
    ELSE %(fate)s END
WHERE plan_id = %(plan_id)s AND item_id BETWEEN %(first)s AND %(last)s

-- name: revive
-- Those of a turn that are put back wait again, each due at its instant.
INSERT INTO bw_work (item_id, source, state, due_at, fence, attempts, lost, received_at, event_type, order_key,
                     blocks, resource, high, parked)
SELECT d.item_id, d.source, %(state)s, %(due_at)s + %(step)s * (row_number() OVER (ORDER BY p.item_id) - 1),
       d.fence, %(attempts)s, %(lost)s, d.received_at, i.event_type, r.order_key, coalesce(r.blocks, 1),
       r.resource, coalesce(r.high, 0), CASE WHEN r.order_key IS NULL THEN 0 ELSE 2 END
FROM bw_plan_item p JOIN bw_dead d ON d.item_id = p.item_id
JOIN bw_item i ON i.id = d.item_id AND i.received_at = d.received_at
LEFT JOIN bw_rank r ON r.item_id = d.item_id AND r.received_at = d.received_at
WHERE p.plan_id = %(plan_id)s AND p.item_id BETWEEN %(first)s AND %(last)s AND p.fate = %(fate)s

-- name: unbury
-- They are dead letters no more.
DELETE FROM bw_dead WHERE item_id IN
    (SELECT item_id FROM bw_plan_item
     WHERE plan_id = %(plan_id)s AND item_id BETWEEN %(first)s AND %(last)s AND fate = %(fate)s)

-- name: decide_replay
-- What becomes of each item at its turn: replayed, as an item with a number of its own, if it was
-- expected to run and is still there.
UPDATE bw_plan_item SET fate = next.fate, runs_as = next.runs_as
FROM (SELECT p.item_id, CASE WHEN p.prospect <> 'will_run' THEN 'skipped'
                             WHEN o.item_id IS NULL OR i.id IS NULL THEN 'gone' ELSE %(fate)s END AS fate,
             CASE WHEN p.prospect = 'will_run' AND o.item_id IS NOT NULL AND i.id IS NOT NULL
                  THEN nextval('bw_item_id') END AS runs_as
      FROM bw_plan_item p LEFT JOIN bw_outcome o ON o.item_id = p.item_id
      LEFT JOIN bw_item i ON i.id = p.item_id
      WHERE p.plan_id = %(plan_id)s AND p.item_id BETWEEN %(first)s AND %(last)s ORDER BY p.item_id) AS next
WHERE plan_id = %(plan_id)s AND bw_plan_item.item_id = next.item_id

-- name: copy_ranks
-- The places of the new items are those of the old: one that dies comes back to its own.
INSERT INTO bw_rank (item_id, received_at, order_key, blocks, resource, high)
SELECT p.runs_as, %(at)s::bigint, r.order_key, r.blocks, r.resource, r.high
FROM bw_plan_item p JOIN bw_rank r ON r.item_id = p.item_id
WHERE p.plan_id = %(plan_id)s AND p.item_id BETWEEN %(first)s AND %(last)s AND p.fate = %(fate)s

-- name: copy_items
-- The new items of a turn: each names the old and is received now.
INSERT INTO bw_item (id, source, event_type, event_id, dedupe_key, occurred_at, received_at, coverage,
                     headers, body, origin, replays, kind)
SELECT p.runs_as, i.source, i.event_type, i.event_id, i.dedupe_key, i.occurred_at, %(at)s::bigint, i.coverage,
       i.headers, i.body, i.origin, i.id, i.kind
FROM bw_plan_item p JOIN bw_item i ON i.id = p.item_id
WHERE p.plan_id = %(plan_id)s AND p.item_id BETWEEN %(first)s AND %(last)s AND p.fate = %(fate)s

-- name: add_replays
-- The new items wait, each due at its instant, in the key and with the priority of the old.
INSERT INTO bw_work (item_id, source, state, due_at, fence, attempts, lost, received_at, event_type, order_key,
                     blocks, resource, high, parked)
SELECT i.id, i.source, %(state)s, %(due_at)s + %(step)s * (row_number() OVER (ORDER BY i.id) - 1), 0,
       %(attempts)s, %(lost)s, i.received_at, i.event_type, r.order_key, coalesce(r.blocks, 1), r.resource,
       coalesce(r.high, 0), CASE WHEN r.order_key IS NULL THEN 0 ELSE 2 END
FROM bw_plan_item p JOIN bw_item i ON i.id = p.runs_as
LEFT JOIN bw_rank r ON r.item_id = i.id AND r.received_at = i.received_at
WHERE p.plan_id = %(plan_id)s AND p.item_id BETWEEN %(first)s AND %(last)s AND p.fate = %(fate)s

-- name: count_replays
-- How many items of each source a turn made.
SELECT i.source, count(*) FROM bw_plan_item p JOIN bw_item i ON i.id = p.runs_as
WHERE p.plan_id = %(plan_id)s AND p.item_id BETWEEN %(first)s AND %(last)s AND p.fate = %(fate)s GROUP BY i.source

-- name: count_plan_turn
-- What a turn did, how far the plan has come, and when the next item is due.
UPDATE bw_plan SET put_back = put_back + %(back)s, skipped = skipped + %(skipped)s, reached_item_id = %(last)s,
    next_due_at = %(due_at)s WHERE id = %(plan_id)s

-- name: add_audit
-- What was done.
INSERT INTO bw_audit (at, actor, action, reason, plan_id, first_item_id, last_item_id, items, skipped)
VALUES (%(at)s, %(actor)s, %(action)s, %(reason)s, %(plan_id)s, %(first)s, %(last)s, %(items)s, %(skipped)s)

-- name: list_planned
-- Items that a plan names of one prospect, and where they stand.
SELECT p.item_id, i.source, i.event_type, p.prospect, p.fate,
       CASE WHEN w.item_id IS NOT NULL THEN w.state WHEN d.item_id IS NOT NULL THEN 'dead' ELSE 'done' END,
       p.runs_as
FROM bw_plan_item p JOIN bw_item i ON i.id = p.item_id
LEFT JOIN bw_work w ON w.item_id = coalesce(p.runs_as, p.item_id)
LEFT JOIN bw_dead d ON d.item_id = coalesce(p.runs_as, p.item_id)
WHERE p.plan_id = %(plan_id)s AND p.prospect = %(prospect)s AND p.item_id > %(after)s
ORDER BY p.item_id LIMIT %(limit)s

-- name: count_planned
-- A stretch of a plan by fate, and by the state that those put back are in.
SELECT p.fate, CASE WHEN p.fate NOT IN ('put_back', 'watched', 'done', 'failed') THEN NULL
                    WHEN w.item_id IS NOT NULL THEN w.state WHEN d.item_id IS NOT NULL THEN 'dead'
                    ELSE 'done' END AS state, count(*), max(p.item_id)
FROM (SELECT item_id, fate, runs_as FROM bw_plan_item
      WHERE plan_id = %(plan_id)s AND item_id > %(after)s ORDER BY item_id LIMIT %(limit)s) p
LEFT JOIN bw_work w ON w.item_id = p.runs_as
LEFT JOIN bw_dead d ON d.item_id = p.runs_as
GROUP BY p.fate, 2
