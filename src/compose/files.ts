/** When the file of a database that was made goes again. */
import { pairingRules } from '../analysis/pairing/rules.ts';
import * as sqlite from '../store/sqlite/files.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import type { KeptStore } from './runtime.ts';

/** Closes a store; where it holds nothing, its file goes too. */
export async function closeAndDiscard(store: KeptStore, path: string): Promise<void> {
  const isEmpty = await holdsNothing(store);
  await store.close();
  if (isEmpty) sqlite.removeFile(path);
}

/** Removes a file that holds nothing and is not open. */
export async function discardEmpty(path: string): Promise<void> {
  await closeAndDiscard(openSqliteStore({ path, mode: 'read', rules: pairingRules }), path);
}

async function holdsNothing(store: KeptStore): Promise<boolean> {
  try {
    return (await store.counts()).lines === 0 && (await store.rejects()).length === 0;
  } catch {
    // What cannot be read is left to be looked at.
    return false;
  }
}
