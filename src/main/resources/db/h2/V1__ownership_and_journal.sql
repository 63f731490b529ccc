-- H2 commits with each statement: IF NOT EXISTS, so that a start that died in the middle is
-- finished by the next one.
-- One row: what the cluster is. Another name or number of shards is refused at start.
CREATE TABLE IF NOT EXISTS cluster (
  one      SMALLINT PRIMARY KEY CHECK (one = 1),
  name     VARCHAR(64) NOT NULL,
  shards   INT NOT NULL
);

-- Histories of the database: PostgreSQL begins a new timeline with each promotion. H2 has one.
CREATE TABLE IF NOT EXISTS timeline (
  generation BIGINT PRIMARY KEY,
  timeline   VARCHAR(16) NOT NULL,
  since      TIMESTAMP(3) WITH TIME ZONE NOT NULL
);

-- One row: who may decide on membership. Locked while a cluster is formed, entered, or cut down.
CREATE TABLE IF NOT EXISTS arbiter (
  one         SMALLINT PRIMARY KEY CHECK (one = 1),
  formation   BIGINT NOT NULL,
  incarnation BIGINT,
  decided_at  TIMESTAMP(3) WITH TIME ZONE
);

-- A node's run of life. formation 0: registered, in no cluster yet; -F: entering formation F; F: a
-- member of it. gone: written off, decides and
-- owns nothing any more, but may still be running somewhere. dead: its process has certainly ended
-- (or it left in order), so nobody answers in its name. dead implies gone.
CREATE TABLE IF NOT EXISTS incarnation (
  id            BIGINT PRIMARY KEY,
  name          VARCHAR(64) NOT NULL,
  address       VARCHAR(255) NOT NULL,
  http          VARCHAR(255) NOT NULL,
  admin         VARCHAR(255) NOT NULL,
  lifeline      VARCHAR(255) NOT NULL,
  formation     BIGINT NOT NULL DEFAULT 0,
  gone          BOOLEAN NOT NULL DEFAULT FALSE,
  dead          BOOLEAN NOT NULL DEFAULT FALSE,
  registered_at TIMESTAMP(3) WITH TIME ZONE NOT NULL,
  seen_at       TIMESTAMP(3) WITH TIME ZONE NOT NULL
);

-- The fence: who owns a shard. slot = kind * shards + shard; all rows are made at first start.
CREATE TABLE IF NOT EXISTS shard_owner (
  slot        INT PRIMARY KEY,
  incarnation BIGINT,
  epoch       BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE IF NOT EXISTS journal (
  persistence_id VARCHAR(255) NOT NULL,
  sequence_nr    BIGINT NOT NULL,
  incarnation    BIGINT NOT NULL,
  written_at     TIMESTAMP(3) WITH TIME ZONE NOT NULL,
  serializer_id  INT NOT NULL,
  manifest       VARCHAR(255) NOT NULL,
  payload        VARBINARY(1048576) NOT NULL,
  PRIMARY KEY (persistence_id, sequence_nr)
);

CREATE TABLE IF NOT EXISTS snapshot (
  persistence_id VARCHAR(255) NOT NULL,
  sequence_nr    BIGINT NOT NULL,
  written_at     TIMESTAMP(3) WITH TIME ZONE NOT NULL,
  serializer_id  INT NOT NULL,
  manifest       VARCHAR(255) NOT NULL,
  payload        VARBINARY(1048576) NOT NULL,
  PRIMARY KEY (persistence_id, sequence_nr)
);

-- The listing: one row a document, written in the transaction of its event.
CREATE TABLE IF NOT EXISTS document (
  collection VARCHAR(64) NOT NULL,
  id         VARCHAR(128) NOT NULL,
  etag       VARCHAR(41) NOT NULL,
  deleted    BOOLEAN NOT NULL,
  PRIMARY KEY (collection, id)
);
CREATE INDEX IF NOT EXISTS document_live ON document (collection, deleted, id);
