/** D22: pods that call themselves through their own service. */
import { clientNames, clientWords, type Diagnosis, remedy, shellWord, verb, yamlWord } from './diagnosis.ts';

export const selfCall: Diagnosis = {
  id: 'self_call',
  tell: (subject) => ({
    title: `${clientWords(subject)} mostly ${verb(clientNames(subject), 'calls itself', 'call themselves')} through ${subject.host ?? 'its own service'}`,
    cause:
      'A pod of a service that calls the service may get itself. Here it does so far more often than an even choice among ' +
      'the hosts would have it, so something pins it: a locality that holds no other host, a source-IP hash, or peers ' +
      'that are not ready. It is wasteful, and an application that waits for its own answer may stand still.',
    remedies: [
      remedy('Leave the pod itself out of its list of peers', 'application'),
      remedy('Find the peers by a headless service, and skip the own address', 'Service', {
        yaml: `spec:
  clusterIP: None
  selector:
    app: ${yamlWord(subject.clients[0]?.workload ?? 'WORKLOAD')}
`,
        caveat: 'Clients then choose the pod themselves.',
      }),
    ],
    verify: [
      `kubectl get endpoints ${shellWord(subject.service ?? 'SERVICE')} -n ${shellWord(subject.namespace ?? 'NAMESPACE')}`,
      'kubectl get destinationrules -A -o yaml',
    ],
  }),
};
