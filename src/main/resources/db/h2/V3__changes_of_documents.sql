-- H2 commits with each statement: IF NOT EXISTS, so that a start that died in the middle is
-- finished by the next one.
-- Every change of a document, for those who watch collections, kept for a time. Each connection of a
-- writer is a stream, and counts its own changes: one transaction after the other, so its positions
-- become visible in their order, and an order among streams is not needed.
CREATE TABLE IF NOT EXISTS change_stream (
  stream      BIGINT PRIMARY KEY,
  incarnation BIGINT NOT NULL
);

CREATE TABLE IF NOT EXISTS document_change (
  stream     BIGINT NOT NULL,
  position   BIGINT NOT NULL,
  collection VARCHAR(64) NOT NULL,
  id         VARCHAR(128) NOT NULL,
  etag       VARCHAR(41) NOT NULL,
  deleted    BOOLEAN NOT NULL,
  changed_at TIMESTAMP(3) WITH TIME ZONE NOT NULL,
  PRIMARY KEY (stream, position)
);
