import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Bytes of a database: a file with all whose names begin with its name (journals and the like), or a folder. */
export function bytesOnDisk(path: string): number {
  return related(path).reduce((sum, file) => sum + bytesOf(file), 0);
}

export function removeDatabase(path: string): void {
  for (const file of related(path)) rmSync(file, { recursive: true, force: true });
}

function related(path: string): string[] {
  const folder = dirname(path);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.startsWith(basename(path)))
    .map((name) => join(folder, name));
}

/** A file that goes away meanwhile has no bytes. */
function bytesOf(path: string): number {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  if (!stat.isDirectory()) return stat.size;
  return readdirSync(path).reduce((sum, name) => sum + bytesOf(join(path, name)), 0);
}
