-- H2 commits with each statement: IF NOT EXISTS, so that a start that died in the middle is
-- finished by the next one.
-- FALSE: whoever took the row last has yet to wait until its predecessor cannot answer any more;
-- who takes it from him has to wait as well.
ALTER TABLE shard_owner ADD COLUMN IF NOT EXISTS settled BOOLEAN DEFAULT TRUE NOT NULL;

-- A snapshot carries a document and the answers to its writes, and so is larger than any event.
ALTER TABLE snapshot ALTER COLUMN payload BINARY LARGE OBJECT NOT NULL;
