-- name: last_number
-- The highest number that was given out, whoever sees its item already.
SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM bw_item_id

-- name: under_way
-- Whoever takes a number locks the sequence until the end of its transaction (PostgreSQL 13 to 18,
-- commands/sequence.c, lock_and_open_sequence; read 2026-11), and a commit is there for new snapshots
-- before its locks are released (access/transam/xact.c, CommitTransaction). These locks are no snapshot:
-- they are what they are now.
SELECT virtualtransaction FROM pg_locks
WHERE locktype = 'relation' AND relation = 'bw_item_id'::regclass AND mode = 'RowExclusiveLock'
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())

-- name: find_before
-- The newest item that was received before an instant.
SELECT id FROM bw_item WHERE received_at < %(at)s ORDER BY id DESC LIMIT 1

-- name: read_in
-- The next items that came in at a source, oldest first.
SELECT id FROM bw_item
WHERE source = %(source)s AND kind = 'inbox' AND id > %(after)s AND id <= %(upto)s ORDER BY id LIMIT %(limit)s
