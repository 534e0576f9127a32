// Promises: C4, L3 (docs/reliability.md).
import fc from 'fast-check';
import t from 'tap';
import { EMPTY_ENTRY } from '../../src/domain/entry.ts';
import { compileJsonFormat, parseJsonObject } from '../../src/parse/json-format.ts';
import { renderLine } from '../../src/parse/render.ts';
import { readAll } from './entries.ts';

const BASE = {
  start_time: '2024-05-06T07:08:09.010Z',
  response_flags: '-',
  bytes_received: 1,
  bytes_sent: 2,
};

t.test('reads typed values and strings alike', async (t) => {
  const typed = { ...BASE, duration: 7, response_code: 0, upstream_host: null, method: null };
  const strings = {
    ...BASE,
    bytes_received: '1',
    bytes_sent: '2',
    duration: '7',
    response_code: '0',
    upstream_host: '-',
    method: '',
  };
  const [a, b] = readAll([JSON.stringify(typed), JSON.stringify(strings)]);
  t.ok(a?.kind === 'accepted' && b?.kind === 'accepted');
  t.strictSame(a?.kind === 'accepted' && a.line.entry, b?.kind === 'accepted' && b.line.entry);
});

t.test('reads other names for time and duration where the own one is absent', async (t) => {
  const { start_time, ...rest } = BASE;
  const rows: [object: object, start: number, duration: number | null, attributes: object | null][] = [
    [{ ...rest, timestamp: start_time, duration_ms: 3 }, Date.parse(start_time), 3, null],
    [
      { ...BASE, timestamp: 'x', duration: 4, duration_ms: 3 },
      Date.parse(start_time),
      4,
      { timestamp: 'x', duration_ms: '3' },
    ],
    [{ ...rest, start_time: 1_714_979_289 }, 1_714_979_289_000, null, null],
    [{ ...rest, start_time: '1714979289.5' }, 1_714_979_289_500, null, null],
    [{ ...rest, start_time: '1714979289010' }, 1_714_979_289_010, null, null],
  ];
  for (const [object, start_time, duration, attributes] of rows) {
    t.match(readAll([JSON.stringify(object)]), [
      { kind: 'accepted', line: { entry: { start_time, duration, attributes } } },
    ]);
  }
});

t.test('keeps what it does not know as text', async (t) => {
  const object = {
    ...BASE,
    trace_id: 'a',
    n: 1.5,
    yes: true,
    nothing: null,
    dash: '-',
    deep: { a: [1] },
    constructor: 'c',
  };
  const line = JSON.stringify(object).replace('"yes"', '"__proto__":"p","yes"');
  const [outcome] = readAll([line]);
  const attributes = outcome?.kind === 'accepted' ? outcome.line.entry.attributes : null;
  t.strictSame(Object.entries(attributes ?? {}), [
    ['trace_id', 'a'],
    ['n', '1.5'],
    ['__proto__', 'p'],
    ['yes', 'true'],
    ['deep', '{"a":[1]}'],
    ['constructor', 'c'],
  ]);
});

t.test('refuses values that are none of their field', async (t) => {
  const rows: [change: object, reason: string][] = [
    [{ start_time: '2024-05-06 07:08:09' }, 'bad_time'],
    [{ start_time: {} }, 'bad_time'],
    [{ start_time: null }, 'no_start_time'],
    [{ start_time: '1999-05-06T07:08:09Z' }, 'out_of_range'],
    [{ bytes_sent: -1 }, 'bad_number'],
    [{ bytes_sent: 1.5 }, 'bad_number'],
    [{ bytes_sent: '01' }, 'bad_number'],
    [{ bytes_sent: [] }, 'bad_number'],
    [{ upstream_host: '10.0.0.256:1' }, 'bad_address'],
    [{ upstream_host: 'a b' }, 'bad_address'],
    [{ upstream_cluster: {} }, 'unknown_format'],
    [{ response_flags: 'not flags' }, 'unknown_format'],
    [{ response_flags: 7 }, 'unknown_format'],
  ];
  for (const [change, reason] of rows) {
    t.match(
      readAll([JSON.stringify({ ...BASE, ...change })]),
      [{ kind: 'rejected', reason }],
      JSON.stringify(change),
    );
  }
  t.match(readAll([JSON.stringify(BASE).replace('2}', '9007199254740993}')]), [
    { kind: 'rejected', reason: 'bad_number' },
  ]);
});

t.test('the start time that Istio 1.1 printed as method is none', async (t) => {
  const [outcome] = readAll([JSON.stringify({ ...BASE, method: BASE.start_time })]);
  t.match(outcome, { kind: 'accepted', line: { entry: { method: null } } });
});

t.test('parses objects only, and none that nest too deep', async (t) => {
  for (const text of ['1', 'null', '[]', '"x"', '{', '', `${'{"a":'.repeat(65)}1${'}'.repeat(65)}`]) {
    t.equal(parseJsonObject(text), null, text.slice(0, 20));
  }
  t.strictSame(parseJsonObject('{"a":{"b":[1]}}'), { a: { b: [1] } });
});

t.test('compiles maps of the user', async (t) => {
  const { requires, keys, time } = compileJsonFormat(
    '{"t":"%START_TIME%","up":"%UPSTREAM_HOST%","x":"a%PROTOCOL%","n":1,"u":"%NEW%"}',
  );
  t.strictSame(
    { requires, keys, time },
    { requires: ['t'], keys: { t: 'start_time', up: 'upstream_host' }, time: null },
  );
  for (const text of [
    '[]',
    '{',
    '{"a":"%BYTES_SENT%"}',
    '{"a":"%START_TIME(%H)%"}',
    '{"t":"%START_TIME%","a":"%REQ%"}',
  ]) {
    t.throws(() => compileJsonFormat(text), { code: 'bad_format' }, text);
  }
});

/** As Envoy writes it: with its keys sorted. */
const sorted = (object: object): string =>
  JSON.stringify(Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1))));

t.test('an object is made again from its entry and its form, or kept', async (t) => {
  const full = { ...BASE, duration: 7, user_agent: 'a "b" é', method: null, upstream_service_time: '3' };
  const strings = { ...full, bytes_received: '1', bytes_sent: '2', duration: '7', method: '-' };
  for (const object of [full, strings, { ...full, response_flags: 'UF,URX', user_agent: null }]) {
    const [read] = readAll([sorted(object)]);
    t.ok(read?.kind === 'accepted' && read.line.rebuildable, sorted(object));
  }
  const line = sorted(BASE);
  const rows: [line: string, why: string][] = [
    [JSON.stringify(BASE), 'keys in another order'],
    [line.replace(',', ', '), 'blanks'],
    [line.replace('-', '\\u002d'), 'an escape that nobody needs'],
    [line.replace('{', '{"bytes_received":3,'), 'a key twice'],
    [sorted({ ...BASE, start_time: '2024-05-06T07:08:09Z' }), 'a time in a way of its own'],
    [line.replace(':1,', ':1e0,'), 'a number in a way of its own'],
    [line.replace(':1,', ':1.0,'), 'a number with a fraction'],
    [sorted({ ...BASE, bytes_sent: '2' }), 'a number among strings, and one that is none'],
    [sorted({ ...BASE, method: '-' }), 'a dash in a typed object'],
    [sorted({ ...BASE, upstream_service_time: 3 }), 'a service time that is a number'],
    [sorted({ ...BASE, trace: 'x' }), 'a key that the format does not know'],
    [sorted({ ...BASE, 'a%b': null }), 'another one'],
    [sorted({ ...BASE, timestamp: 1_714_979_289 }).replace('"start_time"', '"staru"'), 'a time without ms'],
  ];
  for (const [line, why] of rows)
    t.match(readAll([line]), [{ kind: 'accepted', line: { rebuildable: false, raw: line } }], why);
});

t.test('the lines of a proxy have one form, whatever each of them lacks', async (t) => {
  const all = {
    ...BASE,
    duration: 7,
    method: null,
    path: null,
    upstream_host: null,
    upstream_local_address: null,
  };
  const rows = [all, { ...all, method: 'GET', path: '/' }, { ...all, response_flags: 'UF', duration: null }];
  const formats = readAll(rows.map(sorted)).map((read) => read.kind === 'accepted' && read.line.format);
  t.equal(new Set(formats).size, 1);
});

t.test('what is made again is what came, whatever it was', async (t) => {
  const value = fc.oneof(
    fc.constantFrom(
      null,
      '-',
      '',
      'GET',
      'HTTP/1.1',
      'UF,URX',
      '10.0.0.1:80',
      '2024-05-06T07:08:09.010Z',
      true,
    ),
    fc.nat(),
    fc.string({ unit: 'grapheme', maxLength: 12 }),
    fc.jsonValue({ maxDepth: 2 }),
  );
  const keys = fc.constantFrom(
    ...Object.keys(EMPTY_ENTRY),
    'timestamp',
    'a%b',
    '%',
    '@x',
    'trace id',
    '__proto__',
  );
  const written = fc
    .tuple(fc.array(fc.tuple(keys, value), { maxLength: 12 }), fc.boolean())
    .map(([members, isTyped]) => {
      const base = isTyped ? BASE : { ...BASE, bytes_received: '1', bytes_sent: '2' };
      const all = [...Object.entries(base), ...members].sort(([a], [b]) => (a < b ? -1 : 1));
      return `{${all.map(([key, said]) => `${JSON.stringify(key)}:${JSON.stringify(said)}`).join()}}`;
    });
  let rebuilt = 0;
  fc.assert(
    fc.property(written, (line) => {
      for (const outcome of readAll([line])) {
        if (outcome.kind !== 'accepted' || !outcome.line.rebuildable) continue;
        rebuilt++;
        t.equal(renderLine(outcome.line.format, outcome.line.entry), line);
      }
    }),
    { numRuns: 2_000 },
  );
  t.ok(rebuilt > 100, `${rebuilt} of them need not be kept`);
});
