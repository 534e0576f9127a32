/** Records that a transport delivers by themselves, from a place that it names. */
import t from 'tap';
import { type Identity, NO_IDENTITY, type Outcome } from '../../src/domain/entry.ts';
import { LINE_BYTES_MAX } from '../../src/domain/limits.ts';
import { createLineParser } from '../../src/parse/line-parser.ts';
import { verdict } from './entries.ts';

const LINE =
  '[2024-05-06T07:08:09.010Z] "- - -" 0 - - - "-" 5 7 11 - "-" "-" "-" "-" "10.1.0.5:6379" ' +
  'outbound|6379||cache.shop.svc.cluster.local 10.1.0.9:40001 10.2.0.1:6379 10.1.0.9:40003 - -';
const WEB: Identity = { pod: 'web-1', namespace: 'shop', container: 'istio-proxy', node: 'n1' };

type Record = readonly [text: string, identity?: Partial<Identity>];

function readRecords(records: readonly Record[]): Outcome[] {
  const parser = createLineParser({ format: null, identity: NO_IDENTITY });
  const outcomes = records.map(([text, identity = WEB]) =>
    parser.pushRecord(text, true, { envelope: 'loki', identity: { ...NO_IDENTITY, ...identity } }),
  );
  for (let last = parser.end(); last !== null; last = parser.end()) outcomes.push(last);
  return outcomes.filter((outcome) => outcome !== null);
}

function identityOf(text: string, identity?: Partial<Identity>): Identity | undefined {
  const [outcome] = readRecords([identity === undefined ? [text] : [text, identity]]);
  if (outcome?.kind === 'accepted') return outcome.line.identity;
  return outcome?.identity;
}

t.test('a record has the identity of its transport, and is the message without its newline', async (t) => {
  for (const text of [LINE, `${LINE}\n`, `${LINE}\r\n`]) {
    const [outcome] = readRecords([[text]]);
    t.match(outcome, {
      kind: 'accepted',
      line: { identity: WEB, envelope: 'loki', format: 'istio-text-1.9', raw: LINE, rebuildable: true },
    });
  }
});

t.test('whoever writes a log cannot pass for another pod', async (t) => {
  const stern = (told: object) =>
    JSON.stringify({ podName: 'web-2', containerName: 'c', message: LINE, ...told });
  const rows: [text: string, identity: Partial<Identity>, expected: Partial<Identity>][] = [
    [`web-2 istio-proxy ${LINE}`, WEB, WEB],
    [`[pod/web-2/istio-proxy] ${LINE}`, WEB, WEB],
    [stern({ namespace: 'other', nodeName: 'n2' }), WEB, WEB],
    [
      JSON.stringify({ log: LINE, kubernetes: { pod_name: 'web-2', host: 'n2' } }),
      { pod: 'web-1' },
      { pod: 'web-1' },
    ],
    [stern({ namespace: 'other' }), { namespace: 'shop' }, { namespace: 'shop' }],
  ];
  for (const [text, identity, expected] of rows)
    t.strictSame(identityOf(text, identity), { ...NO_IDENTITY, ...expected }, text);
});

t.test('what the record says fills the gaps where it contradicts nothing', async (t) => {
  const record = JSON.stringify({
    log: `${LINE}\n`,
    kubernetes: { pod_name: 'web-1', namespace_name: 'shop', container_name: 'istio-proxy', host: 'n1' },
  });
  t.strictSame(identityOf(record, {}), WEB);
  t.strictSame(identityOf(record, { pod: 'web-1' }), WEB);
  t.strictSame(identityOf(record, { node: 'n1' }), WEB);
  t.strictSame(identityOf(record, { node: 'n2' }), { ...NO_IDENTITY, node: 'n2' });
});

t.test('Filebeat may have parsed the line into the record', async (t) => {
  const record = {
    '@timestamp': '2024-05-06T07:08:10.000Z',
    agent: { type: 'filebeat' },
    kubernetes: {
      pod: { name: 'web-1' },
      namespace: 'shop',
      container: { name: 'istio-proxy' },
      node: { name: 'n1' },
    },
    start_time: '2024-05-06T07:08:09.010Z',
    response_flags: 'UF',
    bytes_received: 1,
    bytes_sent: 2,
  };
  const [outcome] = readRecords([[JSON.stringify(record), {}]]);
  t.match(outcome, {
    kind: 'accepted',
    line: {
      identity: WEB,
      format: 'istio-json',
      entry: { start_time: Date.UTC(2024, 4, 6, 7, 8, 9, 10), response_flags: ['UF'], attributes: null },
    },
  });
});

t.test('pieces of the container runtime are joined stream by stream', async (t) => {
  const cri = (tag: 'P' | 'F', text: string) => `2024-05-06T07:08:10.5Z stdout ${tag} ${text}`;
  const other = { ...WEB, pod: 'web-2' };
  const outcomes = readRecords([
    [cri('P', LINE.slice(0, 50))],
    [cri('P', LINE.slice(0, 60)), other],
    [cri('F', LINE.slice(50))],
    [cri('F', LINE.slice(60)), other],
    [cri('P', LINE.slice(0, 70))],
  ]);
  t.match(outcomes, [
    { kind: 'accepted', line: { identity: WEB, raw: LINE } },
    { kind: 'accepted', line: { identity: other, raw: LINE } },
    { kind: 'rejected', reason: 'truncated', identity: WEB },
  ]);
  t.equal(outcomes.length, 3);
});

t.test('a record is read by itself: no object goes on in the next one', async (t) => {
  t.match(readRecords([['{'], [LINE]]), [{ kind: 'rejected' }, { kind: 'accepted' }]);
});

t.test('a record that is too long is refused, and the next one is read', async (t) => {
  const outcomes = readRecords([['x'.repeat(LINE_BYTES_MAX + 1)], [LINE]]);
  t.match(outcomes, [{ kind: 'rejected', reason: 'line_too_long', identity: WEB }, { kind: 'accepted' }]);
});

t.test('a record of a collector that is nothing else has its line in one of the usual fields', async (t) => {
  const rows: [object, string][] = [
    [{ '@timestamp': 'x', message: LINE }, 'accepted istio-text-1.9 json'],
    [{ _time: 'x', _msg: `${LINE}\n` }, 'accepted istio-text-1.9 json'],
    [{ body: LINE, host: 'n1' }, 'accepted istio-text-1.9 json'],
    [{ version: '1.1', host: 'n1', short_message: LINE }, 'accepted istio-text-1.9 json'],
    [{ MESSAGE: LINE, _HOSTNAME: 'n1' }, 'accepted istio-text-1.9 json'],
    [{ event: { original: LINE } }, 'accepted istio-text-1.9 json'],
    [{ message: 'hello' }, 'rejected unknown_format'],
    [{ message: 5 }, 'rejected unknown_format'],
    [{ message: JSON.stringify({ message: LINE }) }, 'rejected unknown_format'],
    [{ level: 'info', msg: LINE }, 'skipped agent_log'],
    // What is an access log by itself is read as one, whatever its other fields say.
    [
      {
        message: LINE,
        start_time: '2024-05-06T07:08:09.010Z',
        response_flags: '-',
        bytes_received: 1,
        bytes_sent: 1,
        duration: 2,
        upstream_cluster: 'PassthroughCluster',
        upstream_host: '10.1.0.5:6379',
        downstream_local_address: '10.1.0.5:6379',
      },
      'accepted istio-json none',
    ],
  ];
  for (const [record, expected] of rows)
    t.equal(verdict(JSON.stringify(record)), expected, JSON.stringify(record));
});
