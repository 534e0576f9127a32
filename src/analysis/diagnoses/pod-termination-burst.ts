/** D25: a pod ended, and all its connections with it. */
import { clientWords, type Diagnosis, placesWords, remedy, yamlWord } from './diagnosis.ts';

export const podTerminationBurst: Diagnosis = {
  id: 'pod_termination_burst',
  tell: (subject) => ({
    title: `Connections of ${clientWords(subject)} to ${placesWords(subject)} ended with a pod`,
    cause:
      'All long connections of a pod ended together and nothing was logged of it afterwards: it was ended, by a roll-out, by ' +
      'scaling or by its node. The proxy goes on for five seconds only, so that what is under way is cut.',
    remedies: [
      remedy('Let the proxy wait until its connections have ended', 'Deployment', {
        yaml: `metadata:
  name: ${yamlWord(subject.places[0]?.workload ?? 'WORKLOAD')}
spec:
  template:
    metadata:
      annotations:
        proxy.istio.io/config: |
          proxyMetadata:
            EXIT_ON_ZERO_ACTIVE_CONNECTIONS: "true"
`,
        caveat:
          'terminationGracePeriodSeconds still ends it: give it longer than your longest request takes.',
      }),
      remedy(
        'Close connections in a preStop hook of the application, before the proxy is told to end',
        'Deployment',
      ),
    ],
    verify: [
      'kubectl get events -A --field-selector reason=Killing',
      'kubectl get pods -A -o wide --sort-by=.metadata.creationTimestamp',
    ],
  }),
};
