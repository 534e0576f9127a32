/**
 * Questions beside everything else. A dear one holds up neither lines nor other requests, ends when its time is over, and
 * eight readers at once see neither an error nor a list that gets shorter. (B6, B7)
 */
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { simulate } from '../../bench/simulator/simulate.ts';
import { checkDatabase } from '../../src/compose/database.ts';
import { ended, runCli } from '../helpers/cli.ts';
import { Oracle } from '../helpers/faults/oracle.ts';
import { sendUntilGone } from '../helpers/faults/sender.ts';
import { serve } from '../helpers/serve.ts';

const LONG = process.env.LONG_TESTS !== undefined;
const LINES = LONG ? 300_000 : 60_000;
/** How long readers read beside those who send. */
const READ_MS = LONG ? 60_000 : 4_000;
const READERS = 8;

/** A database of a mesh in which much went wrong: the first question about it is dear. */
async function filled(t: Pick<Test, 'testdir' | 'equal'>): Promise<string> {
  const db = join(t.testdir({}), 'm.db');
  const lines = simulate({ scenario: 'all_in_turn', seed: 1, lines: LINES }).lines;
  const stdin = [...lines].map(({ line }) => `${line}\n`).join('');
  const { exit } = await runCli(['ingest', '--db', db], { stdin });
  t.equal(exit, 0);
  return db;
}

t.test('a dear question holds up nobody, and is given up when its time is over', async (t) => {
  const db = await filled(t);
  const { child, url } = await serve(t, ['--db', db]);
  const order: string[] = [];
  const note = async (name: string, answer: Promise<Response>): Promise<unknown> => {
    const response = await answer;
    const body = await response.text();
    order.push(`${name} ${response.status}`);
    return body;
  };
  /** Where the machine has much other work, it may take longer than the server lets anybody wait: then it is asked again. */
  const askUntilAnswered = async (): Promise<Response> => {
    for (;;) {
      const response = await fetch(`${url}/api/v1/incidents`);
      if (response.status !== 503) return response;
      await response.text();
    }
  };
  const dear = note('dear', askUntilAnswered());
  const hurried = note('hurried', fetch(`${url}/api/v1/incidents?timeout=100ms`));
  const oracle = new Oracle(6, Date.UTC(2024, 2, 5));
  const isAnswered = (): boolean => order.some((told) => told.startsWith('dear'));
  let [alive, stored] = [0, 0];
  while (!isAnswered()) {
    await (await fetch(`${url}/livez`)).text();
    await sendUntilGone({ url, oracle, linesMax: 20, connections: 1, batchesMax: 1 });
    if (isAnswered()) break;
    alive++;
    stored = oracle.stats().acknowledged;
  }
  t.match(JSON.parse(String(await hurried)), { status: 503, code: 'timeout' });
  await dear;
  t.strictSame(
    order,
    ['hurried 503', 'dear 200'],
    'the one whose time was over was told so, not made to wait',
  );
  t.ok(alive >= 5, `${alive} requests were answered meanwhile, ${stored} lines stored`);
  t.ok(stored > 0);
  child.kill('SIGTERM');
  t.match(await ended(child), { exit: 0 });
});

t.test('eight readers beside those who send', async (t) => {
  const db = await filled(t);
  const { child, url } = await serve(t, ['--db', db]);
  const oracle = new Oracle(7, Date.UTC(2024, 2, 5));
  const until = Date.now() + READ_MS;
  const taken: number[] = [];
  const problems: string[] = [];
  const ask = async (path: string): Promise<Record<string, unknown>> => {
    const started = performance.now();
    const response = await fetch(url + path);
    const body = (await response.json()) as Record<string, unknown>;
    taken.push(performance.now() - started);
    if (response.status !== 200) problems.push(`${path}: ${JSON.stringify(body)}`);
    return body;
  };
  const reader = async (number: number): Promise<void> => {
    let most = 0;
    do {
      const { items, next_cursor } = await ask(`/api/v1/connections?limit=${50 + number}&pod=oracle*`);
      if (next_cursor)
        await ask(`/api/v1/connections?limit=${50 + number}&pod=oracle*&cursor=${next_cursor}`);
      const count = (items as unknown[]).length;
      if (count < most) problems.push(`${count} items where there were ${most}`);
      most = count;
      await ask(
        ['/api/v1/topology', '/api/v1/timeseries?step=1h', '/api/v1/routes?limit=20', '/api/v1/shifts'][
          number % 4
        ] ?? '',
      );
    } while (Date.now() < until);
  };
  const sending = (async () => {
    do await sendUntilGone({ url, oracle, linesMax: 300, connections: 2, batchesMax: 10 });
    while (Date.now() < until);
  })();
  await Promise.all([sending, ...Array.from({ length: READERS }, (_, number) => reader(number))]);
  t.strictSame(problems, []);
  child.kill('SIGTERM');
  t.match(await ended(child), { exit: 0 });
  t.strictSame(await checkDatabase(db), { ok: true, problems: [] });
  t.strictSame(await oracle.check(db), []);
  taken.sort((a, b) => a - b);
  const at = (share: number): number => Math.round(taken[Math.floor(taken.length * share)] ?? 0);
  t.comment(
    JSON.stringify({ questions: taken.length, p50_ms: at(0.5), p99_ms: at(0.99), ...oracle.stats() }),
  );
});
