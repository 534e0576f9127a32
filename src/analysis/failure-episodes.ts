/** Failures that belong together in time, and whether they are worth telling. */
import { HOUR_MS } from '../domain/time.ts';
import { countConnections, groupLegs } from './conditions/condition.ts';
import { maxOf, minOf } from './extremes.ts';
import type { FineLegs } from './fine-legs.ts';
import { compareLegs, compareText, type Leg } from './legs.ts';

/** Fewer failures than this share of what goes on around them are no incident: networks lose connections. */
const SHARE_MIN = 0.15;
/** A host of a cluster that mostly works is told when so many connections to it failed, and this share of them. */
const HOST_FAILURES_MIN = 3;
const HOST_SHARE_MIN = 0.5;
/** Fewer failures are seen among the connections of this time before and after, ms. */
const AROUND_FAILURES_MIN = 3;
const AROUND_MS = 30 * 60_000;
/** A pause of this length, with connections that went well in it, ends an episode; ms. */
const PAUSE_MS = HOUR_MS;

/** Failures of one kind, and what went well in the same scope. */
export interface FailedGroup {
  readonly scope: string;
  readonly failed: readonly Leg[];
  readonly fine: FineLegs;
}

export interface Episode {
  /** Scope, with the host where only one is concerned. */
  readonly scope: string;
  readonly failed: readonly Leg[];
  /** Place among the episodes of the group, told or not. */
  readonly place: number;
  /** Failures among the connections around them, 0 to 1. */
  readonly share: number;
}

/** Episodes that are worth telling: of the whole group or, where most of it goes well, of a single host in it. */
export function listEpisodes({ scope, failed: all, fine }: FailedGroup): Episode[] {
  return splitEpisodes(all, fine).flatMap((failed, place) => {
    const share = shareOf(failed, fine, null);
    return share >= SHARE_MIN
      ? [{ scope, failed, place, share }]
      : listHosts({ scope, failed, fine }).map((ofHost) => ({ ...ofHost, place }));
  });
}

function listHosts({ scope, failed: all, fine }: FailedGroup): Array<Omit<Episode, 'place'>> {
  const hosts = [...groupLegs(all, hostOf)];
  return hosts
    .sort(([a], [b]) => compareText(a, b))
    .flatMap(([host, failed]) => {
      if (countConnections(failed) < HOST_FAILURES_MIN) return [];
      const share = shareOf(failed, fine, host);
      return share < HOST_SHARE_MIN ? [] : [{ scope: `${scope} ${host}`, failed, share }];
    });
}

function splitEpisodes(failed: readonly Leg[], fine: FineLegs): Leg[][] {
  const sorted = [...failed].sort(compareLegs);
  const episodes: Leg[][] = [];
  let reach = Number.NEGATIVE_INFINITY;
  for (const leg of sorted) {
    const { first, last } = leg.flow;
    const paused = first - reach > PAUSE_MS && fine.has(reach + 1, first - 1);
    if (episodes.length === 0 || paused) episodes.push([leg]);
    else episodes[episodes.length - 1]?.push(leg);
    reach = Math.max(reach, last);
  }
  return episodes;
}

/** Share of failures among the connections around them, of one host or (null) of all. */
function shareOf(failed: readonly Leg[], fine: FineLegs, host: string | null): number {
  const failures = countConnections(failed);
  const around = failures < AROUND_FAILURES_MIN ? AROUND_MS : 0;
  const [first, last] = spanOf(failed);
  return failures / (failures + fine.countWithin(first - around, last + around, host));
}

/** First and last start. */
function spanOf(legs: readonly Leg[]): [number, number] {
  const firsts = legs.map((leg) => leg.flow.first);
  const lasts = legs.map((leg) => leg.flow.last);
  return [minOf(firsts, 0), maxOf(lasts, 0)];
}

function hostOf({ flow }: Leg): string | null {
  return flow.shape.upstream_host;
}
