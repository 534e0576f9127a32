/** D20: both sides wait, the proxy for the client and the client for the server. */
import {
  clientWords,
  type Diagnosis,
  placesWords,
  podArgument,
  remedy,
  shellWord,
  yamlWord,
} from './diagnosis.ts';

export const serverFirst: Diagnosis = {
  id: 'server_first',
  tell: (subject) => ({
    title: `Connections of ${clientWords(subject)} to ${placesWords(subject)} wait for a first byte that never comes`,
    cause:
      'On this port the server speaks first. A proxy that has to find out the protocol, or whether it is TLS, waits for the ' +
      'client to say something, and the client waits for the server, until its patience is over. Nothing is ever sent.',
    remedies: [
      remedy('Say the protocol of the port', 'Service', {
        yaml: `apiVersion: v1
kind: Service
metadata:
  name: ${yamlWord(subject.service ?? 'NAME')}
  namespace: ${yamlWord(subject.namespace ?? 'NAMESPACE')}
spec:
  ports:
    - name: tcp-main  # or mysql-main
      appProtocol: tcp
      port: ${subject.port ?? 'PORT'}
`,
      }),
      remedy(
        'Where clients call in plaintext: do not have the server find out whether they do',
        'PeerAuthentication',
        {
          caveat: 'STRICT turns plaintext clients away, DISABLE takes no mutual TLS; either ends the wait.',
        },
      ),
    ],
    verify: [
      `istioctl pc listeners ${podArgument(subject.clients[0])} --port ${subject.port ?? 'PORT'} -o json`,
      `kubectl get service ${shellWord(subject.service ?? 'NAME')} -n ${shellWord(subject.namespace ?? 'NAMESPACE')} -o yaml`,
    ],
  }),
};
