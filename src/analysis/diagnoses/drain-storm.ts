/** D24: a listener was removed or replaced, and its connections were cut. */
import { clientWords, type Diagnosis, placesWords, podArgument, remedy } from './diagnosis.ts';

export const drainStorm: Diagnosis = {
  id: 'drain_storm',
  tell: (subject) => ({
    title: `Connections of ${clientWords(subject)} to ${placesWords(subject)} were cut together`,
    cause:
      'Several proxies ended their long connections of this port at about the same time. Mostly a service, a VirtualService ' +
      'with a tcp or tls route, or a policy was changed: Envoy replaces the listener, and cuts what is still open on the old ' +
      'one when its drain time is over, as TCP cannot be asked to leave. Two such moments are an object that was deleted and ' +
      'created again.',
    remedies: [
      remedy('Change services in place instead of deleting and creating them', 'Service'),
      remedy('Put changes that touch the same port together, at a quiet time', 'VirtualService', {
        caveat: 'Routes of HTTP are changed without a drain; those of TCP and TLS are part of the listener.',
      }),
      remedy('Let clients connect again by themselves, and give them longer for it', 'MeshConfig', {
        caveat: 'proxyConfig.drainDuration, 45 s unless set: longer only delays the cut.',
      }),
    ],
    verify: [
      'kubectl get events -A --sort-by=.lastTimestamp',
      `istioctl pc listeners ${podArgument(subject.clients[0])} --port ${subject.port ?? 'PORT'} -o json`,
    ],
  }),
};
