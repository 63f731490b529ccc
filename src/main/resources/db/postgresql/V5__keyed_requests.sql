-- Requests to services under an Idempotency-Key: whoever inserts the row may carry the request out.
-- state: running, answered, not-kept (answered, but the answer was too large to be kept), unknown.
-- token: of whoever carries it out, and may do so up to runs_until.
CREATE TABLE keyed_request (
  scope       VARCHAR(43) NOT NULL,
  request_key VARCHAR(255) NOT NULL,
  fingerprint VARCHAR(43) NOT NULL,
  state       VARCHAR(8) NOT NULL,
  token       VARCHAR(36) NOT NULL,
  incarnation BIGINT NOT NULL,
  runs_until  TIMESTAMPTZ(3) NOT NULL,
  created_at  TIMESTAMPTZ(3) NOT NULL,
  status      INT,
  reason      VARCHAR(255),
  fields      BYTEA,
  content     BYTEA,
  PRIMARY KEY (scope, request_key)
);
-- What is removed is found without a look at the rows, which may be large.
CREATE INDEX keyed_request_age ON keyed_request (created_at, scope, request_key);
CREATE INDEX keyed_request_scope ON keyed_request (scope, created_at DESC, request_key);
