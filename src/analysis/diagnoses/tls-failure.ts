/** D15: the client's proxy could not agree on TLS with the server. */
import { destinationRule } from './destination-rule.ts';
import {
  clientWords,
  type FailureDiagnosis,
  placesWords,
  podArgument,
  remedy,
  shellWord,
} from './diagnosis.ts';

export const tlsFailure: FailureDiagnosis = {
  id: 'tls_failure',
  matches: ({ flags, reason }) =>
    flags.includes('UF') && /tls[_ ]error|wrong_version_number|certificate/.test(reason),
  tell: (subject) => {
    const plaintext = subject.reasons.some((reason) => /wrong_version_number/i.test(reason));
    return {
      title: `TLS between ${clientWords(subject)} and ${subject.host ?? placesWords(subject)} fails`,
      cause: plaintext
        ? 'The client proxy starts TLS and the server answers in plaintext: mutual TLS is forced towards a server outside the mesh, or one without a sidecar.'
        : 'The handshake was broken off: the certificate is not the one expected, has expired, or comes from another certificate authority.',
      remedies: [
        remedy('Set the TLS mode that the server speaks', 'DestinationRule', {
          yaml: destinationRule(
            subject,
            `tls:
  mode: ${plaintext ? 'DISABLE' : 'ISTIO_MUTUAL'}`,
          ),
          caveat: 'Where the server should speak mutual TLS, give it a sidecar instead.',
        }),
        remedy('Let both sides trust the same root certificate', 'trust bundle'),
      ],
      verify: [
        `istioctl pc secret ${podArgument(subject.clients[0])}`,
        `kubectl get destinationrules -A`,
        `istioctl pc clusters ${podArgument(subject.clients[0])} --fqdn ${shellWord(subject.host ?? 'HOST')} -o json`,
      ],
    };
  },
};
