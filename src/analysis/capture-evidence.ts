/** The proof of a capture, sentence by sentence, each resting on lines. */

import { parseAddress } from '../domain/address.ts';
import { formatDuration, formatTime } from '../domain/time.ts';
import type { Before } from './capture-episodes.ts';
import { count, listWords, type Place, type Subject } from './diagnoses/diagnosis.ts';
import { maxOf } from './extremes.ts';
import { type Finding, subjectOf } from './findings.ts';
import type { Delivery, Receiver } from './misdelivery.ts';
import type { Ownership } from './ownership.ts';
import { chanceOfRise, riseInterval } from './posterior.ts';
import type { Run } from './routes.ts';
import { mergeRuns, type ShiftDraft } from './shifts.ts';

/** Destinations that are proven one by one; more would only repeat. */
const PLACES_MAX = 3;

const OWNER_WORDS = {
  inbound_cluster: 'the server names it in its inbound cluster',
  sni: 'clients named it to the server in their TLS handshake',
  service_address: 'connections to this service address go to it',
  endpoint: 'connections to its service address ended there',
} as const;

interface Basis {
  readonly shifts: readonly ShiftDraft[];
  readonly before: Before | null;
  /** Runs of clients that go on as before. */
  readonly unchanged: readonly Run[];
  readonly delivery: Delivery;
  readonly known: Ownership;
}

/** Shape: short sentences, the strongest first. */
export function captureEvidence(
  finding: Omit<Finding, 'evidence' | 'samples'>,
  { shifts, before, unchanged, delivery, known }: Basis,
): string[] {
  const subject = subjectOf(finding, known);
  return [
    ...deliverySentences(delivery),
    ...subject.places.slice(0, PLACES_MAX).flatMap((place) => proofOfPlace(place, finding, known)),
    ...proofOfDiversion(subject, known),
    ...rateSentences(finding, shifts),
    ...onsetSentences(finding, shifts, before),
    ...failureSentences(subject),
    ...unchangedSentences(unchanged),
  ];
}

function proofOfPlace(place: Place, finding: Pick<Finding, 'runs'>, known: Ownership): string[] {
  const time = finding.runs.find((run) => run.local.ip === place.ip)?.first ?? 0;
  const claim = known.pods.claimAt(place.ip, time);
  const owner = known.ownersAt(place, time)[0];
  const facts: string[] = [];
  if (claim !== null) {
    const seen = formatTime(claim.last <= time ? claim.last : claim.first);
    const who = claim.writer.source.pod ?? 'a pod of the mesh';
    facts.push(`${place.ip} is ${who}: its own proxy logged a connection under this address at ${seen}`);
  }
  if (owner !== undefined) {
    const what = claim === null ? place.address : `port ${place.port} there`;
    facts.push(`${what} is owned by ${owner.host}: ${OWNER_WORDS[owner.evidence]}`);
  }
  return facts.length === 0 ? [] : [`${facts.join('; ')}.`];
}

function proofOfDiversion(subject: Subject, known: Ownership): string[] {
  const dialled = listWords(subject.places.map((place) => place.address));
  const hosts = listWords(subject.upstreamHosts);
  const sentences = [
    `Yet what was dialled to ${dialled} went to the cluster ${subject.cluster}` +
      `${subject.upstreamHosts.length === 0 ? '' : `, host ${hosts}`}.`,
  ];
  if (subject.places.length > 1) {
    sentences.push(
      `${subject.places.length} destinations share this one cluster, as behind no service address.`,
    );
  }
  for (const host of subject.upstreamHosts.slice(0, PLACES_MAX)) {
    const address = parseAddress(host);
    if (address === null || subject.places.some((place) => place.ip === address.ip)) continue;
    const pod = known.pods.claims(address.ip)[0]?.writer.source.pod ?? null;
    if (pod !== null) sentences.push(`${address.ip} is ${pod}, another pod.`);
    else if (known.isVip(address.ip))
      sentences.push(`${address.ip} is the address of a service, not of a pod.`);
    else sentences.push(`${address.ip} is none of the pods whose logs were read.`);
  }
  return sentences;
}

function rateSentences(
  finding: Pick<Finding, 'connections' | 'failures'>,
  shifts: readonly ShiftDraft[],
): string[] {
  if (shifts.length === 0) {
    return [`${finding.failures} of ${count(finding.connections, 'captured connection')} failed.`];
  }
  const from = [...new Map(shifts.map((shift) => [shift.from.id, shift.from])).values()].reduce(mergeRuns);
  if (from.failures + finding.failures === 0) {
    const before = count(from.connections, 'connection');
    return [
      `None of ${before} failed before, and none of ${finding.connections} since: failures do not tell of it.`,
    ];
  }
  const chance = chanceOfRise(from, finding);
  const [low, high] = riseInterval(from, finding);
  const percent = chance > 0.995 ? 'more than 99 %' : `${Math.round(100 * chance)} %`;
  return [
    `Before, ${from.failures} of ${count(from.connections, 'connection')} failed; since then ` +
      `${finding.failures} of ${finding.connections}. The chance that the failure rate rose is ${percent}, ` +
      `by ${points(low)} to ${points(high)} points with 90 % certainty` +
      `${finding.connections < 5 ? ', from few connections: the routing itself is the proof' : ''}.`,
  ];
}

/** A difference of rates in percentage points, with its sign. */
function points(difference: number): string {
  const rounded = Math.round(100 * difference);
  return rounded > 0 ? `+${rounded}` : String(rounded === 0 ? 0 : rounded);
}

function onsetSentences(
  finding: Pick<Finding, 'onset' | 'runs'>,
  shifts: readonly ShiftDraft[],
  seen: Before | null,
): string[] {
  const { after, before } = finding.onset;
  const sources = new Set(finding.runs.map((run) => run.writer)).size;
  const changed = new Set(shifts.map((shift) => shift.to[0].writer)).size;
  const sentences: string[] = [];
  if (after === null) {
    sentences.push(
      `The first captured connection began at ${formatTime(before)}; none was seen in another routing before.`,
    );
  } else {
    sentences.push(
      `The routing changed after ${formatTime(after)} and not later than ${formatTime(before)} ` +
        `(within ${formatDuration(before - after)}), by the start times of the connections.`,
    );
  }
  if (seen?.ofOthers === true) {
    const who = seen.runs[0]?.source;
    sentences.push(
      `No client was seen in both routings: the last connection to the port in the old one is of ` +
        `${who?.pod ?? who?.ip ?? 'another client'}.`,
    );
  }
  if (sources > 1) {
    sentences.push(`${sources} client pods are captured; the change itself was seen on ${changed} of them.`);
  }
  const flaps = maxOf(
    shifts.map((shift) => shift.flaps),
    0,
  );
  if (flaps > 1)
    sentences.push(`The routing went to and fro: ${flaps} changes within a short time on one client.`);
  return sentences;
}

/** Who is not captured tells how far the listener is seen. */
function unchangedSentences(unchanged: readonly Run[]): string[] {
  if (unchanged.length === 0) return [];
  const names = [
    ...new Set(unchanged.map(({ source }) => source.workload ?? source.ip ?? 'an unnamed pod')),
  ].sort();
  return [
    `${count(unchanged.length, 'other client')} of this port still reach unlisted destinations as before ` +
      `(${listWords(names)}): their proxies do not see the listener, or have not got it yet.`,
  ];
}

function failureSentences(subject: Subject): string[] {
  if (subject.failures === 0) return [];
  const reasons = subject.reasons.length === 0 ? '' : ` (${listWords(subject.reasons)})`;
  const timeout = subject.reasons.length === 0 && subject.durationMax >= 900;
  return [
    `Failed attempts lasted up to ${formatDuration(subject.durationMax)}${reasons}` +
      `${timeout ? ': the time that a proxy waits for a connection, so nothing answered there' : ''}.`,
  ];
}

function deliverySentences(delivery: Delivery): string[] {
  if (delivery.misdelivered.size === 0) return [];
  const { bytes, receivers } = delivery;
  if (receivers.length === 0)
    return [`${bytes} bytes were exchanged with a host that is not the destination.`];
  const [first] = receivers;
  const names = [...new Set(receivers.map(receiverWords))];
  const through =
    first?.kind === 'dnat'
      ? ', joined by the address of the client behind the service address that was chosen'
      : '';
  return [
    `${bytes} bytes were exchanged with ${listWords(names)}, whose own lines show the connections: ` +
      `the first began at ${formatTime(first?.outbound.time ?? 0)}${through}.`,
  ];
}

function receiverWords({ pod, workload, ip }: Receiver): string {
  return pod === null ? `the pod at ${ip}` : `${workload ?? pod} (pod ${pod})`;
}
