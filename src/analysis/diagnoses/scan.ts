/** D31: a client goes through ports or addresses. */
import { clientWords, type Diagnosis, listWords, remedy, shellWord, yamlWord } from './diagnosis.ts';

export const scan: Diagnosis = {
  id: 'scan',
  tell: (subject) => {
    const client = subject.clients[0];
    const ips = new Set(subject.places.map((place) => place.ip));
    const what =
      ips.size === 1
        ? `the ports of ${listWords([...ips])}`
        : `port ${subject.port ?? 'PORT'} of many addresses`;
    return {
      title: `${clientWords(subject)} goes through ${what}`,
      cause:
        'Within a minute this client dialled so many destinations, most of them in vain, that it looks for something: a ' +
        'scanner, a discovery that sweeps a range, or a list of peers that is wrong. If nobody expects it, look at the pod.',
      remedies: [
        remedy('Allow the client the destinations that it needs, and no others', 'NetworkPolicy', {
          yaml: `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: ${yamlWord(`${client?.workload ?? 'WORKLOAD'}-egress`)}
  namespace: ${yamlWord(client?.namespace ?? 'NAMESPACE')}
spec:
  podSelector:
    matchLabels:
      app: ${yamlWord(client?.workload ?? 'WORKLOAD')}
  policyTypes: [Egress]
  egress: []  # list what it needs, name resolution too
`,
          caveat: 'An empty list cuts the pod off.',
        }),
        remedy('Refuse unregistered destinations', 'Sidecar', {
          caveat: 'outboundTrafficPolicy REGISTRY_ONLY: connections then end in BlackHoleCluster.',
        }),
      ],
      verify: [
        `kubectl describe pod ${shellWord(client?.pod ?? 'POD')} -n ${shellWord(client?.namespace ?? 'NAMESPACE')}`,
        `kubectl get networkpolicies -n ${shellWord(client?.namespace ?? 'NAMESPACE')}`,
      ],
    };
  },
};
