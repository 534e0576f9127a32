/** A store and the questions about it in one thread: for commands. */
import { existsSync } from 'node:fs';
import { pairingRules } from '../analysis/pairing/rules.ts';
import { renderLine } from '../parse/render.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import { sqlitePath } from './database-path.ts';
import { closeAndDiscard } from './files.ts';
import type { LocalRuntime, RuntimeOptions } from './runtime.ts';
import { waysIn } from './ways-in.ts';

/** Errors: db_missing, db_foreign, db_newer, db_outdated, db_damaged, db_locked, db_unwritable. */
export async function openRuntime({ db, mode, now, ...rest }: RuntimeOptions): Promise<LocalRuntime> {
  const path = sqlitePath(db);
  const isNew = path !== null && !existsSync(path);
  // Two hundred modules, which whoever only stores lines does without.
  const { createAnalysis } = await import('../analysis/create-analysis.ts');
  const store = openSqliteStore({ path, mode, rules: pairingRules, ...rest });
  return {
    ...waysIn(store),
    store,
    analysis: createAnalysis({ reader: store, render: renderLine, now }),
    answers: { behind: () => null, threads: () => 0 },
    close: () => store.close(),
    discard: () => (path !== null && isNew ? closeAndDiscard(store, path) : store.close()),
  };
}

/** Opens a runtime for some work. Where the work fails before anything is stored, it leaves no database that it made. */
export async function withRuntime<T>(
  options: RuntimeOptions,
  work: (runtime: LocalRuntime) => Promise<T>,
): Promise<T> {
  const runtime = await openRuntime(options);
  let result: T;
  try {
    result = await work(runtime);
  } catch (error) {
    await runtime.discard();
    throw error;
  }
  await runtime.close();
  return result;
}
