CREATE INDEX IF NOT EXISTS operation_overdue ON operation (slot, state, deadline);
