/** D12: no answer to the attempt to connect. */
import { formatDuration } from '../../domain/time.ts';
import {
  clientWords,
  type FailureDiagnosis,
  listWords,
  placesWords,
  podArgument,
  remedy,
  shellWord,
} from './diagnosis.ts';

export const connectTimeout: FailureDiagnosis = {
  id: 'connect_timeout',
  matches: ({ flags, reason }) =>
    flags.includes('UF') && (reason === '' || /:_?110$|timed?[_ ]?out|connection[_ ]timeout/.test(reason)),
  tell: (subject) => ({
    title: `Connections of ${clientWords(subject)} to ${placesWords(subject)} time out`,
    cause:
      `Attempts to reach ${listWords(subject.upstreamHosts)} got no answer and were given up after up to ` +
      `${formatDuration(subject.durationMax)}. Packets are dropped on the way (a NetworkPolicy, a firewall, a dead ` +
      `node), or the address is that of a service that does not have this port.`,
    remedies: [
      remedy('Allow the traffic on its way', 'NetworkPolicy'),
      remedy('Call a port that the service has', 'Service'),
    ],
    verify: [
      'kubectl get networkpolicies -A',
      `istioctl pc clusters ${podArgument(subject.clients[0])} --fqdn ${shellWord(subject.host ?? 'HOST')} -o json`,
    ],
  }),
};
