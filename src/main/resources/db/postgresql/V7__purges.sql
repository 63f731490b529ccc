-- What was said of stored responses: that they are not to be used any more. Numbers rise in the order
-- of the commits: who adds a row holds the one of the counter, so no reader sees a number before all
-- lower ones.
-- generation: of the database's history in which the newest number was given. A promotion may have
-- lost numbers; it is followed by a leap, so that none is ever given twice.
-- removed: rows up to that number may be gone; whoever knows less lacks something.
CREATE TABLE purge_counter (
  one        INT PRIMARY KEY,
  newest     BIGINT NOT NULL,
  generation BIGINT NOT NULL,
  removed    BIGINT NOT NULL
);
INSERT INTO purge_counter (one, newest, generation, removed) VALUES (1, 0, 0, 0);

-- kind: route, target, prefix or group; named: the route's name, path and query, or the group's name.
-- scheme, host: on which host; * for any, then the scheme is empty.
CREATE TABLE purge (
  number  BIGINT PRIMARY KEY,
  kind    VARCHAR(16) NOT NULL,
  scheme  VARCHAR(16) NOT NULL,
  host    VARCHAR(255) NOT NULL,
  named   VARCHAR(8192) NOT NULL,
  soft    BOOLEAN NOT NULL,
  made_at TIMESTAMPTZ(3) NOT NULL
);
