-- What is due, when more is, and what is overdue are read by state: no row is read that is not asked
-- for, however many wait, or wait behind the first of their order. One index in each step: whoever
-- writes waits for one of them at most.
CREATE INDEX operation_due ON operation (slot, route, state, order_key, priority, due_at, id)
  WHERE due_at IS NOT NULL;
