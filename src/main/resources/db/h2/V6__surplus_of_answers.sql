-- H2 commits with each statement: IF (NOT) EXISTS, so that a start that died in the middle is
-- finished by the next one.
-- What counts against a scope's share are its answers; the index says so, newest first.
DROP INDEX IF EXISTS keyed_request_scope;
CREATE INDEX IF NOT EXISTS keyed_request_scope
  ON keyed_request (scope, state, created_at DESC, request_key);
