/** D18: a connection limit was reached. */
import { destinationRule } from './destination-rule.ts';
import {
  clientWords,
  type FailureDiagnosis,
  placesWords,
  podArgument,
  remedy,
  shellWord,
} from './diagnosis.ts';

export const circuitBreaking: FailureDiagnosis = {
  id: 'circuit_breaking',
  matches: ({ flags }) => flags.includes('UO'),
  tell: (subject) => ({
    title: `The connection limit towards ${subject.host ?? placesWords(subject)} is reached for ${clientWords(subject)}`,
    cause:
      'The proxy already held as many connections to this cluster as its connection pool allows and refused further ' +
      'ones. Istio sets no such limit by itself in current versions; a DestinationRule does.',
    remedies: [
      remedy('Raise the limit, or let the clients hold fewer connections', 'DestinationRule', {
        yaml: destinationRule(
          subject,
          `connectionPool:
  tcp:
    maxConnections: 1000`,
        ),
        caveat:
          'The limit protects the server: raise it only as far as the server can bear. It counts for each client proxy.',
      }),
    ],
    verify: [
      `istioctl pc clusters ${podArgument(subject.clients[0])} --fqdn ${shellWord(subject.host ?? 'HOST')} -o json`,
      'kubectl get destinationrules -A',
    ],
  }),
};
