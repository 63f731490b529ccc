-- Every change of a document, for those who watch collections, kept for a time. Each writer counts
-- its own changes, and changes its row of change_head first in the transaction: so its positions
-- become visible in their order, and an order among writers is not needed.
CREATE TABLE change_head (
  incarnation BIGINT PRIMARY KEY,
  position    BIGINT NOT NULL
);

CREATE TABLE document_change (
  incarnation BIGINT NOT NULL,
  position    BIGINT NOT NULL,
  collection  VARCHAR(64) NOT NULL,
  id          VARCHAR(128) NOT NULL,
  etag        VARCHAR(41) NOT NULL,
  deleted     BOOLEAN NOT NULL,
  changed_at  TIMESTAMP(3) WITH TIME ZONE NOT NULL,
  PRIMARY KEY (incarnation, position)
);
