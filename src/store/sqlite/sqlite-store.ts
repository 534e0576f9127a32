/** The store of one machine: one SQLite file. */
import type { PairingRules, Store } from '../../domain/ports.ts';
import { createDictionary } from './dictionary.ts';
import { createJournal } from './journal.ts';
import { pruneDatabase } from './maintenance.ts';
import { explain, type OpenOptions, openDatabase } from './open.ts';
import { createReader } from './reader.ts';
import { createShapes } from './shapes.ts';
import { createWriter } from './writer.ts';

/**
 * Opens a store. `rules` decide which ends of connections belong together.
 * Errors: as `openDatabase`; later disk_full, db_locked, db_damaged from every method.
 */
export function openSqliteStore(options: OpenOptions & { readonly rules: PairingRules }): Store {
  const { db, close } = openDatabase(options);
  const dictionary = createDictionary(db);
  const shapes = createShapes(db, dictionary);
  const deps = { db, dictionary, shapes, rules: options.rules, journal: createJournal() };
  const reader = createReader(deps);
  const writer = options.mode === 'write' || options.path === null ? createWriter(deps) : null;
  const name = options.path ?? '(temporary)';
  const run = async <T>(work: () => T): Promise<T> => {
    try {
      return work();
    } catch (error) {
      throw explain(name, error);
    }
  };
  return {
    append: (lines, rejects) =>
      run(() => {
        if (writer === null) throw new Error('BUG: append to a store opened to read');
        return writer.append(lines, rejects);
      }),
    async prune(before, signal) {
      if (writer === null) throw new Error('BUG: prune of a store opened to read');
      try {
        return await pruneDatabase(db, before, { dropped: writer.forgetRows, signal });
      } catch (error) {
        throw explain(name, error);
      }
    },
    version: () => reader.version(),
    flows: (window) => run(() => reader.flows(window)),
    changedFlows: (since) => run(() => reader.changedFlows(since)),
    async *measures(query) {
      try {
        yield* reader.measures(query);
      } catch (error) {
        throw explain(name, error);
      }
    },
    lines: (query) => run(() => reader.lines(query)),
    line: (id) => run(() => reader.line(id)),
    pairs: (query) => run(() => reader.pairs(query)),
    pair: (id) => run(() => reader.pair(id)),
    rejects: () => run(() => reader.rejects()),
    counts: () => run(() => reader.counts()),
    close: () =>
      run(() => {
        close();
        writer?.close();
      }),
  };
}
