-- H2 commits with each statement: IF NOT EXISTS, so that a start that died in the middle is
-- finished by the next one.
-- What is due, when more is, and what is overdue are read by state: no row is read that is not asked
-- for, however many wait, or wait behind the first of their order. One index in each step: whoever
-- writes waits for one of them at most.
DROP INDEX IF EXISTS operation_due_by_route;
CREATE INDEX IF NOT EXISTS operation_due
  ON operation (slot, route, state, order_key, priority, due_at, id);
