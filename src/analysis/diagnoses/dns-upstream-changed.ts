/** D33: a name that the proxy resolves by DNS leads to other hosts. */
import {
  clientWords,
  type Diagnosis,
  listWords,
  placeNames,
  placesWords,
  podArgument,
  remedy,
  shellWord,
  verb,
} from './diagnosis.ts';

export const dnsUpstreamChanged: Diagnosis = {
  id: 'dns_upstream_changed',
  tell: (subject) => ({
    title: `${subject.host ?? placesWords(subject)} ${verb(subject.host === null ? placeNames(subject) : [subject.host], 'leads', 'lead')} ${clientWords(subject)} to other hosts than before`,
    cause:
      `The hosts behind this cluster were replaced for good: all connections go to ${listWords(subject.upstreamHosts)} now. ` +
      `Mostly the proxy resolves a name by DNS and the answer changed; or the endpoints of a ServiceEntry were edited. That ` +
      `is right where the host was moved. Where one of them is the address of a service, that service was created anew.`,
    remedies: [
      remedy('Register the host by its own name, with the addresses that are right', 'ServiceEntry'),
      remedy('Route to the service in the mesh instead of a name outside of it', 'VirtualService', {
        caveat: 'Where the host is a service of this mesh.',
      }),
    ],
    verify: [
      `istioctl pc endpoints ${podArgument(subject.clients[0])} --cluster ${shellWord(subject.cluster ?? 'CLUSTER')}`,
      `istioctl pc clusters ${podArgument(subject.clients[0])} --fqdn ${shellWord(subject.host ?? 'HOST')} -o json`,
    ],
  }),
};
