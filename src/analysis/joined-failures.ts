/** Failures of one client at many addresses that no service stands for: one cause on the way out, told once. */
import { formatAddress } from '../domain/address.ts';
import { invariant } from '../domain/errors.ts';
import { maxOf, minOf } from './extremes.ts';
import { failureEvidence } from './failure-evidence.ts';
import { isOwnFailure } from './failures.ts';
import { countClients, type Finding, failureSeverity, SPREAD_MS } from './findings.ts';
import { compareLegs, compareText, isPassthrough } from './legs.ts';
import type { Ownership } from './ownership.ts';

/** Addresses that must fail alike, on one port and within minutes of each other, before they have one cause. */
const ADDRESSES_MIN = 5;

/** Joins them; all other findings stay as they are. */
export function joinFailures(findings: readonly Finding[], known: Ownership): Finding[] {
  const groups = new Map<string, Finding[]>();
  const told: Finding[] = [];
  for (const finding of findings) {
    const key = keyOf(finding);
    if (key === null) {
      told.push(finding);
      continue;
    }
    const list = groups.get(key);
    if (list === undefined) groups.set(key, [finding]);
    else list.push(finding);
  }
  for (const members of groups.values()) {
    for (const chain of chainsOf(members)) {
      if (addressesOf(chain).size < ADDRESSES_MIN) told.push(...chain);
      else told.push(join(chain, known));
    }
  }
  return told;
}

/** Diagnosis, client and port; null for findings of anything but single addresses that one client dialled itself. */
function keyOf(finding: Finding): string | null {
  const [head] = finding.legs;
  if (head === undefined || finding.port === null || !isOwnFailure(finding)) return null;
  const { writer } = head.facts;
  const isAlone = finding.legs.every(
    ({ facts }) => facts.client && isPassthrough(facts) && facts.writer === writer,
  );
  return isAlone ? `${finding.diagnosis.id} ${writer} ${finding.port}` : null;
}

function chainsOf(members: readonly Finding[]): Finding[][] {
  const sorted = [...members].sort((a, b) => a.onset.before - b.onset.before || compareText(a.id, b.id));
  const chains: Finding[][] = [];
  let reach = Number.NEGATIVE_INFINITY;
  for (const finding of sorted) {
    const current = chains.at(-1);
    if (current === undefined || finding.onset.before - reach > SPREAD_MS) chains.push([finding]);
    else current.push(finding);
    reach = finding.onset.before;
  }
  return chains;
}

function addressesOf(chain: readonly Finding[]): Set<string> {
  const addresses = new Set<string>();
  for (const { facts } of chain.flatMap((finding) => finding.legs)) {
    if (facts.local !== null) addresses.add(formatAddress(facts.local));
  }
  return addresses;
}

/** The whole is the first of them, grown: who was told of it need not be told again. */
function join(chain: readonly Finding[], known: Ownership): Finding {
  const [head] = chain;
  invariant(head !== undefined, 'nothing to join');
  const legs = chain.flatMap((finding) => finding.legs).sort(compareLegs);
  const total = (pick: (finding: Finding) => number) => chain.reduce((sum, one) => sum + pick(one), 0);
  const last = maxOf(
    chain.map((finding) => finding.last),
    0,
  );
  const failures = total((one) => one.failures);
  const connections = total((one) => one.connections);
  const finding = {
    ...head,
    severity: failureSeverity({
      share: failures / connections,
      failures,
      clients: countClients(legs, known),
    }),
    onset: onsetOf(chain),
    ended: endOf(chain, last),
    last,
    legs,
    shifts: chain.flatMap((one) => one.shifts),
    support: total((one) => one.support),
    connections,
    failures,
    bytes: total((one) => one.bytes),
  };
  return {
    ...finding,
    evidence: [
      ...failureEvidence(finding, known),
      `${addressesOf(chain).size} addresses without a service fail alike, within minutes of each other: they are told as one.`,
    ],
    samples: [
      {
        shapes: legs.map((leg) => leg.flow.shape),
        since: finding.onset.before,
        until: last + 1,
        order: 'oldest',
        limit: 5,
      },
    ],
  };
}

function onsetOf(chain: readonly Finding[]): Finding['onset'] {
  const before = minOf(
    chain.map((finding) => finding.onset.before),
    0,
  );
  const lows = chain.flatMap(({ onset: { after } }) => (after !== null && after < before ? [after] : []));
  return { after: lows.length === 0 ? null : maxOf(lows, 0), before };
}

/** It is over when every address is reached again. */
function endOf(chain: readonly Finding[], last: number): Finding['ended'] {
  const ends = chain.map((finding) => finding.ended).filter((end) => end !== null);
  if (ends.length < chain.length) return null;
  const before = maxOf(
    ends.map((end) => end.before),
    last,
  );
  return before > last ? { after: last, before } : null;
}
