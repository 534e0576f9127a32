/** D21: the protocol of a port is guessed, connection by connection. */
import { clientWords, type Diagnosis, placesWords, remedy, shellWord, yamlWord } from './diagnosis.ts';

export const undeclaredPortName: Diagnosis = {
  id: 'undeclared_port_name',
  tell: (subject) => ({
    title: `Port ${subject.port ?? 'PORT'} of ${subject.host ?? placesWords(subject)} is HTTP on some connections of ${clientWords(subject)} and TCP on others`,
    cause:
      'The port says nothing of its protocol, so that the proxy looks at the first bytes of each connection and decides by them. ' +
      'What it takes for TCP has no retries, no routes by path or header and no metrics of requests; what speaks late, or in ' +
      'another form than HTTP, is taken for TCP or waits.',
    remedies: [
      remedy('Say the protocol of the port', 'Service', {
        yaml: `apiVersion: v1
kind: Service
metadata:
  name: ${yamlWord(subject.service ?? 'NAME')}
  namespace: ${yamlWord(subject.namespace ?? 'NAMESPACE')}
spec:
  ports:
    - name: http-main  # or tcp-main, grpc-main
      appProtocol: http
      port: ${subject.port ?? 'PORT'}
`,
        caveat: 'A port that is declared as HTTP refuses what is none.',
      }),
      remedy('Give each protocol a port of its own, where both are meant', 'Service'),
    ],
    verify: [
      `kubectl get service ${shellWord(subject.service ?? 'NAME')} -n ${shellWord(subject.namespace ?? 'NAMESPACE')} -o yaml`,
      `istioctl analyze -n ${shellWord(subject.namespace ?? 'NAMESPACE')}`,
    ],
  }),
};
