-- Lanes read what is due route by route, so that many for one service do not stand before those for
-- another; and those in order by their order key. Lists without a state are put together from those
-- of each state, so that a row stands in one index less.
-- problem: the name of the problem type that a failed one failed with; else empty.
ALTER TABLE operation ADD COLUMN problem VARCHAR(64) NOT NULL DEFAULT '';
DROP INDEX operation_due;
DROP INDEX operation_newest;
CREATE INDEX operation_due_by_route ON operation (slot, route, priority, due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX operation_order ON operation (order_key, created_at, id)
  WHERE order_key <> '' AND due_at IS NOT NULL;
