/** Gateways that turn connections away because no host of theirs has the server name. */
import { count, listWords } from '../diagnoses/diagnosis.ts';
import { gatewaySniMiss } from '../diagnoses/gateway-sni-miss.ts';
import { maxOf, minOf } from '../extremes.ts';
import { type Finding, failureSeverity } from '../findings.ts';
import { compareLegs, type Facts, type Leg } from '../legs.ts';
import type { Ownership } from '../ownership.ts';
import { type Condition, countConnections, groupLegs, toFinding } from './condition.ts';

/** The world tries all sorts of names on a gateway: names that were never served must be so many, and this share. */
const STRANGERS_MIN = 3;
const STRANGERS_SHARE_MIN = 0.15;

/** Lines of one gateway and port; or of the calls of one workload on one port, whose listener may sort by name as well. */
export const gatewaySni: Condition = {
  name: 'gateway-sni',
  scopesOf: (leg, { known }) => {
    const { facts, flow } = leg;
    if (facts.local === null || flow.shape.http) return [];
    const who = `${facts.source.namespace ?? ''}/${facts.source.workload ?? facts.writer}`;
    if (isGateway(leg, known)) return [`${who} ${facts.local.port}`];
    return facts.client ? [`${CALLS}${who} ${facts.local.port}`] : [];
  },
  find: ({ name: scope, legs, suspects: missed }) => {
    const served = legs.filter((leg) => !leg.facts.failed);
    if (scope.startsWith(CALLS)) return tellCalls(scope, missed, served);
    const names = new Set(served.map(nameOf));
    const lost = groupLegs(missed, (leg) => (names.has(nameOf(leg)) ? nameOf(leg) : null));
    const findings = [...lost].flatMap(([name, own]) => tellLost(scope, name, own, served));
    const strangers = missed.filter((leg) => !names.has(nameOf(leg)));
    return [...findings, ...tellStrangers(scope, strangers, served)];
  },
};

/** Begins the scopes of calls. */
const CALLS = 'calls of ';

function isGateway({ facts }: Leg, known: Ownership): boolean {
  const writer = known.pods.writers.get(facts.writer);
  if (writer?.gateway === true) return true;
  return writer?.inboundPorts.size === 0 && /gateway/i.test(facts.source.workload ?? '');
}

/** The client's own proxy has no filter chain for what it calls: no stranger does that. */
function tellCalls(scope: string, missed: readonly Leg[], served: readonly Leg[]): Finding[] {
  const servedAt = groupLegs(served, addressOf);
  const turned = [...groupLegs(missed, addressOf)]
    .map(([address, own]) => ({ own, same: servedAt.get(address) ?? [] }))
    .map(({ own, same }) => ({ own, same, beside: during(same, own) }))
    .filter(({ own, beside }) => shareOf(own, beside) >= STRANGERS_SHARE_MIN);
  if (turned.length === 0) return [];
  const own = turned.flatMap((one) => one.own).sort(compareLegs);
  const beside = turned.flatMap((one) => one.beside);
  const same = turned.flatMap((one) => one.same);
  const [first, last] = spanOf(own);
  const before = same.map((leg) => leg.flow.last).filter((time) => time < first);
  const later = same.map((leg) => leg.flow.first).filter((time) => time > last);
  const failures = countConnections(own);
  const clients = new Set(own.map((leg) => leg.facts.writer)).size;
  const where = turned.length === 1 ? '' : ` to ${turned.length} addresses`;
  return [
    toFinding({
      about: [scope],
      diagnosis: gatewaySniMiss,
      severity: failureSeverity({ share: shareOf(own, beside), failures, clients }),
      legs: own,
      after: before.length === 0 ? null : maxOf(before, 0),
      ended: later.length === 0 ? null : { after: last, before: minOf(later, 0) },
      evidence: [
        `${count(failures, 'connection')} of ${failures + countConnections(beside)}${where} found no filter chain at the ` +
          `proxy of the client; they asked for ${namesOf(own)}.`,
      ],
    }),
  ];
}

function addressOf({ facts }: Leg): string {
  return facts.local?.key ?? '';
}

function shareOf(missed: readonly Leg[], served: readonly Leg[]): number {
  const failures = countConnections(missed);
  return failures / (failures + countConnections(served));
}

/** Start times of the first and the last connection. */
function spanOf(legs: readonly Leg[]): [number, number] {
  return [
    minOf(
      legs.map((leg) => leg.flow.first),
      0,
    ),
    maxOf(
      legs.map((leg) => leg.flow.last),
      0,
    ),
  ];
}

/** Those with connections that began while the others did. */
function during(legs: readonly Leg[], others: readonly Leg[]): Leg[] {
  const [first, last] = spanOf(others);
  return legs.filter(({ flow }) => flow.last >= first && flow.first <= last);
}

/** True for a connection that found no filter chain. */
export function isMiss({ cluster, shape }: Facts): boolean {
  return cluster === null && shape.response_flags.includes('NR');
}

function nameOf({ flow }: Leg): string {
  return flow.shape.requested_server_name ?? '';
}

/** A name that the gateway served before and does not serve any more. */
function tellLost(scope: string, name: string, missed: readonly Leg[], served: readonly Leg[]): Finding[] {
  const same = served.filter((leg) => nameOf(leg) === name);
  const [first] = spanOf(missed);
  const since = same.filter((leg) => leg.flow.last >= first);
  const failures = countConnections(missed);
  const share = failures / (failures + countConnections(since));
  if (share < 0.5) return [];
  const before = same.map((leg) => leg.flow.last).filter((time) => time < first);
  return [
    toFinding({
      about: [scope, name],
      diagnosis: gatewaySniMiss,
      severity: failureSeverity({ share, failures, clients: 1 }),
      legs: missed,
      after: before.length === 0 ? null : maxOf(before, 0),
      ended: null,
      evidence: [
        `${count(countConnections(same), 'connection')} for ${name === '' ? 'no server name' : name} were served here, ` +
          `and ${failures} found no filter chain.`,
      ],
    }),
  ];
}

function tellStrangers(scope: string, missed: readonly Leg[], served: readonly Leg[]): Finding[] {
  const failures = countConnections(missed);
  const share = failures / (failures + countConnections(served));
  if (failures < STRANGERS_MIN || share < STRANGERS_SHARE_MIN) return [];
  return [
    toFinding({
      about: [scope, '*'],
      diagnosis: gatewaySniMiss,
      severity: 'info',
      legs: missed,
      after: null,
      ended: null,
      evidence: [
        `${count(failures, 'connection')} of ${failures + countConnections(served)} found no filter chain; they asked for ${namesOf(missed)}.`,
        'None of these was served by this gateway in the lines read.',
      ],
    }),
  ];
}

function namesOf(missed: readonly Leg[]): string {
  const names = new Set(missed.map((leg) => (nameOf(leg) === '' ? 'no server name' : nameOf(leg))));
  return listWords([...names].sort());
}
