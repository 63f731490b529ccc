-- The first of each order, however many wait behind it.
DROP INDEX IF EXISTS operation_order;
CREATE INDEX IF NOT EXISTS operation_first ON operation (order_key, state, created_at, id);
