-- What goes out: items of a second kind, in the same tables.
ALTER TABLE bw_item ADD COLUMN kind TEXT NOT NULL DEFAULT 'inbox' CHECK (kind IN ('inbox', 'outbox'));

-- What is kept of the answer to a call: the provider's id.
ALTER TABLE bw_outcome ADD COLUMN result TEXT NOT NULL DEFAULT '';

-- Calls that were begun: since when the provider may know the key, and whether one of them may have
-- happened without anybody knowing. It outlives the work, for a dead letter that is put back.
CREATE TABLE bw_sending (
    item_id INTEGER PRIMARY KEY,
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    open INTEGER NOT NULL,
    turn INTEGER NOT NULL
) STRICT;
