-- What is stored of a target, on routes that are kept warm: written behind by the target's owner, so
-- that a cluster that begins anew has it.
-- id: of the target's owner; slot: its shard's row in shard_owner, locked by whoever writes.
-- generation: of the database's history in which it was written. After a promotion, which may have
-- lost the removal of a row, none of an earlier one is used.
CREATE TABLE stored_target (
  id         VARCHAR(64) COLLATE "C" PRIMARY KEY,
  slot       INT NOT NULL,
  route      VARCHAR(255) NOT NULL,
  generation BIGINT NOT NULL,
  size       INT NOT NULL,
  written_at TIMESTAMPTZ(3) NOT NULL,
  entry      BYTEA NOT NULL
);
CREATE INDEX stored_target_age ON stored_target (written_at, size);
CREATE INDEX stored_target_slot ON stored_target (slot, route);

-- epoch: the last of shard_owner's under which the rows of a slot were looked after, that is removed
-- whenever something made them invalid. An owner that does not look after them (none of its routes is
-- warm, or it is of an earlier version) leaves a gap, and what is older than that is not used.
CREATE TABLE stored_slot (
  slot  INT PRIMARY KEY,
  epoch BIGINT NOT NULL
);
