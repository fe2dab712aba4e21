-- name: explain_rejection
-- What explains a rejection.
UPDATE bw_rejection SET mistake = ?, wrong = ?, matched = ?, step = ? WHERE id = ?

-- name: add_source
-- A source is known from now on.
INSERT INTO bw_source (source, seen_at) VALUES (?, ?) ON CONFLICT (source) DO NOTHING

-- name: add_key
-- A key is known from now on.
INSERT INTO bw_key (source, name, seen_at, hits) VALUES (?, ?, ?, 0) ON CONFLICT (source, name) DO NOTHING

-- name: add_hits
-- What the keys of one transaction verified, added at its end.
INSERT INTO bw_key (source, name, seen_at, hits, used_at) VALUES (:source, :name, :at, :hits, :at)
ON CONFLICT (source, name) DO UPDATE
SET hits = hits + excluded.hits, used_at = max(coalesce(used_at, 0), excluded.used_at)

-- name: find_heard
-- When a source is known from, when it was last heard, and from when on it is silent.
SELECT s.seen_at, (SELECT max(k.used_at) FROM bw_key k WHERE k.source = s.source), s.silent_from
FROM bw_source s WHERE s.source = ?

-- name: set_silent
-- A source has fallen silent, or is heard again.
UPDATE bw_source SET silent_at = ?, silent_from = ? WHERE source = ?

-- name: list_sources
-- Every source that was configured or sent something.
SELECT source, seen_at, silent_at FROM bw_source
UNION ALL
SELECT source, min(seen_at), NULL FROM bw_key WHERE source NOT IN (SELECT source FROM bw_source)
GROUP BY source
ORDER BY source

-- name: list_keys
-- Every key, those used last first.
SELECT source, name, seen_at, hits, used_at FROM bw_key ORDER BY source, used_at DESC, name

-- name: show_rejection
-- One rejection.
SELECT id, source, rejected_at, reason, detail, body_bytes, mistake, wrong, matched, step
FROM bw_rejection WHERE id = :rejection_id
