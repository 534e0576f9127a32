/** D1: a listener on `0.0.0.0:port` sends every destination that has no listener of its own to one cluster. */
import { captureChecks, captureRemedies, objectWords } from './capture-remedies.ts';
import { clientWords, type Diagnosis, listWords, type Subject } from './diagnosis.ts';

export const catchAllCapture: Diagnosis = {
  id: 'catch_all_capture',
  tell: (subject) => ({
    title: `Port ${subject.port}: traffic from ${clientWords(subject)} to ${listWords(subject.victims)} is captured by ${objectWords(subject)}`,
    cause: captureCause(subject),
    remedies: captureRemedies(subject),
    verify: captureChecks(subject),
  }),
};

/** Why a whole port was taken, by whose object, in which versions. */
export function captureCause(subject: Subject): string {
  const listener = `0.0.0.0:${subject.port}`;
  return (
    `The cluster ${subject.cluster} belongs to ${objectWords(subject)}. An object there declares port ${subject.port} ` +
    `without an address of its own, so each proxy that can see it opens the listener ${listener}, which takes ` +
    `every connection to this port whose destination has no listener of its own, pods dialled by address above all. ` +
    `A Service of type ExternalName does this up to Istio 1.20 (from 1.21 on it is an alias and opens no listener); ` +
    `a ServiceEntry of protocol TCP without addresses still does it on newer versions.`
  );
}
