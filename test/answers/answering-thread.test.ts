// Promises: B6 (docs/reliability.md).
/** Answers of a thread are those that would be given here, whatever comes in meanwhile, and whatever becomes of the thread. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { Random } from '../../bench/simulator/random.ts';
import { simulate } from '../../bench/simulator/simulate.ts';
import { startAnsweringThread } from '../../src/answers/answering-thread.ts';
import { steadyNow, withDeadline } from '../../src/answers/deadline.ts';
import { pack, unpack } from '../../src/answers/messages.ts';
import { type Moment, withMoment } from '../../src/answers/moment.ts';
import type { Supply } from '../../src/answers/supply.ts';
import { TURN_LIMITS, type TurnLimits } from '../../src/answers/turns.ts';
import { openRuntimeApart } from '../../src/compose/apart.ts';
import { openRuntime } from '../../src/compose/local.ts';
import type { Runtime } from '../../src/compose/runtime.ts';
import { NO_IDENTITY } from '../../src/domain/entry.ts';
import { type Filter, NO_FILTER, parseFilter } from '../../src/domain/filter.ts';
import type { Analysis } from '../../src/domain/queries.ts';
import { firstDifference, type WholeAnswers, wholeAnswers } from '../helpers/whole-answers.ts';

const DYING = new URL('./dying-thread.ts', import.meta.url);

async function open(
  t: Pick<Test, 'testdir' | 'teardown'>,
  limits = TURN_LIMITS,
): Promise<{ runtime: Runtime; db: string }> {
  const db = join(t.testdir({}), 'm.db');
  const runtime = await openRuntimeApart({ db, limits });
  // A thread that is left would keep the process of a test that failed.
  t.teardown(() => runtime.close().catch(() => {}));
  return { db, runtime };
}

async function ingest({ newIngest }: Runtime, lines: readonly string[]): Promise<void> {
  const stream = newIngest({ format: null, identity: NO_IDENTITY });
  await stream.write(Buffer.from(lines.map((line) => `${line}\n`).join('')));
  await stream.end();
}

const linesOf = (seed: number, lines: number) =>
  [...simulate({ scenario: 'all_in_turn', seed, lines, linesPerSecond: 0.2 }).lines].map(({ line }) => line);

/** As if nothing could be followed while somebody waits. */
const HURRIED: TurnLimits = { ...TURN_LIMITS, patienceMs: 0, busyShare: 0, pauseMs: 20 };

/** Nothing is stored. */
const atRest = (version: number): Supply => ({
  version: () => version,
  changes: () => 0,
  isBusy: () => false,
  busyShare: () => 0,
  moves: async () => false,
  stored: async () => {},
  behind: () => null,
  holdBack: async () => {},
  resume() {},
  logBytes: () => 0,
  checkpoint: async () => {},
});

t.test('after every batch the answers are those of the file, to the byte', async (t) => {
  const lives = fc.record({
    seed: fc.integer({ min: 1, max: 1_000 }),
    cuts: fc.array(fc.integer({ min: 1, max: 250 }), { minLength: 4, maxLength: 8 }),
    prune: fc.option(fc.integer({ min: 0, max: 3 })),
    isShuffled: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(lives, async ({ seed, cuts, prune, isShuffled }) => {
      const { runtime, db } = await open(t);
      const named = linesOf(seed, 900);
      // First of a reader that does not know the namespace: what was answered before says more later.
      const all = [...named.map((line) => line.replace(/^\S+ /, '')), ...named.slice(0, 300)];
      if (isShuffled) new Random(seed, 'order').shuffle(all);
      let at = 0;
      for (const [turn, cut] of [...cuts, all.length].entries()) {
        await ingest(runtime, all.slice(at, at + cut));
        at += cut;
        if (prune === turn) {
          const { first_seen } = await runtime.analysis.summary();
          const before = Date.parse(first_seen ?? '') + 2 * 3_600_000;
          await runtime.store.prune(before, new AbortController().signal);
        }
        const fresh = await openRuntime({ db, mode: 'read', now: Date.now });
        const expected = await wholeAnswers(fresh.analysis);
        await fresh.close();
        const difference = firstDifference(expected, await wholeAnswers(runtime.analysis));
        if (difference !== null) throw new Error(`batch ${turn}: ${difference}`);
      }
      await runtime.close();
      t.notOk(existsSync(`${db}-wal`), 'the log is taken into the file');
    }),
    { numRuns: 5, seed: 5 },
  );
});

t.test(
  'what was acknowledged before a question is known to its answer, however many ask at once',
  async (t) => {
    const { runtime } = await open(t);
    const lines = linesOf(1, 2_000);
    let stored = 0;
    const asked: Promise<void>[] = [];
    for (let at = 0; at < lines.length; at += 40) {
      await ingest(runtime, lines.slice(at, at + 40));
      stored = (await runtime.store.counts()).lines;
      const least = stored;
      asked.push(
        runtime.analysis.summary().then(({ lines: known }) => {
          t.ok(known >= least, `${known} of at least ${least} lines`);
        }),
      );
    }
    await Promise.all(asked);
    t.ok(stored > 1_500);
    await runtime.close();
  },
);

t.test('an answer that is behind is what the file said then, to the byte', async (t) => {
  const { runtime } = await open(t, HURRIED);
  const lines = linesOf(5, 6_000);
  const stored = new Map<number, number>();
  let at = 0;
  const flood = async (): Promise<void> => {
    while (at < lines.length) {
      await ingest(runtime, lines.slice(at, at + 30));
      at += 30;
      stored.set(runtime.store.version(), at);
    }
  };
  await ingest(runtime, lines.slice(0, 30));
  at = 30;
  stored.set(runtime.store.version(), at);
  await runtime.analysis.summary();
  const flooding = flood();
  const told: { version: number; answers: WholeAnswers }[] = [];
  let [threads, behind] = [1, 0];
  while (at < lines.length) {
    const of = new Set<number | null>();
    const answers = await wholeAnswers(
      watched(runtime.analysis, (moment) => {
        of.add(moment.version);
        if (moment.behind !== null) behind++;
      }),
    );
    threads = Math.max(threads, runtime.answers.threads());
    const [version] = of;
    // Between two pages of a list more may have been followed.
    if (of.size === 1 && version != null) told.push({ version, answers });
  }
  await flooding;
  t.equal(threads, 2);
  t.ok(behind > 0 && told.length > 2, `${behind} are behind, ${told.length} can be compared`);
  const fresh = await openRuntime({ db: null, mode: 'write', now: Date.now });
  let known = 0;
  for (const { version, answers } of told.slice(-6)) {
    const most = stored.get(version) ?? Number.NaN;
    await ingest(fresh, lines.slice(known, most));
    known = most;
    t.equal(firstDifference(await wholeAnswers(fresh.analysis), answers), null, `${most} lines`);
  }
  await ingest(fresh, lines.slice(known));
  const last = await wholeAnswers(runtime.analysis);
  t.equal(firstDifference(await wholeAnswers(fresh.analysis), last), null, 'and at rest all is told');
  await fresh.close();
  await runtime.close();
});

/** Tells of which moment each answer is. */
function watched(analysis: Analysis, told: (moment: Moment) => void): Analysis {
  return new Proxy(analysis, {
    get(target, name) {
      const question = target[name as keyof Analysis] as (...args: unknown[]) => Promise<unknown>;
      return async (...args: unknown[]) => {
        const moment: Moment = { version: null, behind: null };
        const answer = await withMoment(moment, () => question(...args));
        told(moment);
        return answer;
      };
    },
  });
}

t.test('questions do not keep the log from being taken into the file', async (t) => {
  const { runtime, db } = await open(t);
  const lines = linesOf(2, 20_000);
  let largest = 0;
  for (let at = 0; at < lines.length; at += 100) {
    await ingest(runtime, lines.slice(at, at + 100));
    await runtime.analysis.connections(NO_FILTER, { limit: 1, cursor: null });
    largest = Math.max(largest, statSync(`${db}-wal`).size);
  }
  await runtime.close();
  // A checkpoint is due at 16 MiB; one that never comes would leave twice as much.
  t.ok(largest < 24 * 1024 * 1024, `${largest} bytes`);
});

t.test('a question whose time is over is given up, and what others need is not lost by it', async (t) => {
  const { runtime } = await open(t);
  await ingest(runtime, linesOf(3, 3_000));
  const late = withDeadline(steadyNow() - 1, () => runtime.analysis.summary());
  await t.rejects(late, { name: 'AppError', code: 'timeout' });
  // So short that it is over while the model is made, or lines are read; never an answer of half of it.
  for (const ms of [0.5, 1, 2, 5, 10, 20]) {
    const page = { limit: 10_000, cursor: null };
    const answer = withDeadline(steadyNow() + ms, () => runtime.analysis.connections(NO_FILTER, page));
    const outcome = await answer.then(
      ({ items }) => items.length,
      (error: { code: string }) => error.code,
    );
    const { lines } = await runtime.store.counts();
    t.ok(outcome === 'timeout' || outcome === lines, String(outcome));
  }
  t.ok((await runtime.analysis.summary()).lines > 2_500);
  await runtime.close();
});

t.test('what all answers rest on is finished, though nobody ever waits as long as it takes', async (t) => {
  const { runtime } = await open(t);
  await ingest(runtime, linesOf(4, 12_000));
  const { analysis } = runtime;
  let answered = 0;
  // Many, for a machine that is busy with other things; a few are enough otherwise.
  for (let tries = 0; tries < 500 && answered === 0; tries++) {
    const answer = withDeadline(steadyNow() + 20, () =>
      analysis.incidents(NO_FILTER, { limit: 100, cursor: null }),
    );
    answered = await answer.then(
      ({ items }) => items.length,
      () => 0,
    );
  }
  t.ok(answered > 0);
  await runtime.close();
});

t.test(
  'a thread that dies fails what it was asked, and the next question is answered by another',
  async (t) => {
    const { analysis, close } = await startAnsweringThread({
      entry: DYING,
      workerData: { opens: true },
      supply: atRest(7),
      changedSince: async () => null,
      onFailure: () => t.fail('no disk failed'),
    });
    const [dead, beside] = await Promise.allSettled([analysis.incident('exit'), analysis.incident('never')]);
    const interrupted = { status: 'rejected', reason: { name: 'AppError', code: 'interrupted' } };
    t.match([dead, beside], [interrupted, interrupted]);
    t.match(await analysis.incident('who'), { id: 'who' });
    await t.rejects(analysis.incident('throw'), { code: 'interrupted' });
    t.match(await analysis.incident('who'), { id: 'who' });
    await t.rejects(analysis.incident('damaged'), {
      name: 'AppError',
      code: 'db_damaged',
      remedy: 'restore it',
    });
    const last = analysis.incident('busy').catch((error: { code: string }) => error.code);
    await close();
    t.equal(await last, 'interrupted', 'one that is in the middle of an answer is ended');
    await t.rejects(analysis.incident('who'), { code: 'draining' });
  },
);

t.test('a thread that cannot open the database says so as itself', async (t) => {
  const opening = startAnsweringThread({
    entry: DYING,
    workerData: { opens: false },
    supply: atRest(1),
    changedSince: async () => null,
    onFailure: () => {},
  });
  await t.rejects(opening, { code: 'db_damaged', message: 'cannot use database x' });
});

t.test('a filter that has travelled asks for the same', async (t) => {
  const given = {
    since: '2024-03-05T09:00:00Z',
    pod: ['web-*', 'db-0'],
    source: '10.0.0.1:80',
    state: 'captured*',
    response_flag: 'U*',
    diagnosis: '*capture',
    severity: 'high',
  };
  const filter = parseFilter(given, 0);
  const travelled = unpack(structuredClone(pack(filter))) as Filter;
  t.strictSame(Object.keys(travelled), Object.keys(filter));
  for (const name of ['web-1', 'db-0', 'db-1', 'web', null, 'UF', 'UH', 'catch_all_capture'])
    for (const field of ['pod', 'response_flag', 'diagnosis'] as const)
      t.strictSame(
        travelled[field].map((matches) => matches(name)),
        filter[field].map((matches) => matches(name)),
        `${field} ${name}`,
      );
  t.strictSame(
    { ...travelled, pod: [], response_flag: [], diagnosis: [] },
    { ...filter, pod: [], response_flag: [], diagnosis: [] },
  );
});
