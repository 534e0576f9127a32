/** Routing before and after: one block for all shifts that went from the same to the same. */
import type { Routing, Shift, Source } from '../../domain/resources.ts';
import { count, humanTime, listNames, say, share, type Text } from '../text.ts';
import { type Block, paragraph } from './document.ts';

/** Changes told; further ones are counted. */
const CHANGES_MAX = 10;
/** Names in one list. */
const NAMES_MAX = 4;

/** Tells each change of routing, the oldest first. */
export function shiftBlocks(shifts: readonly Shift[]): Block[] {
  const changes = [...groupByChange(shifts).values()].sort((a, b) => compare(firstAfter(a), firstAfter(b)));
  const more = changes.length - CHANGES_MAX;
  return [
    ...changes.slice(0, CHANGES_MAX).map(changeFacts),
    ...(more > 0 ? [paragraph(say`${more} more changes: see ${'meshwake get shifts'}.`)] : []),
  ];
}

/** The pods, or workloads, that connections came from. */
export function sourceNames(sources: readonly Source[], most = NAMES_MAX): Text {
  const names = sources
    .map((source) => source.pod ?? source.workload ?? source.ip)
    .filter((name) => name !== null);
  return names.length === 0 ? ['pods that the lines do not name'] : listNames(unique(names), most);
}

function groupByChange(shifts: readonly Shift[]): Map<string, Shift[]> {
  const groups = new Map<string, Shift[]>();
  for (const shift of shifts) {
    const { from, to } = shift;
    const key = JSON.stringify([from.state, from.upstream_cluster, to.state, to.upstream_cluster]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [shift]);
    else group.push(shift);
  }
  return groups;
}

function changeFacts(shifts: readonly Shift[]): Block {
  const sum = (pick: (shift: Shift) => number): number =>
    shifts.reduce((total, shift) => total + pick(shift), 0);
  const addresses = unique(shifts.map((shift) => shift.destination.address));
  const failedBefore = share(
    sum((shift) => shift.before.failures),
    sum((shift) => shift.before.connections),
  );
  const failedAfter = share(
    sum((shift) => shift.after.failures),
    sum((shift) => shift.after.connections),
  );
  return {
    kind: 'facts',
    rows: [
      {
        label: 'Traffic',
        text: say`${sourceNames(shifts.map((shift) => shift.source))} to ${listNames(addresses, NAMES_MAX)}${[shifts.length === 1 ? '' : `, ${count(shifts.length, 'shift')}`]}`,
      },
      {
        label: 'Before',
        text: say`${routing(shifts.map((shift) => shift.from))}; failed: ${[failedBefore]}; last at ${[humanTime(lastBefore(shifts))]}`,
      },
      {
        label: 'After',
        text: say`${routing(shifts.map((shift) => shift.to))}; failed: ${[failedAfter]}; first at ${[humanTime(firstAfter(shifts))]}`,
      },
      { label: 'Evidence', text: [evidence(shifts)] },
    ],
  };
}

/** Where the traffic of one side went; state and cluster are the same in all. */
function routing(sides: readonly Routing[]): Text {
  const [side] = sides;
  if (side === undefined) return [];
  const hosts = unique(sides.flatMap((each) => each.upstream_hosts));
  const cluster = side.upstream_cluster === null ? [] : say`, ${side.upstream_cluster}`;
  return [side.state, ...cluster, ...(hosts.length === 0 ? [] : say` at ${listNames(hosts, NAMES_MAX)}`)];
}

function evidence(shifts: readonly Shift[]): string {
  const grades = unique(shifts.map((shift) => shift.evidence)).sort();
  const lowest = shifts.reduce((least, shift) => Math.min(least, shift.confidence), 1);
  return `grade ${grades.join(', ')}, confidence ${lowest}${shifts.length === 1 ? '' : ' or more'}`;
}

/** RFC 3339 times of one zone and precision sort as texts. */
function firstAfter(shifts: readonly Shift[]): string {
  return shifts.map((shift) => shift.first_after).reduce((a, b) => (compare(a, b) <= 0 ? a : b));
}

function lastBefore(shifts: readonly Shift[]): string {
  return shifts.map((shift) => shift.last_before).reduce((a, b) => (compare(a, b) >= 0 ? a : b));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}
