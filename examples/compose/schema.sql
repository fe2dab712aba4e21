-- The shop's own table, in the same database as the bridge's, so that handlers can write it with `tx`.
CREATE TABLE IF NOT EXISTS paid (invoice TEXT PRIMARY KEY, cents BIGINT NOT NULL);
