CREATE INDEX operation_overdue ON operation (slot, state, deadline) WHERE due_at IS NOT NULL;
