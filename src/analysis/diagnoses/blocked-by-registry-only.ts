/** D8: a destination that the mesh does not know, where only known ones may be called. */
import { clientWords, type Diagnosis, placesWords, remedy, shellWord, yamlWord } from './diagnosis.ts';

export const blockedByRegistryOnly: Diagnosis = {
  id: 'blocked_by_registry_only',
  tell: (subject) => {
    const place = subject.places[0];
    const namespace = subject.clients[0]?.namespace ?? null;
    return {
      title: `Connections of ${clientWords(subject)} to ${placesWords(subject)} are blocked`,
      cause:
        'The proxy has no listener for these destinations and its outbound traffic policy is REGISTRY_ONLY, so they end in ' +
        'BlackHoleCluster. They are not registered in the mesh, or a Sidecar or exportTo hides them from these clients. ' +
        'Where the log names no cluster (Istio up to 1.9), a service without endpoints looks the same.',
      remedies: [
        remedy('Register the destination', 'ServiceEntry', {
          yaml: `apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata:
  name: NAME
  namespace: ${yamlWord(namespace ?? 'NAMESPACE')}
spec:
  hosts: [NAME.example]
  addresses: [${yamlWord(place?.ip ?? 'ADDRESS')}]
  ports:
    - number: ${place?.port ?? 'PORT'}
      name: tcp-${place?.port ?? 'PORT'}
      protocol: TCP
  resolution: NONE
`,
          caveat: 'Keep the addresses: without them a TCP entry takes the whole port.',
        }),
        remedy('Let these clients see the service', 'Sidecar', {
          caveat: 'Only where the service exists and is hidden.',
        }),
      ],
      verify: [
        'kubectl get configmap istio -n istio-system -o yaml',
        `kubectl get sidecars ${namespace === null ? '-A' : `-n ${shellWord(namespace)}`} -o yaml`,
      ],
    };
  },
};
