/** What the lines of failed connections say, sentence by sentence. */
import { formatAddress } from '../domain/address.ts';
import { formatDuration } from '../domain/time.ts';
import { count, listWords } from './diagnoses/diagnosis.ts';
import { strictVsPlaintext } from './diagnoses/strict-vs-plaintext.ts';
import { type Finding, subjectOf } from './findings.ts';
import type { Leg } from './legs.ts';
import type { Ownership } from './ownership.ts';
import { isOfStart } from './start-races.ts';

const START_SENTENCE =
  'All of them fall in the first minute of the pod that logged them: its proxy may have had no configuration yet, or its ' +
  'application not have begun to listen.';

/** Shape: short sentences, numbers first. */
export function failureEvidence(finding: Omit<Finding, 'evidence' | 'samples'>, known: Ownership): string[] {
  const subject = subjectOf(finding, known);
  const flags = [...new Set(finding.legs.flatMap((leg) => leg.flow.shape.response_flags))];
  const sentences = [
    `${finding.failures} of ${count(finding.connections, 'connection')} in the hours concerned failed` +
      `${flags.length === 0 ? '' : `, with the flags ${flags.join(',')}`}.`,
  ];
  if (subject.reasons.length > 0) sentences.push(`The lines give as reason: ${listWords(subject.reasons)}.`);
  if (subject.durationMax > 0) sentences.push(`They lasted up to ${formatDuration(subject.durationMax)}.`);
  if (subject.upstreamHosts.length > 0)
    sentences.push(`The hosts chosen were ${listWords(subject.upstreamHosts)}.`);
  if (finding.legs.every((leg) => isOfStart(leg, known.pods))) sentences.push(START_SENTENCE);
  sentences.push(...divertedSentences(finding.legs, known));
  if (finding.diagnosis === strictVsPlaintext) sentences.push(...plaintextSentences(finding.legs, known));
  return sentences;
}

/** One line does not tell a service's address from a pod's that a catch-all took: say so, claim nothing. */
function divertedSentences(failed: readonly Leg[], known: Ownership): string[] {
  const leg = failed.find(({ facts }) => {
    const { local, upstream, service } = facts;
    if (!facts.client || local === null || upstream === null || service?.host == null) return false;
    return (
      upstream.ip !== local.ip &&
      !known.isVip(local.ip) &&
      known.ownersAt(local, failed[0]?.flow.first ?? 0).length === 0
    );
  });
  if (leg?.facts.local == null) return [];
  const { local, service } = leg.facts;
  return [
    `The lines do not tell what ${local.ip} is. If it is a pod's address and not one of ${service?.host}, ` +
      `the connection was captured: see whether the proxy has a listener on 0.0.0.0:${local.port}.`,
  ];
}

/** A client's line that left the mesh's naming is the reason why the server saw plaintext. */
function plaintextSentences(denied: readonly Leg[], known: Ownership): string[] {
  const servers = new Set(denied.flatMap(({ facts }) => facts.local?.key ?? []));
  const passed = known.firstPassedTo(servers);
  if (passed?.facts.local == null) return [];
  const who = passed.facts.source.pod ?? 'A client';
  return [
    `${who} dialled ${formatAddress(passed.facts.local)} past the mesh (PassthroughCluster), which is plaintext.`,
  ];
}
