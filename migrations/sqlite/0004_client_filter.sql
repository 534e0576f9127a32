-- Finds the lines of one client (downstream_remote_address with its port): says of stretches of time which of them have none, and
-- of few that have none that they may. The newest lines are listed as they are, until there are enough of them.
CREATE TABLE client_filter (
  id     INTEGER PRIMARY KEY,
  first  INTEGER NOT NULL,         -- earliest start of a line, seconds since the epoch
  last   INTEGER NOT NULL,         -- latest start
  lines  INTEGER NOT NULL,
  packed INTEGER NOT NULL,         -- 0: seconds and hashes of the lines; 1: stretches with a filter each
  list   BLOB NOT NULL             -- see src/store/sqlite/clients/client-filter.ts
) STRICT;
CREATE INDEX client_filter_open ON client_filter (id) WHERE packed = 0;
