// Promises: C1 (docs/reliability.md).
/** What holds for any input: no crash, one answer, linear time, and the way back from an entry. */
import fc from 'fast-check';
import t from 'tap';
import { type AccessLogEntry, EMPTY_ENTRY, NO_IDENTITY, type Outcome } from '../../src/domain/entry.ts';
import { FORMATS } from '../../src/parse/compiled-formats.ts';
import { compileFormatString } from '../../src/parse/format-string.ts';
import { createLineParser } from '../../src/parse/line-parser.ts';
import type { FieldName, TextLogFormat } from '../../src/parse/log-format.ts';
import { renderLine } from '../../src/parse/render.ts';
import { TextFormat } from '../../src/parse/text-format.ts';
import { cpuMs } from '../helpers/cpu.ts';
import { readAll } from './entries.ts';

const SAMPLES = FORMATS.flatMap((format) => format.samples.map((sample) => sample.line));
const TEXTS = FORMATS.filter((format): format is TextLogFormat => format.kind === 'text');
const PREFIXES = [
  '',
  'web-1 istio-proxy ',
  'shop web-1 istio-proxy ',
  '[pod/web-1/istio-proxy] ',
  'proxy_1  | ',
  '2024-05-06T07:08:09.5Z stdout F ',
  '2024-05-06T07:08:09.5Z stdout P ',
];
const LONG = 100_000;
/** Looking at each byte for each byte before it would take seconds. */
const LONG_MS_MAX = 500;

const address = fc.oneof(
  fc.tuple(fc.ipV4(), fc.nat(65_535)).map(([ip, port]) => `${ip}:${port}`),
  fc.tuple(fc.ipV6(), fc.nat(65_535)).map(([ip, port]) => `[${ip}]:${port}`),
  fc.constantFrom(
    'envoy://connect_originate/10.0.0.1:80',
    '/var/run/app.sock',
    'db.example:5432',
    'envoy://internal_client_address/',
  ),
);
const word = fc.stringMatching(/^[!#-~]{1,40}$/).filter((text) => text !== '-');
const phrase = fc.stringMatching(/^[!#-~]([ !#-~]{0,30}[!#-~])?$/).filter((text) => text !== '-');
const header = fc
  .stringMatching(/^[!-~]([ -~]{0,30}[!-~])?$/)
  .filter((text) => text !== '-' && !text.includes('" "'));
const count = fc.oneof(fc.nat(), fc.maxSafeNat());
const orNull = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: null });
const entries: fc.Arbitrary<AccessLogEntry> = fc.record({
  start_time: fc.integer({ min: 946_684_800_000, max: 4_102_444_799_999 }),
  method: orNull(fc.constantFrom('GET', 'POST', 'M-SEARCH')),
  path: orNull(fc.stringMatching(/^\/[!-~]{0,30}$/)),
  protocol: orNull(fc.constantFrom('HTTP/1.1', 'HTTP/2', 'HTTP/3')),
  response_code: orNull(fc.nat(599)),
  response_flags: fc.constantFrom<readonly string[]>([], ['UF'], ['UF', 'URX'], ['NEW_FLAG']),
  response_code_details: orNull(word),
  connection_termination_details: orNull(phrase),
  upstream_transport_failure_reason: orNull(phrase),
  bytes_received: orNull(count),
  bytes_sent: orNull(count),
  duration: orNull(count),
  upstream_service_time: orNull(count),
  x_forwarded_for: orNull(phrase),
  user_agent: orNull(header),
  request_id: orNull(fc.uuid()),
  authority: orNull(word),
  upstream_host: orNull(address),
  upstream_cluster: orNull(word),
  upstream_local_address: orNull(address),
  downstream_local_address: orNull(address),
  downstream_remote_address: orNull(address),
  requested_server_name: orNull(word),
  route_name: orNull(word),
  attributes: fc.constant(null),
});

t.test('an entry, rendered and read, is that entry', async (t) => {
  for (const format of TEXTS.filter(
    (text) => text.readAs === null && !/kuma|trailing|gateway/.test(text.name),
  )) {
    const carried = new Set(compileFormatString(format.format).segments.map((segment) => segment.field));
    fc.assert(
      fc.property(entries, (any) => {
        const kept = Object.entries(any).filter(([field]) => carried.has(field as FieldName)); // Keys of it.
        const entry: AccessLogEntry = { ...EMPTY_ENTRY, ...Object.fromEntries(kept) };
        const line = renderLine(format.name, entry) ?? '';
        const [outcome] = readAll([line]);
        if (outcome?.kind !== 'accepted')
          return outcome?.kind === 'rejected' && outcome.reason === 'ambiguous_quotes';
        t.strictSame(outcome.line.entry, entry, line);
        return outcome.line.rebuildable && outcome.line.format === format.name;
      }),
      { numRuns: 150 },
    );
    t.pass(format.name);
  }
});

t.test('reading at once and value by value give the same', async (t) => {
  for (const format of TEXTS) {
    const string = compileFormatString(format.format);
    const atOnce = new TextFormat(string, { quotes: format.quotes });
    const byValue = new TextFormat(string, { quotes: format.quotes, patterns: false });
    fc.assert(
      fc.property(
        fc.oneof(
          mutated(),
          entries.map((entry) => renderLine(format.name, entry) ?? ''),
        ),
        (line) => {
          const matches = atOnce.match(line, 0);
          if (byValue.match(line, 0) !== matches)
            throw new Error(`only one of them takes ${JSON.stringify(line)}`);
          if (!matches) return;
          if (JSON.stringify(atOnce.entry()) !== JSON.stringify(byValue.entry())) throw new Error(line);
          if (atOnce.exact !== byValue.exact) throw new Error(`exact: ${line}`);
        },
      ),
      { numRuns: 400 },
    );
    t.pass(format.name);
  }
});

t.test('what need not be kept is rendered exactly', async (t) => {
  fc.assert(
    fc.property(mutated(), (line) => {
      for (const outcome of readAll([line])) {
        if (outcome.kind !== 'accepted' || !outcome.line.rebuildable) continue;
        if (renderLine(outcome.line.format, outcome.line.entry) !== outcome.line.raw) throw new Error(line);
      }
    }),
    { numRuns: 2_000 },
  );
  t.pass('2000 lines');
});

t.test('any lines: every line has one outcome at most, all outcomes are told, twice the same', async (t) => {
  const anyLine = fc.oneof(
    mutated(),
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.string({ maxLength: 80 }),
  );
  fc.assert(
    fc.property(fc.array(anyLine, { maxLength: 12 }), fc.boolean(), (lines, utf8) => {
      const first = run(lines, utf8);
      if (first.length > lines.length) throw new Error('more outcomes than lines');
      if (JSON.stringify(run(lines, utf8)) !== JSON.stringify(first)) throw new Error('not the same again');
    }),
    { numRuns: 1_500 },
  );
  t.pass('1500 streams');
});

t.test('why a line is refused does not depend on the lines before it', async (t) => {
  for (const line of SAMPLES) {
    const outcomes = SAMPLES.map((before) => {
      readAll([before.replace('0', 'x')]);
      return JSON.stringify(readAll([`${line}more`, `${line} more`]));
    });
    t.equal(new Set(outcomes).size, 1, line);
  }
});

t.test('a long line of one character takes no time, wherever it begins', async (t) => {
  const formats = [...TEXTS.map((format) => format.format), null];
  for (const character of [
    'a',
    ' ',
    '0',
    '"',
    '\\',
    '[',
    '{',
    '-',
    ':',
    '.',
    '|',
    '\t',
    '\u001b',
    '=',
    '}',
    ',',
    '\u00e9',
  ]) {
    const tail = character.repeat(LONG);
    for (const format of formats) {
      const parser = createLineParser({ format, identity: NO_IDENTITY });
      for (const head of [
        '',
        '[2024-05-06T07:08:09.010Z] "- - -" 0 - ',
        '[2024-05-06T07:08:09.010Z] "GET /',
      ]) {
        const ms = fastest(() => parser.push(head + tail, true));
        if (ms > LONG_MS_MAX) t.fail(`${ms} ms for ${head}${character}… in ${format ?? 'all formats'}`);
      }
    }
    t.pass(JSON.stringify(character));
  }
});

t.test('long repeated parts of lines take no time', async (t) => {
  const parts = [
    '" "',
    '"- - -" 0 ',
    '{"a":',
    '\u001b[0m',
    'a=',
    'a="b" ',
    '\\"',
    '1.1.1.1:1 ',
    '[2024-05-06T07:08:09.010Z] ',
    'pod/',
    '-"',
  ];
  for (const part of parts) {
    const tail = part.repeat(LONG / part.length);
    for (const head of [
      '',
      ...SAMPLES.slice(0, 6).map((line) => line.slice(0, 60)),
      '2024-05-06T07:08:09Z info access connection complete ',
    ]) {
      const ms = fastest(() =>
        createLineParser({ format: null, identity: NO_IDENTITY }).push(head + tail, true),
      );
      t.ok(ms < 2 * LONG_MS_MAX, `${JSON.stringify(part)}: ${ms} ms`);
    }
  }
});

/** Sample lines with a few characters changed, cut, doubled, behind any envelope. */
function mutated(): fc.Arbitrary<string> {
  const changes = fc.array(
    fc.tuple(
      fc.nat(400),
      fc.nat(3),
      fc.constantFrom('', ' ', '"', '-', '" "', '0', '[', '\n', '\0', 'é', '\\', '<', ','),
    ),
    {
      maxLength: 3,
    },
  );
  return fc
    .tuple(fc.constantFrom(...PREFIXES), fc.constantFrom(...SAMPLES), changes)
    .map(([prefix, line, edits]) => {
      let text = line;
      for (const [at, gone, put] of edits)
        text = text.slice(0, at % (text.length + 1)) + put + text.slice((at % (text.length + 1)) + gone);
      return prefix + text;
    });
}

function run(lines: readonly string[], utf8: boolean): Outcome[] {
  const parser = createLineParser({ format: null, identity: NO_IDENTITY });
  const outcomes: Outcome[] = [];
  for (const line of lines) {
    const outcome = parser.push(line, utf8);
    if (outcome !== null) outcomes.push(outcome);
  }
  for (let outcome = parser.end(); outcome !== null; outcome = parser.end()) outcomes.push(outcome);
  return outcomes;
}

/** Processor ms of the cheapest of some runs: the machine may be busy with something else. */
function fastest(work: () => unknown): number {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 5 && best > LONG_MS_MAX / 2; i++) {
    best = Math.min(best, cpuMs(work));
  }
  return best;
}
