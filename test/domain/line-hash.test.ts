// Promises: C2 (docs/reliability.md).
import fc from 'fast-check';
import t from 'tap';
import type { Identity, LineNumbers } from '../../src/domain/entry.ts';
import { START_TIME_MAX, START_TIME_MIN } from '../../src/domain/limits.ts';
import {
  formatLineId,
  type Hash64,
  identityHash,
  lineHash,
  parseLineId,
  rawLineHash,
  textHash,
} from '../../src/domain/line-hash.ts';

const POD: Identity = { pod: 'web-0', namespace: 'shop', container: 'istio-proxy', node: 'node-1' };
const NUMBERS: LineNumbers = {
  start_time: Date.UTC(2024, 2, 5, 8, 15, 42, 310),
  duration: 451,
  bytes_received: 1_204,
  bytes_sent: 88,
  upstream_local_port: 41_822,
  downstream_remote_port: 50_114,
};
const SHARED = textHash(identityHash(POD, false), 'outbound|6379||cache.shop.svc.cluster.local');

const start = fc.integer({ min: START_TIME_MIN, max: START_TIME_MAX });
const hash48 = fc.integer({ min: 0, max: 2 ** 48 - 1 });

// Ids are public and stand in databases: they change only together with a migration.
t.test('ids never change', async (t) => {
  t.equal(formatLineId(NUMBERS.start_time, lineHash(SHARED, NUMBERS, null)), 'lte3i2na-2mv3evszye');
  t.equal(formatLineId(NUMBERS.start_time, lineHash(SHARED, NUMBERS, '["/cart"]')), 'lte3i2na-0lewl4ibgy');
  t.equal(
    formatLineId(NUMBERS.start_time, rawLineHash(identityHash(POD, false), 'h\u00e9llo, line', true)),
    'lte3i2na-1w2ckwqwf8',
  );
  t.equal(
    formatLineId(NUMBERS.start_time, rawLineHash(identityHash(POD, false), 'h\u00e9llo, line', false)),
    'lte3i2na-0ygwzxmelb',
  );
  const nobody = identityHash({ pod: null, namespace: null, container: null, node: null }, false);
  t.equal(formatLineId(START_TIME_MIN, rawLineHash(nobody, '', true)), 'c2wfoqo0-2dmv1iu0j3');
});

t.test('ids survive being written and read', async (t) => {
  fc.assert(
    fc.property(start, hash48, (start_time, hash) => {
      const id = formatLineId(start_time, hash);
      const read = parseLineId(id);
      return /^[0-9a-z-]{18,20}$/.test(id) && read?.start_time === start_time && read.hash === hash;
    }),
    { numRuns: 2_000 },
  );
  for (const hash of [0, 1, 2 ** 32 - 1, 2 ** 32, 2 ** 48 - 1]) {
    for (const start_time of [START_TIME_MIN, START_TIME_MAX])
      t.same(parseLineId(formatLineId(start_time, hash)), { start_time, hash });
  }
});

t.test('anything else is no id', async (t) => {
  const texts = [
    ...[
      '',
      '-',
      'nothing',
      'lte3i1vi',
      '-1os3kvw558',
      'lte3i1vi-',
      'lte3i1vi-1os3kvw55',
      'lte3i1vi-1os3kvw5581',
    ],
    ...['LTE3I1VI-1OS3KVW558', 'lte3i1vi_1os3kvw558', ' lte3i1vi-1os3kvw558', 'lte3i1vi-1os3kvw558\n'],
    ...['0lte3i1vi-1os3kvw558', 'lte3i1vi-zzzzzzzzzz', 'lte3i1vi-1os3kvw55é', 'zzzzzzzzzz-1os3kvw558'],
  ];
  for (const text of texts) t.equal(parseLineId(text), null, JSON.stringify(text));
});

t.test('the pod that wrote a line counts, and not what else its reader knew of it', async (t) => {
  const readings: Identity[] = [
    { ...POD, namespace: null },
    { ...POD, namespace: 'istio-proxy', container: 'shop' },
    { ...POD, container: null, node: null },
  ];
  for (const reading of readings) t.same(identityHash(reading, true), identityHash(POD, true));
  const others: Identity[] = [
    { ...POD, pod: 'web-1' },
    { ...POD, pod: null },
    { ...POD, pod: 'shop' },
  ];
  const hashes = [POD, ...others].map((identity) => JSON.stringify(identityHash(identity, true)));
  t.equal(new Set(hashes).size, hashes.length);
});

t.test('the namespace counts for lines that any pod of that name could have written', async (t) => {
  t.same(identityHash({ ...POD, container: null, node: null }, false), identityHash(POD, false));
  const others: Identity[] = [
    { ...POD, namespace: null },
    { ...POD, namespace: 'billing' },
    { ...POD, pod: 'shop', namespace: 'web-0' },
  ];
  const hashes = [POD, ...others].map((identity) => JSON.stringify(identityHash(identity, false)));
  t.equal(new Set(hashes).size, hashes.length);
});

t.test('each number and the extra text count', async (t) => {
  const hashes = [
    lineHash(SHARED, NUMBERS, null),
    lineHash(SHARED, NUMBERS, ''),
    lineHash(SHARED, NUMBERS, '[]'),
  ];
  for (const name of Object.keys(NUMBERS) as Array<keyof LineNumbers>) {
    for (const change of [1, -1, 7_919])
      hashes.push(lineHash(SHARED, { ...NUMBERS, [name]: NUMBERS[name] + change }, null));
    hashes.push(lineHash(SHARED, { ...NUMBERS, [name]: -1 }, null));
  }
  t.equal(new Set(hashes).size, hashes.length);
});

t.test('each character counts, where it stands, and how the bytes were read', async (t) => {
  const texts = [
    '',
    'a',
    'c',
    'aa',
    'a\u0000',
    '\u0000a',
    '\u0000',
    '\u0000\u0000',
    'ac',
    'ca',
    'abcd',
    'abdc',
    'abcde',
  ];
  t.equal(new Set(texts.map((text) => rawLineHash(SHARED, text, true))).size, texts.length);
  for (const text of texts)
    t.not(rawLineHash(SHARED, text, true), rawLineHash(SHARED, text, false), JSON.stringify(text));
});

t.test('counts beyond 32 bits count whole', async (t) => {
  for (const name of ['bytes_received', 'bytes_sent', 'duration'] as const) {
    const values = [5, 5 + 2 ** 32, 5 + 2 ** 33, 5 + 2 ** 52];
    const hashes = values.map((value) => lineHash(SHARED, { ...NUMBERS, [name]: value }, null));
    t.equal(new Set(hashes).size, values.length, name);
  }
});

t.test('300,000 lines that differ as lines of a mesh do have as many hashes', async (t) => {
  const hashes = new Set<number>();
  const shapes: Hash64[] = Array.from({ length: 10 }, (_, i) => textHash(SHARED, `10.0.0.${i}:80`));
  for (const shape of shapes) {
    // One second of one busy pair: the numbers are small, even, and move together.
    for (let i = 0; i < 30_000; i++) {
      const numbers = {
        start_time: NUMBERS.start_time + (i % 1_000),
        duration: i % 7,
        bytes_received: 6,
        bytes_sent: (i % 3) * 4,
        upstream_local_port: 32_768 + 2 * (i % 14_116),
        downstream_remote_port: 32_766 + 2 * (i % 14_116),
      };
      hashes.add(lineHash(shape, { ...numbers, bytes_received: 6 + Math.floor(i / 14_116) }, null));
    }
  }
  t.equal(hashes.size, 300_000);
});

t.test('300,000 texts that differ in a digit or two have as many hashes', async (t) => {
  const hashes = new Set<number>();
  for (let i = 0; i < 300_000; i++)
    hashes.add(rawLineHash(SHARED, `[${i % 600}] "- - -" 0 - ${Math.floor(i / 600)}`, true));
  t.equal(hashes.size, 300_000);
});

t.test('all bits of a hash are used', async (t) => {
  const ones = new Array<number>(48).fill(0);
  for (let i = 0; i < 4_000; i++) {
    const bits = lineHash(SHARED, { ...NUMBERS, bytes_sent: i }, null)
      .toString(2)
      .padStart(48, '0');
    for (let bit = 0; bit < 48; bit++) if (bits[bit] === '1') ones[bit] = (ones[bit] ?? 0) + 1;
  }
  for (const [bit, count] of ones.entries())
    t.ok(count > 1_700 && count < 2_300, `bit ${bit}: ${count} of 4000`);
});

t.test('ids are numbers to the base of 36, whatever their length', async (t) => {
  const times = [0, 1, 36 ** 7 - 1, 36 ** 7, 36 ** 7 + 35, 1_700_000_000_123, 36 ** 8 - 1, 36 ** 8, 2 ** 42];
  const hashes = [0, 1, 35, 36, 1_295, 1_296, 36 ** 9 - 1, 36 ** 9, 2 ** 47 + 12_345, 2 ** 48 - 1];
  for (const time of times)
    for (const hash of hashes)
      t.equal(formatLineId(time, hash), `${time.toString(36)}-${hash.toString(36).padStart(10, '0')}`);
});
