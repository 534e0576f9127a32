/** Which thread answers, and from which moment, while more is stored than can be followed. The threads are real, and follow slowly. */
import t, { type Test } from 'tap';
import { steadyNow } from '../../src/answers/deadline.ts';
import type { Supply } from '../../src/answers/supply.ts';
import { TURN_LIMITS, type TurnLimits, Turns } from '../../src/answers/turns.ts';

const SLOW = new URL('./slow-thread.ts', import.meta.url);
const LIMITS: TurnLimits = { ...TURN_LIMITS, patienceMs: 20, restMs: 60, pauseMs: 10 };

interface Options {
  readonly stepMs: number;
  readonly limits?: Partial<TurnLimits>;
}

/** A store whose versions the test writes, one after the other or by itself, each with a thousand flows. */
async function start(t: Pick<Test, 'teardown'>, { stepMs, limits = {} }: Options) {
  const words = new Int32Array(new SharedArrayBuffer(12));
  words[0] = 1;
  const events: string[] = [];
  let isBusy = false;
  let logBytes = 0;
  const supply: Supply = {
    version: () => Atomics.load(words, 0),
    changes: (since) => 1_000 * (Atomics.load(words, 0) - since),
    isBusy: () => isBusy,
    busyShare: () => (isBusy ? 1 : 0),
    moves: async (ms) => {
      if (!isBusy) await new Promise((resolve) => setTimeout(resolve, ms));
      return isBusy;
    },
    stored: async () => void events.push('waits for a transaction'),
    behind: () => null,
    holdBack: async () => void events.push('holds back'),
    resume: () => void events.push('resumes'),
    logBytes: () => logBytes,
    checkpoint: async () => {
      events.push(`takes the log in with ${words[2]} readers`);
      logBytes = 0;
    },
  };
  const options = {
    entry: SLOW,
    workerData: { words, stepMs },
    changedSince: async () => null,
    onFailure() {},
  };
  const turns = new Turns(options, supply, { ...LIMITS, ...limits });
  let timer: NodeJS.Timeout | undefined;
  const store = (): void => {
    Atomics.add(words, 0, 1);
    turns.note();
  };
  t.teardown(() => {
    clearInterval(timer);
    return turns.close();
  });
  await turns.begin();
  return {
    turns,
    words,
    events,
    store,
    flood(on: boolean) {
      isBusy = on;
      clearInterval(timer);
      if (on) timer = setInterval(store, 5);
    },
    growLog(bytes: number) {
      logBytes = bytes;
    },
    /** Ms that it took, the version that was asked for, and that of the answer. */
    async ask({ insists = false, id = 'a' } = {}) {
      const [wanted, started] = [supply.version(), steadyNow()];
      const turn = await turns.turnFor(wanted, insists);
      const question = { method: 'incident' as const, args: [id] };
      const asking = { ...question, version: turn.version, deadline: null };
      const { answer, version: of } = await turn.thread.ask(asking);
      turns.noteAnswer(turn, of, question, 1);
      mustBeOf(answer, of);
      return { ms: steadyNow() - started, wanted, of };
    },
  };
}

/** The version that is told is that of the answer. */
function mustBeOf(answer: unknown, of: number): void {
  const { version } = answer as { version: number };
  if (version !== of) throw new Error(`an answer of version ${version} is told to be of ${of}`);
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Until it is so, or for ten seconds. */
async function until(isSo: () => boolean): Promise<boolean> {
  for (let left = 1_000; left > 0 && !isSo(); left--) await pause(10);
  return isSo();
}

t.test(
  'at rest an answer is of the newest version, however long that takes, and nothing is held',
  async (t) => {
    const { turns, words, ask, store } = await start(t, { stepMs: 80 });
    for (let i = 0; i < 5; i++) {
      const { wanted, of } = await ask();
      t.ok(of >= wanted);
      store();
    }
    t.equal(turns.version(), words[0], 'so is the one that comes');
    t.equal(turns.threads, 1);
    await ask();
    await pause(200);
    t.equal(words[2], 0, 'nobody holds a moment');
  },
);

t.test(
  'while more and more is stored two threads take turns, and nobody waits for one that follows',
  async (t) => {
    const { turns, words, ask, flood, store } = await start(t, { stepMs: 150 });
    await ask();
    flood(true);
    while (turns.threads === 1) await ask();
    let [before, behind, slow] = [0, 0, 0];
    for (let i = 0; i < 100; i++) {
      const { ms, wanted, of } = await ask();
      t.ok(of >= before, 'no answer is older than one before');
      before = of;
      if (of < wanted) behind++;
      if (ms > 100) slow++;
      await pause(10);
    }
    t.ok(behind > 50, `${behind} of 100 are behind`);
    t.ok(slow <= 5, `${slow} of 100 had to wait`);
    t.ok(turns.version() < (words[0] ?? 0), 'which is told before an answer is made');
    const { wanted, of } = await ask({ insists: true });
    t.ok(of >= wanted, 'who insists waits');
    flood(false);
    store();
    const last = await ask();
    t.ok(last.of >= last.wanted, 'once nothing more is stored, everything is known');
  },
);

t.test('a second thread is ended once it is not needed, and nothing is held', async (t) => {
  const { turns, words, ask, flood } = await start(t, { stepMs: 60, limits: { twinMs: 300 } });
  await ask();
  flood(true);
  while (turns.threads === 1) await ask();
  flood(false);
  await ask();
  t.ok(await until(() => turns.threads === 1));
  t.ok(await until(() => words[2] === 0));
});

t.test('when nobody asks, nobody follows', async (t) => {
  const { turns, words, ask, flood } = await start(t, { stepMs: 60, limits: { askedMs: 300 } });
  await ask();
  flood(true);
  while (turns.threads === 1) await ask();
  t.ok(await until(() => turns.threads === 1));
  t.ok(await until(() => words[2] === 0), 'and the log can be taken into the file');
  const steps = words[1];
  await pause(300);
  t.equal(words[1], steps);
});

t.test('when nobody asks, what changed is followed before it is too much, and nothing is held', async (t) => {
  const limits = { askedMs: 100, idleChanges: 20_000, twinMs: 50 };
  const { turns, words, ask, store } = await start(t, { stepMs: 5, limits });
  await ask();
  await pause(200);
  const steps = words[1] ?? 0;
  for (let i = 0; i < 20; i++) store();
  await pause(100);
  t.equal(words[1], steps, 'a little is not');
  store();
  t.ok(await until(() => words[1] === steps + 1 && words[2] === 0));
  t.equal(turns.threads, 1);
});

t.test('where there is no room for a second thread one answers between its steps', async (t) => {
  const { turns, ask, flood, growLog, events } = await start(t, { stepMs: 60, limits: { busyShare: 2 } });
  await ask();
  flood(true);
  let [quick, behind] = [0, 0];
  for (let i = 0; i < 100; i++) {
    const { ms, wanted, of } = await ask();
    if (ms < 30) quick++;
    if (of < wanted) behind++;
    await pause(5);
  }
  t.equal(turns.threads, 1);
  t.ok(quick > 50, `${quick} of 100 did not wait`);
  t.ok(behind > 50, `${behind} of 100 are behind`);
  growLog(2e9);
  await until(() => events.length > 0);
  t.equal(events[0], 'waits for a transaction', 'which takes the log into the file');
});

t.test(
  'a log that has become long is taken into the file while nobody reads an earlier moment',
  async (t) => {
    const { turns, ask, flood, growLog, events } = await start(t, { stepMs: 40 });
    await ask();
    flood(true);
    while (turns.threads === 1) await ask();
    growLog(2e9);
    t.ok(await until(() => events.includes('resumes')));
    t.strictSame(events.slice(-3), ['holds back', 'takes the log in with 1 readers', 'resumes']);
  },
);

t.test('where one of two dies the other goes on, and there are two again', async (t) => {
  const { turns, ask, flood } = await start(t, { stepMs: 60, limits: { twinMs: 200 } });
  await ask();
  flood(true);
  while (turns.threads === 1) await ask();
  await t.rejects(ask({ id: 'exit' }), { code: 'interrupted' });
  const { of } = await ask();
  t.ok(of > 0);
  t.ok(
    await until(() => {
      void ask().catch(() => {});
      return turns.threads === 2;
    }),
  );
});

t.test('once it is closed nothing is answered, and nobody waits', async (t) => {
  const { turns, ask, flood } = await start(t, { stepMs: 100 });
  await ask();
  flood(true);
  await ask();
  const asked = Array.from({ length: 5 }, () => ask({ insists: true }).catch(({ code }) => code));
  await pause(50);
  await turns.close();
  for (const outcome of await Promise.all(asked))
    t.ok(['draining', 'interrupted'].includes(outcome) || typeof outcome === 'object');
  await t.rejects(ask(), { code: 'draining' });
});
