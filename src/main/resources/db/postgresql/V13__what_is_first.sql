-- The first of each order, however many wait behind it.
CREATE INDEX operation_first ON operation (order_key, state, created_at, id)
  WHERE order_key <> '' AND due_at IS NOT NULL;
