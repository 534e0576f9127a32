-- Texts that many lines share: pod names, addresses, cluster names, formats. Ids hold within this file only.
CREATE TABLE text (
  id    INTEGER PRIMARY KEY,
  value TEXT NOT NULL UNIQUE
) STRICT;

-- Everything that a line shares with many others. Columns ending in _id name a row of text; NULL is "absent".
CREATE TABLE shape (
  id           INTEGER PRIMARY KEY,
  pod_id       INTEGER,           -- from the envelope
  namespace_id INTEGER,
  container_id INTEGER,
  node_id      INTEGER,
  format_id    INTEGER NOT NULL,
  envelope_id  INTEGER NOT NULL,
  upstream_cluster_id         INTEGER,
  upstream_host_id            INTEGER,  -- with port
  upstream_local_host_id      INTEGER,  -- without port; the whole text when it has none
  downstream_local_address_id INTEGER,  -- with port
  downstream_remote_host_id   INTEGER,  -- without port; the whole text when it has none
  requested_server_name_id    INTEGER,
  response_flags_id           INTEGER,  -- as logged, joined by commas
  detail_id    INTEGER            -- JSON array of the rest: see src/store/sqlite/detail.ts
) STRICT;
-- When there are more than memory holds, a writer adds an index that finds the shape of a new line.

-- One row a connection: its client's line (c_) and its server's line (s_), or the one that is known.
-- A line of unknown direction takes the client's columns. Bytes and ms; NULL is "absent".
CREATE TABLE connection (
  row        INTEGER PRIMARY KEY,  -- second of the start * 2^18 + a number within that second
  c_shape    INTEGER,
  c_start    INTEGER,              -- ms after the row's second
  c_duration INTEGER,
  c_received INTEGER,
  c_sent     INTEGER,
  c_upstream_local_port    INTEGER,  -- minus 32768, so that it takes two bytes
  c_downstream_remote_port INTEGER,  -- minus 32768
  s_shape    INTEGER,
  s_start    INTEGER,              -- when both lines are known: this and the following three minus the client's value
  s_duration INTEGER,
  s_received INTEGER,
  s_sent     INTEGER,
  s_downstream_remote_port INTEGER,  -- minus the client's upstream port (paired), else minus 32768
  s_upstream_local_port    INTEGER,  -- minus 32768
  -- What follows is absent on most rows, and then takes no place.
  mark       INTEGER NOT NULL DEFAULT 0,  -- of the client's line, and 4 times of the server's: 1 ambiguous, 2 superseded
  c_hash     INTEGER,              -- of the line, minus 2^47; NULL where it follows from shape and numbers
  c_extra    TEXT,                 -- JSON array of what varies from line to line: see src/store/sqlite/extra.ts
  s_hash     INTEGER,
  s_extra    TEXT
) STRICT;

-- Finds the connections of one client address: sorted lists of (hash of address and port, row), one a batch, small ones
-- put together as more come in. A row that is listed may be gone; whoever follows a list looks.
CREATE TABLE address_list (
  id    INTEGER PRIMARY KEY,
  first INTEGER NOT NULL,          -- earliest start of a connection listed, ms since the epoch
  last  INTEGER NOT NULL,          -- latest end
  pairs INTEGER NOT NULL,          -- length of the list
  list  BLOB NOT NULL              -- smallest row (double), all hashes (32 bits, ascending), all rows less the smallest
                                   -- (32 bits each, or doubles where one is farther away); little endian
) STRICT;

-- The same for lines that have no other end by their addresses: hashes of what else both ends would have in common (see
-- src/store/sqlite/pairing/loose-ends.ts), first and last by the end of the connections.
CREATE TABLE loose_list (
  id    INTEGER PRIMARY KEY,
  first INTEGER NOT NULL,
  last  INTEGER NOT NULL,
  pairs INTEGER NOT NULL,
  list  BLOB NOT NULL
) STRICT;

-- Other ends that are not in the same row: behind a translated address, in a tunnel, or a gateway. Both ends are listed.
CREATE TABLE link (
  start      INTEGER NOT NULL,     -- of the line, ms since the epoch
  hash       INTEGER NOT NULL,     -- of the line
  side       INTEGER NOT NULL,     -- 0: as the client's end, 1: as the server's, 2: as the server's on a gateway's line
  shape      INTEGER NOT NULL,     -- of the line
  kind       INTEGER NOT NULL,     -- place in LINK_KINDS of src/store/sqlite/pairing/links.ts
  peer_start INTEGER,              -- NULL: several lines fit, so that none was taken
  peer_hash  INTEGER,
  score      REAL,
  PRIMARY KEY (start, hash, side)
) STRICT, WITHOUT ROWID;

-- Lines that lie in the row of another second than their own.
CREATE TABLE elsewhere (
  second INTEGER NOT NULL,
  row    INTEGER NOT NULL,
  PRIMARY KEY (second, row)
) STRICT, WITHOUT ROWID;

-- All lines of one shape in one hour of their start, summed up, for 32 neighbouring shapes a row. Kept while lines come in, so that
-- questions about routing never scan lines. Packed: see src/store/sqlite/flow-block.ts.
CREATE TABLE flow (
  hour  INTEGER NOT NULL,          -- since the epoch
  block INTEGER NOT NULL,          -- id of the shapes / 32
  sums  BLOB NOT NULL,
  PRIMARY KEY (hour, block)
) STRICT, WITHOUT ROWID;

-- Messages that their format cannot render again byte for byte. second and hash are the line's own.
CREATE TABLE raw_line (
  second INTEGER NOT NULL,
  hash   INTEGER NOT NULL,
  line   BLOB NOT NULL,
  PRIMARY KEY (second, hash)
) STRICT, WITHOUT ROWID;

-- What was refused, by reason and by who wrote it.
CREATE TABLE reject (
  identity TEXT NOT NULL,          -- JSON array: pod, namespace, container, node
  reason   TEXT NOT NULL,
  lines    INTEGER NOT NULL,
  sample   TEXT NOT NULL,
  PRIMARY KEY (identity, reason)
) STRICT, WITHOUT ROWID;

CREATE TABLE counter (
  name  TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO counter (name, value) VALUES ('version', 0), ('lines', 0), ('pairs', 0);
