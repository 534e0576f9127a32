// Promises: C3 (docs/reliability.md).
import t from 'tap';
import {
  type AccessLogEntry,
  EMPTY_ENTRY,
  NO_IDENTITY,
  type Outcome,
  type ParsedLine,
} from '../../src/domain/entry.ts';
import { LINE_BYTES_MAX, PARTIAL_STREAMS_MAX, REJECT_TEXT_MAX } from '../../src/domain/limits.ts';
import { createLineParser } from '../../src/parse/line-parser.ts';
import { renderLine } from '../../src/parse/render.ts';
import { readAll, verdict } from './entries.ts';

const START = Date.UTC(2024, 4, 6, 7, 8, 9, 10);
const ENTRY: AccessLogEntry = {
  ...EMPTY_ENTRY,
  start_time: START,
  response_code: 0,
  bytes_received: 5,
  bytes_sent: 7,
  duration: 11,
  upstream_host: '10.1.0.5:6379',
  upstream_cluster: 'outbound|6379||cache.shop.svc.cluster.local',
  upstream_local_address: '10.1.0.9:40001',
  downstream_local_address: '10.2.0.1:6379',
  downstream_remote_address: '10.1.0.9:40003',
};
const LINE = spell('istio-text-1.9', ENTRY);
const OLD_LINE = spell('istio-text-1.3', ENTRY);
const HTTP = spell('istio-text-1.9', {
  ...ENTRY,
  method: 'GET',
  path: '/a',
  protocol: 'HTTP/1.1',
  user_agent: 'UA',
});

t.test('takes the prefix off the front only', async (t) => {
  const rows: [line: string, expected: string][] = [
    [`web-1 istio-proxy ${LINE}`, 'accepted istio-text-1.9 stern'],
    [`web-1 istio-proxy web-2 istio-proxy ${LINE}`, 'rejected unknown_format'],
    [`web-1 istio-proxy web-2 ${LINE}`, 'rejected unknown_format'],
    [`shop web-1 app ${LINE}`, 'accepted istio-text-1.9 stern'],
    [`shop web-1 app other ${LINE}`, 'rejected unknown_format'],
    [`[pod/web-1/istio-proxy] [pod/web-2/istio-proxy] ${LINE}`, 'rejected unknown_format'],
    [`[pod/web-1/istio-proxy] web-2 istio-proxy ${LINE}`, 'rejected unknown_format'],
    [`2024-05-06T07:08:10.5Z stdout F 2024-05-06T07:08:10.5Z stdout F ${LINE}`, 'rejected unknown_format'],
    [`proxy_1  | proxy_2  | ${LINE}`, 'rejected unknown_format'],
    [`web-1 ${LINE}`, 'accepted istio-text-1.9 stern'],
    [`info ${LINE}`, 'rejected unknown_format'],
    [`Web-1 istio-proxy ${LINE}`, 'rejected unknown_format'],
  ];
  for (const [line, expected] of rows) t.equal(verdict(line), expected, line);
});

t.test('a message within JSON has no second envelope', async (t) => {
  const envelope = (message: string) =>
    JSON.stringify({ podName: 'web-1', namespace: 'shop', containerName: 'istio-proxy', message });
  t.equal(verdict(envelope(LINE)), 'accepted istio-text-1.9 stern-json');
  t.equal(verdict(envelope(`web-2 istio-proxy ${LINE}`)), 'rejected unknown_format');
  t.match(verdict(envelope(`${LINE}\n${LINE}`)), /^rejected/);
  t.equal(verdict(envelope(envelope(LINE))), 'rejected unknown_format');
});

t.test('an envelope written into JSON that is not escaped is a part of the value', async (t) => {
  const forged = '","podName":"web-9","containerName":"istio-proxy","message":"x';
  const line = spell('envoy-gateway-text', { ...ENTRY, user_agent: forged });
  t.doesNotThrow(() => JSON.parse(line), 'though it parses as JSON');
  const [outcome] = readAll([line]);
  t.match(outcome, {
    kind: 'accepted',
    line: { format: 'envoy-gateway-text', envelope: 'none', identity: NO_IDENTITY },
  });
  t.match(outcome, { line: { entry: { user_agent: forged } } });
});

t.test('quotes within a header: one way to split the line is taken, several are none', async (t) => {
  const rows: [userAgent: string, expected: string][] = [
    ['say "hi"', 'accepted'],
    ['"', 'accepted'],
    ['""', 'accepted'],
    ['a" "b', 'ambiguous_quotes'],
    [
      `x" "rid" "auth" "10.9.9.9:1" outbound|1||evil 10.9.9.9:2 10.9.9.9:3 10.9.9.9:4 - -`,
      'ambiguous_quotes',
    ],
    [`web-2 istio-proxy ${LINE}`, 'ambiguous_quotes'],
  ];
  for (const [userAgent, expected] of rows) {
    const line = HTTP.replace('"UA"', () => `"${userAgent}"`);
    const [outcome] = readAll([line]);
    t.equal(outcome?.kind === 'rejected' ? outcome.reason : outcome?.kind, expected, userAgent);
    if (outcome?.kind !== 'accepted') continue;
    t.equal(outcome.line.entry.user_agent, userAgent);
    t.equal(outcome.line.entry.upstream_cluster, ENTRY.upstream_cluster);
    t.equal(renderLine(outcome.line.format, outcome.line.entry), line);
  }
  const forwarded = HTTP.replace('"-" "UA"', '"10.0.0.1" "x" "UA"');
  t.match(readAll([forwarded]), [{ kind: 'rejected', reason: 'ambiguous_quotes' }]);
  const authority = HTTP.replace('"-" "10.1.0.5', '"a" "b" "10.1.0.5');
  t.match(readAll([authority]), [{ kind: 'rejected', reason: 'ambiguous_quotes' }]);
});

t.test('text behind the last field is told as such, and cannot be used to shift the fields', async (t) => {
  const [outcome] = readAll([`${LINE} more "of it"`]);
  t.match(outcome, {
    kind: 'accepted',
    line: { format: 'istio-text-1.9-trailing', entry: { attributes: { trailing: 'more "of it"' } } },
  });
  const forged = HTTP.replace('"UA"', `"x" "r" "a" "10.9.9.9:1" evil 10.9.9.9:2 10.9.9.9:3 10.9.9.9:4 - -`);
  t.match(readAll([forged]), [{ kind: 'rejected', reason: 'ambiguous_quotes' }]);
});

t.test('says why a line is rejected', async (t) => {
  const rows: [line: string, reason: string][] = [
    [LINE.slice(0, 60), 'truncated'],
    [LINE.slice(0, -4), 'truncated'],
    [LINE.slice(1), 'truncated'],
    [LINE.replace('2024-05-06', '2024-02-30'), 'bad_time'],
    [LINE.replace('T07:08', 'T27:08'), 'bad_time'],
    [LINE.replace('2024-', '1924-'), 'out_of_range'],
    [LINE.replace('"-" 5 7', '"-" 05 7'), 'bad_number'],
    [LINE.replace('"-" 5 7', '"-" 9007199254740993 7'), 'bad_number'],
    [LINE.replace('"-" 5 7', '"-" x 7'), 'bad_number'],
    [LINE.replace('10.2.0.1:6379', '10.2.0.300:6379'), 'bad_address'],
    [LINE.replace('10.2.0.1:6379', '10.2.0.1:65536'), 'bad_address'],
    [LINE.replace('10.2.0.1:6379', '[::g]:1'), 'bad_address'],
    [LINE.replace('"10.1.0.5:6379"', '"<your host>:1"'), 'bad_address'],
    [LINE.replaceAll('"', '\\"'), 'escaped_quotes'],
    [LINE.replace('cache', 'ca\0che'), 'binary'],
    ['\u0001\u0002\u0003\u0004 abc', 'binary'],
    ['a'.repeat(LINE_BYTES_MAX + 1), 'line_too_long'],
    ['GET / HTTP/1.1', 'unknown_format'],
    ['{"a":1}', 'unknown_format'],
    ['{"a":}', 'invalid_json'],
    ['{"a":"b', 'truncated'],
    [`${'{"a":'.repeat(65)}1${'}'.repeat(65)}`, 'invalid_json'],
    ['{"response_flags":"-","bytes_sent":1,"bytes_received":2}', 'no_start_time'],
  ];
  for (const [line, reason] of rows) t.equal(verdict(line), `rejected ${reason}`, line.slice(0, 300));
});

t.test('keeps a rejected line, cut', async (t) => {
  const [outcome] = readAll([`web-1 istio-proxy ${'x '.repeat(REJECT_TEXT_MAX)}`, '']);
  t.match(outcome, { kind: 'rejected', text: 'x '.repeat(REJECT_TEXT_MAX / 2).slice(0, 100) });
  t.equal(outcome?.kind === 'rejected' && outcome.text.length, REJECT_TEXT_MAX);
});

t.test('mixed formats and envelopes in one stream are read each for itself', async (t) => {
  const lines = [LINE, OLD_LINE, `a-1 istio-proxy ${OLD_LINE}`, `a-1 istio-proxy ${LINE}`, '{"x":1}', LINE];
  const alone = lines.map((line) => verdict(line));
  const together = (order: readonly string[]) =>
    new Map(
      readAll(order).map((outcome, i) => [order[i], outcome.kind === 'accepted' ? outcome.line.format : '']),
    );
  t.strictSame(
    together(lines),
    new Map(
      lines
        .map((line, i) => [line, alone[i]?.split(' ')[1] ?? ''])
        .map(([l, f]) => [l, f === 'unknown_format' ? '' : f]),
    ),
  );
  t.strictSame([...together([...lines].reverse())].sort(), [...together(lines)].sort());
});

t.test(
  'gives the same identity object for the same four values, and fills in what is not told',
  async (t) => {
    const parser = createLineParser({
      format: null,
      identity: { ...NO_IDENTITY, namespace: 'shop', node: 'n1' },
    });
    const read = (line: string) => accepted(parser.push(line, true)).identity;
    const first = read(`web-1 istio-proxy ${LINE}`);
    t.strictSame(first, { pod: 'web-1', namespace: 'shop', container: 'istio-proxy', node: 'n1' });
    t.equal(read(`web-1 istio-proxy ${OLD_LINE}`), first);
    t.equal(read(`shop web-1 istio-proxy ${LINE}`), first);
    t.equal(read(`[pod/web-1/istio-proxy] ${LINE}`), first);
    t.not(read(`web-2 istio-proxy ${LINE}`), first);
    t.strictSame(read(LINE), { pod: null, namespace: 'shop', container: null, node: 'n1' });
  },
);

t.test('a line that was not UTF-8 is kept whole', async (t) => {
  const parser = createLineParser({ format: null, identity: NO_IDENTITY });
  t.match(parser.push(LINE, false), {
    kind: 'accepted',
    line: { utf8: false, rebuildable: false, raw: LINE },
  });
  t.match(parser.push(LINE, true), { kind: 'accepted', line: { utf8: true, rebuildable: true } });
});

t.test('foreign line endings, byte order marks and colours are no part of a line', async (t) => {
  for (const line of [
    `${LINE}\r`,
    `\ufeff${LINE}`,
    `\u001b[1m${LINE}\u001b[0m`,
    `${LINE.slice(0, 90)}\u001b[31;1m${LINE.slice(90)}`,
  ]) {
    t.equal(accepted(readAll([line])[0] ?? null).raw, LINE);
  }
});

t.test('pieces of a long line become one', async (t) => {
  const cri = (tag: string, text: string, stream = 'stdout') =>
    `2024-05-06T07:08:10.5+02:00 ${stream} ${tag} ${text}`;
  t.strictSame(
    readAll([
      cri('P', LINE.slice(0, 50)),
      cri('F', 'panic: x', 'stderr'),
      cri('P', LINE.slice(50, 99)),
      cri('F', LINE.slice(99)),
    ]).map((outcome) => outcome.kind),
    ['skipped', 'accepted'],
    'for each output by itself',
  );
  t.match(
    readAll([cri('P', LINE.slice(0, 50)), cri('P', LINE.slice(50))]),
    [{ kind: 'accepted' }],
    'also without an end',
  );
  t.match(readAll([cri('P', LINE.slice(0, 50))]), [{ kind: 'rejected', reason: 'truncated' }]);
});

t.test('a message that grows too long is given up, and nothing of it passes for a message', async (t) => {
  const cri = (tag: string, text: string) => `2024-05-06T07:08:10.5Z stdout ${tag} ${text}`;
  const long = 'x'.repeat(200_000);
  const outcomes = readAll([
    cri('P', long),
    cri('P', long),
    cri('P', long),
    cri('P', ''),
    cri('F', LINE),
    cri('F', LINE),
  ]);
  t.strictSame(
    outcomes.map((outcome) => (outcome.kind === 'rejected' ? outcome.reason : outcome.kind)),
    ['partial_too_long', 'accepted'],
  );
});

t.test('too many waiting pieces push out the oldest', async (t) => {
  const vector = (pod: number) =>
    JSON.stringify({
      kubernetes: { pod_name: `p-${pod}`, pod_namespace: 'n' },
      message: 'x',
      _partial: true,
    });
  const parser = createLineParser({ format: null, identity: NO_IDENTITY });
  for (let i = 0; i < PARTIAL_STREAMS_MAX; i++) t.equal(parser.push(vector(i), true), null);
  t.match(parser.push(vector(-1), true), { kind: 'rejected', reason: 'truncated', identity: { pod: 'p-0' } });
});

t.test('an object over several lines becomes one line', async (t) => {
  const object = {
    start_time: '2024-05-06T07:08:09.010Z',
    response_flags: '-',
    bytes_received: 1,
    bytes_sent: 2,
  };
  const pretty = JSON.stringify(object, null, 2).split('\n');
  t.match(readAll(pretty), [{ kind: 'accepted', line: { format: 'istio-json', raw: pretty.join('\n') } }]);
  const behindStern = [`a-1 istio-proxy ${LINE}`, ...pretty.map((line) => `a-1 istio-proxy ${line}`)];
  t.match(readAll(behindStern), [
    { kind: 'accepted' },
    { kind: 'accepted', line: { identity: { pod: 'a-1' } } },
  ]);
});

t.test('what interrupts an object is read, and the object is told later', async (t) => {
  const parser = createLineParser({ format: null, identity: NO_IDENTITY });
  t.equal(parser.push('{', true), null);
  t.equal(parser.idle(), false, 'something waits');
  t.match(parser.push(LINE, true), { kind: 'accepted' });
  t.match(parser.push('{', true), { kind: 'rejected', reason: 'truncated', text: '{' });
  t.match(parser.end(), { kind: 'rejected', reason: 'truncated', text: '{' });
  t.equal(parser.end(), null);
  t.equal(parser.idle(), true);
});

t.test('reads a format of the user, and the known ones beside it', async (t) => {
  const format = '%START_TIME(%s.%3f)% | %UPSTREAM_HOST% | "%REQ(X-TEAM)%" %BYTES_SENT%\n';
  const line = '1715000000.123 | 10.0.0.1:80 | "blue team" 12';
  const [outcome] = readAll([line], format);
  t.match(outcome, {
    kind: 'accepted',
    line: {
      format,
      rebuildable: false,
      entry: {
        start_time: 1_715_000_000_123,
        upstream_host: '10.0.0.1:80',
        bytes_sent: 12,
        attributes: { 'req(x-team)': 'blue team' },
      },
    },
  });
  t.equal(verdict(LINE, format), 'accepted istio-text-1.9 none');
  t.throws(() => createLineParser({ format: '%BYTES_SENT%', identity: NO_IDENTITY }), { code: 'bad_format' });
});

t.test('reads a JSON map of the user', async (t) => {
  const format = '{"when":"%START_TIME(%s%3f)%","host":"%UPSTREAM_HOST%","note":"x %PROTOCOL%"}';
  const [outcome] = readAll(['{"when":"1715000000123","host":"10.0.0.1:80","note":"x -","more":4}'], format);
  t.match(outcome, {
    kind: 'accepted',
    line: {
      format,
      entry: {
        start_time: 1_715_000_000_123,
        upstream_host: '10.0.0.1:80',
        attributes: { note: 'x -', more: '4' },
      },
    },
  });
});

function spell(format: string, entry: AccessLogEntry): string {
  const line = renderLine(format, entry);
  if (line === null) throw new Error(`${format} is no text format`);
  return line;
}

function accepted(outcome: Outcome | null): ParsedLine {
  if (outcome?.kind !== 'accepted') throw new Error(`not accepted: ${JSON.stringify(outcome)}`);
  return outcome.line;
}

t.test('the words before the time of another access log are no pod', async (t) => {
  const line = '203.0.113.9 - - [26/Nov/2026:01:00:00 +0000] "GET / HTTP/1.1" 200 612 "-" "curl/8.0"';
  t.match(readAll([line]), [{ kind: 'rejected', text: line, identity: NO_IDENTITY }]);
  const named = `web-0 istio-proxy ${line.slice(line.indexOf('['))}`;
  t.match(readAll([named]), [{ kind: 'rejected', identity: { pod: 'web-0', container: 'istio-proxy' } }]);
});

t.test('a pod whose name somebody shortened before showing the line is still a pod', async (t) => {
  const line = `web-front-.. istio-proxy ${LINE}`;
  t.match(readAll([line]), [{ kind: 'accepted', line: { identity: { pod: 'web-front-..' } } }]);
});
