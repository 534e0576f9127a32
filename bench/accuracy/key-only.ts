/** The obvious way to pair, as a yardstick: the first line of a key with the first one, the second with the second. */
import type { ReadLine } from '../simulator/read-back.ts';
import type { FoundPair } from './pairs.ts';

export interface NamedLine {
  readonly name: string;
  readonly line: ReadLine;
}

/**
 * Pairs TCP lines by their addresses alone, in the order in which they started. Where ports are used again and lines
 * are lost, everything behind a lost line is shifted by one: a simulation on which this does well proves nothing.
 */
export function pairByKeyOnly(lines: readonly NamedLine[]): FoundPair[] {
  const tcp = lines.filter(({ line }) => !line.http).toSorted((a, b) => a.line.start - b.line.start);
  const isInbound = ({ line }: NamedLine): boolean => line.cluster.startsWith('inbound|');
  const inbound = groupBy(
    tcp.filter(isInbound),
    ({ line }) => `${line.downstreamRemote} ${line.downstreamLocal}`,
  );
  const outbound = groupBy(
    tcp.filter((one) => !isInbound(one) && one.line.upstreamLocal !== '-'),
    ({ line }) => `${line.upstreamLocal} ${line.upstreamHost}`,
  );
  return [...outbound].flatMap(([key, outs]) => {
    const ins = inbound.get(key) ?? [];
    const pairs = outs.slice(0, ins.length);
    return pairs.map((out, i) => ({ kind: 'full', outbound: out.name, inbound: ins[i]?.name ?? '' }));
  });
}

/** Outbound lines whose address key another connection has as well, before or after. */
export function countReused(lines: readonly NamedLine[]): number {
  const made = lines.filter(({ line }) => !line.http && line.upstreamLocal !== '-');
  const keys = groupBy(
    made.filter(({ line }) => !line.cluster.startsWith('inbound|')),
    ({ line }) => `${line.upstreamLocal} ${line.upstreamHost}`,
  );
  return [...keys.values()].reduce((sum, same) => sum + (same.length > 1 ? same.length : 0), 0);
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
