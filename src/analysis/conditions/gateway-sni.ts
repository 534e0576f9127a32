/** Gateways that turn connections away because no host of theirs has the server name. */
import { formatAddress } from '../../domain/address.ts';
import { count, listWords } from '../diagnoses/diagnosis.ts';
import { gatewaySniMiss } from '../diagnoses/gateway-sni-miss.ts';
import { maxOf, minOf } from '../extremes.ts';
import { type Finding, failureSeverity } from '../findings.ts';
import type { Leg } from '../legs.ts';
import type { Ownership } from '../ownership.ts';
import { type Condition, countConnections, groupLegs, toFinding } from './condition.ts';

/** The world tries all sorts of names on a gateway: names that were never served must be so many, and this share. */
const STRANGERS_MIN = 3;
const STRANGERS_SHARE_MIN = 0.15;

/** Lines of one gateway and port; or of the calls of one workload to one address, whose listener may sort by name as well. */
export const gatewaySni: Condition = {
  name: 'gateway-sni',
  scopesOf: (leg, { known }) => {
    const { facts, flow } = leg;
    if (facts.local === null || flow.shape.http) return [];
    const who = `${facts.source.namespace ?? ''}/${facts.source.workload ?? facts.writer}`;
    if (isGateway(leg, known)) return [`${who} ${facts.local.port}`];
    return facts.client ? [`${CALLS}${who} ${formatAddress(facts.local)}`] : [];
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
  const [first, last] = [
    minOf(
      missed.map((leg) => leg.flow.first),
      0,
    ),
    maxOf(
      missed.map((leg) => leg.flow.last),
      0,
    ),
  ];
  const failures = countConnections(missed);
  const beside = served.filter(({ flow }) => flow.last >= first && flow.first <= last);
  const share = failures / (failures + countConnections(beside));
  if (share < STRANGERS_SHARE_MIN) return [];
  const before = served.map((leg) => leg.flow.last).filter((time) => time < first);
  const later = served.map((leg) => leg.flow.first).filter((time) => time > last);
  const clients = new Set(missed.map((leg) => leg.facts.writer)).size;
  return [
    toFinding({
      about: [scope],
      diagnosis: gatewaySniMiss,
      severity: failureSeverity({ share, failures, clients }),
      legs: missed,
      after: before.length === 0 ? null : maxOf(before, 0),
      ended: later.length === 0 ? null : { after: last, before: minOf(later, 0) },
      evidence: [
        `${count(failures, 'connection')} of ${failures + countConnections(beside)} found no filter chain at the proxy of the ` +
          `client; they asked for ${namesOf(missed)}.`,
      ],
    }),
  ];
}

/** True for a connection that found no filter chain. */
export function isMiss({ facts, flow }: Leg): boolean {
  return facts.cluster === null && flow.shape.response_flags.includes('NR');
}

function nameOf({ flow }: Leg): string {
  return flow.shape.requested_server_name ?? '';
}

/** A name that the gateway served before and does not serve any more. */
function tellLost(scope: string, name: string, missed: readonly Leg[], served: readonly Leg[]): Finding[] {
  const same = served.filter((leg) => nameOf(leg) === name);
  const first = minOf(
    missed.map((leg) => leg.flow.first),
    0,
  );
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
