import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { repeatLines } from '../../../bench/input/repeat.ts';
import { askAll } from '../../../bench/load/ask.ts';
import type { Cannon } from '../../../bench/load/cannon.ts';
import { postLines } from '../../../bench/load/post.ts';
import { startServer } from '../../../bench/load/server.ts';
import { streamInto } from '../../../bench/load/stream.ts';
import { CLI } from '../../../bench/measure/product.ts';
import { simulate } from '../../../bench/simulator/simulate.ts';

const built = existsSync(CLI) ? false : 'the product is not built';
const hasProc = existsSync('/proc/self/status');

/** Asks once. */
const ONCE: Pick<Cannon, 'fire'> = {
  async fire({ url }) {
    const started = performance.now();
    const answer = await fetch(url);
    await answer.arrayBuffer();
    const ms = performance.now() - started;
    return { times: [ms], statuses: { [answer.status]: 1 }, seconds: ms / 1_000 };
  },
};

function simulated(folder: string, lines: number): string {
  const file = join(folder, 'lines.log');
  const texts = [...simulate({ scenario: 'throughput', seed: 5, lines }).lines].map(
    ({ line }) => `${line}\n`,
  );
  writeFileSync(file, texts.join(''));
  return file;
}

t.test(
  'a server takes what is sent to it, answers, and tells how long it was held',
  { skip: built },
  async (t) => {
    const folder = t.testdir();
    const file = simulated(folder, 300);
    const server = await startServer(join(folder, 'a.db'));
    t.teardown(() => server.stop());
    const posted = { lines: 0, hour: 0 };
    const signal = new AbortController().signal;
    await postLines(server.url, repeatLines(file, 600), posted, { rate: null, signal });
    t.equal(posted.lines, 600);
    t.equal(
      new Date(posted.hour).toISOString(),
      '2026-03-02T08:00:00.000Z',
      'the first line begins just before six, so that a round is two hours',
    );

    const { p50, p99, max, cpu } = await server.strain();
    t.ok(max > 0 && max >= p99 && p99 >= p50, `held for ${p50}, ${p99}, ${max} ms`);
    t.ok(cpu > 50, `${cpu} ms of CPU`);
    t.ok((await server.strain()).cpu < cpu, 'since it was asked before');

    const asked = await askAll(
      ['connections?limit=5', 'nothing'].map((name) => ({
        name,
        path: `/api/v1/${name}`,
        goal: { p50: null, p99: null },
        underIngest: false,
      })),
      { cannon: ONCE, server, seconds: 1, patience: 1, tell: () => {} },
    );
    const [list, none] = asked;
    t.match(list, { times: 1, failure: null });
    t.ok((list?.first ?? 0) > 0 && list?.p50 === list?.first && list?.p99 === list?.first);
    t.match(none, { failure: 'status 404' });
  },
);

t.test('lines that a server has already are not taken for new ones', { skip: built }, async (t) => {
  const folder = t.testdir();
  const file = simulated(folder, 50);
  const server = await startServer(join(folder, 'a.db'));
  t.teardown(() => server.stop());
  const send = (): Promise<void> => {
    const options = { rate: null, signal: new AbortController().signal };
    return postLines(server.url, repeatLines(file, 50), { lines: 0, hour: 0 }, options);
  };
  await send();
  await t.rejects(send(), /took 0 of 50 lines/);
});

t.test('a rate is kept', { skip: built }, async (t) => {
  const folder = t.testdir();
  const file = simulated(folder, 100);
  const server = await startServer(join(folder, 'a.db'));
  t.teardown(() => server.stop());
  const posted = { lines: 0, hour: 0 };
  const started = performance.now();
  const signal = AbortSignal.timeout(1_500);
  await postLines(server.url, repeatLines(file, 100_000), posted, { rate: 200, signal });
  const seconds = (performance.now() - started) / 1_000;
  t.ok(posted.lines > 0 && posted.lines <= 200 * seconds + 200, `${posted.lines} lines in ${seconds} s`);
});

t.test('a server that cannot start is told', { skip: built }, async (t) => {
  const folder = t.testdir({ 'a.db': 'no database' });
  await t.rejects(startServer(join(folder, 'a.db')), /the server ended with \d: .*a\.db/s);
});

t.test('a stream is stored whole, and its memory is known', { skip: built }, async (t) => {
  const folder = t.testdir();
  const { samples, peak } = await streamInto(
    join(folder, 'a.db'),
    repeatLines(simulated(folder, 400), 1_000),
    () => {},
  );
  t.equal(samples.at(-1)?.lines, 1_000);
  t.ok((samples.at(-1)?.seconds ?? 0) > 0);
  if (hasProc) t.ok((peak ?? 0) > 30, `${peak} MB`);
});

t.test('a stream that is not taken is told', { skip: built }, async (t) => {
  const folder = t.testdir({ 'a.db': 'no database' });
  const lines = repeatLines(simulated(folder, 400), 1_000);
  await t.rejects(
    streamInto(join(folder, 'a.db'), lines, () => {}),
    /the ingest ended with 1/,
  );
});
