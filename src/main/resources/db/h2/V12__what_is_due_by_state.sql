-- H2 commits with each statement: IF NOT EXISTS, so that a start that died in the middle is
-- finished by the next one.
-- What is due, when more is, and what is overdue are read by state: no row is read that is not asked
-- for, however many wait, or wait behind the first of their order.
-- begun_by: the incarnation that began the last attempt; 0: none, or an earlier build's.
ALTER TABLE operation ADD COLUMN IF NOT EXISTS begun_by BIGINT NOT NULL DEFAULT 0;
DROP INDEX IF EXISTS operation_due_by_route;
DROP INDEX IF EXISTS operation_order;
CREATE INDEX IF NOT EXISTS operation_due
  ON operation (slot, route, state, order_key, priority, due_at, id);
CREATE INDEX IF NOT EXISTS operation_first ON operation (order_key, state, created_at, id);
CREATE INDEX IF NOT EXISTS operation_overdue ON operation (slot, state, deadline);
