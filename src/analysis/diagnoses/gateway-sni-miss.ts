/** D39: a gateway has no host for the server name of a connection. */
import {
  clientNames,
  clientWords,
  type Diagnosis,
  placesWords,
  podArgument,
  remedy,
  verb,
} from './diagnosis.ts';

export const gatewaySniMiss: Diagnosis = {
  id: 'gateway_sni_miss',
  tell: (subject) => ({
    title: `${verb(clientNames(subject), 'The proxy', 'The proxies')} of ${clientWords(subject)} ${verb(clientNames(subject), 'turns', 'turn')} connections to ${placesWords(subject)} away: no filter chain has their server name`,
    cause:
      'No filter chain of the listener matched the connection, so the proxy closed it at once (flag NR). The name in its ' +
      'TLS handshake is not among the hosts for this port, it came without one, or it was no TLS at all. At a gateway the ' +
      'hosts are those of Gateways; at a sidecar, those of ServiceEntries and VirtualServices of protocol TLS.',
    remedies: [
      remedy('Add the name to the hosts of a server with this port', 'Gateway', {
        yaml: `spec:
  servers:
    - port:
        number: ${subject.port ?? 'PORT'}
        name: tls-${subject.port ?? 'PORT'}
        protocol: TLS
      tls:
        mode: PASSTHROUGH
      hosts: [NAME-THAT-CLIENTS-ASK-FOR]
`,
        caveat: 'Names that nobody here owns are scans of the world: leave them.',
      }),
      remedy('Let the clients send a server name', 'application'),
    ],
    verify: [
      `istioctl pc listeners ${podArgument(subject.clients[0])} --port ${subject.port ?? 'PORT'} -o json`,
      'kubectl get gateways -A -o yaml',
    ],
  }),
};
