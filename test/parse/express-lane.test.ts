/**
 * The express lane gives exactly what the long way gives, or nothing. Lines that come again with other numbers meet
 * lines that were damaged in every way; what either loop made of each of them is compared.
 */
import fc from 'fast-check';
import t from 'tap';
import { LineColumns, NO_TEMPLATE } from '../../src/domain/line-columns.ts';
import { FORMATS } from '../../src/parse/compiled-formats.ts';
import { createLineParser } from '../../src/parse/line-parser.ts';
import { isUnchanged, NO_LANE, optionsOf, readAll, withOneHash } from '../helpers/lane-runs.ts';
import { lineOf, newLane } from '../helpers/lanes.ts';

interface Numbers {
  readonly clock: string;
  readonly received: string;
  readonly sent: string;
  readonly duration: string;
  readonly upstream: string;
  readonly downstream: string;
}
type Shape = (n: Numbers) => string;

const WEB = 'web-7948dffbdd-p44xx istio-proxy ';
const DB = 'ledger db-0 istio-proxy ';
const SNI = 'outbound_.6379_._.cache.shop.svc.cluster.local';
const CACHE = '"10.60.4.21:6379" outbound|6379||cache.shop.svc.cluster.local';

/** Several pairs of them have equally many words, with their numbers at the same places or at others. */
const SHAPES: readonly Shape[] = [
  (n) =>
    `${WEB}[${n.clock}] "- - -" 0 - - - "-" ${n.received} ${n.sent} ${n.duration} - "-" "-" "-" "-" ${CACHE} 10.60.3.9:${n.upstream} 10.61.0.77:6379 10.60.3.9:${n.downstream} - -`,
  (n) =>
    `web-7948dffbdd-sh7rx istio-proxy [${n.clock}] "- - -" 0 - - - "-" ${n.received} ${n.sent} ${n.duration} - "-" "-" "-" "-" "127.0.0.1:6379" inbound|6379|| 127.0.0.6:${n.upstream} 10.60.4.21:6379 10.60.3.9:${n.downstream} ${SNI} -`,
  (n) =>
    `${WEB}[${n.clock}] "- - -" 0 UF,URX - - "delayed_connect_error:_111" ${n.received} ${n.sent} ${n.duration} - "-" "-" "-" "-" ${CACHE} - 10.61.0.77:6379 10.60.3.9:${n.downstream} - -`,
  (n) =>
    `${DB}[${n.clock}] "- - -" 0 - "-" "-" ${n.received} ${n.sent} ${n.duration} - "-" "-" "-" "-" "[fd00:60::21]:6379" PassthroughCluster [fd00:60::9]:${n.upstream} [fd00:60::21]:6379 [fd00:60::9]:${n.downstream} - -`,
  (n) =>
    `${WEB}[${n.clock}] "- - -" 0 UH "-" "-" ${n.received} ${n.sent} ${n.duration} - "-" "-" "-" "-" "-" BlackHoleCluster - 10.61.0.77:6379 10.60.3.9:${n.downstream} - -`,
  (n) =>
    `${WEB}[${n.clock}] "- - -" 0 - - connection closed "-" ${n.received} ${n.sent} ${n.duration} - "-" "-" "-" "-" ${CACHE} 10.60.3.9:${n.upstream} 10.61.0.77:6379 10.60.3.9:${n.downstream} - -`,
  (n) =>
    `${WEB}[${n.clock}] "GET /cart HTTP/1.1" 200 - via_upstream - "-" ${n.received} ${n.sent} ${n.duration} 7 "-" "probe two" "-" "web:80" ${CACHE} 10.60.3.9:${n.upstream} 10.61.0.77:6379 10.60.3.9:${n.downstream} - default`,
  (n) =>
    `[pod/web-0/istio-proxy] [${n.clock}] "- - -" 0 - - - "-" ${n.received} ${n.sent} ${n.duration} - "-" "-" "-" "-" ${CACHE} 10.60.3.9:${n.upstream} 10.61.0.77:6379 10.60.3.9:${n.downstream} - -`,
  (n) =>
    `[${n.clock}] "- - -" 0 - - - "-" ${n.received} ${n.sent} ${n.duration} - "-" "-" "-" "-" "envoy://x/10.60.4.21:80" ${SNI} envoy://internal_client_address/ 10.61.0.77:6379 10.60.3.9:${n.downstream} - -`,
];

/** Requests, whose paths and ids differ from line to line. */
const REQUESTS: ReadonlyArray<(n: Numbers, path: string, id: string, agent: string) => string> = [
  (n, path, id, agent) =>
    `${WEB}[${n.clock}] "GET ${path} HTTP/1.1" 200 - via_upstream - "-" ${n.received} ${n.sent} ${n.duration} 7 "-" "${agent}" "${id}" "web:80" ${CACHE} 10.60.3.9:${n.upstream} 10.61.0.77:6379 10.60.3.9:${n.downstream} - default`,
  (n, path, id, agent) =>
    `${DB}[${n.clock}] "POST ${path} HTTP/2" 503 UF,URX upstream_reset_before_response_started{connection_failure} - "TLS error: 1:SSL-x" ${n.received} ${n.sent} ${n.duration} - "10.1.2.3" "${agent}" "${id}" "cart-0.shop" "127.0.0.1:8080" inbound|8080|| - 10.61.0.77:8080 10.60.3.9:${n.downstream} ${SNI} default`,
  (n, path, id, agent) =>
    `[${n.clock}] "GET ${path} HTTP/1.1" 200 - "-" ${n.received} ${n.sent} ${n.duration} 12 "10.1.2.3, 10.4.5.6" "${agent}" "${id}" "web" ${CACHE} 10.60.3.9:${n.upstream} 10.61.0.77:6379 10.60.3.9:${n.downstream} - -`,
];

const pick = <T>(...values: T[]) => fc.constantFrom(...values);
/** Mostly as wide as each other, so that a damage at one place stays at that place. */
const numbers: fc.Arbitrary<Numbers> = fc.record({
  clock: fc.oneof(
    {
      weight: 9,
      arbitrary: fc
        .integer({ min: 0, max: 99_999_999 })
        .map((n) => new Date(1_709_600_000_000 + n).toISOString()),
    },
    {
      weight: 1,
      arbitrary: pick('2024-12-31T23:59:59.999Z', '2000-01-01T00:00:00.000Z', '1999-12-31T23:59:59.999Z'),
    },
    {
      weight: 1,
      arbitrary: pick('2099-12-31T23:59:59.999Z', '2100-01-01T00:00:00.000Z', '2100-01-01T00:00:00.001Z'),
    },
  ),
  received: fc.oneof(
    { weight: 9, arbitrary: pick('1', '2', '7') },
    { weight: 1, arbitrary: pick('0', '120', '999999999999999', '9007199254740991') },
  ),
  sent: fc.oneof(
    { weight: 9, arbitrary: pick('1', '7', '9') },
    { weight: 1, arbitrary: pick('0', '88', '9007199254740992') },
  ),
  duration: fc.oneof(
    { weight: 9, arbitrary: pick('3', '7') },
    { weight: 1, arbitrary: pick('0', '451', '86400000') },
  ),
  upstream: fc.oneof(
    { weight: 9, arbitrary: pick('41822', '41824', '65535') },
    { weight: 1, arbitrary: pick('1', '65536', '99999', '0') },
  ),
  downstream: fc.oneof(
    { weight: 9, arbitrary: pick('50114', '41822') },
    { weight: 1, arbitrary: pick('8', '65536', '0') },
  ),
});

/** Lines have one character a byte while they are damaged. */
type Damage = (line: string) => string;
const onWords =
  (change: (words: string[]) => void): Damage =>
  (line) => {
    const words = line.split(' ');
    change(words);
    return words.join(' ');
  };
const bytesOf = (text: string) => Buffer.from(text).toString('latin1');

const ODD_WORDS = [
  '',
  '-',
  '0',
  '00',
  '007',
  '+1',
  '-1',
  '1.5',
  '1e3',
  '9'.repeat(15),
  '9'.repeat(16),
  '9'.repeat(17),
  '""',
  '"-"',
  'é',
  ':',
  '[',
  'x',
];
const ODD_PORTS = [
  '',
  '0',
  '00',
  '080',
  '5',
  '65535',
  '65536',
  '99999',
  '123456',
  '-',
  'x',
  '8 0',
  '80:',
  '٣',
];
const ODD_CLOCKS = [
  ...[
    '2024-03-05T08:15:42Z',
    '2024-03-05T08:15:42.310000Z',
    '2024-03-05T08:15:42.310+00:00',
    '2024-03-05T08:15:42,310Z',
  ],
  ...[
    '2024-03-05t08:15:42.310z',
    '2024-03-05 08:15:42.310Z',
    '2024-02-30T08:15:42.310Z',
    '2024-03-05T24:15:42.310Z',
  ],
  ...[
    '2024-03-05T08:60:42.310Z',
    '2024-03-05T08:15:60.310Z',
    '2024-03-05T08:15:4x.310Z',
    '2024-13-05T08:15:42.310Z',
  ],
  ...[
    '-',
    '',
    '1709626542310',
    '2024-03-05T08:15:42.31Z ',
    '0024-03-05T08:15:42.310Z',
    '+024-03-05T08:15:42.310Z',
  ],
];
const at = fc.nat({ max: 400 });
const byte = fc.integer({ min: 0, max: 255 }).filter((byte) => byte !== 10);
const piece = pick(' ', '\r', '\t', '\0', '0', '-', '"', ':', '[', '\u00e9', bytesOf('\u00e9'), '\u001b[0m');
const damage: fc.Arbitrary<Damage> = fc.oneof(
  // One byte is another, is lost, or comes in between.
  {
    weight: 4,
    arbitrary: fc.tuple(at, byte).map(
      ([at, byte]): Damage =>
        (line) => {
          const place = at % line.length;
          return line.slice(0, place) + String.fromCharCode(byte) + line.slice(place + 1);
        },
    ),
  },
  {
    weight: 2,
    arbitrary: at.map(
      (at): Damage =>
        (line) =>
          line.slice(0, at % line.length) + line.slice((at % line.length) + 1),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(at, piece).map(
      ([at, piece]): Damage =>
        (line) => {
          const place = at % (line.length + 1);
          return line.slice(0, place) + piece + line.slice(place);
        },
    ),
  },
  // A word is an odd one, or two of them have changed places.
  {
    weight: 3,
    arbitrary: fc
      .tuple(at, pick(...ODD_WORDS))
      .map(([at, word]) => onWords((words) => words.splice(at % words.length, 1, bytesOf(word)))),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(at, at).map(([a, b]) =>
      onWords((words) => {
        const [i, j] = [a % words.length, b % words.length];
        [words[i], words[j]] = [words[j] ?? '', words[i] ?? ''];
      }),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(fc.nat({ max: 4 }), pick(...ODD_PORTS)).map(([fromEnd, port]) =>
      onWords((words) => {
        const at = words.length - 1 - fromEnd;
        words[at] = (words[at] ?? '').replace(/:\d*$/, `:${bytesOf(port)}`);
      }),
    ),
  },
  {
    weight: 2,
    arbitrary: pick(...ODD_CLOCKS).map(
      (clock): Damage =>
        (line) =>
          line.replace(/\[\d[^\]]*\]/, () => `[${clock}]`),
    ),
  },
  {
    weight: 1,
    arbitrary: pick(' ', '\r', ' x', ' - -', '\u001b[0m').map(
      (more): Damage =>
        (line) =>
          line + more,
    ),
  },
);

/** A shape with its damages, which stay the same while its numbers change. */
const variant = fc.record({
  shape: fc.nat({ max: SHAPES.length - 1 }),
  damages: fc.oneof(
    { weight: 2, arbitrary: fc.constant<Damage[]>([]) },
    { weight: 3, arbitrary: fc.array(damage, { minLength: 1, maxLength: 2 }) },
  ),
});

/** Lines of a few variants, in runs so that each is learned, and with single strays among them. */
const stream = fc.array(variant, { minLength: 1, maxLength: 5 }).chain((variants) => {
  const one = fc.tuple(fc.nat({ max: variants.length - 1 }), numbers);
  const stray = fc.tuple(variant, numbers).map(([variant, numbers]) => write(variant, numbers));
  const known = one.map(([which, numbers]) => write(variants[which] ?? { shape: 0, damages: [] }, numbers));
  return fc.array(fc.oneof({ weight: 6, arbitrary: known }, { weight: 1, arbitrary: stray }), {
    minLength: 8,
    maxLength: 40,
  });
});

function write(
  variant: { readonly shape: number; readonly damages: readonly Damage[] },
  numbers: Numbers,
): string {
  const line = (SHAPES[variant.shape] ?? (() => ''))(numbers);
  return variant.damages.reduce((line, damage) => (line === '' ? line : damage(line)), line);
}

for (const [name, around] of [
  ['as it is', <T>(run: () => T) => run()],
  ['when all hashes collide', withOneHash],
] as const) {
  t.test(`the lane changes nothing, ${name}`, async (t) => {
    let hits = 0;
    let lines = 0;
    fc.assert(
      fc.property(stream, (stream) => {
        lines += 2 * stream.length;
        return around(() => isUnchanged(stream, (n) => (hits += n)));
      }),
      { numRuns: 700 },
    );
    t.ok(hits > lines / 10, `${hits} of ${lines} lines took the lane`);
  });
}

t.test('lines that are like others take the lane', async (t) => {
  const line = (shape: Shape, n: number) =>
    shape({
      clock: new Date(1_709_600_000_000 + n).toISOString(),
      received: String(n),
      sent: String(2 * n),
      duration: String(3 * n),
      upstream: String(40_000 + n),
      downstream: String(50_000 + n),
    });
  for (const shape of SHAPES.slice(0, 6)) {
    const lines = Array.from({ length: 20 }, (_, i) => line(shape, i + 10));
    const { hits, results } = readAll(lines, newLane(optionsOf(null)));
    t.ok(hits >= 16, `${hits} of 20`);
    t.strictSame(results, readAll(lines, NO_LANE).results);
  }
});

const USUAL: Numbers = {
  clock: '2024-03-05T08:15:42.310Z',
  received: '1',
  sent: '2',
  duration: '3',
  upstream: '41822',
  downstream: '50114',
};

t.test('a kind of line that is met again and again is read as the long way reads it', async (t) => {
  const usual = USUAL;
  const rows: [what: string, change: (line: string, n: number) => string][] = [
    ['an upstream port that is not there', (line) => line.replace(':41822 ', ': ')],
    ['a downstream port that is not there', (line) => line.replace(':50114 ', ': ')],
    ['a port out of range', (line) => line.replace(':41822 ', ':65536 ')],
    ['a port with a zero before it', (line) => line.replace(':41822 ', ':041822 ')],
    ['letters beyond ASCII', (line) => line.replace(' - -', ` ${bytesOf('caf\u00e9.example')} -`)],
    ['letters that are no UTF-8', (line) => line.replace(' - -', ' caf\u00e9.example -')],
    ['counts with zeros before them', (line) => line.replace(' 1 2 3 ', ' 01 02 03 ')],
    ['an absent duration', (line) => line.replace(' 3 - ', ' - - ')],
    ['a carriage return amid the line', (line) => line.replace(' - -', ' \r -')],
    ['a colour before it', (line) => `\u001b[32m${line}`],
    ['a byte order mark before it', (line) => bytesOf('\ufeff') + line],
  ];
  for (const [what, change] of rows) {
    const plain = Array.from({ length: 4 }, (_, n) => SHAPES[0]?.({ ...usual, sent: `2${n}` }) ?? '');
    const odd = Array.from({ length: 4 }, (_, n) => change(SHAPES[0]?.(usual) ?? '', n));
    for (const lines of [
      [...plain, ...odd],
      [...odd, ...plain, ...odd],
    ]) {
      const expected = readAll(lines, NO_LANE).results;
      t.doesNotThrow(
        () => t.strictSame(readAll(lines, newLane(optionsOf(null))).results, expected, what),
        what,
      );
    }
  }
});

t.test('the numbers of a line of the lane make a new line each', async (t) => {
  const lane = newLane(optionsOf(null));
  const numbers = {
    clock: '2024-03-05T08:15:42.310Z',
    received: '1',
    sent: '2',
    duration: '3',
    upstream: '4',
    downstream: '5',
  };
  const lines = ['11', '12', '13', '14'].map((received) => SHAPES[0]?.({ ...numbers, received }) ?? '');
  readAll(lines, lane);
  const stream = lane.enter();
  const [first = ''] = lines;
  const outcome = createLineParser(optionsOf(null)).push(first, true);
  if (outcome?.kind === 'accepted') stream.learn(Buffer.from(first), 0, first.length, outcome.line);
  const columns = new LineColumns(stream.templates);
  const block = Buffer.from(lines.slice(2).join('\n'));
  t.equal(stream.read(block, 0, block.length, columns), block.length);
  const [a, b] = [lineOf(columns, 0), lineOf(columns, 1)];
  t.equal(a.entry.bytes_received, 13);
  t.equal(b.entry.bytes_received, 14);
  t.equal(a.entry.bytes_received, 13, 'still');
  t.equal(columns.template[0], columns.template[1], 'they share their template');
  t.not(columns.template[0], NO_TEMPLATE);
});

/** Words of every kind, and such as only look like one of a kind: each may stand wherever a line has a word. */
const WORDS = [
  '10.60.3.9:41822',
  '10.60.4.21:6379',
  '10.60.4.300:6379',
  '10.060.4.21:6379',
  '10.60.4.21:65536',
  '10.60.4.21:06',
  '10.60.4.21',
  '10.60.4',
  '[fd00:60::9]:8443',
  '[fd00:60::31]:8443',
  '[fd00:60:::31]:8443',
  '[fd00:60::31]',
  'outbound|6379||cache.shop.svc.cluster.local',
  'inbound|6379||',
  'outbound_.6379_._.cache.shop.svc.cluster.local',
  'PassthroughCluster',
  'cache-0.cache',
  'web:80',
  'envoy://x/10.60.4.21:80',
  '<x-y>',
  'a"b-c',
  'a,b.c',
  '-',
  '-1',
  '1.5',
  'UF-x',
  'UF',
];
const word = pick(...WORDS);
const wordLine = fc
  .record({
    shape: pick(...SHAPES.slice(0, 6)),
    numbers,
    words: fc.array(fc.tuple(pick(1, 3, 4, 5, 6, 7, 12), word), { maxLength: 3 }),
    pod: pick(WEB, DB, '[pod/web-0/istio-proxy] ', 'web-0 ', ''),
  })
  .map(({ shape, numbers, words, pod }) => {
    const line = shape(numbers).split(' ');
    for (const [fromEnd, word] of words) {
      const at = line.length - fromEnd;
      line[at] = line[at]?.startsWith('"') ? `"${word}"` : word;
    }
    return pod + line.join(' ').replace(/^[^[]*/, '');
  });

t.test('words that met in no line before are read together as the long way reads them', async (t) => {
  let hits = 0;
  let lines = 0;
  fc.assert(
    fc.property(fc.array(wordLine, { minLength: 20, maxLength: 80 }), (stream) => {
      lines += 2 * stream.length;
      return isUnchanged(stream, (n) => (hits += n));
    }),
    { numRuns: 200 },
  );
  t.ok(hits > lines / 10, `${hits} of ${lines} lines took the lane`);
});

t.test('a line takes the lane whose parts were met in other lines', async (t) => {
  const lane = newLane(optionsOf(null));
  const line = (pod: string, host: string, cluster: string, local: string, target: string) =>
    `${pod} istio-proxy [2024-03-05T08:15:42.310Z] "- - -" 0 - - - "-" 1 2 3 - "-" "-" "-" "-" "${host}" ${cluster} ${local}:40000 ${target} ${local}:40002 - -`;
  const lines = [
    line(
      'web-0',
      '10.60.4.21:6379',
      'outbound|6379||cache.shop.svc.cluster.local',
      '10.60.3.9',
      '10.61.0.77:6379',
    ),
    line(
      'db-0',
      '10.60.4.22:5432',
      'outbound|5432||db.shop.svc.cluster.local',
      '10.60.3.10',
      '10.61.0.78:5432',
    ),
    line(
      'web-0',
      '10.60.4.22:5432',
      'outbound|5432||db.shop.svc.cluster.local',
      '10.60.3.9',
      '10.61.0.78:5432',
    ),
    line(
      'db-0',
      '10.60.4.21:6379',
      'outbound|6379||cache.shop.svc.cluster.local',
      '10.60.3.10',
      '10.61.0.77:6379',
    ),
  ];
  const { hits, results } = readAll(lines, lane);
  t.equal(hits, 2);
  t.strictSame(results, readAll(lines, NO_LANE).results);
});

/** The sample lines of every known text format. */
const SAMPLES = FORMATS.flatMap((format) =>
  format.kind === 'text' ? format.samples.map(({ line }) => line) : [],
);
const sampleLine = fc
  .record({
    sample: pick(...SAMPLES),
    pod: pick(WEB, DB, ''),
    words: fc.array(fc.tuple(fc.nat({ max: 40 }), word), { maxLength: 2 }),
    received: pick('1', '2', '77'),
  })
  .map(({ sample, pod, words, received }) => {
    const line = sample.split(' ');
    for (const [at, word] of words) {
      const place = at % line.length;
      // Mostly where a name or an address stands.
      if (place > 0 && /[|.]/.test(line[place] ?? ''))
        line[place] = line[place]?.startsWith('"') ? `"${word}"` : word;
    }
    return pod + line.join(' ').replace(/ \d+ (\d+ \d+ )/, ` ${received} $1`);
  });

t.test('lines of every format are read as the long way reads them, whatever words they have', async (t) => {
  let hits = 0;
  let lines = 0;
  fc.assert(
    fc.property(fc.array(sampleLine, { minLength: 60, maxLength: 160 }), (stream) => {
      lines += 2 * stream.length;
      return isUnchanged(stream, (n) => (hits += n));
    }),
    { numRuns: 100 },
  );
  t.ok(hits > lines / 10, `${hits} of ${lines} lines took the lane`);
});

const requestLine = fc
  .record({
    request: pick(...REQUESTS),
    numbers,
    path: pick('/', '/a', '/cart?id=7', '-', 'a-b', '10.0.0.1:1', 'x"y', '/a b', '/a\\b', '/\u00e9', '', '*'),
    id: pick('5e3d-0b61', 'a', '-', '', 'x"y', 'a b', '7', '0b9a-probe-77', '1 2 3'),
    agent: pick('curl/8', 'probe two', 'okhttp-x.y', 'a b-c d', '10.0.0.1', '-', 'x "y" z', ''),
    damages: fc.oneof(
      { weight: 4, arbitrary: fc.constant<Damage[]>([]) },
      { weight: 1, arbitrary: fc.array(damage, { minLength: 1, maxLength: 1 }) },
    ),
  })
  .map(({ request, numbers, path, id, agent, damages }) =>
    damages.reduce((line, damage) => (line === '' ? line : damage(line)), request(numbers, path, id, agent)),
  );

t.test('requests are read as the long way reads them', async (t) => {
  let hits = 0;
  let lines = 0;
  fc.assert(
    fc.property(fc.array(requestLine, { minLength: 20, maxLength: 80 }), (stream) => {
      lines += 2 * stream.length;
      return isUnchanged(stream, (n) => (hits += n));
    }),
    { numRuns: 200 },
  );
  t.ok(hits > lines / 20, `${hits} of ${lines} lines took the lane`);
});

t.test('requests that differ in their paths and ids only take the lane', async (t) => {
  for (const request of REQUESTS) {
    const lines = Array.from({ length: 10 }, (_, n) =>
      request(
        { ...USUAL, received: `${n + 1}` },
        n === 5 ? '-' : `/cart/${n}`,
        n === 6 ? '-' : `id-${n}`,
        'curl/8',
      ),
    );
    const { hits, results } = readAll(lines, newLane(optionsOf(null)));
    t.equal(hits, 9);
    t.strictSame(results, readAll(lines, NO_LANE).results);
  }
});

/** Objects round messages, with such as have the message twice or more than once in other ways. */
const WRAPPERS: ReadonlyArray<(message: string, pod: string) => string> = [
  (message, pod) =>
    `{"message":"${message}","nodeName":"n","namespace":"shop","podName":"${pod}","containerName":"istio-proxy"}`,
  (message, pod) => `{"podName":"${pod}","containerName":"istio-proxy","message":"${message}"}`,
  (message, pod) =>
    `{"log":"${message}\\n","stream":"stdout","kubernetes":{"pod_name":"${pod}","namespace_name":"shop"}}`,
  (message, pod) => `{"labels":{"pod":"${pod}"},"line":"${message}"}`,
  (message, pod) =>
    `{"message":"${message}","podName":"${pod}","containerName":"c","message":"[2024-03-05T08:15:42.310Z] \\"- - -\\" 0 - - - \\"-\\" 1 1 3 - \\"-\\" \\"-\\" \\"-\\" \\"-\\" \\"10.60.4.21:6379\\" outbound|6379||cache.shop.svc.cluster.local 10.60.3.9:41822 10.61.0.77:6379 10.60.3.9:50114 - -"}`,
  (message, pod) => `{"message":"${message} ","podName":"${pod}","containerName":"istio-proxy"} `,
  (message, pod) => `{"message":"${message}\\\\","podName":"${pod}","containerName":"istio-proxy"}`,
];
const wrappedLine = fc
  .record({
    wrapper: pick(...WRAPPERS),
    message: fc.oneof(
      { weight: 6, arbitrary: fc.tuple(pick(...SHAPES.slice(0, 3)), numbers).map(([shape, n]) => shape(n)) },
      { weight: 1, arbitrary: wordLine },
      { weight: 1, arbitrary: requestLine },
    ),
    pod: pick('web-0', 'db-0', 'a\\u002db', 'x","podName":"y'),
    escaped: fc.oneof(
      { weight: 9, arbitrary: fc.constant(true) },
      { weight: 1, arbitrary: fc.constant(false) },
    ),
  })
  .map(({ wrapper, message, pod, escaped }) => {
    const bare = message.replace(/^[^[]*/, '');
    return wrapper(escaped ? JSON.stringify(bare).slice(1, -1) : bare, pod);
  });

t.test('messages within objects are read as the long way reads them', async (t) => {
  let hits = 0;
  let lines = 0;
  fc.assert(
    fc.property(fc.array(wrappedLine, { minLength: 20, maxLength: 80 }), (stream) => {
      lines += 2 * stream.length;
      return isUnchanged(stream, (n) => (hits += n));
    }),
    { numRuns: 200 },
  );
  t.ok(hits > lines / 50, `${hits} of ${lines} lines took the lane`);
});

t.test('messages within objects take the lane', async (t) => {
  for (const wrapper of WRAPPERS.slice(0, 4)) {
    for (const write of [SHAPES[0], REQUESTS[0]]) {
      const lines = Array.from({ length: 10 }, (_, n) => {
        const line = write?.({ ...USUAL, received: `${n + 1}` }, `/cart/${n}`, `id-${n}`, 'curl/8') ?? '';
        return wrapper(JSON.stringify(line.replace(/^[^[]*/, '')).slice(1, -1), `web-${n % 2}`);
      });
      const { hits, results } = readAll(lines, newLane(optionsOf(null)));
      t.equal(hits, 8);
      t.strictSame(results, readAll(lines, NO_LANE).results);
    }
  }
});

/** Formats in which the numbers stand where they do not belong, or twice, so that some lines only look usual. */
const SWAPPED = [
  '[%START_TIME%] %UPSTREAM_CLUSTER% %BYTES_SENT% %BYTES_RECEIVED% %DURATION% %UPSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS%',
  '[%START_TIME%] %UPSTREAM_CLUSTER% %BYTES_RECEIVED% %DURATION% %BYTES_SENT% %UPSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS%',
  '[%START_TIME%] %UPSTREAM_CLUSTER% %BYTES_RECEIVED% %BYTES_SENT% %DURATION% %DOWNSTREAM_REMOTE_ADDRESS% %DOWNSTREAM_LOCAL_ADDRESS% %UPSTREAM_LOCAL_ADDRESS%',
  '[%START_TIME%] %UPSTREAM_CLUSTER% %BYTES_RECEIVED% %BYTES_SENT% %RESPONSE_CODE% %UPSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS% %DURATION%',
  '[%START_TIME%] %UPSTREAM_CLUSTER% %BYTES_RECEIVED% %BYTES_SENT% %DURATION% %UPSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS% %BYTES_SENT%',
  '[%START_TIME%] %UPSTREAM_CLUSTER% %BYTES_RECEIVED% %BYTES_SENT% %DURATION% %UPSTREAM_LOCAL_ADDRESS% %UPSTREAM_HOST% %DOWNSTREAM_REMOTE_ADDRESS% %DOWNSTREAM_LOCAL_ADDRESS%',
];

for (const format of SWAPPED) {
  t.test(`what stands elsewhere is not taken for what it is not: ${format.slice(38)}`, async (t) => {
    // Few values, so that two numbers of a line are often the same and each stands for the other.
    const few = pick('1', '2');
    const port = pick('5', '6');
    const line = fc
      .tuple(few, few, few, port, port, few)
      .map(
        ([a, b, c, upstream, downstream, last]) =>
          `[2024-03-05T08:15:42.310Z] x|y ${a} ${b} ${c} 10.0.0.1:${upstream} 10.0.0.1:5 10.0.0.1:${downstream}${lastOf(format, last)}`,
      );
    fc.assert(
      fc.property(fc.array(line, { minLength: 6, maxLength: 40 }), (lines) =>
        isUnchanged(lines, () => {}, format),
      ),
      { numRuns: 150 },
    );
    const usual = `[2024-03-05T08:15:42.310Z] x|y 1 1 1 10.0.0.1:5 10.0.0.1:5 10.0.0.1:5${lastOf(format, '1')}`;
    t.match(readAll([usual], NO_LANE, format).results, [{ format, raw: usual }], 'the format fits');
  });
}

t.test('words that move the numbers to other places are noticed', async (t) => {
  const format =
    '[%START_TIME%] %CONNECTION_TERMINATION_DETAILS% %BYTES_RECEIVED% %BYTES_SENT% %DURATION% %UPSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS% "%UPSTREAM_TRANSPORT_FAILURE_REASON%"';
  const few = pick('1', '2');
  const phrase = pick('1', '1 1', 'closed by peer');
  const line = fc
    .tuple(phrase, few, few, few, phrase)
    .map(
      ([details, a, b, c, reason]) =>
        `[2024-03-05T08:15:42.310Z] ${details} ${a} ${b} ${c} 10.0.0.1:5 10.0.0.1:5 10.0.0.1:5 "${reason}"`,
    );
  let hits = 0;
  fc.assert(
    fc.property(fc.array(line, { minLength: 6, maxLength: 60 }), (lines) =>
      withOneHash(() => isUnchanged(lines, (n) => (hits += n), format)),
    ),
    { numRuns: 150 },
  );
  t.ok(hits > 0);
});

/** The ninth word, for the formats that have one. */
function lastOf(format: string, number: string): string {
  const words = format.split(' ');
  return words.length < 9 ? '' : words[8] === '%DOWNSTREAM_LOCAL_ADDRESS%' ? ' 10.0.0.1:5' : ` ${number}`;
}

t.test(
  'a line that is the beginning of one met before, with the same hash, is not taken for it',
  async (t) => {
    const shorter = SHAPES[1]?.({ ...USUAL, received: '96' }) ?? '';
    const longer = `${shorter}y.g`;
    const lines = [longer, longer, shorter, longer];
    const { results, hits } = withOneHash(() => readAll(lines, newLane(optionsOf(null))));
    t.equal(hits, 2, 'the lane knows the longer one');
    t.strictSame(results, readAll(lines, NO_LANE).results);
  },
);

t.test('a stream knows the writers that it met itself, however many others met', async (t) => {
  const lane = newLane(optionsOf(null));
  const lineOfPod = (pod: number, ms: number): string =>
    `web-${pod} istio-proxy [2020-09-14T09:12:29.${100 + ms}Z] "- - -" 0 - "-" "-" 412 388 5 - "-" "-" "-" "-" ` +
    '"10.36.0.14:5701" outbound|5701||planner.harvest.svc.cluster.local 10.36.1.9:40134 10.0.48.30:5701 10.36.1.9:40142 - -';
  const pods = Array.from({ length: 1_500 }, (_, pod) => pod);
  const first = readAll(
    [1, 2].flatMap((ms) => pods.map((pod) => lineOfPod(pod, ms))),
    lane,
  );
  t.ok(first.hits >= pods.length, `${first.hits} lines of writers that were met`);
  t.equal(readAll([lineOfPod(900, 3), lineOfPod(1_400, 3)], lane).hits, 0, 'nobody was met by another one');
});
