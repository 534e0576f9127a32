/** D9: a service that the proxy knew before is unknown to it now. */
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

export const visibilityLost: Diagnosis = {
  id: 'visibility_lost',
  tell: (subject) => {
    const { host } = subject;
    const namespace = subject.clients[0]?.namespace ?? null;
    return {
      title: `${host ?? placesWords(subject)} ${verb(host === null ? placeNames(subject) : [host], 'is', 'are')} no longer known to the proxy of ${clientWords(subject)}`,
      cause:
        `Connections to ${placesWords(subject)} went to the service ${host ?? ''} before and now pass through to the bare ` +
        `address: plaintext, without the mesh's load balancing, and turned away by servers that demand mutual TLS. ` +
        `Something hides the service from this client (exportTo, a Sidecar, discoverySelectors, a namespace label), or ` +
        `the service was deleted.`,
      remedies: [
        remedy('List the host again for this client', 'Sidecar', {
          yaml: `spec:
  egress:
    - hosts:
        - ${yamlWord(`${subject.namespace ?? '*'}/${host ?? 'HOST'}`)}
`,
          caveat: 'Add it to the Sidecar that selects this client, beside the hosts that are there.',
        }),
        remedy(
          `Export ${host ?? 'the service'} to the namespace ${yamlWord(namespace ?? 'NAMESPACE')}`,
          'exportTo',
        ),
      ],
      verify: [
        `istioctl pc clusters ${podArgument(subject.clients[0])} --fqdn ${shellWord(host ?? 'HOST')}`,
        `kubectl get sidecars -A -o yaml`,
      ],
    };
  },
};
