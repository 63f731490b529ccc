-- H2 commits with each statement: IF NOT EXISTS, so that a start that died in the middle is
-- finished by the next one.
-- Requests that were accepted to be carried out later. Whoever owns the slot's row in shard_owner
-- may begin and end attempts; anybody may cancel, and ask for a failed one again.
-- state: accepted, running, succeeded, failed, cancelled; expired: nothing else is left of it.
-- version: rises with each change, so that of two who would end it only one does.
-- fingerprint: of the request, where its client gave a key (which the id then comes from); else empty.
-- order_key: of those with the same one only the oldest that is not final is due; empty: none.
-- due_at: when the next attempt is due; of a running one, when it began; NULL once it is final.
CREATE TABLE IF NOT EXISTS operation (
  id            VARCHAR(26) PRIMARY KEY,
  slot          INT NOT NULL,
  route         VARCHAR(255) NOT NULL,
  method        VARCHAR(64) NOT NULL,
  target        VARCHAR(8192) NOT NULL,
  fingerprint   VARCHAR(43) NOT NULL,
  priority      INT NOT NULL,
  order_key     VARCHAR(43) NOT NULL,
  state         VARCHAR(9) NOT NULL,
  version       BIGINT NOT NULL,
  attempts      INT NOT NULL,
  created_at    TIMESTAMP(3) WITH TIME ZONE NOT NULL,
  updated_at    TIMESTAMP(3) WITH TIME ZONE NOT NULL,
  due_at        TIMESTAMP(3) WITH TIME ZONE,
  deadline      TIMESTAMP(3) WITH TIME ZONE NOT NULL,
  last_error    VARCHAR(2000) NOT NULL,
  result_status INT NOT NULL,
  result_length INT NOT NULL
);
CREATE INDEX IF NOT EXISTS operation_due ON operation (slot, due_at, id);
CREATE INDEX IF NOT EXISTS operation_newest ON operation (created_at, id);
CREATE INDEX IF NOT EXISTS operation_by_state ON operation (state, created_at, id);
CREATE INDEX IF NOT EXISTS operation_by_route ON operation (route, created_at, id);

-- What is large, apart from what changes often. part: request, result.
CREATE TABLE IF NOT EXISTS operation_part (
  id      VARCHAR(26) NOT NULL,
  part    VARCHAR(7) NOT NULL,
  reason  VARCHAR(255) NOT NULL,
  fields  BINARY LARGE OBJECT NOT NULL,
  content BINARY LARGE OBJECT NOT NULL,
  PRIMARY KEY (id, part)
);
