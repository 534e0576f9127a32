/** The change of routing that an incident began with, out of its shifts. */
import type { Incident, Routing, Shift } from '../../../domain/resources.ts';
import type { Way } from '../../plot/way.ts';

type Side = Pick<Way, 'sources' | 'destinations' | 'state' | 'cluster' | 'hosts'>;
interface Counts {
  readonly connections: number;
  readonly failures: number;
}

export interface Change {
  readonly before: Side;
  readonly after: Side;
  readonly lastBefore: string;
  readonly firstAfter: string;
  readonly sides: { readonly before: Counts; readonly after: Counts };
}

/** The shifts that go from and to the same as the first one that leads to the incident's cluster. Null: it has none. */
export function changeOf(incident: Incident, shifts: readonly Shift[]): Change | null {
  const ids = new Set(incident.shifts);
  const own = shifts
    .filter(({ id }) => ids.has(id))
    .sort((a, b) => (a.first_after < b.first_after ? -1 : a.first_after > b.first_after ? 1 : 0));
  const first = own.find(({ to }) => to.upstream_cluster === incident.upstream_cluster) ?? own[0];
  if (first === undefined) return null;
  const alike = own.filter((shift) => isAlike(shift.from, first.from) && isAlike(shift.to, first.to));
  const ends = {
    sources: unique(
      alike.map(({ source }) => source),
      ({ pod, workload, ip }) => pod ?? workload ?? ip ?? '',
    ),
    destinations: unique(
      alike.map(({ destination }) => destination),
      ({ address }) => address,
    ),
  };
  return {
    before: {
      ...ends,
      ...sideOf(
        alike.map(({ from }) => from),
        first.from,
      ),
    },
    after: {
      ...ends,
      ...sideOf(
        alike.map(({ to }) => to),
        first.to,
      ),
    },
    lastBefore: alike.reduce((last, { last_before }) => laterOf(last, last_before), first.last_before),
    firstAfter: first.first_after,
    sides: { before: sum(alike.map(({ before }) => before)), after: sum(alike.map(({ after }) => after)) },
  };
}

/** RFC 3339 times of one zone and precision sort as texts. */
function laterOf(a: string, b: string): string {
  return a < b ? b : a;
}

function sideOf(
  routings: readonly Routing[],
  { state, upstream_cluster }: Routing,
): Pick<Way, 'state' | 'cluster' | 'hosts'> {
  const hosts = [...new Set(routings.flatMap(({ upstream_hosts }) => upstream_hosts))];
  return { state, cluster: upstream_cluster, hosts };
}

function isAlike(a: Routing, b: Routing): boolean {
  return a.state === b.state && a.upstream_cluster === b.upstream_cluster;
}

function sum(counts: readonly Counts[]): Counts {
  return {
    connections: counts.reduce((total, { connections }) => total + connections, 0),
    failures: counts.reduce((total, { failures }) => total + failures, 0),
  };
}

function unique<T>(items: readonly T[], key: (item: T) => string): T[] {
  return [...new Map(items.map((item) => [key(item), item])).values()];
}
