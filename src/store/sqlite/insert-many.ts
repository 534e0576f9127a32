/** Puts rows into a table, many at a call of SQLite: the call costs as much as a row does. */
import type Database from 'better-sqlite3';

const ROWS_AT_ONCE = 32;

/** Takes the values of rows one after the other: those of the first row, of the second, ... */
export type InsertMany = (values: readonly unknown[]) => void;

/** `insert`: what comes before the word VALUES. */
export function prepareInsertMany(db: Database.Database, insert: string, columns: number): InsertMany {
  const row = `(${Array(columns).fill('?').join(', ')})`;
  const one = db.prepare(`${insert} VALUES ${row}`);
  const many = db.prepare(`${insert} VALUES ${Array(ROWS_AT_ONCE).fill(row).join(', ')}`);
  const step = columns * ROWS_AT_ONCE;
  return (values) => {
    let at = 0;
    for (; at + step <= values.length; at += step) many.run(values.slice(at, at + step));
    for (; at < values.length; at += columns) one.run(values.slice(at, at + columns));
  };
}
