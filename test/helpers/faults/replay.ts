/**
 * What a disk may hold after a power cut, from a recording of all that a process did to it.
 * What was synced is there. Of what was written later nothing, anything, or a beginning may be; a write may be torn at a
 * sector; a file that was made or removed may not be, as long as its folder was not synced.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Random } from '../../../bench/simulator/random.ts';

export type Change = {
  readonly kind: 'create' | 'write' | 'truncate' | 'sync' | 'unlink';
  readonly path: string;
  /** Of a write; of a truncation, the length. */
  readonly offset: number;
  readonly data: Buffer;
  /** Bytes of the recording after which it had happened. */
  readonly end: number;
};

const KINDS: Readonly<Record<string, Change['kind']>> = {
  c: 'create',
  w: 'write',
  t: 'truncate',
  s: 'sync',
  u: 'unlink',
};
const HEAD_BYTES = 16;

/** Reads a recording; a record that a kill cut off is none. */
export function readTrace(path: string): readonly Change[] {
  const bytes = readFileSync(path);
  const changes: Change[] = [];
  for (let at = 0; at + HEAD_BYTES <= bytes.length; ) {
    const pathEnd = at + HEAD_BYTES + bytes.readUInt16LE(at + 2);
    const end = pathEnd + bytes.readUInt32LE(at + 4);
    if (end > bytes.length) break;
    const kind = KINDS[String.fromCharCode(bytes[at] ?? 0)];
    if (kind === undefined) throw new Error(`no record at byte ${at} of ${path}`);
    changes.push({
      kind,
      path: bytes.toString('utf8', at + HEAD_BYTES, pathEnd),
      offset: Number(bytes.readBigUInt64LE(at + 8)),
      data: bytes.subarray(pathEnd, end),
      end,
    });
    at = end;
  }
  return changes;
}

/** How much of what was not synced is there. */
export const CUTS = ['none', 'half', 'prefix', 'torn', 'names'] as const;
export type Cut = (typeof CUTS)[number];

interface Inode {
  synced: Buffer;
  pending: Change[];
}

/** A disk, as a process would see it and as it would be after a cut. */
export class Disk {
  readonly #names = new Map<string, Inode>();
  /** The names that are there also after a cut. */
  #syncedNames = new Map<string, Inode>();

  apply(change: Change): void {
    const { kind, path } = change;
    const inode = this.#names.get(path);
    if (kind === 'create') this.#names.set(path, { synced: Buffer.alloc(0), pending: [] });
    else if (kind === 'unlink') this.#names.delete(path);
    else if (kind === 'sync') {
      if (inode === undefined) this.#syncFolder(path);
      else {
        inode.synced = withChanges(inode.synced, inode.pending);
        inode.pending = [];
      }
    } else inode?.pending.push(change);
  }

  #syncFolder(folder: string): void {
    const elsewhere = [...this.#syncedNames].filter(([path]) => dirname(path) !== folder);
    const here = [...this.#names].filter(([path]) => dirname(path) === folder);
    this.#syncedNames = new Map([...elsewhere, ...here]);
  }

  /** Writes what a cut leaves into a folder, which it empties first. */
  writeCut(folder: string, cut: Cut, random: Random): void {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const names = cut === 'names' ? this.#syncedNames : this.#names;
    for (const [path, { synced, pending }] of names)
      writeFileSync(join(folder, basename(path)), withChanges(synced, chosen(pending, cut, random)));
  }
}

const SECTOR_BYTES = 512;

function chosen(pending: readonly Change[], cut: Cut, random: Random): readonly Change[] {
  if (cut === 'none' || cut === 'names') return [];
  if (cut === 'half') return pending.filter(() => random.chance(0.5));
  const kept = pending.slice(0, random.int(pending.length + 1));
  const last = kept.at(-1);
  if (cut === 'prefix' || last?.kind !== 'write') return kept;
  const sectors = random.int(Math.ceil(last.data.length / SECTOR_BYTES) + 1);
  return [...kept.slice(0, -1), { ...last, data: last.data.subarray(0, sectors * SECTOR_BYTES) }];
}

function withChanges(content: Buffer, changes: readonly Change[]): Buffer {
  if (changes.length === 0) return content;
  const ends = changes.map(({ offset, data }) => offset + data.length);
  // Room for all; how much of it is the file is counted along.
  const room = Buffer.alloc(Math.max(content.length, ...ends));
  content.copy(room);
  let length = content.length;
  for (const { kind, offset, data } of changes) {
    if (kind === 'truncate') {
      if (offset < length) room.fill(0, offset, length);
      length = offset;
    } else {
      data.copy(room, offset);
      length = Math.max(length, offset + data.length);
    }
  }
  return room.subarray(0, length);
}
