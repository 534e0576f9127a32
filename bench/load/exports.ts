/** Reads everything that a database holds, and tells the memory that this takes. */
import { get } from 'node:http';
import { watchMemory } from '../measure/process-tree.ts';
import { CLI, pairsStored } from '../measure/product.ts';
import { runNode } from '../measure/run-process.ts';
import { startServer } from './server.ts';

const NEWLINE = 0x0a;
const MB = 1e6;

/** MB and seconds. */
export interface Exported {
  readonly what: string;
  readonly lines: number;
  /** Of text; null: not counted. */
  readonly size: number | null;
  readonly wall: number;
  /** RSS of the process when the first line came, and the most of it; null where the system does not tell. */
  readonly before: number | null;
  readonly peak: number | null;
}

/** What can be exported apart: of 5 million lines each takes minutes. */
export const EXPORTS = ['ndjson', 'csv', 'pairs'] as const;
export type Export = (typeof EXPORTS)[number];

const RUN: { readonly [E in Export]: (db: string) => Promise<Exported> } = {
  ndjson: (db) => exportOverHttp(db, 'connections?format=ndjson'),
  csv: (db) => exportOverHttp(db, 'connections?format=csv'),
  pairs: async (db) => {
    const { wall, rss } = await runNode(CLI, ['get', 'pairs', '--db', db, '-o', 'ndjson']);
    const lines = pairsStored(db);
    return { what: '`meshwake get pairs -o ndjson`', lines, size: null, wall, before: null, peak: rss };
  },
};

/** Each of those asked for in a process of its own. Errors: `Error` when an export does not come to its end. */
export async function exportAll(
  db: string,
  asked: readonly Export[],
  tell: (text: string) => void,
): Promise<{ readonly exports: readonly Exported[] }> {
  const exports: Exported[] = [];
  for (const name of asked) {
    const one = await RUN[name](db);
    tell(`${one.what}: ${one.lines} lines in ${one.wall.toFixed(1)} s, ${one.peak?.toFixed(0) ?? '-'} MB`);
    exports.push(one);
  }
  return { exports };
}

/** Those that were made now, and of those that were made before the others. */
export function withEarlier(earlier: readonly Exported[], now: readonly Exported[]): readonly Exported[] {
  const others = earlier.filter(({ what }) => !now.some((one) => one.what === what));
  return [...others, ...now].sort((a, b) => (a.what < b.what ? -1 : 1));
}

async function exportOverHttp(db: string, path: string): Promise<Exported> {
  const server = await startServer(db);
  const memory = watchMemory(server.pid);
  try {
    const url = `${server.url}/api/v1/${path}`;
    // The model is made before: it is the same for all that is asked.
    while ((await fetch(`${server.url}/api/v1/connections?limit=1`)).status !== 200);
    const before = memory.now();
    const started = performance.now();
    const { lines, bytes } = await readAll(url);
    const wall = (performance.now() - started) / 1_000;
    return { what: `\`GET /api/v1/${path}\``, lines, size: bytes / MB, wall, before, peak: memory.stop() };
  } finally {
    memory.stop();
    await server.stop();
  }
}

function readAll(url: string): Promise<{ lines: number; bytes: number }> {
  return new Promise((resolve, reject) => {
    const asking = get(url, (answer) => {
      let [lines, bytes] = [0, 0];
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) lines++;
      });
      answer.once('end', () => {
        if (answer.statusCode === 200) resolve({ lines, bytes });
        else reject(new Error(`${url}: status ${answer.statusCode}`));
      });
      answer.once('error', reject);
    });
    asking.once('error', reject);
  });
}
