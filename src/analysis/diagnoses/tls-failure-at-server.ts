/** D16: a server that rejects the client after the handshake, without a line. */
import { clientWords, type Diagnosis, placesWords, podArgument, remedy, shellWord } from './diagnosis.ts';

export const tlsFailureAtServer: Diagnosis = {
  id: 'tls_failure_at_server',
  tell: (subject) => ({
    title: `Connections of ${clientWords(subject)} to ${placesWords(subject)} end without an answer and without a line of the server`,
    cause:
      "The client's proxy made these connections, sent over them and got nothing back, and the proxy of the server wrote no " +
      'line. Mostly the server rejects the certificate of the client: with TLS 1.3 the client takes the handshake for good ' +
      'before it hears of it. A port that the server leaves out of capture, or a server that is stopped at that moment, look ' +
      'the same.',
    remedies: [
      remedy(
        'Let both sides trust the same root certificate, and see that the identity is allowed',
        'trust bundle',
      ),
      remedy('Set the TLS mode that the server speaks', 'DestinationRule'),
    ],
    verify: [
      `istioctl pc secret ${podArgument(subject.clients[0])}`,
      `istioctl pc log ${shellWord(`${subject.places[0]?.pod ?? 'POD'}.${subject.places[0]?.namespace ?? 'NAMESPACE'}`)} --level connection:debug`,
    ],
  }),
};
