/** D34: a name that the proxy resolves by DNS leads to the address of another service of the cluster. */
import {
  clientWords,
  type Diagnosis,
  listWords,
  placeNames,
  placesWords,
  podArgument,
  remedy,
  shellWord,
  verb,
  yamlWord,
} from './diagnosis.ts';

export const strictDnsToClusterIp: Diagnosis = {
  id: 'strict_dns_to_cluster_ip',
  tell: (subject) => ({
    title: `${subject.host ?? placesWords(subject)} ${verb(subject.host === null ? placeNames(subject) : [subject.host], 'leads', 'lead')} ${clientWords(subject)} to the address of another service`,
    cause:
      `The name behind this cluster is resolved by DNS to ${listWords(subject.upstreamHosts)}, which lies among the ` +
      `addresses of services. The network picks the pod behind it, past the proxy: no load balancing, no outlier ` +
      `detection and no mutual TLS of the mesh apply to the second step.`,
    remedies: [
      remedy('Route to the service by its own name', 'VirtualService', {
        yaml: `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: NAME
  namespace: ${yamlWord(subject.namespace ?? 'NAMESPACE')}
spec:
  hosts: [${yamlWord(subject.host ?? 'HOST')}]
  tcp:
    - route:
        - destination:
            host: SERVICE.NAMESPACE.svc.cluster.local
            port:
              number: ${subject.port ?? 'PORT'}
`,
        caveat: 'A tcp route is part of the listener: editing one drains the connections of that listener.',
      }),
      remedy('Let the clients call the service by its own name', 'application'),
    ],
    verify: [
      `istioctl pc clusters ${podArgument(subject.clients[0])} --fqdn ${shellWord(subject.host ?? 'HOST')} -o json`,
      'kubectl get services -A',
    ],
  }),
};
