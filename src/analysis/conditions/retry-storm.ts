/** Clients that try again and again, without a pause, what does not work. */
import { formatAddress } from '../../domain/address.ts';
import { formatTime } from '../../domain/time.ts';
import { count } from '../diagnoses/diagnosis.ts';
import { retryStorm as retryStormDiagnosis } from '../diagnoses/retry-storm.ts';
import { maxOf, minOf } from '../extremes.ts';
import type { Finding } from '../findings.ts';
import type { Leg } from '../legs.ts';
import { type Condition, countConnections, groupLegs, toFinding } from './condition.ts';

/** Failed attempts within an hour, and how many times as many in a time as connections that worked before. */
const ATTEMPTS_MIN = 50;
const FACTOR_MIN = 10;
/** What worked before must have been seen for so long, ms, and so often, to be a measure. */
const BEFORE_MS = 60_000;
const BEFORE_MIN = 5;

/** Client lines of one proxy and address. */
export const retryStorm: Condition = {
  name: 'retry-storm',
  byFacts: true,
  scopesOf: ({ facts }) =>
    facts.client && facts.local !== null ? [`${facts.writer} ${formatAddress(facts.local)}`] : [],
  find: (scope) => {
    const hours = groupLegs(scope.suspects, (leg) => String(leg.flow.hour));
    const many = [...hours.values()].filter((failed) => countConnections(failed) >= ATTEMPTS_MIN);
    if (many.length === 0) return [];
    const worked = scope.legs.filter((leg) => !leg.facts.failed);
    const storms = many.filter((hour) => isStorm(hour, worked));
    return storms.length === 0 ? [] : [tell(scope.name, storms.flat(), worked)];
  },
};

function isStorm(failed: readonly Leg[], worked: readonly Leg[]): boolean {
  const usual = usualRate(earlier(worked, failed));
  return usual !== null && failingRate(failed) >= FACTOR_MIN * usual;
}

function earlier(worked: readonly Leg[], failed: readonly Leg[]): readonly Leg[] {
  const first = firstOf(failed);
  return worked.filter((leg) => leg.flow.first < first);
}

/** Connections in a second. Null: too few, or in too short a time, to be a measure. */
function usualRate(worked: readonly Leg[]): number | null {
  const span = lastOf(worked) - firstOf(worked);
  const connections = countConnections(worked);
  return connections < BEFORE_MIN || span < BEFORE_MS ? null : (1_000 * connections) / span;
}

/** The same of attempts that fail; a burst counts as if it had taken a second. */
function failingRate(failed: readonly Leg[]): number {
  return (1_000 * countConnections(failed)) / Math.max(lastOf(failed) - firstOf(failed), 1_000);
}

function tell(scope: string, failed: readonly Leg[], worked: readonly Leg[]): Finding {
  const before = earlier(worked, failed);
  const ends = worked.map((leg) => leg.flow.first).filter((time) => time > lastOf(failed));
  return toFinding({
    about: [scope],
    diagnosis: retryStormDiagnosis,
    severity: 'medium',
    legs: failed,
    after: before.some((leg) => leg.flow.last < firstOf(failed))
      ? maxOf(
          before.map((leg) => leg.flow.last).filter((time) => time < firstOf(failed)),
          0,
        )
      : null,
    ended: ends.length === 0 ? null : { after: lastOf(failed), before: minOf(ends, 0) },
    evidence: [
      `${count(countConnections(failed), 'attempt')} failed from ${formatTime(firstOf(failed))} on, ` +
        `${perMinute(failingRate(failed))} a minute; before, ${perMinute(usualRate(before) ?? 0)} a minute worked.`,
    ],
  });
}

function perMinute(rate: number): string {
  return rate * 60 < 1 ? 'less than one' : String(Math.round(60 * rate));
}

function firstOf(legs: readonly Leg[]): number {
  return minOf(
    legs.map((leg) => leg.flow.first),
    0,
  );
}

function lastOf(legs: readonly Leg[]): number {
  return maxOf(
    legs.map((leg) => leg.flow.last),
    0,
  );
}
