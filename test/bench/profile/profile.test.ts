import t from 'tap';
import { busiest, type CpuProfile, secondsByStage } from '../../../bench/profile/cpu-profile.ts';
import { profileReport } from '../../../bench/profile/profile.ts';
import { stageOf } from '../../../bench/profile/stages.ts';

const source = (path: string): string => `file:///somewhere/src/${path}`;

t.test('files belong to stages', async (t) => {
  const rows: [functionName: string, url: string, stage: string | null][] = [
    ['read', source('parse/express-lane.ts'), 'parse'],
    ['formatTime', source('domain/time.ts'), 'parse'],
    ['RegExp: \\[(\\d+)', '', 'parse'],
    ['push', source('ingest/line-splitter.ts'), 'read and split'],
    ['read', 'node:fs', 'read and split'],
    ['take', source('store/thread/writing-thread.ts'), 'hand over to the writer'],
    ['idOf', source('store/sqlite/dictionary.ts'), 'intern texts and shapes'],
    ['add', source('store/sqlite/pairing/pairing-window.ts'), 'pair'],
    ['score', source('analysis/pairing/score.ts'), 'pair'],
    ['write', source('store/sqlite/flow-table.ts'), 'routes and totals'],
    ['writeRow', source('store/sqlite/row-writer.ts'), 'rows, indexes, SQLite'],
    ['wasm/scanner/scan', 'wasm://wasm/ea752cc6', 'parse'],
    ['wasm/window/chain', 'wasm://wasm/679837b2', 'pair'],
    ['wasm/lists/encode', 'wasm://wasm/679837b3', 'pair'],
    ['wasm/batch/rows/writeRow', 'wasm://wasm/888d837a', 'rows, indexes, SQLite'],
    ['wasm/batch/flows/addFrom', 'wasm://wasm/888d837a', 'routes and totals'],
    ['append', source('store/sqlite/measures/measure-log.ts'), 'routes and totals'],
    ['pragma', 'file:///x/node_modules/better-sqlite3/lib/database.js', 'rows, indexes, SQLite'],
    ['Option', 'file:///x/node_modules/commander/lib/option.js', 'start-up'],
    ['compile', 'node:internal/modules/esm/utils', 'start-up'],
    ['(garbage collector)', '', 'garbage collection'],
    ['(program)', '', 'rest'],
    ['(idle)', '', null],
  ];
  for (const [name, url, stage] of rows) t.equal(stageOf(name, url), stage, `${name} ${url}`);
});

const PLACE = { lineNumber: 0, columnNumber: 0 };
const PROFILE: CpuProfile = {
  nodes: [
    { id: 1, callFrame: { functionName: '(idle)', url: '', ...PLACE } },
    { id: 2, callFrame: { functionName: 'read', url: source('parse/express-lane.ts'), ...PLACE } },
    { id: 3, callFrame: { functionName: 'writeRow', url: source('store/sqlite/row-writer.ts'), ...PLACE } },
    { id: 4, callFrame: { functionName: 'read', url: source('parse/express-lane.ts'), ...PLACE } },
  ],
  samples: [2, 1, 3, 4, 2],
  timeDeltas: [100_000, 9_000_000, 250_000, 300_000, 100_000],
};

t.test('time is added up by stage, and waiting is none', async (t) => {
  const seconds = secondsByStage(PROFILE);
  t.equal(seconds.get('parse')?.toFixed(3), '0.500');
  t.equal(seconds.get('rows, indexes, SQLite'), 0.25);
  t.equal(seconds.size, 2);
});

t.test('a function that was called from several places is one', async (t) => {
  const [first, ...rest] = busiest(PROFILE, 5);
  t.match(first, { name: 'read in parse/express-lane.ts' });
  t.equal(first?.seconds.toFixed(3), '0.500');
  t.equal(rest.length, 1);
});

t.test('the page has each stage by thread, and a line’s part of it', async (t) => {
  const [one, two] = ['first thread', 'thread 2'].map((name) => ({
    name,
    seconds: secondsByStage(PROFILE),
    busiest: busiest(PROFILE, 1),
  }));
  if (one === undefined || two === undefined) throw new Error('two threads');
  const sizes = [
    { name: 'connection', bytes: 30_000_000 },
    { name: 'flow', bytes: 10_000_000 },
    { name: 'counter', bytes: 4_096 },
  ];
  const text = profileReport([one, two], sizes, 1_000_000, 'npm run bench -- profile');
  t.match(text, '| parse | 0.50 | 0.50 | 1.00 | 67 % |');
  t.match(text, '| all | 0.75 | 0.75 | 1.50 | 100 % |');
  t.match(text, '| `read in parse/express-lane.ts` | 0.50 |');
  t.match(text, '| `connection` | 30.0 | 75 % |');
  t.match(text, '| all | 40.0 | 100 % |');
  t.notMatch(text, 'counter');
});
