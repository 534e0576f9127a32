/** Clients that try very many ports of an address, or one port of very many addresses, within a minute. */
import { formatTime } from '../../domain/time.ts';
import { count } from '../diagnoses/diagnosis.ts';
import { scan as scanDiagnosis } from '../diagnoses/scan.ts';
import type { Finding } from '../findings.ts';
import { compareLegs, type Facts, type Leg } from '../legs.ts';
import { type Condition, countConnections, groupLegs, type Surroundings, toFinding } from './condition.ts';

const WINDOW_MS = 60_000;
const PORTS_MIN = 20;
const ADDRESSES_MIN = 50;

/** Client lines of one proxy that led nowhere in particular: unregistered, failed, or without a byte. */
export const scan: Condition = {
  name: 'scan',
  scopesOf: (leg, surroundings) => (isTry(leg, surroundings) ? [leg.facts.writer] : []),
  find: ({ name: writer, legs }) => [
    ...findBurst(writer, legs, 'ip', PORTS_MIN),
    ...findBurst(writer, legs, 'port', ADDRESSES_MIN),
  ],
};

/** True for calls that have a destination. */
export function mayBeTry({ client, local }: Facts): boolean {
  return client && local !== null;
}

function isTry(leg: Leg, { judgementOf }: Surroundings): boolean {
  const { facts, flow } = leg;
  if (!mayBeTry(facts)) return false;
  const state = judgementOf(leg)?.state;
  if (state === 'passthrough' || state === 'blackhole' || facts.failed) return true;
  return flow.bytes_received + flow.bytes_sent === 0;
}

/** Addresses that share an ip, or a port, and were dialled first within one window. */
function findBurst(writer: string, legs: readonly Leg[], shared: 'ip' | 'port', least: number): Finding[] {
  const findings: Finding[] = [];
  const groups = groupLegs(legs, ({ facts }) => (facts.local === null ? null : String(facts.local[shared])));
  for (const [key, own] of groups) {
    if (own.length < least) continue;
    const { addresses, legs: burst } = findWindows(own, least);
    if (addresses < least) continue;
    const [first] = burst;
    findings.push(
      toFinding({
        about: [writer, shared, key],
        diagnosis: scanDiagnosis,
        severity: 'medium',
        legs: burst,
        after: null,
        ended: null,
        evidence: [
          `Up to ${addresses} ${shared === 'ip' ? 'ports' : 'addresses'} ` +
            `${shared === 'ip' ? `of ${key}` : `with port ${key}`} were dialled within one minute, the first at ` +
            `${formatTime(first?.flow.first ?? 0)}, by connections that were unregistered, failed or carried nothing.`,
          ...failureSentences(burst),
        ],
      }),
    );
  }
  return findings;
}

function failureSentences(legs: readonly Leg[]): string[] {
  const failed = legs.filter((leg) => leg.facts.failed);
  if (failed.length === 0) return [];
  const flags = [...new Set(failed.flatMap((leg) => leg.flow.shape.response_flags))].sort();
  const all = count(countConnections(legs), 'connection');
  return [
    `${countConnections(failed)} of ${all} failed, with the flags ${flags.join(',')}: they are told here, and not one by one.`,
  ];
}

/** The connections of all windows with so many distinct addresses, and how many the fullest has. */
function findWindows(
  legs: readonly Leg[],
  least: number,
): { readonly addresses: number; readonly legs: readonly Leg[] } {
  const sorted = [...legs].sort((a, b) => a.flow.first - b.flow.first || compareLegs(a, b));
  const inside = new Map<string, number>();
  const found: Leg[] = [];
  let addresses = 0;
  let from = 0;
  /** Up to here the connections are found already. */
  let reach = 0;
  for (const [to, leg] of sorted.entries()) {
    inside.set(addressOf(leg), (inside.get(addressOf(leg)) ?? 0) + 1);
    for (let old = sorted[from]; old !== undefined && leg.flow.first - old.flow.first > WINDOW_MS; ) {
      const left = (inside.get(addressOf(old)) ?? 1) - 1;
      if (left === 0) inside.delete(addressOf(old));
      else inside.set(addressOf(old), left);
      from++;
      old = sorted[from];
    }
    addresses = Math.max(addresses, inside.size);
    if (inside.size < least) continue;
    found.push(...sorted.slice(Math.max(from, reach), to + 1));
    reach = to + 1;
  }
  return { addresses, legs: found };
}

function addressOf({ facts }: Leg): string {
  return facts.local?.key ?? '';
}
