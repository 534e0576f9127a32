/** D14: a server that insists on mutual TLS was called in plaintext. */
import {
  clientWords,
  type Diagnosis,
  placeNames,
  placesWords,
  podArgument,
  remedy,
  shellWord,
  verb,
  yamlWord,
} from './diagnosis.ts';

export const strictVsPlaintext: Diagnosis = {
  id: 'strict_vs_plaintext',
  tell: (subject) => {
    const place = subject.places[0];
    return {
      title: `${placesWords(subject)} ${verb(placeNames(subject), 'turns', 'turn')} away ${clientWords(subject)}: no filter chain matches`,
      cause:
        'The server proxy found no filter chain for the connection and closed it. Mostly the port demands mutual TLS ' +
        '(STRICT) and the client spoke plaintext: it dialled the address past the mesh, has no sidecar, or uses a ' +
        'cluster that counts as outside the mesh.',
      remedies: [
        remedy('Call through the service, by name, so that the client proxy uses mutual TLS', 'application'),
        remedy('Accept plaintext on this port', 'PeerAuthentication', {
          yaml: `apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: ${yamlWord(`${place?.workload ?? 'WORKLOAD'}-plaintext`)}
  namespace: ${yamlWord(place?.namespace ?? 'NAMESPACE')}
spec:
  selector:
    matchLabels:
      app: ${yamlWord(place?.workload ?? 'WORKLOAD')}
  portLevelMtls:
    ${subject.port ?? 'PORT'}:
      mode: PERMISSIVE
`,
          caveat: 'Opens the port to clients without identity.',
        }),
        remedy('Give the client a sidecar', 'Pod'),
      ],
      verify: [
        `istioctl x describe pod ${shellWord(place?.pod ?? 'POD')} -n ${shellWord(place?.namespace ?? 'NAMESPACE')}`,
        'kubectl get peerauthentications -A',
        `istioctl pc listeners ${podArgument(place)} --port 15006 -o json`,
      ],
    };
  },
};
