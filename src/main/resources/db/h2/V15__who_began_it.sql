-- begun_by: the incarnation that began the last attempt; 0: none, or an earlier build's.
ALTER TABLE operation ADD COLUMN IF NOT EXISTS begun_by BIGINT NOT NULL DEFAULT 0;
