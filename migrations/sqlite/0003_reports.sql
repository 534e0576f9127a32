-- How far each schedule of reports has been looked after. Times are ms since the epoch.
CREATE TABLE schedule (
  name    TEXT PRIMARY KEY,
  pattern TEXT NOT NULL,           -- cron expression and time zone; another one begins anew
  period  INTEGER NOT NULL         -- everything scheduled until here was reported, or came before the schedule
) STRICT, WITHOUT ROWID;

-- A report that was made: of a schedule, once for each time that it names, or asked for.
CREATE TABLE report (
  id       TEXT PRIMARY KEY,
  schedule TEXT,                   -- NULL: asked for
  period   INTEGER NOT NULL,       -- time that the schedule names; when it was asked for
  missed   INTEGER NOT NULL,       -- earlier times of the schedule that passed without a report
  made     INTEGER NOT NULL,
  since    INTEGER NOT NULL,       -- window
  until    INTEGER NOT NULL,
  filters  TEXT NOT NULL,          -- JSON object: filter to its values
  format   TEXT NOT NULL,          -- that it is delivered in
  headline TEXT NOT NULL,
  severity TEXT,
  document TEXT NOT NULL           -- JSON, see src/domain/report.ts
) STRICT;
CREATE UNIQUE INDEX report_period ON report (schedule, period) WHERE schedule IS NOT NULL;
CREATE INDEX report_made ON report (made, id);

-- What is to be sent of a report, and what became of it. Written in one transaction with the report.
CREATE TABLE delivery (
  id        TEXT PRIMARY KEY,      -- stays the same over all tries
  report    TEXT NOT NULL,
  target    TEXT NOT NULL,
  state     TEXT NOT NULL,         -- pending, delivered, failed
  tries     INTEGER NOT NULL,
  next_try  INTEGER,               -- NULL: none
  last_try  INTEGER,               -- NULL: none yet
  delivered INTEGER,               -- NULL: not delivered
  error     TEXT                   -- of the last try; NULL: none
) STRICT;
CREATE INDEX delivery_report ON delivery (report);
CREATE INDEX delivery_pending ON delivery (next_try) WHERE state = 'pending';

-- Alerts that fire, as they were last told to a target.
CREATE TABLE alert (
  schedule TEXT NOT NULL,
  target   TEXT NOT NULL,
  incident TEXT NOT NULL,
  document TEXT NOT NULL,          -- JSON: what the target knows the alert by
  PRIMARY KEY (schedule, target, incident)
) STRICT, WITHOUT ROWID;
