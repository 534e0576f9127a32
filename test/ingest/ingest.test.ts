// Promises: L9 (docs/reliability.md).
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import t from 'tap';
import { pairingRules } from '../../src/analysis/pairing/rules.ts';
import { NO_IDENTITY } from '../../src/domain/entry.ts';
import { AppError } from '../../src/domain/errors.ts';
import {
  BATCH_AGE_MS_MAX,
  LINE_BYTES_MAX,
  REJECT_TEXT_MAX,
  REJECTS_SHOWN_MAX,
} from '../../src/domain/limits.ts';
import type { ExpressLane, LineColumns } from '../../src/domain/line-columns.ts';
import type { LineWriter, RejectTally, Store, StoredLine } from '../../src/domain/ports.ts';
import type { IngestTally } from '../../src/domain/resources.ts';
import { createIngest, type Ingest } from '../../src/ingest/ingest.ts';
import { createLineParser } from '../../src/parse/line-parser.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { newLane, noLane } from '../helpers/lanes.ts';

const OPTIONS = { format: null, identity: NO_IDENTITY };
const NO_LANE = noLane();

function newIngest(
  store: LineWriter,
  given: { readonly lane?: ExpressLane; readonly batchLinesMax?: number } = {},
): Ingest {
  const { lane = newLane(OPTIONS), ...rest } = given;
  return createIngest({ parser: createLineParser(OPTIONS), express: lane, store, ...rest });
}

async function withStore<T>(run: (store: Store) => Promise<T>): Promise<T> {
  const store = openSqliteStore({ path: null, mode: 'write', rules: pairingRules });
  try {
    return await run(store);
  } finally {
    await store.close();
  }
}

async function allLines(store: Store): Promise<readonly StoredLine[]> {
  return store.lines({ since: null, until: null, shapes: null, order: 'oldest', after: null, limit: 10_000 });
}

async function ingestAll(
  store: Store,
  input: Buffer,
  given: Parameters<typeof newIngest>[1] = {},
): Promise<IngestTally> {
  const ingest = newIngest(store, given);
  await ingest.write(input);
  return ingest.end();
}

const clock = (n: number) =>
  `2024-03-05T08:${String(15 + (n % 40)).padStart(2, '0')}:42.${String(100 + (n % 900))}Z`;

/** A line of Istio 1.9 and later as stern prints it; `n` varies its numbers only. */
function tcpLine(n: number, pod = 'web-7948dffbdd-p44xx'): string {
  return `${pod} istio-proxy [${clock(n)}] "- - -" 0 - - - "-" ${n} 88 451 - "-" "-" "-" "-" "10.60.4.21:6379" outbound|6379||cache.shop.svc.cluster.local 10.60.3.9:${40_000 + 2 * n} 10.61.0.77:6379 10.60.3.9:${50_000 + 2 * n} - -`;
}

function oldTcpLine(n: number): string {
  return `web-7948dffbdd-p44xx istio-proxy [${clock(n)}] "- - -" 0 UF,URX "-" "-" 0 0 ${n} - "-" "-" "-" "-" "10.60.4.21:6379" outbound|6379||cache.shop.svc.cluster.local - 10.61.0.77:6379 10.60.3.9:${50_000 + 2 * n} - -`;
}

/** A probe: all that varies from one to the next are its numbers. */
function probeLine(n: number): string {
  return `web-7948dffbdd-p44xx istio-proxy [${clock(n)}] "GET /healthz HTTP/1.1" 200 - via_upstream - "-" 0 ${n} 1 0 "-" "probe/1" "-" "web:80" "10.60.4.21:8080" inbound|8080|| 127.0.0.6:${40_000 + n} 10.60.4.21:8080 10.60.3.9:${50_000 + n} - default`;
}

const whole = (lines: readonly string[]) => Buffer.from(lines.map((line) => `${line}\n`).join(''));

const small = fc.integer({ min: 0, max: 5 });
/** One line each, of every fate. */
const oneLine = fc.oneof(
  { weight: 6, arbitrary: small.map((n) => Buffer.from(tcpLine(n))) },
  { weight: 2, arbitrary: small.map((n) => Buffer.from(tcpLine(n, 'web-7948dffbdd-sh7rx'))) },
  { weight: 2, arbitrary: small.map((n) => Buffer.from(oldTcpLine(n))) },
  { weight: 1, arbitrary: small.map((n) => Buffer.from(`${tcpLine(n)}\r`)) },
  { weight: 1, arbitrary: small.map((n) => Buffer.from(tcpLine(n).slice(0, 60 + 20 * n))) },
  { weight: 1, arbitrary: small.map((n) => Buffer.from(tcpLine(n).replace('p44xx', 'pé4xx'))) },
  {
    weight: 1,
    arbitrary: small.map((n) => Buffer.from(tcpLine(n).replace('cache', 'c\u00e4che'), 'latin1')),
  },
  {
    weight: 4,
    arbitrary: fc
      .constantFrom(
        '',
        ' ',
        'hello',
        '\0\0\0',
        '2024-03-05T08:15:42.310Z\tinfo\txdsproxy\tconnected',
        '{"a":1}',
        '[',
        '-',
      )
      .map((text) => Buffer.from(text)),
  },
);
const places = fc.array(fc.nat(), { maxLength: 6 });

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...sorted].map((from, i) => bytes.subarray(from, sorted[i] ?? bytes.length));
}

t.test(
  'every line is accepted, a duplicate, skipped or rejected, and what is accepted is stored',
  async (t) => {
    await fc.assert(
      fc.asyncProperty(fc.array(oneLine, { maxLength: 40 }), async (lines) => {
        const input = Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')]));
        return withStore(async (store) => {
          const tally = await ingestAll(store, input);
          const sum = tally.accepted + tally.duplicates + tally.skipped + tally.rejected;
          const stored = (await store.rejects()).reduce((sum, { lines }) => sum + lines, 0);
          return (
            sum === tally.received &&
            tally.received === lines.length &&
            (await store.counts()).lines === tally.accepted &&
            (await allLines(store)).length === tally.accepted &&
            stored === tally.rejected
          );
        });
      }),
      { numRuns: 100 },
    );
    t.pass('held');
  },
);

t.test('neither the cuts between chunks nor the size of batches nor the express lane matter', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(oneLine, { minLength: 1, maxLength: 30 }),
      places,
      fc.integer({ min: 1, max: 8 }),
      async (lines, places, batchLinesMax) => {
        const input = Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')]));
        const plain = await withStore(async (store) => ({
          tally: await ingestAll(store, input, { lane: NO_LANE }),
          lines: (await allLines(store)).map(({ shapeId, ...line }) => line),
        }));
        const cutUp = await withStore(async (store) => {
          const ingest = newIngest(store, { batchLinesMax });
          for (const chunk of cut(input, places)) await ingest.write(chunk);
          return {
            tally: await ingest.end(),
            lines: (await allLines(store)).map(({ shapeId, ...line }) => line),
          };
        });
        return isDeepStrictEqual(cutUp, plain);
      },
    ),
    { numRuns: 100 },
  );
  t.pass('held');
});

t.test('the same lines again are duplicates, whichever way they were read', async (t) => {
  const input = whole([1, 2, 3, 4, 5, 6].map((n) => tcpLine(n)));
  const again = await withStore(async (store) => {
    await ingestAll(store, input);
    const lane = newLane(OPTIONS);
    return [
      await ingestAll(store, input, { lane }),
      await ingestAll(store, input, { lane }),
      await ingestAll(store, input, { lane: NO_LANE }),
    ];
  });
  for (const { accepted, duplicates } of again)
    t.same({ accepted, duplicates }, { accepted: 0, duplicates: 6 });
});

t.test('requests that are all alike keep every field, whichever way they were read', async (t) => {
  const input = whole([1, 2, 3, 4, 5, 6].map(probeLine));
  await withStore(async (store) => {
    t.match(await ingestAll(store, input), { accepted: 6 });
    for (const { entry } of await allLines(store))
      t.match(entry, {
        path: '/healthz',
        user_agent: 'probe/1',
        authority: 'web:80',
        upstream_service_time: 0,
      });
    t.match(await ingestAll(store, input, { lane: NO_LANE }), { accepted: 0, duplicates: 6 });
  });
});

t.test('rejects say which line, why, and what it said', async (t) => {
  const long = 'x'.repeat(LINE_BYTES_MAX + 1);
  const input = whole([tcpLine(1), 'hello', '', tcpLine(2), tcpLine(3).slice(0, -9), long, '\0', tcpLine(4)]);
  await withStore(async (store) => {
    const { rejects, ...counts } = await ingestAll(store, input);
    t.same(counts, { received: 8, accepted: 3, duplicates: 0, skipped: 1, rejected: 4 });
    t.same(
      rejects.map(({ line, reason }) => [line, reason]),
      [
        [2, 'unknown_format'],
        [5, 'truncated'],
        [6, 'line_too_long'],
        [7, 'binary'],
      ],
    );
    t.equal(rejects[0]?.text, 'hello');
    t.equal(rejects[2]?.text, 'x'.repeat(REJECT_TEXT_MAX));
    const truncated = (await store.rejects()).find((reject) => reject.reason === 'truncated');
    t.match(truncated, { lines: 1, identity: { pod: 'web-7948dffbdd-p44xx', container: 'istio-proxy' } });
  });
});

t.test('all rejects are counted, and the first of them shown', async (t) => {
  await withStore(async (store) => {
    const tally = await ingestAll(store, whole(Array.from({ length: 100 }, (_, i) => `hello ${i}`)));
    t.equal(tally.rejected, 100);
    t.equal(tally.rejects.length, REJECTS_SHOWN_MAX);
    t.same(tally.rejects.at(-1), { line: 20, reason: 'unknown_format', text: 'hello 19' });
    t.match(await store.rejects(), [{ lines: 100, sample: 'hello 0' }]);
  });
});

t.test('the last line needs no newline', async (t) => {
  await withStore(async (store) => {
    const tally = await ingestAll(store, Buffer.from(`${tcpLine(1)}\n${tcpLine(2)}`));
    t.match(tally, { received: 2, accepted: 2 });
  });
});

t.test('a line in pieces is one, and is told when it is whole', async (t) => {
  const [, message = ''] = /istio-proxy (.*)/.exec(tcpLine(1)) ?? [];
  const stamp = '2024-03-05T08:15:42.400000000Z stdout';
  await withStore(async (store) => {
    const ingest = newIngest(store);
    await ingest.write(whole([`${stamp} P ${message.slice(0, 50)}`]));
    await ingest.flush();
    t.equal(ingest.tally().received, 0);
    await ingest.write(whole([`${stamp} F ${message.slice(50)}`, `${stamp} P ${message.slice(0, 70)}`]));
    await ingest.flush();
    t.match(ingest.tally(), { received: 1, accepted: 1, rejected: 0 });
    const { rejects, ...counts } = await ingest.end();
    t.same(counts, { received: 2, accepted: 1, duplicates: 0, skipped: 0, rejected: 1 });
    t.match(rejects, [{ line: 3, reason: 'truncated' }]);
    t.equal((await allLines(store))[0]?.envelope, 'cri');
  });
});

t.test('takes single lines beside bytes', async (t) => {
  await withStore(async (store) => {
    const ingest = newIngest(store);
    await ingest.writeLine(tcpLine(1));
    await ingest.writeLine('hello');
    await ingest.write(whole([tcpLine(1), tcpLine(2)]));
    const { rejects, ...counts } = await ingest.end();
    t.same(counts, { received: 4, accepted: 2, duplicates: 1, skipped: 0, rejected: 1 });
    t.match(rejects, [{ line: 2, text: 'hello' }]);
  });
});

t.test('lines that come slowly are stored without waiting for more', async (t) => {
  await withStore(async (store) => {
    const ingest = newIngest(store);
    await ingest.write(whole([tcpLine(1), 'hello']));
    t.match(ingest.tally(), { received: 2, accepted: 0 });
    t.same(await store.counts(), { lines: 0, pairs: 0 });
    while (ingest.tally().accepted === 0) await sleep(BATCH_AGE_MS_MAX / 5);
    t.match(ingest.tally(), { received: 2, accepted: 1 });
    t.same(await store.counts(), { lines: 1, pairs: 0 });
    t.match(await store.rejects(), [{ lines: 1 }]);
    t.match(await ingest.end(), { received: 2, accepted: 1, rejected: 1 });
  });
});

t.test('a full batch is stored at once, and what is not stored is not counted as accepted', async (t) => {
  await withStore(async (store) => {
    const ingest = newIngest(store, { batchLinesMax: 3 });
    await ingest.write(whole([tcpLine(1), tcpLine(2)]));
    t.equal((await store.counts()).lines, 0);
    await ingest.write(whole([tcpLine(3)]));
    t.equal((await store.counts()).lines, 3);
    t.equal(ingest.tally().accepted, 3);
    await ingest.end();
  });
});

/** A store that takes so many batches and then no more. */
class FailingStore implements LineWriter {
  appends = 0;
  readonly #batches: number;

  constructor(batches: number) {
    this.#batches = batches;
  }

  async append(lines: LineColumns, _rejects: readonly RejectTally[]) {
    if (this.appends++ >= this.#batches) throw new AppError('disk_full', 'cannot write: no space left');
    return { accepted: lines.length, duplicates: 0 };
  }
}

const FULL = { name: 'AppError', code: 'disk_full' };

t.test('a failing store surfaces at the next write, flush and end', async (t) => {
  const store = new FailingStore(1);
  const ingest = newIngest(store, { batchLinesMax: 2 });
  await ingest.write(whole([tcpLine(1), tcpLine(2)]));
  // Batches are stored while reading goes on, so that this one need not tell yet.
  await ingest.write(whole([tcpLine(3), tcpLine(4)])).catch(() => {});
  await sleep(0);
  await t.rejects(ingest.write(whole([tcpLine(5)])), FULL);
  await t.rejects(ingest.writeLine(tcpLine(6)), FULL);
  await t.rejects(ingest.flush(), FULL);
  await t.rejects(ingest.end(), FULL);
  t.equal(ingest.tally().accepted, 2, 'nothing of the failed batch, nor what came after it');
  t.equal(store.appends, 2, 'nothing is tried again behind the back of the caller');
});

t.test('a store that fails while nobody waits surfaces as soon as somebody does', async (t) => {
  const ways: Array<[name: string, go: (ingest: Ingest) => Promise<unknown>]> = [
    ['write', (ingest) => ingest.write(whole([tcpLine(2)]))],
    ['flush', (ingest) => ingest.flush()],
    ['end', (ingest) => ingest.end()],
  ];
  for (const [name, go] of ways) {
    const ingest = newIngest(new FailingStore(0));
    await ingest.write(whole([tcpLine(1)]));
    await sleep(BATCH_AGE_MS_MAX + 100);
    await t.rejects(
      async () => {
        await go(ingest);
      },
      FULL,
      name,
    );
    t.equal(ingest.tally().accepted, 0);
  }
});

t.test('a store that fails at the end surfaces there', async (t) => {
  const ingest = newIngest(new FailingStore(0));
  await ingest.write(whole([tcpLine(1), 'hello']));
  await t.rejects(ingest.end(), FULL);
  t.match(ingest.tally(), { received: 2, accepted: 0, rejected: 1 });
});

t.test('an empty stream is none', async (t) => {
  const store = new FailingStore(0);
  const tally = await newIngest(store).end();
  t.same(tally, { received: 0, accepted: 0, duplicates: 0, skipped: 0, rejected: 0, rejects: [] });
  t.equal(store.appends, 0);
});

t.test('a record is counted like a line, and its sender is told why it was refused', async (t) => {
  await withStore(async (store) => {
    const ingest = newIngest(store);
    const identity = { ...NO_IDENTITY, pod: 'web-1', namespace: 'shop' };
    const write = (text: string, utf8 = true) =>
      ingest.writeRecord({ text, utf8, origin: { envelope: 'loki', identity } });
    t.equal(await write(`${tcpLine(1)}\n`), null);
    t.equal(await write(tcpLine(1)), null, 'a duplicate is not refused');
    t.equal(await write(''), null, 'nor is what is passed over');
    t.equal(await write('hello'), 'unknown_format');
    t.equal(await write(`2024-05-06T07:08:10.5Z stdout P ${tcpLine(2).slice(0, 20)}`), null, 'a piece waits');
    t.match(await ingest.end(), {
      received: 5,
      accepted: 1,
      duplicates: 1,
      skipped: 1,
      rejected: 2,
      rejects: [
        { line: 4, reason: 'unknown_format', text: 'hello' },
        { line: 5, reason: 'truncated' },
      ],
    });
    const [line] = await allLines(store);
    t.match(line, { identity, envelope: 'loki' });
  });
});

t.test('a line under way when it is stopped is left to the next time', async (t) => {
  const input = Buffer.concat([whole([probeLine(1)]), Buffer.from(probeLine(2).slice(0, -4))]);
  await withStore(async (store) => {
    const ingest = newIngest(store);
    await ingest.write(input);
    t.strictSame(await ingest.stop(), {
      received: 1,
      accepted: 1,
      duplicates: 0,
      skipped: 0,
      rejected: 0,
      rejects: [],
    });
    t.strictSame(await store.rejects(), [], 'nothing is said of it');
    t.match(await ingestAll(store, whole([probeLine(1), probeLine(2)])), { accepted: 1, duplicates: 1 });
  });
});

t.test('a line that broke off is none, however whole it looks', async (t) => {
  // The name of the route is `default`.
  const input = Buffer.concat([whole([probeLine(1)]), Buffer.from(probeLine(2).slice(0, -4))]);
  await withStore(async (store) => {
    const ingest = newIngest(store);
    await ingest.write(input);
    const tally = await ingest.cut();
    t.match(tally, { received: 2, accepted: 1, rejected: 1, rejects: [{ line: 2, reason: 'truncated' }] });
    t.ok(probeLine(2).startsWith(tally.rejects[0]?.text ?? '?'));
    t.match(await ingestAll(store, whole([probeLine(1), probeLine(2)])), { accepted: 1, duplicates: 1 });
  });
  await withStore(async (store) => {
    const ingest = newIngest(store);
    await ingest.write(whole([probeLine(1)]));
    t.match(await ingest.cut(), { received: 1, accepted: 1, rejected: 0 }, 'nothing was under way');
  });
});

/** A store that takes batches at once, and makes them durable when it is told to. */
class WaitingStore implements LineWriter {
  taken = 0;
  settled = 0;
  #waiting: Array<() => void> = [];

  append(lines: LineColumns, _rejects: readonly RejectTally[], taken = () => {}) {
    const result = { accepted: lines.length, duplicates: 0 };
    taken();
    this.taken++;
    return new Promise<typeof result>((resolve) => this.#waiting.push(() => resolve(result)));
  }

  settle = (): void => {
    this.settled++;
    for (const resolve of this.#waiting.splice(0)) resolve();
  };
}

t.test('batches that wait for each other hold nobody up, and are durable at the end', async (t) => {
  const store = new WaitingStore();
  const ingest = newIngest(store, { batchLinesMax: 2 });
  for (let n = 0; n < 20; n += 2) await ingest.write(whole([tcpLine(n), tcpLine(n + 1)]));
  t.equal(store.taken, 10);
  t.equal(ingest.tally().accepted, 0, 'nothing is counted before it is durable');
  t.match(await ingest.end(), { received: 20, accepted: 20 });
});

t.test('a full batch after which nothing comes is made durable soon', async (t) => {
  const store = new WaitingStore();
  const ingest = newIngest(store, { batchLinesMax: 2 });
  await ingest.write(whole([tcpLine(1), tcpLine(2)]));
  t.equal(store.settled, 0);
  while (ingest.tally().accepted === 0) await sleep(10);
  t.equal(ingest.tally().accepted, 2);
  await ingest.end();
});

t.test('a thread that stores begins with a few lines, and soon gets many at once', async (t) => {
  const sizes: number[] = [];
  const store = new WaitingStore();
  const append = store.append.bind(store);
  store.append = (lines, rejects, taken) => {
    sizes.push(lines.length);
    return append(lines, rejects, taken);
  };
  const ingest = newIngest(store, { batchLinesMax: 20_000 });
  const lines = Array.from({ length: 1_000 }, (_, n) => tcpLine(n));
  for (let written = 0; written < 60_000; written += lines.length) await ingest.write(whole(lines));
  t.match(await ingest.end(), { received: 60_000, accepted: 60_000 });
  t.same(sizes, [4_096, 8_192, 16_384, 20_000, 11_328]);
});

t.test('what waits because the store is busy is not stored in pieces', async (t) => {
  const sizes: number[] = [];
  let busy = true;
  const store: LineWriter = {
    append: async (lines) => {
      sizes.push(lines.length);
      while (busy) await sleep(10);
      return { accepted: lines.length, duplicates: 0 };
    },
  };
  const ingest = newIngest(store, { batchLinesMax: 2 });
  const writing = ingest.write(whole([1, 2, 3, 4, 5, 6, 7].map((n) => tcpLine(n))));
  const since = performance.now();
  while (performance.now() - since < 2 * BATCH_AGE_MS_MAX) await sleep(10);
  t.same(sizes, [2, 2, 2]);
  busy = false;
  await writing;
  t.match(await ingest.end(), { accepted: 7 });
  t.same(sizes, [2, 2, 2, 1]);
});
