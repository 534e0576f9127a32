/** D38: what happens to unknown destinations changed for many clients at once. */
import { clientWords, type Diagnosis, remedy } from './diagnosis.ts';

export const meshPolicyChange: Diagnosis = {
  id: 'mesh_policy_change',
  tell: (subject) => {
    const blocked = subject.failures > 0;
    return {
      title: blocked
        ? `Unknown destinations are blocked since a change of policy: seen from ${clientWords(subject)}`
        : `Unknown destinations are let through since a change of policy: seen from ${clientWords(subject)}`,
      cause: blocked
        ? 'Several proxies began at nearly the same time to send unlisted destinations to BlackHoleCluster: the outbound traffic policy went from ALLOW_ANY to REGISTRY_ONLY, for the mesh or by a Sidecar.'
        : 'Several proxies began at nearly the same time to pass unlisted destinations through: the outbound traffic policy went from REGISTRY_ONLY to ALLOW_ANY, for the mesh or by a Sidecar.',
      remedies: [
        remedy('Set outboundTrafficPolicy back', 'MeshConfig', {
          yaml: `meshConfig:
  outboundTrafficPolicy:
    mode: ${blocked ? 'ALLOW_ANY' : 'REGISTRY_ONLY'}
`,
          caveat: 'A Sidecar can override it for a namespace or a workload.',
        }),
        remedy('Register the destinations that are needed', 'ServiceEntry', {
          caveat: 'Give each TCP entry its addresses: without them it takes the whole port.',
        }),
      ],
      verify: ['kubectl get configmap istio -n istio-system -o yaml', 'kubectl get sidecars -A -o yaml'],
    };
  },
};
