import t from 'tap';
import type { ParsedLine } from '../../src/domain/entry.ts';
import { NO_FILTER } from '../../src/domain/filter.ts';
import { analysisOf, at, cluster, into, out, owned, PAGE, PASSTHROUGH, pod } from './scenes.ts';

const web = pod('web', '10.1.0.5');
const cache = pod('cache', '10.1.0.7');
const other = '10.1.0.99:40000';
const server = owned(cache, 6379, 'cache.shop.svc.cluster.local', at(0));
const late = into(cache, 6379, '203.0.113.9:1', { time: at(90) });

async function verdictOf(line: ParsedLine, others: readonly ParsedLine[]): Promise<[string, string | null]> {
  const { items } = await analysisOf([...others, line]).connections(NO_FILTER, PAGE);
  const found = items.find((connection) => Date.parse(connection.start_time) === line.entry.start_time);
  return [found?.pairing.verdict ?? '', found?.pairing.reason ?? null];
}

const call = (to: string, rest = {}) => out(web, to, { time: at(10), cluster: PASSTHROUGH, ...rest });

t.test('a line without a partner says why', async (t) => {
  const vip = [1, 2].map((minute) =>
    out(web, '10.96.0.10:6379', {
      time: at(minute),
      cluster: cluster(6379, 'c.s.svc'),
      host: `10.1.0.${minute + 10}:1`,
    }),
  );
  const rows: Array<[what: string, line: ParsedLine, verdict: string, reason: RegExp]> = [
    ['refused', call('10.1.0.7:6379', { response_flags: ['UF'] }), 'expected_unmatched', /never made/],
    ['to a stranger', call('203.0.113.5:443'), 'expected_unmatched', /outside the mesh/],
    ['to a pod not read', call('10.1.0.44:6379'), 'expected_unmatched', /not read/],
    ['to a service address', call('10.96.0.10:6379'), 'expected_unmatched', /service address/],
    [
      'to an endpoint of a service',
      call('10.96.0.10:6379', { cluster: cluster(6379, 'c.s.svc'), host: '172.20.0.3:1' }),
      'expected_unmatched',
      /not read/,
    ],
    ['to its own pod', call('10.1.0.7:6379', { host: '127.0.0.1:80' }), 'expected_unmatched', /same pod/],
    ['to a pod that was read', call('10.1.0.7:6379'), 'unexplained', /has no line of this connection/],
    [
      'from a stranger',
      into(cache, 6379, '203.0.113.9:5', { time: at(11) }),
      'expected_unmatched',
      /outside/,
    ],
    [
      'from a stranger with a proxy',
      into(cache, 6379, '172.20.0.4:5', {
        time: at(11),
        requested_server_name: 'outbound_.6379_._.cache.shop.svc.cluster.local',
      }),
      'expected_unmatched',
      /not read/,
    ],
    ['from a pod not read', into(cache, 6379, other, { time: at(11) }), 'expected_unmatched', /not read/],
    ['from a pod that was read', into(cache, 6379, '10.1.0.5:5', { time: at(1.5) }), 'unexplained', /web-/],
    [
      'an attempt that failed',
      into(cache, 6379, '10.1.0.5:5', { time: at(1.5), method: 'GET', path: '/', response_code: 503 }),
      'expected_unmatched',
      /may be an earlier attempt/,
    ],
    [
      'a request that was answered',
      into(cache, 6379, '10.1.0.5:5', { time: at(1.5), method: 'GET', path: '/', response_code: 200 }),
      'unexplained',
      /web-/,
    ],
    [
      'of neither side',
      call('10.1.0.7:1', { cluster: null, host: null }),
      'expected_unmatched',
      /does not tell|no address/,
    ],
  ];
  for (const [what, line, verdict, reason] of rows) {
    const [got, why] = await verdictOf(line, [
      server,
      late,
      ...vip,
      call('203.0.113.77:1', { time: at(60) }),
    ]);
    t.equal(got, verdict, what);
    t.match(why, reason, what);
  }
});

t.test('a line of ztunnel needs no partner: it names both ends', async (t) => {
  const line = { ...into(cache, 6379, '10.1.0.5:5', { time: at(2) }), format: 'ztunnel-text' };
  const [verdict, reason] = await verdictOf(line, [
    server,
    late,
    call('10.1.0.7:6379'),
    call('203.0.113.7:1', { time: at(60) }),
  ]);
  t.equal(verdict, 'expected_unmatched');
  t.match(reason, /names both ends/);
});

t.test('a partner may still come while neither its pod nor the clock of the data has gone on', async (t) => {
  const line = call('10.1.0.7:6379');
  t.strictSame((await verdictOf(line, [server]))[0], 'pending');
  t.strictSame((await verdictOf(line, [server, late]))[0], 'unexplained', 'a later line of that pod');
  const later = out(pod('x', '10.1.0.8'), '203.0.113.5:1', { time: at(12), cluster: PASSTHROUGH });
  t.strictSame((await verdictOf(line, [server, later]))[0], 'unexplained', 'a minute passed elsewhere');
});
