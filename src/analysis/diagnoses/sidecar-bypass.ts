/** D36: connections of a pod in the mesh that its own proxy does not see. */
import { clientWords, type Diagnosis, placesWords, remedy, shellWord } from './diagnosis.ts';

export const sidecarBypass: Diagnosis = {
  id: 'sidecar_bypass',
  tell: (subject) => {
    const client = subject.clients[0];
    return {
      title: `Connections of ${clientWords(subject)} to ${placesWords(subject)} go round its own proxy`,
      cause:
        "The server sees connections of this pod that the pod's own proxy does not log. The port or address is excluded from " +
        'capture, the application runs under the user of the proxy, or it opened the connections before the proxy was ' +
        'there. They are in plaintext, without identity, and no rule of the mesh about the client applies to them.',
      remedies: [
        remedy('Take the port or range out of the exclusions', 'annotation', {
          yaml: `metadata:
  annotations:
    traffic.sidecar.istio.io/excludeOutboundPorts: ""
    traffic.sidecar.istio.io/excludeOutboundIPRanges: ""
`,
          caveat:
            'Somebody excluded it for a reason: protocols where the server speaks first, mostly. Name the port tcp-… instead.',
        }),
        remedy('Start the application when the proxy is ready', 'annotation', {
          yaml: `metadata:
  annotations:
    proxy.istio.io/config: '{ "holdApplicationUntilProxyStarts": true }'
`,
        }),
      ],
      verify: [
        `kubectl get pod ${shellWord(client?.pod ?? 'POD')} -n ${shellWord(client?.namespace ?? 'NAMESPACE')} -o jsonpath='{.metadata.annotations}'`,
      ],
    };
  },
};
