/** A database of the lines of a file. */
import { spawnSync } from 'node:child_process';
import { CLI } from './product.ts';

/** Errors: `Error` when they are not taken. */
export function fill(db: string, file: string): void {
  const { status, stderr } = spawnSync(process.execPath, [CLI, 'ingest', '--db', db, file], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the ingest ended with ${status}: ${stderr.slice(-500)}`);
}
