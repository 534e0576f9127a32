/** Callers that have not been there for as long as the lines go back, and calls that only take another way. */
import t from 'tap';
import type { ParsedLine } from '../../../src/domain/entry.ts';
import { NO_FILTER } from '../../../src/domain/filter.ts';
import type { Anomaly } from '../../../src/domain/resources.ts';
import { analysisOf, at, cluster, out, owned, PASSTHROUGH, pod } from '../scenes.ts';

const old = pod('old', '10.1.0.1', 'bb2cc', 'shop');
const young = pod('young', '10.1.0.3', 'bb2cc', 'shop');
const db = pod('db', '10.1.0.2', 'dd4bb', 'shop');
const HOUR = 60;
const DAY = 24 * HOUR;
const DAYS = 16;

/** So many calls an hour, from the first minute up to the second. */
function calls(from: number, to: number, each: number, line: (minute: number) => ParsedLine): ParsedLine[] {
  const lines: ParsedLine[] = [];
  for (let hour = from; hour < to; hour += HOUR) {
    for (let i = 0; i < each; i++) lines.push(line(hour + (i * HOUR) / each));
  }
  return lines;
}

const service = (from: typeof old, address: string, host: string) => (minute: number) =>
  out(from, `${address}:80`, { time: at(minute), cluster: cluster(80, host), host: '10.1.0.9:80' });
const usual = calls(0, DAYS * DAY, 6, service(old, '10.96.0.1', 'a.shop.svc.cluster.local'));

async function lastDay(lines: readonly ParsedLine[]): Promise<readonly Anomaly[]> {
  const filter = { ...NO_FILTER, since: at((DAYS - 1) * DAY), until: at(DAYS * DAY) };
  // The lines are of the future of these scenes' clock.
  return (await analysisOf(lines, at(DAYS * DAY)).anomalies(filter, { limit: 100, cursor: null })).items;
}

t.test('a caller that came lately is compared with its own days', async (t) => {
  const came = (DAYS - 3) * DAY;
  const steady = calls(came, DAYS * DAY, 30, service(young, '10.96.0.1', 'a.shop.svc.cluster.local'));
  t.strictSame(await lastDay([...usual, ...steady]), [], 'what it does since it came is its usual');
  const surge = calls(
    (DAYS - 1) * DAY + 600,
    (DAYS - 1) * DAY + 900,
    300,
    service(young, '10.96.0.1', 'a.shop.svc.cluster.local'),
  );
  t.match(await lastDay([...usual, ...steady, ...surge]), [
    {
      metric: 'connections',
      direction: 'rise',
      basis: 'previous_day',
      series: { source: { workload: 'young' } },
    },
  ]);
});

t.test('the calls of a caller that is new itself are not each told as new', async (t) => {
  const first = calls(
    (DAYS - 1) * DAY + 60,
    DAYS * DAY,
    6,
    service(young, '10.96.0.1', 'a.shop.svc.cluster.local'),
  );
  t.strictSame(await lastDay([...usual, ...first]), []);
  const other = calls(
    (DAYS - 1) * DAY + 60,
    DAYS * DAY,
    6,
    service(old, '10.96.0.2', 'b.shop.svc.cluster.local'),
  );
  t.match(await lastDay([...usual, ...other]), [
    { metric: 'new_destination', series: { source: { workload: 'old' } } },
  ]);
});

t.test('a call that only takes another way is no more and no fewer calls', async (t) => {
  const known = calls(0, DAYS * DAY, 1, (minute) => owned(db, 5701, 'db.shop.svc.cluster.local', at(minute)));
  const change = (DAYS - 1) * DAY;
  const way = (to: string, host?: string) => (minute: number) =>
    out(old, '10.1.0.2:5701', { time: at(minute), cluster: to, ...(host === undefined ? {} : { host }) });
  const taken = way(cluster(5701, 'taker.far.svc.cluster.local'), '10.9.0.9:5701');
  const before = calls(0, change, 20, way(PASSTHROUGH));
  const told = await lastDay([...usual, ...known, ...before, ...calls(change, DAYS * DAY, 20, taken)]);
  t.strictSame(
    told.map(({ metric, direction }) => [metric, direction]),
    [],
  );
  const more = await lastDay([...usual, ...known, ...before, ...calls(change, DAYS * DAY, 200, taken)]);
  t.match(
    more,
    [{ metric: 'connections', direction: 'rise', series: { state: 'captured' } }],
    'but more of them are',
  );
});
