-- FALSE: whoever took the row last has yet to wait until its predecessor cannot answer any more;
-- who takes it from him has to wait as well.
ALTER TABLE shard_owner ADD COLUMN settled BOOLEAN NOT NULL DEFAULT TRUE;
