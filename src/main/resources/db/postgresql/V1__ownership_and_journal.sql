-- One row: what the cluster is. Another name or number of shards is refused at start.
CREATE TABLE cluster (
  one      SMALLINT PRIMARY KEY CHECK (one = 1),
  name     VARCHAR(64) NOT NULL,
  shards   INT NOT NULL
);

-- Histories of the database: PostgreSQL begins a new timeline with each promotion. H2 has one.
CREATE TABLE timeline (
  generation BIGINT PRIMARY KEY,
  timeline   VARCHAR(16) NOT NULL,
  since      TIMESTAMPTZ(3) NOT NULL
);

-- One row: who may decide on membership. Locked while a cluster is formed, entered, or cut down.
CREATE TABLE arbiter (
  one         SMALLINT PRIMARY KEY CHECK (one = 1),
  formation   BIGINT NOT NULL,
  incarnation BIGINT,
  decided_at  TIMESTAMPTZ(3)
);

-- A node's run of life. formation 0: registered, in no cluster yet; -F: entering formation F; F: a
-- member of it. gone: written off, decides and
-- owns nothing any more, but may still be running somewhere. dead: its process has certainly ended
-- (or it left in order), so nobody answers in its name. dead implies gone.
CREATE TABLE incarnation (
  id            BIGINT PRIMARY KEY,
  name          VARCHAR(64) NOT NULL,
  address       VARCHAR(255) NOT NULL,
  http          VARCHAR(255) NOT NULL,
  admin         VARCHAR(255) NOT NULL,
  lifeline      VARCHAR(255) NOT NULL,
  formation     BIGINT NOT NULL DEFAULT 0,
  gone          BOOLEAN NOT NULL DEFAULT FALSE,
  dead          BOOLEAN NOT NULL DEFAULT FALSE,
  registered_at TIMESTAMPTZ(3) NOT NULL,
  seen_at       TIMESTAMPTZ(3) NOT NULL
);

-- The fence: who owns a shard. slot = kind * shards + shard; all rows are made at first start.
CREATE TABLE shard_owner (
  slot        INT PRIMARY KEY,
  incarnation BIGINT,
  epoch       BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE journal (
  persistence_id VARCHAR(255) COLLATE "C" NOT NULL,
  sequence_nr    BIGINT NOT NULL,
  incarnation    BIGINT NOT NULL,
  written_at     TIMESTAMPTZ(3) NOT NULL,
  serializer_id  INT NOT NULL,
  manifest       VARCHAR(255) NOT NULL,
  payload        BYTEA NOT NULL,
  PRIMARY KEY (persistence_id, sequence_nr)
);

CREATE TABLE snapshot (
  persistence_id VARCHAR(255) COLLATE "C" NOT NULL,
  sequence_nr    BIGINT NOT NULL,
  written_at     TIMESTAMPTZ(3) NOT NULL,
  serializer_id  INT NOT NULL,
  manifest       VARCHAR(255) NOT NULL,
  payload        BYTEA NOT NULL,
  PRIMARY KEY (persistence_id, sequence_nr)
);

-- The listing: one row a document, written in the transaction of its event.
CREATE TABLE document (
  collection VARCHAR(64) COLLATE "C" NOT NULL,
  id         VARCHAR(128) COLLATE "C" NOT NULL,
  etag       VARCHAR(41) NOT NULL,
  deleted    BOOLEAN NOT NULL,
  PRIMARY KEY (collection, id)
);
CREATE INDEX document_live ON document (collection, id) WHERE NOT deleted;
