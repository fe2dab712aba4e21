-- How an item came: delivered by its provider, or reconciled: missed, asked for, and brought by us.
ALTER TABLE bw_item ADD COLUMN origin TEXT NOT NULL DEFAULT 'delivered'
    CHECK (origin IN ('delivered', 'reconciled'));
