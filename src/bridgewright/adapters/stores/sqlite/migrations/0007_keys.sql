-- Until when a provider knows the key of a call that was begun; NULL where it has none, or no end to it, and
-- for calls from before this was kept.
ALTER TABLE bw_sending ADD COLUMN known_until INTEGER;
