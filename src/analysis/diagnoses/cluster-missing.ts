/** D19: a listener refers to a cluster that the proxy does not have. */
import {
  clientNames,
  clientWords,
  type FailureDiagnosis,
  placesWords,
  podArgument,
  remedy,
  verb,
} from './diagnosis.ts';

export const clusterMissing: FailureDiagnosis = {
  id: 'cluster_missing',
  matches: ({ flags }) => flags.includes('NC'),
  tell: (subject) => ({
    title: `${verb(clientNames(subject), 'The proxy', 'The proxies')} of ${clientWords(subject)} ${verb(clientNames(subject), 'has', 'have')} no cluster for ${placesWords(subject)}`,
    cause:
      'A route sends these connections to a cluster that does not exist on the proxy: its subset or host was deleted ' +
      'while the route still names it, or the proxy has not received it yet.',
    remedies: [
      remedy('Point the route to a host and a subset that exist', 'VirtualService'),
      remedy('Define the subset that the route names', 'DestinationRule', {
        caveat: 'Create subsets before the routes that use them, and delete them after.',
      }),
    ],
    verify: [
      'istioctl proxy-status',
      `istioctl pc clusters ${podArgument(subject.clients[0])}`,
      'istioctl analyze -A',
    ],
  }),
};
