import t from 'tap';
import { readAll, verdict } from './entries.ts';

const HEAD = '2025-02-03T04:05:06.700800Z\tinfo\taccess\tconnection complete\t';
const PAIRS =
  'src.addr=10.0.0.1:1 dst.addr=10.0.0.2:2 direction="inbound" bytes_sent=3 bytes_recv=4 duration="5ms"';

t.test('reads complete connections, whatever stands between the words', async (t) => {
  for (const line of [
    HEAD + PAIRS,
    (HEAD + PAIRS).replaceAll('\t', ' '),
    (HEAD + PAIRS).replaceAll('\t', '    '),
    `${HEAD}${PAIRS} `,
  ]) {
    t.equal(verdict(line), 'accepted ztunnel-text none', line);
  }
  t.equal(verdict(`ztunnel-x7 istio-proxy ${HEAD}${PAIRS}`), 'accepted ztunnel-text stern');
  t.equal(verdict(`2025-02-03T04:05:07Z ${HEAD}${PAIRS}`), 'accepted ztunnel-text kubectl-timestamps');
});

t.test('undoes the escapes of quoted values', async (t) => {
  const [outcome] = readAll([`${HEAD}${PAIRS} error="a \\"b\\" c\\\\d\\n\\u{e9}\\q"`]);
  t.match(outcome, { kind: 'accepted', line: { entry: { attributes: { error: 'a "b" c\\d\né' + 'q' } } } });
});

t.test('rejects what is cut or malformed', async (t) => {
  const rows: [line: string, reason: string][] = [
    [HEAD + PAIRS.slice(0, -1), 'truncated'],
    [HEAD + PAIRS.slice(0, -4), 'truncated'],
    [HEAD + PAIRS.slice(0, 30), 'truncated'],
    [HEAD + PAIRS.replace('5ms', '5s'), 'bad_number'],
    [HEAD + PAIRS.replace('=3', '=03'), 'bad_number'],
    [HEAD + PAIRS.replace('10.0.0.1:1', '10.0.0.999:1'), 'bad_address'],
    [HEAD + PAIRS.replace('inbound', 'sideways'), 'unknown_format'],
    [HEAD + PAIRS.replace(' dst', ' =dst'), 'unknown_format'],
    [HEAD + PAIRS.replace(' dst', ' DST'), 'unknown_format'],
    [HEAD + PAIRS.replace('"inbound"', '"inbound"x'), 'unknown_format'],
    [`${HEAD.replace('2025-02-03', '2025-02-30')}${PAIRS}`, 'bad_time'],
    [`${HEAD.replace('2025', '1970')}${PAIRS}`, 'out_of_range'],
  ];
  for (const [line, reason] of rows) t.equal(verdict(line), `rejected ${reason}`, line);
});

t.test('passes over its other messages', async (t) => {
  const rows: [line: string, expected: string][] = [
    [HEAD.replace('complete', 'opened') + PAIRS, 'skipped other_scope'],
    [HEAD.replace('access', 'xds') + PAIRS, 'skipped agent_log'],
    [HEAD.replace('access', 'access_x') + PAIRS, 'skipped agent_log'],
    ['{"level":"info","time":"2025-02-03T04:05:06Z","scope":"xds","message":"x"}', 'skipped other_scope'],
    [
      '{"level":"info","time":"2025-02-03T04:05:06Z","scope":"access","message":"connection opened"}',
      'skipped other_scope',
    ],
    [
      '{"level":"info","time":"2025-02-03T04:05:06Z","scope":"access","message":"connection complete"}',
      'rejected truncated',
    ],
  ];
  for (const [line, expected] of rows) t.equal(verdict(line), expected, line);
});
