-- begun_by: the incarnation that began the last attempt; 0: none, or an earlier build's.
-- What keeps readers out too comes last, and takes a moment.
ALTER TABLE operation ADD COLUMN begun_by BIGINT NOT NULL DEFAULT 0;
DROP INDEX operation_due_by_route;
DROP INDEX operation_order;
