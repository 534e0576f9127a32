/** D10: a service without a usable endpoint. */
import {
  clientWords,
  type FailureDiagnosis,
  placeNames,
  placesWords,
  podArgument,
  remedy,
  shellWord,
  verb,
} from './diagnosis.ts';

export const noEndpoints: FailureDiagnosis = {
  id: 'no_endpoints',
  matches: ({ inbound, flags }) => !inbound && flags.includes('UH'),
  tell: (subject) => ({
    title: `${subject.host ?? placesWords(subject)} ${verb(subject.host === null ? placeNames(subject) : [subject.host], 'has', 'have')} no healthy endpoint for ${clientWords(subject)}`,
    cause:
      'The proxy knew the service but had no host to send the connection to: no pod is ready, the selector matches ' +
      'none, the subset of a DestinationRule is empty, or outlier detection has ejected them all.',
    remedies: [
      remedy('Make the selector, or the labels of the subset, match pods that are ready', 'Service'),
      remedy('Loosen outlier detection if it ejects every host', 'DestinationRule', {
        caveat: 'A maxEjectionPercent below 100 keeps some hosts in use, healthy or not.',
      }),
    ],
    verify: [
      `istioctl pc endpoints ${podArgument(subject.clients[0])} --cluster ${shellWord(subject.cluster ?? 'CLUSTER')}`,
      `kubectl get endpoints ${shellWord(subject.service ?? 'SERVICE')} -n ${shellWord(subject.namespace ?? 'NAMESPACE')}`,
    ],
  }),
};
