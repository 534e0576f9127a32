/** D27: one end of connections was not told that the other is gone. */
import { destinationRule } from './destination-rule.ts';
import { clientWords, type Diagnosis, listWords, remedy } from './diagnosis.ts';

export const halfOpen: Diagnosis = {
  id: 'half_open',
  tell: (subject) => ({
    title: `Connections of ${clientWords(subject)} to ${listWords(subject.victims)} stay half open`,
    cause:
      'One proxy logged the end of these connections long before the other did. The close never arrived: a node or pod ' +
      'vanished, or a translation table on the way forgot the connection while it was idle. The side that is left ' +
      'waits until its own limits end it, and an application that writes to it in the meantime waits too.',
    remedies: [
      remedy('Send keep-alive probes more often than the network forgets', 'DestinationRule', {
        yaml: destinationRule(
          subject,
          `connectionPool:
  tcp:
    tcpKeepalive:
      time: 300s
      interval: 30s
      probes: 3`,
        ),
        caveat:
          'Cloud load balancers and NAT gateways forget idle connections after some minutes: stay below that.',
      }),
      remedy('Close idle connections in the pool of the application before that', 'application'),
    ],
    verify: ['kubectl get events -A --field-selector reason=NodeNotReady', 'kubectl get pods -A -o wide'],
  }),
};
