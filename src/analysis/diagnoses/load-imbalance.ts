/** D28: the hosts of a cluster get very different numbers of connections. */
import { destinationRule } from './destination-rule.ts';
import { clientWords, type Diagnosis, placesWords, podArgument, remedy, shellWord } from './diagnosis.ts';

export const loadImbalance: Diagnosis = {
  id: 'load_imbalance',
  tell: (subject) => ({
    title: `Connections of ${clientWords(subject)} to ${subject.host ?? placesWords(subject)} fall on its hosts very unevenly`,
    cause:
      'Far more connections go to some hosts of this cluster than to others that are there as long. The balancer keeps to the ' +
      'locality of the client, hashes its address, or outlier detection takes hosts out again and again; few clients with ' +
      'long connections do the same without meaning it.',
    remedies: [
      remedy('See what the balancer is told to do', 'DestinationRule', {
        yaml: destinationRule(
          subject,
          `loadBalancer:
  simple: LEAST_REQUEST
  localityLbSetting:
    enabled: false`,
        ),
        caveat: 'Traffic between zones may cost money: locality is often meant.',
      }),
      remedy('Let clients open connections anew from time to time', 'DestinationRule', {
        caveat: 'connectionPool.tcp.maxConnectionDuration cuts what is under way.',
      }),
    ],
    verify: [
      `istioctl pc endpoints ${podArgument(subject.clients[0])} --cluster ${shellWord(subject.cluster ?? 'CLUSTER')} -o json`,
      'kubectl get pods -A -o wide',
    ],
  }),
};
