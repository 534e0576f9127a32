-- What is counted and summed up minute by minute: of every line its minute, shape, bytes and duration, packed column by column.
-- Only ever added to, a few hundred bytes to some hundred kilobytes a transaction: see src/store/sqlite/measures/chunk.ts.
-- A line that does not count any more is added once more, in a chunk that counts the other way.
CREATE TABLE measure (
  part   INTEGER PRIMARY KEY,  -- hour of the start, since the epoch, * 2^20 + a number within that hour
  chunks BLOB NOT NULL
) STRICT;
