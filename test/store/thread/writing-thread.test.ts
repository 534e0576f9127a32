import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { pairingRules } from '../../../src/analysis/pairing/rules.ts';
import { type IngestRuntime, withIngestRuntime } from '../../../src/compose/ingest-runtime.ts';
import { NO_IDENTITY } from '../../../src/domain/entry.ts';
import { columnsOf, LineColumns } from '../../../src/domain/line-columns.ts';
import { TEMPLATE_FIELD, TEMPLATE_WIDTH, Templates } from '../../../src/domain/templates.ts';
import { openSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts';
import { startWritingThread } from '../../../src/store/thread/writing-thread.ts';
import { makeLine } from '../../helpers/lines.ts';

const ENTRY = new URL('./test-writer.ts', import.meta.url);
const OPTIONS = { format: null, identity: NO_IDENTITY };

const line = (pod: string) => columnsOf([makeLine(pod, { start_time: Date.UTC(2024, 2, 5) })]);

/** As a lane would hand them over: two lines of one template. */
function alike(pod: string): LineColumns {
  const templates = new Templates();
  const row = new Int32Array(TEMPLATE_WIDTH);
  row[TEMPLATE_FIELD.pod] = templates.numberOf(pod);
  const columns = new LineColumns(templates, 2);
  const template = templates.add(row);
  for (let n = 0; n < 2; n++) columns.add(makeLine(pod, { start_time: Date.UTC(2024, 2, 5) }), template);
  return columns;
}

t.test('batches are answered one by one, each with its own outcome', async (t) => {
  const thread = startWritingThread(ENTRY, { fails: false });
  const answers = await Promise.allSettled(
    [alike('web-0'), alike('full-0'), line('web-0'), line('full-0'), alike('web-0')].map((lines) =>
      thread.append(lines, []),
    ),
  );
  t.match(answers, [
    { value: { accepted: 2 } },
    { reason: { name: 'AppError', code: 'disk_full', message: 'cannot write: no space left' } },
    { value: { accepted: 1 } },
    { reason: { code: 'disk_full' } },
    { value: { accepted: 2 } },
  ]);
  await thread.close();
});

t.test('lines that were taken and are not durable come back before their answer', async (t) => {
  const thread = startWritingThread(ENTRY, { fails: false });
  const lines = alike('wait-0');
  let answer: unknown = null;
  const taken = new Promise<void>((resolve) => {
    thread.append(lines, [], resolve).then((result) => {
      answer = result;
    });
  });
  await taken;
  t.equal(lines.capacity, 2, 'the arrays are here again');
  t.equal((await thread.append(alike('web-0'), [])).accepted, 2, 'others are stored meanwhile');
  t.equal(answer, null);
  thread.settle();
  await thread.close();
  t.same(answer, { accepted: 2, duplicates: 0 });
});

t.test('a store that cannot be opened says so as itself', async (t) => {
  const thread = startWritingThread(ENTRY, { fails: true });
  const error = {
    name: 'AppError',
    code: 'db_locked',
    message: 'cannot open database x: it is locked',
    remedy: 'wait a moment',
  };
  await t.rejects(thread.append(line('web-0'), []), error, 'to lines that came before');
  await t.rejects(thread.opened, error);
  await t.rejects(thread.append(line('web-0'), []), error, 'and after');
  await t.rejects(thread.close(), error);
});

for (const pod of ['exit-0', 'throw-0']) {
  t.test(`a thread that dies fails whatever waits, and what comes after (${pod})`, async (t) => {
    const thread = startWritingThread(ENTRY, { fails: false });
    const waiting = [line(pod), line('web-0')].map((lines) => thread.append(lines, []));
    for (const { status } of await Promise.allSettled(waiting)) t.equal(status, 'rejected');
    await t.rejects(thread.append(line('web-0'), []));
    await t.rejects(thread.close());
  });
}

const START = Date.UTC(2024, 2, 5, 8);

function logLine(n: number): string {
  const time = new Date(START + 1_000 * n).toISOString();
  return `web-7948dffbdd-p44xx istio-proxy [${time}] "- - -" 0 - - - "-" ${n} 88 451 - "-" "-" "-" "-" "10.60.4.21:6379" outbound|6379||cache.shop.svc.cluster.local 10.60.3.9:${40_000 + (n % 15_000)} 10.61.0.77:6379 10.60.3.9:${50_000 + (n % 15_000)} - -\n`;
}

t.test('what a thread stored is in the file, and again is once', async (t) => {
  const db = join(t.testdir(), 'm.db');
  // Not all in one batch: later ones have templates that the thread has met.
  for (const expected of [{ accepted: 40_000 }, { duplicates: 40_000 }]) {
    const tally = await withIngestRuntime({ db }, async ({ newIngest }) => {
      const ingest = newIngest(OPTIONS);
      for (let n = 0; n < 40_000; n += 500) {
        await ingest.write(Buffer.from(Array.from({ length: 500 }, (_, i) => logLine(n + i)).join('')));
      }
      return ingest.end();
    });
    t.match(tally, { received: 40_000, ...expected });
  }
  const store = openSqliteStore({ path: db, mode: 'read', rules: pairingRules });
  t.match(await store.counts(), { lines: 40_000 });
  await store.close();
});

t.test('a database that cannot be opened is refused at once, whether lines come or not', async (t) => {
  const db = join(t.testdir({ 'm.db': 'x'.repeat(1_000) }), 'm.db');
  const waits = () => new Promise<void>(() => {});
  const writes = ({ newIngest }: IngestRuntime) => newIngest(OPTIONS).write(Buffer.from(logLine(1)));
  for (const work of [waits, writes])
    await t.rejects(withIngestRuntime({ db }, work), { code: 'db_foreign' });
  t.equal(readFileSync(db, 'utf8'), 'x'.repeat(1_000));
  const nowhere = join(t.testdir(), 'gone', 'm.db');
  await t.rejects(withIngestRuntime({ db: nowhere }, waits), { code: 'db_unwritable' });
});

t.test('work that fails before anything is stored leaves no database that it made', async (t) => {
  const db = join(t.testdir(), 'm.db');
  const fail = async () => {
    throw new Error('no such file');
  };
  await t.rejects(withIngestRuntime({ db }, fail), { message: 'no such file' });
  t.notOk(existsSync(db));
  await withIngestRuntime({ db }, async () => {});
  await t.rejects(withIngestRuntime({ db }, fail));
  t.ok(existsSync(db), 'one that was there stays');
});
