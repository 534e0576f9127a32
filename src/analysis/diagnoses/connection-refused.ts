/** D11: nobody listens at the address that was chosen. */
import {
  clientWords,
  type FailureDiagnosis,
  listWords,
  placesWords,
  remedy,
  shellWord,
} from './diagnosis.ts';

/** A refusal takes one round trip, ms. Older proxies print no reason, so that only the time tells. */
const REFUSED_MS = 100;

export const connectionRefused: FailureDiagnosis = {
  id: 'connection_refused',
  matches: ({ flags, reason, durationMax }) => {
    if (!flags.includes('UF')) return false;
    if (reason === '') return durationMax < REFUSED_MS;
    return /:_?(?:111|104)$|connection[_ ](?:refused|reset)|connection_failure/.test(reason);
  },
  tell: (subject) => ({
    title: `Connections of ${clientWords(subject)} to ${placesWords(subject)} are refused`,
    cause:
      `Nothing accepts connections at ${listWords(subject.upstreamHosts)}. The application is down or not yet up, listens ` +
      `on another port than the targetPort, or, on Istio 1.10 and later, on 127.0.0.1 only.`,
    remedies: [
      remedy('Start the application, and let it listen on 0.0.0.0 or the address of its pod', 'application'),
      remedy('Set targetPort to the port that the application listens on', 'Service'),
    ],
    verify: [
      `kubectl exec ${shellWord(subject.places[0]?.pod ?? 'POD')} -n ${shellWord(subject.places[0]?.namespace ?? 'NAMESPACE')} -- ss -ltn`,
      'istioctl analyze -A',
    ],
  }),
};
