// Promises: A4 (docs/reliability.md).
/**
 * All that a real server does to its disk is recorded, and cut off at random places: what a disk may then hold is opened,
 * and has every line that was acknowledged before the cut. The same with a server that does not sync its transactions must
 * lose some, or this test would be blind.
 */
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import Database from 'better-sqlite3';
import t from 'tap';
import { Random } from '../../bench/simulator/random.ts';
import { messageOf } from '../../src/domain/errors.ts';
import { checkFile } from '../../src/store/sqlite/files.ts';
import { openDatabase } from '../../src/store/sqlite/open.ts';
import { ROOT } from '../helpers/cli.ts';
import { Oracle } from '../helpers/faults/oracle.ts';
import { type Change, CUTS, Disk, readTrace } from '../helpers/faults/replay.ts';
import { sendUntilGone } from '../helpers/faults/sender.ts';
import { buildShim, NO_SHIM } from '../helpers/faults/shim.ts';
import { serve } from '../helpers/serve.ts';

const LONG = process.env.LONG_TESTS !== undefined;
const BATCHES = LONG ? 500 : 60;
const CUT_POINTS = LONG ? 200 : 12;
/** Changes of a database that is closed, at least. */
const CLOSING_CHANGES = 12;
const SEED = Number(process.env.ORACLE_SEED ?? Date.now() % 1_000_000);

interface Recording {
  readonly changes: readonly Change[];
  /** After so many bytes of the recording, so many lines had been acknowledged; in order. */
  readonly acknowledged: readonly { readonly at: number; readonly lines: number }[];
  readonly issued: number;
}

type Tap = Pick<typeof t, 'testdir' | 'teardown' | 'strictSame' | 'ok' | 'equal'>;

/** Runs a server and records it; one batch after the other, so that each answer has its place in the recording. */
async function record(t: Tap, env: Record<string, string>): Promise<Recording> {
  const folder = t.testdir({ data: {} });
  const trace = join(folder, 'trace');
  const data = join(folder, 'data');
  const faults = buildShim(t)({ folder: data, trace });
  const { child, url } = await serve(t, ['--db', join(data, 'm.db')], { env: { ...faults, ...env } });
  const oracle = new Oracle(SEED, Date.UTC(2024, 2, 5));
  const acknowledged: { at: number; lines: number }[] = [];
  const answered = () => {
    acknowledged.push({ at: statSync(trace).size, lines: oracle.stats().acknowledged });
  };
  const refused = await sendUntilGone({
    url,
    oracle,
    linesMax: 400,
    connections: 1,
    batchesMax: BATCHES,
    answered,
  });
  t.strictSame(refused, []);
  // To the end: the log is taken into the file and removed.
  child.kill('SIGTERM');
  await once(child, 'close');
  const changes = readTrace(trace);
  t.ok(
    changes.some(({ kind, path }) => kind === 'write' && path.endsWith('m.db')),
    'there was a checkpoint',
  );
  return { changes, acknowledged, issued: oracle.stats().issued };
}

interface Outcome {
  /** Cuts after which acknowledged lines were missing. */
  losing: number;
  /** Cuts after which the database was broken. */
  corrupt: number;
  /** Most lines that one cut lost. */
  mostLost: number;
  readonly problems: string[];
}

function cutEverywhere(t: Tap, { changes, acknowledged, issued }: Recording): Outcome {
  const random = new Random(SEED, 'cuts');
  const target = join(t.testdir({}), 'cut');
  const outcome: Outcome = { losing: 0, corrupt: 0, mostLost: 0, problems: [] };
  // The end is where the log is taken in, and is always looked at.
  const last = Array.from({ length: CLOSING_CHANGES }, (_, back) => changes.length - back);
  const places = [...last, ...Array.from({ length: CUT_POINTS }, () => 1 + random.int(changes.length))];
  places.sort((a, b) => a - b);
  const disk = new Disk();
  let applied = 0;
  for (const place of places) {
    for (; applied < place; applied++) {
      const change = changes[applied];
      if (change !== undefined) disk.apply(change);
    }
    const reached = changes[place - 1]?.end ?? 0;
    const promised = acknowledged.filter(({ at }) => at <= reached).at(-1)?.lines ?? 0;
    for (const cut of CUTS) {
      disk.writeCut(target, cut, random);
      judge(join(target, 'm.db'), { promised, issued, where: `${cut} at ${place}` }, outcome);
    }
  }
  return outcome;
}

function judge(
  db: string,
  { promised, issued, where }: { promised: number; issued: number; where: string },
  outcome: Outcome,
): void {
  const lines = linesIn(db);
  if (lines === null) {
    outcome.corrupt++;
    outcome.problems.push(`${where}: broken`);
  } else if (lines < promised) {
    outcome.losing++;
    outcome.mostLost = Math.max(outcome.mostLost, promised - lines);
    outcome.problems.push(`${where}: ${lines} lines of ${promised}`);
  } else if (lines > issued) {
    outcome.corrupt++;
    outcome.problems.push(`${where}: ${lines} lines, of ${issued} that were issued`);
  }
}

/** What was said of databases that could not be opened. */
const told = new Set<string>();

/** Lines that the database holds; null when something is wrong with it. */
function linesIn(path: string): number | null {
  try {
    // As a server does that starts again.
    openDatabase({ path, mode: 'write' }).close();
    if (!checkFile(path).ok) return null;
  } catch (error) {
    told.add(messageOf(error).replaceAll(path, 'FILE'));
    return null;
  }
  const db = new Database(path, { readonly: true });
  try {
    return db.prepare("SELECT value FROM counter WHERE name = 'lines'").pluck().get() as number;
  } finally {
    db.close();
  }
}

t.test('what was acknowledged survives a power cut', { skip: NO_SHIM }, async (t) => {
  const recording = await record(t, {});
  const outcome = cutEverywhere(t, recording);
  t.comment(
    JSON.stringify({
      seed: SEED,
      changes: recording.changes.length,
      cuts: (CUT_POINTS + CLOSING_CHANGES) * CUTS.length,
      ...outcome,
    }),
  );
  t.match(outcome, { losing: 0, corrupt: 0, problems: [] }, `ORACLE_SEED=${SEED}`);
});

t.test('it would be seen if it did not', { skip: NO_SHIM }, async (t) => {
  const weaker = pathToFileURL(join(ROOT, 'test', 'helpers', 'faults', 'without-full-sync.mjs')).href;
  const recording = await record(t, { NODE_OPTIONS: `--import=${weaker}` });
  const outcome = cutEverywhere(t, recording);
  t.comment(
    JSON.stringify({
      seed: SEED,
      cuts: (CUT_POINTS + CLOSING_CHANGES) * CUTS.length,
      ...outcome,
      problems: outcome.problems.length,
    }),
  );
  t.ok(outcome.losing > 0, 'a server that does not sync loses lines');
  t.equal(outcome.corrupt, 0, 'although its database stays whole');
});
