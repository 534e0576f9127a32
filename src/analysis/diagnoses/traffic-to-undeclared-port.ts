/** D37: a port that a service declared is declared by none any more. */
import { type Diagnosis, listWords, placesWords, podArgument, remedy, yamlWord } from './diagnosis.ts';

export const trafficToUndeclaredPort: Diagnosis = {
  id: 'traffic_to_undeclared_port',
  tell: (subject) => {
    const place = subject.places[0];
    const port = subject.port ?? 'PORT';
    return {
      title: `Port ${port} of ${listWords(subject.victims)} is declared by no service any more`,
      cause:
        `Connections to ${placesWords(subject)} came in under the name of a service before and come in unnamed now ` +
        `(InboundPassthroughCluster): the service, or its port, was removed, or its selector no longer matches the pod. ` +
        `They still work, without the settings and metrics of that port.`,
      remedies: [
        remedy('Declare the port on the service of these pods', 'Service', {
          yaml: `spec:
  ports:
    - name: tcp-${port}
      port: ${port}
      targetPort: ${port}
`,
          caveat: `Check the selector against the labels of ${yamlWord(place?.workload ?? 'the pods')} too.`,
        }),
      ],
      verify: [`istioctl pc listeners ${podArgument(place)} --port 15006`, 'kubectl get services -A -o wide'],
    };
  },
};
