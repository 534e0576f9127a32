/** D39: a gateway has no host for the server name of a connection. */
import { type Diagnosis, listWords, podArgument, remedy } from './diagnosis.ts';

export const gatewaySniMiss: Diagnosis = {
  id: 'gateway_sni_miss',
  tell: (subject) => {
    const gateway = listWords([
      ...new Set(subject.clients.map((one) => one.workload ?? one.pod ?? 'a gateway')),
    ]);
    return {
      title: `${gateway} turns connections to port ${subject.port ?? 'PORT'} away: no host has their server name`,
      cause:
        'No filter chain of the gateway matched the connection, so it was closed at once (flag NR). The name in its TLS ' +
        'handshake is not among the hosts of any Gateway for this port, it came without one, or it was no TLS at all.',
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
    };
  },
};
