-- name: explain_rejection
-- What explains a rejection.
UPDATE bw_rejection SET mistake = %s, wrong = %s, matched = %s, step = %s WHERE id = %s

-- name: add_source
-- A source is known from now on.
INSERT INTO bw_source (source, seen_at) VALUES (%s, %s) ON CONFLICT DO NOTHING

-- name: add_key
-- A key is known from now on.
INSERT INTO bw_key (source, name, seen_at) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING

-- name: find_heard
-- When a source is known from, when it was last heard, and from when on it is silent; locked, so that of
-- those who look at once one tells.
SELECT s.seen_at, (SELECT max(t.last_at) FROM bw_tally t WHERE t.source = s.source AND t.what = 'hit'), s.silent_from
FROM bw_source s WHERE s.source = %s FOR UPDATE

-- name: set_silent
-- A source has fallen silent, or is heard again.
UPDATE bw_source SET silent_at = %s, silent_from = %s WHERE source = %s

-- name: list_sources
-- Every source that was configured or sent something.
SELECT source, seen_at, silent_at FROM bw_source
UNION ALL
SELECT source, min(seen_at), NULL FROM bw_key WHERE source NOT IN (SELECT source FROM bw_source)
GROUP BY source
ORDER BY source

-- name: list_keys
-- Every key, those used last first.
SELECT k.source, k.name, k.seen_at, coalesce(t.hits, 0)::bigint AS hits, t.used_at
FROM bw_key k LEFT JOIN (
    SELECT source, name, sum(n) AS hits, max(last_at) AS used_at FROM bw_tally WHERE what = 'hit'
    GROUP BY source, name
) AS t ON t.source = k.source AND t.name = k.name
ORDER BY k.source, t.used_at DESC NULLS LAST, k.name

-- name: show_rejection
-- One rejection.
SELECT id, source, rejected_at, reason, detail, body_bytes, mistake, wrong, matched, step
FROM bw_rejection WHERE id = %(rejection_id)s
