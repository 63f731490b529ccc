-- H2 commits with each statement: IF NOT EXISTS, so that a start that died in the middle is
-- finished by the next one.
-- Requests to services under an Idempotency-Key: whoever inserts the row may carry the request out.
-- state: running, answered, not-kept (answered, but the answer was too large to be kept), unknown.
-- token: of whoever carries it out, and may do so up to runs_until.
CREATE TABLE IF NOT EXISTS keyed_request (
  scope       VARCHAR(43) NOT NULL,
  request_key VARCHAR(255) NOT NULL,
  fingerprint VARCHAR(43) NOT NULL,
  state       VARCHAR(8) NOT NULL,
  token       VARCHAR(36) NOT NULL,
  incarnation BIGINT NOT NULL,
  runs_until  TIMESTAMP(3) WITH TIME ZONE NOT NULL,
  created_at  TIMESTAMP(3) WITH TIME ZONE NOT NULL,
  status      INT,
  reason      VARCHAR(255),
  fields      VARBINARY(1048576),
  content     VARBINARY(1048576),
  PRIMARY KEY (scope, request_key)
);
-- What is removed is found without a look at the rows, which may be large.
CREATE INDEX IF NOT EXISTS keyed_request_age ON keyed_request (created_at, scope, request_key);
CREATE INDEX IF NOT EXISTS keyed_request_scope ON keyed_request (scope, created_at DESC, request_key);
