-- name: list_problems
-- What has dead letters now, the largest first. The index holds every column but the sample's.
SELECT d.problem, coalesce(p.title, d.problem), count(*), coalesce(p.seen, count(*)),
       min(coalesce(p.first_seen_at, d.buried_at)), max(d.buried_at),
       json_group_array(DISTINCT d.source), json_group_array(DISTINCT d.cause), max(d.item_id)
FROM bw_dead d LEFT JOIN bw_problem p ON p.id = d.problem
WHERE :source IS NULL OR d.source = :source
GROUP BY d.problem ORDER BY count(*) DESC, d.problem LIMIT :limit

-- name: list_audit
-- What was done to one item: by plans that name it, or that made it a replay.
SELECT a.at, a.actor, a.action, a.reason, a.plan_id, a.items, a.skipped
FROM (SELECT plan_id, item_id FROM bw_plan_item WHERE item_id = :item_id
      UNION SELECT plan_id, item_id FROM bw_plan_item WHERE runs_as = :item_id AND runs_as <> item_id) p
JOIN bw_audit a ON a.plan_id = p.plan_id
WHERE a.first_item_id IS NULL OR p.item_id BETWEEN a.first_item_id AND a.last_item_id
UNION ALL
SELECT at, actor, action, reason, NULL, items, skipped FROM bw_audit WHERE plan_id = 0 AND first_item_id = :item_id
ORDER BY 1

-- name: list_plan_audit
-- What was done by one plan, or by all, newest first.
SELECT at, actor, action, reason, plan_id, items, skipped
FROM bw_audit WHERE :plan_id IS NULL OR plan_id = :plan_id ORDER BY id DESC LIMIT :limit

-- name: add_plan
-- A plan that names nothing yet.
INSERT INTO bw_plan (verb, state, reason, actor, created_at, selection, patterns, most, as_of,
    frozen_item_id, total, content_hash, by_cause, by_prospect, put_back, skipped, failed, forgiven,
    reached_item_id, attempt_mark, next_due_at, why)
VALUES (:verb, 'freezing', :reason, :actor, :at, :selection, :patterns, :most,
    CASE :verb WHEN 'redrive' THEN (SELECT n FROM bw_burials)
               ELSE (SELECT coalesce(max(item_id), 0) FROM bw_outcome) END,
    0, 0, '', '{}', '{}', 0, 0, 0, 0, 0, 0, 0, '')
RETURNING id

-- name: get_plan
-- One plan.
SELECT id, verb, state, reason, actor, created_at, total, content_hash, by_cause, by_prospect, canary,
       pace_per_s, stop_after, put_back, skipped, failed, why, selection, patterns, most, as_of,
       frozen_item_id, forgiven, reached_item_id, attempt_mark, next_due_at
FROM bw_plan WHERE id = :plan_id

-- name: list_plans
-- Plans, newest first.
SELECT id, verb, state, reason, actor, created_at, total, content_hash, by_cause, by_prospect, canary,
       pace_per_s, stop_after, put_back, skipped, failed, why, selection, patterns, most, as_of,
       frozen_item_id, forgiven, reached_item_id, attempt_mark, next_due_at
FROM bw_plan WHERE :open_only = 0 OR state IN ('freezing', 'running') ORDER BY id DESC LIMIT :limit

-- name: next_dead_stretch
-- Where the next so many dead letters end; NULL when there are no more.
SELECT max(item_id), count(*) FROM (SELECT item_id FROM bw_dead WHERE item_id > :after ORDER BY item_id LIMIT :limit)

-- name: next_done_stretch
-- Where the next so many done items end; NULL when there are no more.
SELECT max(item_id), count(*) FROM (SELECT item_id FROM bw_outcome WHERE item_id > :after ORDER BY item_id LIMIT :limit)

-- name: name_dead
-- Dead letters of one stretch that match; the conditions are put together by selection.py. One has
-- succeeded since when a later item of the same source and key is done; one that may have been sent, and whose
-- key the provider knows no more, is put back only where a person names it.
INSERT INTO bw_plan_item (plan_id, item_id, fence, prospect)
SELECT :plan_id, d.item_id, d.fence,
       CASE WHEN EXISTS (SELECT 1 FROM bw_dedupe k JOIN bw_outcome later ON later.item_id = k.item_id AND later.cancelled = 0
                         WHERE k.source = i.source AND k.dedupe_key = i.dedupe_key AND k.item_id > i.id)
            THEN 'already_succeeded'
            WHEN NOT :by_hand AND EXISTS (SELECT 1 FROM bw_sending s
                                          WHERE s.item_id = d.item_id AND s.open = 1 AND s.known_until <= :at)
            THEN 'key_expired' ELSE 'will_run' END
FROM bw_dead d JOIN bw_item i ON i.id = d.item_id
WHERE d.item_id > :after AND d.item_id <= :upto AND d.number <= :as_of AND {conditions}
ORDER BY d.item_id LIMIT :limit
RETURNING item_id, fence

-- name: name_done
-- Done items of one stretch that match; a done item has no fence.
INSERT INTO bw_plan_item (plan_id, item_id, fence, prospect)
SELECT :plan_id, o.item_id, 0, 'will_run'
FROM bw_outcome o JOIN bw_item i ON i.id = o.item_id
WHERE o.item_id > :after AND o.item_id <= :upto AND o.item_id <= :as_of AND o.settled_at <= :at
  AND i.kind = 'inbox' AND o.cancelled = 0
  AND {conditions}
ORDER BY o.item_id LIMIT :limit
RETURNING item_id, fence

-- name: named_types
-- The kinds of events that a stretch of a plan names.
SELECT DISTINCT i.source, i.event_type FROM bw_plan_item p JOIN bw_item i ON i.id = p.item_id
WHERE p.plan_id = :plan_id AND p.item_id > :after AND p.item_id <= :upto AND p.prospect = 'will_run'

-- name: expect
-- What else is expected of items of a stretch, by their kinds (pairs of source and type).
UPDATE bw_plan_item SET prospect = :prospect
WHERE plan_id = :plan_id AND item_id > :after AND item_id <= :upto AND prospect = 'will_run'
  AND EXISTS (SELECT 1 FROM bw_item i JOIN json_each(:types) t
              ON json_extract(t.value, '$[0]') = i.source AND json_extract(t.value, '$[1]') = i.event_type
              WHERE i.id = bw_plan_item.item_id)

-- name: count_named
-- What a stretch of a plan names, by cause and prospect.
SELECT d.cause, p.prospect, count(*) FROM bw_plan_item p LEFT JOIN bw_dead d ON d.item_id = p.item_id
WHERE p.plan_id = :plan_id AND p.item_id > :after AND p.item_id <= :upto GROUP BY d.cause, p.prospect

-- name: set_named
-- How much a plan names by now, and how far freezing has come.
UPDATE bw_plan SET frozen_item_id = :reached, total = :total, content_hash = :content_hash,
    by_cause = :by_cause, by_prospect = :by_prospect WHERE id = :id

-- name: set_plan_state
-- A move of a plan, and why.
UPDATE bw_plan SET state = :state, why = :why WHERE id = :plan_id

-- name: set_caution
-- A plan is run: how carefully, and which attempts are older than it.
UPDATE bw_plan SET canary = :canary, pace_per_s = :pace_per_s, stop_after = :stop_after,
    attempt_mark = (SELECT coalesce(max(id), 0) FROM bw_attempt) WHERE id = :plan_id

-- name: forgive
-- A plan goes on: what failed before counts no more.
UPDATE bw_plan SET forgiven = failed WHERE id = :plan_id

-- name: see_failed
-- Of those looked at: which have failed an attempt since the plan was run.
UPDATE bw_plan_item SET fate = 'failed' WHERE plan_id = :plan_id AND fate = 'watched'
  AND EXISTS (SELECT 1 FROM bw_attempt a WHERE a.item_id = bw_plan_item.runs_as AND a.id > :mark)

-- name: see_done
-- Of those looked at: which are done.
UPDATE bw_plan_item SET fate = 'done' WHERE plan_id = :plan_id AND fate = 'watched'
  AND EXISTS (SELECT 1 FROM bw_outcome o WHERE o.item_id = bw_plan_item.runs_as)

-- name: count_watched
-- How many of those put back under caution have not settled.
SELECT count(*) FROM bw_plan_item WHERE plan_id = :plan_id AND fate = 'watched'

-- name: add_failed
-- More of those put back have failed.
UPDATE bw_plan SET failed = failed + :failed WHERE id = :plan_id

-- name: next_turn
-- Where the next turn of a plan ends, and how many items it has.
SELECT min(item_id), max(item_id), count(*) FROM
    (SELECT item_id FROM bw_plan_item WHERE plan_id = :plan_id AND item_id > :after ORDER BY item_id LIMIT :limit)

-- name: next_copies
-- Where the next turn of a replay ends: as next_turn, with a bound on the bytes that are copied (the
-- first item is always taken).
SELECT min(item_id), max(item_id), count(*) FROM
    (SELECT p.item_id, sum(coalesce(length(i.body), 0)) OVER (ORDER BY p.item_id) - coalesce(length(i.body), 0)
            AS copied_before
     FROM (SELECT item_id FROM bw_plan_item WHERE plan_id = :plan_id AND item_id > :after
           ORDER BY item_id LIMIT :limit) p
     LEFT JOIN bw_item i ON i.id = p.item_id) AS ahead
WHERE copied_before < :bytes

-- name: hold_dead
-- Nothing: nobody else writes while this transaction lasts.
SELECT 1

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
    WHEN NOT :by_hand AND EXISTS (SELECT 1 FROM bw_sending s WHERE s.item_id = bw_plan_item.item_id AND s.open = 1
                                 AND s.known_until <= :at) THEN 'skipped'
    ELSE :fate END
WHERE plan_id = :plan_id AND item_id BETWEEN :first AND :last

-- name: revive
-- Those of a turn that are put back wait again, each due at its instant.
INSERT INTO bw_work
    (item_id, source, state, due_at, fence, attempts, lost, event_type, order_key, blocks, resource, high, parked)
SELECT d.item_id, d.source, :state, :due_at + :step * (row_number() OVER (ORDER BY p.item_id) - 1),
       d.fence, :attempts, :lost, i.event_type, r.order_key, coalesce(r.blocks, 1), r.resource,
       coalesce(r.high, 0), CASE WHEN r.order_key IS NULL THEN 0 ELSE 2 END
FROM bw_plan_item p JOIN bw_dead d ON d.item_id = p.item_id
JOIN bw_item i ON i.id = d.item_id LEFT JOIN bw_rank r ON r.item_id = d.item_id
WHERE p.plan_id = :plan_id AND p.item_id BETWEEN :first AND :last AND p.fate = :fate

-- name: unbury
-- They are dead letters no more.
DELETE FROM bw_dead WHERE item_id IN
    (SELECT item_id FROM bw_plan_item
     WHERE plan_id = :plan_id AND item_id BETWEEN :first AND :last AND fate = :fate)

-- name: decide_replay
-- What becomes of each item at its turn: replayed, as an item with a number of its own, if it was
-- expected to run and is still there.
UPDATE bw_plan_item SET fate = next.fate, runs_as = next.runs_as
FROM (SELECT p.item_id, CASE WHEN p.prospect <> 'will_run' THEN 'skipped'
                             WHEN o.item_id IS NULL OR i.id IS NULL THEN 'gone' ELSE :fate END AS fate,
             CASE WHEN p.prospect = 'will_run' AND o.item_id IS NOT NULL AND i.id IS NOT NULL
                  THEN coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'bw_item'), 0)
                       + row_number() OVER (ORDER BY p.item_id) END AS runs_as
      FROM bw_plan_item p LEFT JOIN bw_outcome o ON o.item_id = p.item_id
      LEFT JOIN bw_item i ON i.id = p.item_id
      WHERE p.plan_id = :plan_id AND p.item_id BETWEEN :first AND :last) AS next
WHERE plan_id = :plan_id AND bw_plan_item.item_id = next.item_id

-- name: copy_ranks
-- The places of the new items are those of the old: one that dies comes back to its own.
INSERT INTO bw_rank (item_id, order_key, blocks, resource, high)
SELECT p.runs_as, r.order_key, r.blocks, r.resource, r.high
FROM bw_plan_item p JOIN bw_rank r ON r.item_id = p.item_id
WHERE p.plan_id = :plan_id AND p.item_id BETWEEN :first AND :last AND p.fate = :fate

-- name: copy_items
-- The new items of a turn: each names the old and is received now.
INSERT INTO bw_item (id, source, event_type, event_id, dedupe_key, occurred_at, received_at, coverage,
                     headers, body, origin, replays, kind)
SELECT p.runs_as, i.source, i.event_type, i.event_id, i.dedupe_key, i.occurred_at, :at, i.coverage,
       i.headers, i.body, i.origin, i.id, i.kind
FROM bw_plan_item p JOIN bw_item i ON i.id = p.item_id
WHERE p.plan_id = :plan_id AND p.item_id BETWEEN :first AND :last AND p.fate = :fate

-- name: add_replays
-- The new items wait, each due at its instant, in the key and with the priority of the old.
INSERT INTO bw_work
    (item_id, source, state, due_at, fence, attempts, lost, event_type, order_key, blocks, resource, high, parked)
SELECT i.id, i.source, :state, :due_at + :step * (row_number() OVER (ORDER BY i.id) - 1), 0, :attempts, :lost,
       i.event_type, r.order_key, coalesce(r.blocks, 1), r.resource, coalesce(r.high, 0),
       CASE WHEN r.order_key IS NULL THEN 0 ELSE 2 END
FROM bw_plan_item p JOIN bw_item i ON i.id = p.runs_as LEFT JOIN bw_rank r ON r.item_id = i.id
WHERE p.plan_id = :plan_id AND p.item_id BETWEEN :first AND :last AND p.fate = :fate

-- name: count_replays
-- How many items of each source a turn made.
SELECT i.source, count(*) FROM bw_plan_item p JOIN bw_item i ON i.id = p.runs_as
WHERE p.plan_id = :plan_id AND p.item_id BETWEEN :first AND :last AND p.fate = :fate GROUP BY i.source

-- name: count_plan_turn
-- What a turn did, how far the plan has come, and when the next item is due.
UPDATE bw_plan SET put_back = put_back + :back, skipped = skipped + :skipped, reached_item_id = :last,
    next_due_at = :due_at WHERE id = :plan_id

-- name: add_audit
-- What was done.
INSERT INTO bw_audit (at, actor, action, reason, plan_id, first_item_id, last_item_id, items, skipped)
VALUES (:at, :actor, :action, :reason, :plan_id, :first, :last, :items, :skipped)

-- name: list_planned
-- Items that a plan names of one prospect, and where they stand.
SELECT p.item_id, i.source, i.event_type, p.prospect, p.fate,
       CASE WHEN w.item_id IS NOT NULL THEN w.state WHEN d.item_id IS NOT NULL THEN 'dead' ELSE 'done' END,
       p.runs_as
FROM bw_plan_item p JOIN bw_item i ON i.id = p.item_id
LEFT JOIN bw_work w ON w.item_id = coalesce(p.runs_as, p.item_id)
LEFT JOIN bw_dead d ON d.item_id = coalesce(p.runs_as, p.item_id)
WHERE p.plan_id = :plan_id AND p.prospect = :prospect AND p.item_id > :after
ORDER BY p.item_id LIMIT :limit

-- name: count_planned
-- A stretch of a plan by fate, and by the state that those put back are in.
SELECT p.fate, CASE WHEN p.fate NOT IN ('put_back', 'watched', 'done', 'failed') THEN NULL
                    WHEN w.item_id IS NOT NULL THEN w.state WHEN d.item_id IS NOT NULL THEN 'dead'
                    ELSE 'done' END AS state, count(*), max(p.item_id)
FROM (SELECT item_id, fate, runs_as FROM bw_plan_item
      WHERE plan_id = :plan_id AND item_id > :after ORDER BY item_id LIMIT :limit) p
LEFT JOIN bw_work w ON w.item_id = p.runs_as
LEFT JOIN bw_dead d ON d.item_id = p.runs_as
GROUP BY p.fate, 2
