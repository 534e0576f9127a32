/** D18: a connection limit was reached. */
import {
  clientWords,
  type FailureDiagnosis,
  placesWords,
  podArgument,
  remedy,
  shellWord,
  yamlWord,
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
        yaml: `apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: ${yamlWord(subject.service ?? 'NAME')}
  namespace: ${yamlWord(subject.namespace ?? 'NAMESPACE')}
spec:
  host: ${yamlWord(subject.host ?? 'HOST')}
  trafficPolicy:
    connectionPool:
      tcp:
        maxConnections: 1000
`,
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
