-- What explains a rejection, where somebody looked.
ALTER TABLE bw_rejection ADD COLUMN mistake TEXT;
ALTER TABLE bw_rejection ADD COLUMN wrong TEXT;
ALTER TABLE bw_rejection ADD COLUMN matched TEXT;
ALTER TABLE bw_rejection ADD COLUMN step TEXT;

-- Sources that were configured, or sent something: since when they are known, and, while one is silent
-- and somebody was told so, since when it is and what was heard of it last.
CREATE TABLE bw_source (
    source TEXT PRIMARY KEY,
    seen_at INTEGER NOT NULL,
    silent_at INTEGER,
    silent_from INTEGER
) STRICT, WITHOUT ROWID;

-- Keys by their references, and what they verified: one row each, however much comes.
CREATE TABLE bw_key (
    source TEXT NOT NULL,
    name TEXT NOT NULL,
    seen_at INTEGER NOT NULL,
    hits INTEGER NOT NULL,
    used_at INTEGER,
    PRIMARY KEY (source, name)
) STRICT, WITHOUT ROWID;
