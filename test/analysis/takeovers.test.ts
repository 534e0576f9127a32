/** Service addresses whose connections one cluster took: a capture where the services are strangers to each other. */
import t from 'tap';
import { createAnalysis } from '../../src/analysis/create-analysis.ts';
import type { ParsedLine } from '../../src/domain/entry.ts';
import { memoryStore } from '../helpers/flows.ts';
import { firstDifference, wholeAnswers } from '../helpers/whole-answers.ts';
import {
  analysisOf,
  at,
  cluster,
  incidentsOf,
  matchEach,
  out,
  owned,
  pod,
  shiftsOf,
  statesOf,
} from './scenes.ts';

const web = pod('web', '10.1.0.5', 'zz2zz', 'shop');
const cache = pod('cache', '10.1.0.7', 'bb2cc', 'shop');
const queue = pod('queue', '10.1.0.8', 'bb2cc', 'shop');
const SERVICES = [
  { server: cache, vip: '10.96.0.10:6379', host: 'cache.shop.svc.cluster.local' },
  { server: queue, vip: '10.96.0.44:6379', host: 'queue.shop.svc.cluster.local' },
] as const;
const before = SERVICES.flatMap(({ server, vip, host }) =>
  [1, 2, 3].flatMap((minute) => [
    owned(server, 6379, host, at(minute)),
    out(web, vip, { time: at(minute), cluster: cluster(6379, host), host: `${server.ip}:6379` }),
  ]),
);
const taken = (host: string, services: ReadonlyArray<(typeof SERVICES)[number]> = SERVICES) =>
  services.flatMap(({ vip }) =>
    [10, 11].map((minute) =>
      out(web, vip, {
        time: at(minute),
        cluster: cluster(6379, host),
        host: '10.96.7.7:6379',
        response_flags: ['UF', 'URX'],
        duration: 10_000,
      }),
    ),
  );
const TRAP = 'trap.team-b.svc.cluster.local';

t.test('two services that one foreign cluster takes over are captured', async (t) => {
  const lines = [...before, ...taken(TRAP)];
  t.strictSame((await statesOf(lines)).slice(-4), ['captured', 'captured', 'captured', 'captured']);
  t.strictSame(
    (await shiftsOf(lines)).map((shift) => shift.kind),
    ['service_to_captured', 'service_to_captured'],
  );
  matchEach(t, await incidentsOf(lines), [
    {
      diagnosis: 'catch_all_capture',
      onset: { after: '2024-05-01T10:03:00.000Z', before: '2024-05-01T10:10:00.000Z' },
      victims: SERVICES.map(({ host }) => host),
      failures: 4,
    },
  ]);
});

t.test('one alone, or a service of their own namespace, may be a route that somebody wrote', async (t) => {
  const states = async (lines: Parameters<typeof statesOf>[0]) => new Set(await statesOf(lines));
  const led = (host: string, flags: readonly string[]) =>
    out(web, SERVICES[0].vip, {
      time: at(10),
      cluster: cluster(6379, TRAP),
      host,
      response_flags: [...flags],
    });
  t.notOk((await states([...before, led('10.1.0.9:6379', ['UF', 'URX'])])).has('captured'), 'to endpoints');
  t.notOk((await states([...before, led('10.96.7.7:6379', [])])).has('captured'), 'with an answer');
  t.notOk((await states([...before, ...taken('cache-v2.shop.svc.cluster.local')])).has('captured'), 'kin');
});

t.test('a service whose servers say that they are its own took nothing', async (t) => {
  const server = pod('trap', '10.1.0.9', 'bb2cc', 'team-b');
  const led = SERVICES.flatMap(({ vip }) =>
    [10, 11].map((minute) =>
      out(web, vip, { time: at(minute), cluster: cluster(6379, TRAP), host: '10.1.0.9:6379' }),
    ),
  );
  t.notOk((await statesOf([...before, ...led, owned(server, 6379, TRAP, at(10))])).includes('captured'));
});

t.test('who lived through it, in any order, tells the same', async (t) => {
  const trap = pod('trap', '10.1.0.9', 'bb2cc', 'team-b');
  const late = owned(trap, 6379, TRAP, at(12));
  const lines = [...before, ...taken(TRAP)];
  const far = lines.filter((_, i) => i % 3 === 0);
  const orders: ReadonlyArray<readonly ParsedLine[]> = [
    [...lines, late],
    [late, ...lines].reverse(),
    [...far, ...lines.filter((line) => !far.includes(line)), late],
  ];
  for (const order of orders) {
    const store = memoryStore();
    const living = createAnalysis({ reader: store, render: () => null, now: () => at(600) });
    for (const [i, line] of order.entries()) {
      store.add([line]);
      const fresh = await wholeAnswers(analysisOf(order.slice(0, i + 1)));
      t.equal(firstDifference(fresh, await wholeAnswers(living)), null, `after ${i + 1}`);
    }
  }
});

t.test(
  'one service that is lost to another service address of strangers, where nobody answers, is captured',
  async (t) => {
    const [{ vip }] = SERVICES;
    const first = 'a-trap.team-b.svc.cluster.local';
    matchEach(t, await incidentsOf([...before, ...taken(first, [SERVICES[0]])]), [
      {
        diagnosis: 'catch_all_capture',
        destinations: [{ address: vip }],
        victims: [SERVICES[0].host],
        onset: { after: '2024-05-01T10:03:00.000Z', before: '2024-05-01T10:10:00.000Z' },
      },
    ]);
    const lines = [...before, ...taken(first, [SERVICES[0]])];
    const [incident] = await incidentsOf(lines);
    matchEach(t, await shiftsOf(lines), [{ kind: 'service_to_captured', incident_id: incident?.id }]);
  },
);
