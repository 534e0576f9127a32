-- Connections of which both lines are known, stored many at once: as columns, sorted by row. All others are in `connection`, as are
-- all that were stored before there was this table. A row is in one place only.
CREATE TABLE segment (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,  -- never given again, so that whoever holds a segment knows it by its id
  level   INTEGER NOT NULL,        -- its rows lie less than 2^(20 + 4 * level) apart: so whoever looks for a row knows how far back to look
  first   INTEGER NOT NULL,        -- smallest row
  last    INTEGER NOT NULL,        -- largest row
  rows    INTEGER NOT NULL,        -- how many
  columns BLOB NOT NULL,           -- what `connection` has as numbers: see src/store/sqlite/segments/segment.ts
  texts   BLOB                     -- what it has as c_extra and s_extra; NULL: none of the rows has any
) STRICT;
CREATE INDEX segment_rows ON segment (level, first, last);

-- Rows of segments that were taken out. Segments themselves are never changed, only dropped.
CREATE TABLE segment_gone (
  row     INTEGER NOT NULL,
  segment INTEGER NOT NULL,
  PRIMARY KEY (row, segment)
) STRICT, WITHOUT ROWID;
