/** D35: connections that were encrypted by the mesh are in plaintext, under the same name. */
import { destinationRule } from './destination-rule.ts';
import { clientWords, type Diagnosis, placesWords, remedy, shellWord } from './diagnosis.ts';

export const mtlsLost: Diagnosis = {
  id: 'mtls_lost',
  tell: (subject) => {
    const place = subject.places[0];
    const host = place?.owner ?? null;
    return {
      title: `Connections of ${clientWords(subject)} to ${placesWords(subject)} are no longer encrypted`,
      cause:
        'The server saw mutual TLS from these clients before and sees plaintext now, while their proxies still call it by ' +
        'name. A DestinationRule turns TLS off, a PeerAuthentication was taken to disable it for this port, or the ' +
        'endpoint lost the label that says it has a sidecar. The server has no identity of the client any more: policies ' +
        'about principals do not match, and the data can be read on its way.',
      remedies: [
        remedy('Use mutual TLS towards this host', 'DestinationRule', {
          yaml: destinationRule(
            { service: null, namespace: place?.namespace ?? null, host: host ?? null },
            `tls:
  mode: ISTIO_MUTUAL`,
          ),
          caveat:
            'Remove the rule that turns it off instead, where nothing else is in it: mutual TLS is then automatic.',
        }),
        remedy('Demand it on the server, when all clients have a sidecar', 'PeerAuthentication', {
          caveat: 'Turns plaintext clients away at once.',
        }),
      ],
      verify: [
        'kubectl get destinationrules,peerauthentications -A',
        `istioctl x describe pod ${shellWord(place?.pod ?? 'POD')} -n ${shellWord(place?.namespace ?? 'NAMESPACE')}`,
      ],
    };
  },
};
