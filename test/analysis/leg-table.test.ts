/** What legs say is what their flows say, whatever size the numbers have and in whatever order hours come. */
import fc from 'fast-check';
import t from 'tap';
import { LegTable } from '../../src/analysis/leg-table.ts';
import type { Flow, Shape } from '../../src/domain/ports.ts';
import { HOUR_MS } from '../../src/domain/time.ts';

const HOUR = 480_000;
/** Small ones, those at the edge of 32 bits, and the largest there are. */
const NUMBER = fc.oneof(
  fc.nat(100),
  fc.integer({ min: 2 ** 32 - 2, max: 2 ** 32 + 2 }),
  fc.maxSafeInteger().map((n) => Math.floor(Math.abs(n) / 4)),
);
const FLOWS = fc.array(
  fc.record({
    shape: fc.nat(2),
    hour: fc.nat(6),
    first: fc.nat(HOUR_MS - 1),
    length: fc.nat(1_000),
    numbers: fc.array(NUMBER, { minLength: 7, maxLength: 7 }),
  }),
  { minLength: 1, maxLength: 30 },
);

const SHAPES: Shape[] = [0, 1, 2].map((id) => ({
  id,
  identity: { pod: `pod-${id}`, namespace: 'app', container: null, node: null },
  format: 'istio-1.9',
  envelope: 'stern',
  http: false,
  upstream_cluster: 'PassthroughCluster',
  upstream_host: null,
  downstream_local_address: '10.2.0.1:5701',
  downstream_remote_ip: '10.1.0.9',
  upstream_connected: true,
  upstream_local_ip: null,
  requested_server_name: null,
  response_flags: [],
  response_code: 0,
  response_code_details: null,
  connection_termination_details: null,
  upstream_transport_failure_reason: null,
  attributes: null,
}));

t.test('the last that was said of a flow holds', async (t) => {
  fc.assert(
    fc.property(FLOWS, fc.nat(30), (drafts, cut) => {
      const flows = drafts.map(toFlow);
      const known = new Map<string, Flow>();
      const table = new LegTable();
      const first = uniqueFlows(flows.slice(0, cut));
      table.load(first);
      for (const flow of first) known.set(keyOf(flow), flow);
      for (const flow of flows.slice(cut)) {
        const before = table.changesIn(flow.hour);
        const [grown] = table.take([flow]);
        t.not(table.changesIn(flow.hour), before, 'what is kept of the hour is not what it is');
        t.same(grown?.before ?? null, known.get(keyOf(flow)) ?? null);
        known.set(keyOf(flow), flow);
      }
      const told = [...table.shapes.values()].flatMap(({ legs }) => legs.map(plain));
      t.same(sorted(told), sorted([...known.values()]));
      for (const [from, to] of [
        [HOUR + 1, HOUR + 4],
        [HOUR, HOUR],
        [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
      ] as const) {
        const within: Flow[] = [];
        for (const shape of table.shapes.values())
          shape.eachIn({ from, to }, (leg) => within.push(plain(leg)));
        t.same(sorted(within), sorted([...known.values()].filter(({ hour }) => hour >= from && hour < to)));
      }
      for (let hour = HOUR; hour <= HOUR + 6; hour++) {
        const own = [...known.values()].filter((flow) => flow.hour === hour);
        t.same(sorted(table.legsIn(hour).map(plain)), sorted(own));
        t.equal(table.connectionsIn(hour), sum(own));
        t.equal(
          sum([...table.columnsIn(hour).connections].map((connections) => ({ connections }))),
          sum(own),
        );
      }
    }),
    { seed: Number(process.env.SEED ?? 3), numRuns: 150 },
  );
});

t.test('a leg that is held is one object, whatever is added', (t) => {
  const table = new LegTable();
  const flow = (hour: number) =>
    toFlow({ shape: 0, hour, first: 0, length: 0, numbers: [1, 2, 3, 4, 5, 6, 7] });
  const [grown] = table.take([flow(0)]);
  for (let hour = 1; hour < 40; hour++) table.take([flow(hour)]);
  t.equal(table.shapes.get(0)?.legIn(HOUR), grown?.leg);
  t.not(table.shapes.get(0)?.legIn(HOUR + 1), undefined);
  t.end();
});

function toFlow(draft: {
  readonly shape: number;
  readonly hour: number;
  readonly first: number;
  readonly length: number;
  readonly numbers: readonly number[];
}): Flow {
  const [
    connections = 0,
    bytes_received = 0,
    bytes_sent = 0,
    wait = 0,
    duration = 0,
    paired = 0,
    ambiguous = 0,
  ] = draft.numbers;
  const first = (HOUR + draft.hour) * HOUR_MS + draft.first;
  const last = Math.min(first + draft.length, (HOUR + draft.hour + 1) * HOUR_MS - 1);
  return {
    ...{ shape: shapeOf(draft.shape), hour: HOUR + draft.hour, connections, bytes_received, bytes_sent },
    ...{ first, last, end: last + wait, duration_min: 0, duration_max: duration, paired, ambiguous },
  };
}

function shapeOf(id: number): Shape {
  const shape = SHAPES[id];
  if (shape === undefined) throw new Error('no shape');
  return shape;
}

/** A flow has no twin where all of them are handed over. */
function uniqueFlows(flows: readonly Flow[]): Flow[] {
  return [...new Map(flows.map((flow) => [keyOf(flow), flow])).values()];
}

function keyOf({ shape, hour }: Flow): string {
  return `${shape.id} ${hour}`;
}

function sorted(flows: readonly Flow[]): Flow[] {
  return [...flows].sort((a, b) => a.shape.id - b.shape.id || a.hour - b.hour);
}

function sum(flows: ReadonlyArray<Pick<Flow, 'connections'>>): number {
  return flows.reduce((total, { connections }) => total + connections, 0);
}

/** What a leg says, as an object of its own. */
function plain(flow: Flow): Flow {
  const { shape, hour, connections, bytes_received, bytes_sent, first, last, end } = flow;
  const { duration_min, duration_max, paired, ambiguous } = flow;
  return {
    ...{ shape, hour, connections, bytes_received, bytes_sent },
    ...{ first, last, end, duration_min, duration_max, paired, ambiguous },
  };
}
