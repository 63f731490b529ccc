-- What is due, when more is, and what is overdue are read by state: no row is read that is not asked
-- for, however many wait, or wait behind the first of their order.
-- begun_by: the incarnation that began the last attempt; 0: none, or an earlier build's.
-- Reads go on while the indexes are built: what keeps them out comes last.
CREATE INDEX operation_due ON operation (slot, route, state, order_key, priority, due_at, id)
  WHERE due_at IS NOT NULL;
CREATE INDEX operation_first ON operation (order_key, state, created_at, id)
  WHERE order_key <> '' AND due_at IS NOT NULL;
CREATE INDEX operation_overdue ON operation (slot, state, deadline) WHERE due_at IS NOT NULL;
ALTER TABLE operation ADD COLUMN begun_by BIGINT NOT NULL DEFAULT 0;
DROP INDEX operation_due_by_route;
DROP INDEX operation_order;
