/** D3: connections reach the address that was dialled, but under the name of another service. */
import { captureChecks, objectWords } from './capture-remedies.ts';
import { clientWords, type Diagnosis, listWords, remedy, yamlWord } from './diagnosis.ts';

export const nominalCapture: Diagnosis = {
  id: 'nominal_capture',
  tell: (subject) => ({
    title: `Port ${subject.port}: traffic from ${clientWords(subject)} to ${listWords(subject.victims)} goes under the name of ${objectWords(subject)}`,
    cause:
      `The cluster ${subject.cluster} forwards each connection to the address that was dialled, so delivery is right, ` +
      `but policies, mutual TLS settings and metrics are those of ${objectWords(subject)}. A ServiceEntry with ` +
      `resolution NONE and no addresses takes a whole port in this way; so does a headless service up to Istio 1.3.`,
    remedies: [
      remedy(`Give ${objectWords(subject)} the addresses that it is about`, 'ServiceEntry', {
        yaml: `spec:
  hosts: [${yamlWord(subject.host ?? 'HOST')}]
  addresses: [ADDRESS-OR-RANGE]
  resolution: NONE
`,
        caveat: 'Clients that resolve the host to other addresses are then no longer covered by it.',
      }),
      remedy('Declare the port as TLS and list the right hosts', 'ServiceEntry', {
        caveat: 'Works for clients that speak TLS with a server name only.',
      }),
    ],
    verify: captureChecks(subject),
  }),
};
