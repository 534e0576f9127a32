/** Legs of one routing are summed up in any order to what joining them hour by hour, in the order of time, gives. */
import fc from 'fast-check';
import t from 'tap';
import type { Judgement } from '../../src/analysis/judgement.ts';
import { createShapeReader, type Leg } from '../../src/analysis/legs.ts';
import {
  joinPieces,
  joinStretches,
  routingOfLeg,
  type Stretch,
  wholeFlow,
} from '../../src/analysis/routes.ts';
import { StretchSum } from '../../src/analysis/stretch-sum.ts';
import type { Shape } from '../../src/domain/ports.ts';
import { HOUR_MS } from '../../src/domain/time.ts';

const SHAPES = 5;
const read = createShapeReader();
const FACTS = Array.from({ length: SHAPES }, (_, i) => read(shapeOf(i)));

function shapeOf(id: number): Shape {
  return {
    id,
    identity: { pod: 'app-1', namespace: 'app', container: null, node: null },
    format: 'istio-1.9',
    envelope: 'stern',
    http: false,
    upstream_cluster: 'outbound|5701||db.data.svc.cluster.local',
    upstream_host: id === 0 ? null : `10.1.0.${id % 3}:5701`,
    downstream_local_address: '10.2.0.1:5701',
    downstream_remote_ip: '10.1.0.9',
    upstream_connected: id > 0,
    upstream_local_ip: null,
    requested_server_name: null,
    response_flags: id > 2 ? ['UF'] : [],
    response_code: 0,
    response_code_details: null,
    connection_termination_details: null,
    upstream_transport_failure_reason: null,
    attributes: null,
  };
}

/** One flow at most for each shape and hour; few different times, so that ties are many. */
const FLOWS = fc.uniqueArray(
  fc.record({
    shape: fc.nat(SHAPES - 1),
    hour: fc.nat(4),
    first: fc.nat(3),
    length: fc.nat(3),
    connections: fc.integer({ min: 1, max: 9 }),
    grade: fc.constantFrom(null, 'g2', 'g3'),
  }),
  { minLength: 1, maxLength: 15, selector: ({ shape, hour }) => `${shape} ${hour}` },
);

interface Item {
  readonly leg: Leg;
  readonly judgement: Judgement;
}

t.test('what legs of one routing add up to does not depend on how they are joined', async (t) => {
  fc.assert(
    fc.property(FLOWS, fc.nat(4), (flows, cut) => {
      const items = flows.map((flow): Item => {
        const first = flow.hour * HOUR_MS + flow.first;
        return {
          judgement: { state: 'captured', grade: flow.grade as Judgement['grade'] },
          leg: {
            facts: FACTS[flow.shape] ?? read(shapeOf(flow.shape)),
            flow: {
              shape: shapeOf(flow.shape),
              hour: flow.hour,
              connections: flow.connections,
              bytes_received: 7 * flow.connections,
              bytes_sent: flow.shape,
              first,
              last: first + flow.length,
              end: first + flow.length + 10 * flow.shape,
              duration_min: 0,
              duration_max: 0,
              paired: 0,
              ambiguous: 0,
            },
          },
        };
      });
      // In no order of time, as shapes come; and in two parts, as an hour that goes on and those before it.
      const before = items.filter(({ leg }) => leg.flow.hour < cut);
      const after = items.filter(({ leg }) => leg.flow.hour >= cut);
      const [a, b] = [sumOf(before), sumOf(after)];
      t.same(sumOf(items)?.toStretch(), inOrder(items));
      t.same((b === null ? a : b.after(a))?.toStretch(), inOrder(items));
    }),
    { seed: 7, numRuns: 200 },
  );
});

function sumOf(items: readonly Item[]): StretchSum | null {
  const [head] = items;
  if (head === undefined) return null;
  const sum = new StretchSum(routingOfLeg(head), true);
  for (const { leg, judgement } of items) sum.add(leg, judgement);
  return sum;
}

function inOrder(items: readonly Item[]): Stretch | undefined {
  let joined: Stretch[] = [];
  for (let hour = 0; hour <= 4; hour++) {
    const own = items.filter(({ leg }) => leg.flow.hour === hour);
    joined = joinStretches(joined, joinPieces(own.map((item) => wholeFlow(item, false))));
  }
  return joined[0];
}
